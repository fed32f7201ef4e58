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
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.db import connection, transaction
from django.db.models import Case, F, Value, When

from katingan_portal.outbox import broken, caps
from katingan_portal.outbox.channels import CHANNELS, LeaseLost, Outcome, Report
from katingan_portal.outbox.composing import NotComposed, compose_late, readdress
from katingan_portal.outbox.composing import register_composer as register_composer
from katingan_portal.outbox.lease import HeldLease
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.rechecks import reason_not_to_send
from katingan_portal.outbox.rechecks import register_recheck as register_recheck
from katingan_portal.tenancy.scope import Scope, applied

log = structlog.get_logger(__name__)

State = Message.State
Oracle = Callable[[str, datetime], bool | None]

LEASE = timedelta(seconds=90)
# The relay's log must be complete before it is asked, and the last holder of a lease surely through.
RECONCILE_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 8
# 3, 12, 48 min, 3 h, 13 h, then 16 h: eight tries over two days, a mail host's long weekend.
FIRST_BACK_OFF, BACK_OFF_FACTOR, LONGEST_BACK_OFF = timedelta(minutes=3), 4, timedelta(hours=16)
UNREACHABLE_BACK_OFF = timedelta(minutes=1)

_oracle: Oracle | None = None


def register_oracle(accepted: Oracle | None) -> None:
    """`accepted(message_id, since)` says whether the relay took it since then: True, False, None for "cannot say"."""
    global _oracle
    _oracle = accepted


def can_ask_relay() -> bool:
    """Whether a doubt about a letter is settled by asking, or by sending it once more."""
    return _oracle is not None


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
    away: set[str] = set()
    count = 0
    while time.monotonic() < end and deliver_next(database_now(), away):
        count += 1
    return count


def deliver_one(now: datetime, *, worker: str = "") -> bool:
    """Take one due message in hand. False when nothing is due or its channel cannot be reached: no use to go on."""
    away: set[str] = set()
    return deliver_next(now, away, worker=worker) and not away


def deliver_next(now: datetime, away: set[str], *, worker: str = "") -> bool:
    """Take one due message in hand, of a channel that is not `away`; False when there is none.

    A channel that cannot be reached joins `away`: the messages of the others shall not wait for it.
    """
    claimed = claim(now, 1, worker, without=away)
    if not claimed:
        return False
    message = claimed[0]
    try:
        if not _deliver(message, HeldLease(message, now)):
            away.add(message.channel)
    except Exception:
        # The lease runs out and the sweep knows what that means; the other messages shall not wait for it.
        log.exception("delivery_broke", message=message.message_id)
    return True


def claim(now: datetime, limit: int, worker: str = "", *, without: Collection[str] = ()) -> list[Message]:
    """Lease up to `limit` due messages of all regencies, oldest first, except those of some channels.

    Commits before it returns.
    """
    token, until = uuid.uuid4(), now + LEASE
    with transaction.atomic():
        due = Message.across_regencies.filter(state__in=[State.PLANNED, State.UNKNOWN], next_attempt_at__lte=now)
        if without:
            due = due.exclude(channel__in=without)
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
        claimed = Message.across_regencies.filter(id__in=ids).select_related("recipient")
        return list(claimed.order_by("next_attempt_at", "id"))


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
        report = Report(Outcome.REFUSED_FOR_NOW, "Waktu pengiriman habis sebelum surat terkirim.")
    except NotComposed as error:
        log.exception("not_composed", message=message.message_id)
        report = Report(Outcome.REFUSED_FOR_NOW, f"Isi pesan tidak dapat disusun: {error}")
    _mark_outcome(message, lease, report)
    return report.outcome is not Outcome.UNREACHABLE


def _reconcile(message: Message, lease: HeldLease) -> bool:
    """Whether the question what became of an earlier try was also the end of this one."""
    known = _taken_by_relay(message, cast(datetime, lease.doubt))
    if known:
        _mark_sent(message, lease, moment=lease.doubt)
        return True
    if known is False:
        lease.settled_doubt()
        return False
    if lease.was_repeated:
        return lease.end(State.FAILED, last_error="Dua kali dikirim tanpa kepastian dari server surat.") or True
    return False


