"""Carries messages out, each once: claim, recheck, send, mark. PostgreSQL is the queue; see Message for the states.

SMTP knows no idempotency, so "once" is: a claim with lease and token that is committed before sending; a mark that
only the holder of the token can make; and for what nobody answered, a question to the relay by Message-ID before it
is sent again. A process may die between any two lines of this file.
"""

from __future__ import annotations

import os
import random
import socket
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from katingan_portal.outbox.channels import Channel, Email, InApp, LeaseLost, Outcome, Report
from katingan_portal.outbox.composing import compose_late
from katingan_portal.outbox.composing import register_composer as register_composer
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied

log = structlog.get_logger(__name__)

State = Message.State
Recheck = Callable[[Message], str | None]
Oracle = Callable[[str], bool | None]

LEASE = timedelta(seconds=90)
# The relay's log must be complete before it is asked, and the last holder of a lease surely through.
RECONCILE_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 8
# 3, 12, 48 min, 3 h, 13 h, then 16 h: eight tries over two days, a mail host's long weekend.
FIRST_BACK_OFF, BACK_OFF_FACTOR, LONGEST_BACK_OFF = timedelta(minutes=3), 4, timedelta(hours=16)
UNREACHABLE_BACK_OFF = timedelta(minutes=1)

CHANNELS: dict[str, Channel] = {Message.Channel.EMAIL: Email(), Message.Channel.IN_APP: InApp()}

_rechecks: dict[str, Recheck] = {}
_oracle: Oracle | None = None


def register_recheck(kind: str, check: Recheck) -> None:
    """Before a message of `kind` leaves, `check(message)` may give the reason (Indonesian) why it should not.

    It runs inside the message's regency, in a transaction of its own.
    """
    _rechecks[kind] = check


def register_oracle(accepted: Oracle | None) -> None:
    """`accepted(message_id)` says whether the relay took it: True, False, or None for "cannot say"."""
    global _oracle
    _oracle = accepted