def _taken_by_relay(message: Message, since: datetime) -> bool | None:
    if message.provider_id:
        return True
    return _oracle(message.message_id, since) if _oracle and message.is_email else None


def _ended_unsent(message: Message, lease: HeldLease) -> bool:
    """Whether it should not leave (any more, or yet): withdrawn, stale, not owed, undeliverable, tried too often."""
    reason = reason_not_to_send(message, lease.now()) or readdress(message, lease)
    if reason is None:
        return _ended_in_vain(message, lease) or _put_off(message, lease)
    if lease.doubt is not None:
        # A relay may have it, so "cancelled" would be a claim nobody can make.
        lease.end(State.FAILED, reason=reason[:300], last_error="Tidak diketahui apakah sempat terkirim.")
        return True
    withdrawn_as = State(message.withdrawn_as or State.CANCELLED)
    lease.end(withdrawn_as, reason=reason[:300], **wiped(message))
    return True


def _ended_in_vain(message: Message, lease: HeldLease) -> bool:
    if message.attempts > MAX_ATTEMPTS:
        lease.end(State.FAILED, last_error=message.last_error or "Terlalu sering dicoba tanpa hasil.")
        return True
    reason = broken.reason_not_to_try(message)
    if reason is None:
        return False
    lease.end(State.FAILED, reason=reason)
    return True


def _put_off(message: Message, lease: HeldLease) -> bool:
    """Whether it waits for another day, since today's letters to its domain are used up."""
    if lease.doubt is not None:
        return False
    due = caps.next_morning_if_used_up(message, lease.now())
    if due is None:
        return False
    lease.end(State.PLANNED, attempts=message.attempts - 1, next_attempt_at=due, reason=caps.REASON)
    return True


def _mark_outcome(message: Message, lease: HeldLease, report: Report) -> None:
    error = " ".join(report.detail.split())[:500]
    if report.outcome is Outcome.ACCEPTED:
        held = _mark_sent(message, lease, moment=lease.now(), provider_id=report.provider_id)
    elif report.outcome is Outcome.UNKNOWN:
        # Reconcile only after the lease would have ended too: a frozen second sender is through by then.
        held = lease.end(State.UNKNOWN, last_error=error, next_attempt_at=lease.until + RECONCILE_AFTER)
    elif report.outcome is Outcome.REFUSED:
        held = _mark_refused(message, lease, error, blames_address=report.blames_address)
    else:
        held = _mark_for_later(message, lease, report, error)
    log.info("delivered", message=message.message_id, outcome=report.outcome.name, held=held, detail=error)


def _mark_sent(message: Message, lease: HeldLease, *, moment: datetime | None, provider_id: str = "") -> bool:
    # Why it waited is no news any more; why it was withdrawn while it was on its way still is.
    reason = Case(When(withdrawn_as="", then=Value("")), default=F("reason"))
    known = {"provider_id": provider_id} if provider_id else {}
    return lease.end(State.SENT, sent_at=moment, last_error="", reason=reason, **known, **wiped(message))


def _mark_refused(message: Message, lease: HeldLease, error: str, *, blames_address: bool) -> bool:
    if not blames_address:
        return lease.end(State.FAILED, last_error=error)
    with applied(Scope(cast(int, message.regency_id))):
        held = lease.end(State.FAILED, last_error=error)
        if held:
            broken.note(message, error, now=lease.now())
    return held


def _mark_for_later(message: Message, lease: HeldLease, report: Report, error: str) -> bool:
    unreachable = report.outcome is Outcome.UNREACHABLE
    attempts = message.attempts - 1 if unreachable else message.attempts
    fields = {"attempts": attempts, "last_error": error, "possibly_repeated": lease.was_repeated}
    if attempts >= MAX_ATTEMPTS:
        return lease.end(State.FAILED, **fields)
    wait = max(report.wait, UNREACHABLE_BACK_OFF if unreachable else back_off(attempts))
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