def database_now() -> datetime:
    """One clock for all workers: leases of two hosts would not agree otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def deliver_all(seconds: float) -> int:
    """Sweep, then deliver until nothing is due or the time is over; returns how many were taken in hand.

    Raises RuntimeError inside a transaction: a claim that is not committed is none.
    """
    if connection.in_atomic_block:
        raise RuntimeError("delivery opens its transactions itself")
    end = time.monotonic() + seconds
    sweep(database_now())
    count = 0
    while time.monotonic() < end and deliver_one(database_now()):
        count += 1
    return count


def deliver_one(now: datetime, *, worker: str = "") -> bool:
    """Take one due message in hand. False when nothing is due or the relay cannot be reached: no use to go on."""
    claimed = claim(now, 1, worker)
    if not claimed:
        return False
    message = claimed[0]
    try:
        return _deliver(message, HeldLease(message, now))
    except Exception:
        # The lease runs out and the sweep knows what that means; the other messages shall not wait for it.
        log.exception("delivery_broke", message=message.message_id)
        return True


def claim(now: datetime, limit: int, worker: str = "") -> list[Message]:
    """Lease up to `limit` due messages of all regencies, oldest first. Commits before it returns."""
    token, until = uuid.uuid4(), now + LEASE
    with transaction.atomic():
        due = Message.across_regencies.filter(state__in=[State.PLANNED, State.UNKNOWN], next_attempt_at__lte=now)
        ids = list(
            due.order_by("next_attempt_at", "id")
            .select_for_update(skip_locked=True)
            .values_list("id", flat=True)[:limit]
        )
        Message.across_regencies.filter(id__in=ids).update(
            state=State.SENDING,
            token=token,
            lease_until=until,
            attempts=F("attempts") + 1,
            worker=(worker or this_worker())[:80],
        )
        return list(Message.across_regencies.filter(id__in=ids).order_by("next_attempt_at", "id"))


def sweep(now: datetime) -> int:
    """Leases that ran out: what no relay can have is planned anew, the rest is unknown until reconciled."""
    lost = Message.across_regencies.filter(state=State.SENDING, lease_until__lt=now)
    free = {"token": None, "lease_until": None}
    planned = lost.filter(handed_over_at=None).update(state=State.PLANNED, next_attempt_at=now, **free)
    unknown = lost.filter(handed_over_at__isnull=False).update(
        state=State.UNKNOWN, next_attempt_at=F("lease_until") + RECONCILE_AFTER, **free
    )
    return planned + unknown


def this_worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class HeldLease:
    """The claim on one message, with a clock that also counts while the machine or process sleeps."""

    def __init__(self, message: Message, claimed_at: datetime) -> None:
        self.message = message
        self.claimed_at = claimed_at
        self._started = time.clock_gettime(time.CLOCK_BOOTTIME)
        # What a relay may have from an earlier try, and whether that was already a repetition.
        self.doubt = message.handed_over_at
        self.was_repeated = message.possibly_repeated

    def now(self) -> datetime:
        return self.claimed_at + timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME) - self._started)

    def hand_over(self) -> None:
        """Two waits for the relay follow (DATA, the dot); they must fit into what is left of the lease."""
        self._must_remain(2 * settings.EMAIL_TIMEOUT)
        repeated = self.was_repeated or self.doubt is not None
        if not self.mark(handed_over_at=self.now(), possibly_repeated=repeated):
            raise LeaseLost
        # The commit itself may have hung.
        self._must_remain(2 * settings.EMAIL_TIMEOUT)

    def hold(self) -> None:
        self._must_remain(settings.EMAIL_TIMEOUT)

    def settled_doubt(self) -> None:
        """The relay never had it: this try is like the first."""
        self.doubt = None
        if not self.mark(handed_over_at=None):
            raise LeaseLost

    def mark(self, **fields: object) -> bool:
        """Write with the token; a stale one changes nothing and says so."""
        held = Message.across_regencies.filter(pk=self.message.pk, state=State.SENDING, token=self.message.token)
        return bool(held.update(**fields))

    def end(self, state: State, **fields: object) -> bool:
        """Leave "sending" for `state`, giving the lease back."""
        return self.mark(state=state, token=None, lease_until=None, **fields)

    def _must_remain(self, seconds: float) -> None:
        if self.now() + timedelta(seconds=seconds) > self.claimed_at + LEASE:
            raise LeaseLost


def _deliver(message: Message, lease: HeldLease) -> bool:
    if lease.doubt is not None and _reconcile(message, lease):
        return True
    if _ended_unsent(message, lease):
        return True
    try:
        if lease.doubt is None and not compose_late(message, lease):
            return True
        report = CHANNELS[message.channel].send(message, lease)
    except LeaseLost:
        report = Report(Outcome.REFUSED_FOR_NOW, "Sewa pengiriman habis sebelum surat terkirim.")
    _mark_outcome(message, lease, report)
    return report.outcome is not Outcome.UNREACHABLE


def _reconcile(message: Message, lease: HeldLease) -> bool:
    """Whether the question what became of an earlier try was also the end of this one."""
    known = _oracle(message.message_id) if _oracle else None
    if known:
        _mark_sent(message, lease, moment=lease.doubt)
        return True
    if known is False:
        lease.settled_doubt()
        return False
    if lease.was_repeated:
        return lease.end(State.FAILED, last_error="Dua kali dikirim tanpa kepastian dari server surat.") or True
    return False


def _ended_unsent(message: Message, lease: HeldLease) -> bool:
    """Whether it should not leave (any more): withdrawn, stale, not owed, tried too often."""
    reason = reason_not_to_send(message, lease.now())
    if reason is None and message.attempts > MAX_ATTEMPTS:
        lease.end(State.FAILED, last_error=message.last_error or "Terlalu sering dicoba tanpa hasil.")
        return True
    if reason is None:
        return False
    if lease.doubt is not None:
        # A relay may have it, so "cancelled" would be a claim nobody can make.
        lease.end(State.FAILED, reason=reason[:300], last_error="Tidak diketahui apakah sempat terkirim.")
        return True
    withdrawn_as = State(message.withdrawn_as or State.CANCELLED)
    lease.end(withdrawn_as, reason=reason[:300], **wiped(message))
    return True


def reason_not_to_send(message: Message, now: datetime) -> str | None:
    if message.withdrawn_as:
        return message.reason
    if message.expires_at <= now:
        return "Sudah basi sebelum sempat dikirim."
    if message.recipient is not None and not message.recipient.is_active:
        return "Penerima tidak aktif lagi."
    check = _rechecks.get(message.kind)
    if check is None:
        return None
    with applied(Scope(cast(int, message.regency_id))):
        return check(message)


def _mark_outcome(message: Message, lease: HeldLease, report: Report) -> None:
    error = " ".join(report.detail.split())[:500]
    if report.outcome is Outcome.ACCEPTED:
        held = _mark_sent(message, lease, moment=lease.now())
    elif report.outcome is Outcome.UNKNOWN:
        # Reconcile only after the lease would have ended too: a frozen second sender is through by then.
        due = lease.claimed_at + LEASE + RECONCILE_AFTER
        held = lease.end(State.UNKNOWN, last_error=error, next_attempt_at=due)
    elif report.outcome is Outcome.REFUSED:
        held = lease.end(State.FAILED, last_error=error)
    else:
        held = _mark_for_later(message, lease, report.outcome, error)
    log.info("delivered", message=message.message_id, outcome=report.outcome.name, held=held, detail=error)


def _mark_sent(message: Message, lease: HeldLease, *, moment: datetime | None) -> bool:
    return lease.end(State.SENT, sent_at=moment, last_error="", **wiped(message))


def _mark_for_later(message: Message, lease: HeldLease, outcome: Outcome, error: str) -> bool:
    unreachable = outcome is Outcome.UNREACHABLE
    attempts = message.attempts - 1 if unreachable else message.attempts
    fields = {"attempts": attempts, "last_error": error, "possibly_repeated": lease.was_repeated}
    if attempts >= MAX_ATTEMPTS:
        return lease.end(State.FAILED, **fields)
    wait = UNREACHABLE_BACK_OFF if unreachable else back_off(attempts)
    again = State.PLANNED if lease.doubt is None else State.UNKNOWN
    return lease.end(again, handed_over_at=lease.doubt, next_attempt_at=lease.now() + jittered(wait), **fields)


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(FIRST_BACK_OFF * BACK_OFF_FACTOR ** max(attempts - 1, 0), LONGEST_BACK_OFF)


def jittered(wait: timedelta) -> timedelta:
    """Up to a quarter more, so that a thousand messages do not come back together."""
    return wait * (1 + random.random() / 4)  # noqa: S311  (no secret)


def wiped(message: Message) -> dict[str, str]:
    """What carries a one-time secret does not outlive its use."""
    return {"body_text": "", "body_html": "", "link": ""} if message.confidential else {}
