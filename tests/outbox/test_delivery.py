"""The state machine, one unit of work at a time, with `now` in hand and a channel that does as it is told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from katingan_portal.outbox import delivery
from katingan_portal.outbox.actions import cancel_about
from katingan_portal.outbox.channels import LeaseLost, Outcome, Report
from katingan_portal.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_platform")]
State = Message.State


class Crash(BaseException):
    """The process died: nothing of ours may catch it."""


@dataclass
class Relay:
    """A channel and its oracle. Each send takes the next word of `script`; `holds` is what was accepted."""

    script: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)

    def send(self, message: Message, lease: delivery.HeldLease) -> Report:
        word = self.script.pop(0) if self.script else "accept"
        if word == "away":
            return Report(Outcome.UNREACHABLE, "refused")
        if word == "crash before":
            raise Crash
        lease.hand_over()
        if word == "crash after":
            raise Crash
        if word == "later":
            return Report(Outcome.REFUSED_FOR_NOW, "451 later")
        if word == "never":
            return Report(Outcome.REFUSED, "550 never")
        if word in ("accept", "accept, crash", "accept, silence"):
            lease.hold()
            self.holds.append(message.message_id)
        if word == "accept, crash":
            raise Crash
        return Report(Outcome.UNKNOWN, "silence") if word.endswith("silence") else Report(Outcome.ACCEPTED, "250")

    def accepted(self, message_id: str, since: datetime) -> bool:
        return message_id in self.holds


@pytest.fixture()
def relay(monkeypatch) -> Relay:
    relay = Relay()
    monkeypatch.setitem(delivery.CHANNELS, "email", relay)
    return relay


def after(message: Message, now, **later) -> Message:
    """The message after one unit of work at `now` + later."""
    delivery.deliver_one(now + timedelta(**later))
    message.refresh_from_db()
    return message


def test_planned_becomes_sent(queued, relay):
    now, message = timezone.now(), queued()
    message = after(message, now, seconds=1)
    assert (message.state, message.attempts, message.token, message.lease_until) == (State.SENT, 1, None, None)
    assert now < message.sent_at < now + timedelta(seconds=5)
    assert relay.holds == [message.message_id]
    assert delivery.deliver_one(now + timedelta(days=1)) is False


def test_nothing_leaves_before_its_time(queued, relay):
    now = timezone.now()
    queued(not_before=now + timedelta(hours=1))
    assert delivery.deliver_one(now) is False
    assert delivery.deliver_one(now + timedelta(hours=1)) is True
    assert len(relay.holds) == 1


def test_temporary_refusal_backs_off_then_fails(queued, relay):
    message = queued(expires_at=timezone.now() + timedelta(days=30))
    now = message.next_attempt_at
    relay.script = ["later"] * 20
    waits = []
    while message.state != State.FAILED:
        message = after(message, now)
        waits.append(message.next_attempt_at - now)
        now = message.next_attempt_at
    assert (message.attempts, message.last_error, relay.holds) == (delivery.MAX_ATTEMPTS, "451 later", [])
    planned = [delivery.back_off(attempts) for attempts in range(1, delivery.MAX_ATTEMPTS)]
    assert all(base <= wait <= base * 1.25 + timedelta(seconds=1) for base, wait in zip(planned, waits, strict=False))
    assert sum(planned, timedelta()) > timedelta(days=2)


def test_permanent_refusal_fails_at_once(queued, relay):
    relay.script = ["never"]
    message = after(queued(), timezone.now(), seconds=1)
    assert (message.state, message.last_error, message.attempts) == (State.FAILED, "550 never", 1)


def test_unreachable_relay_stops_the_run_and_costs_no_attempt(queued, relay):
    relay.script = ["away"]
    now, message = timezone.now(), queued()
    assert delivery.deliver_one(now + timedelta(seconds=1)) is False
    message.refresh_from_db()
    assert (message.state, message.attempts, message.handed_over_at) == (State.PLANNED, 0, None)
    assert after(message, now, minutes=3).state == State.SENT


def test_lost_lease_before_handing_over_is_planned_anew(queued, relay):
    relay.script = ["crash before"]
    now, message = timezone.now(), queued()
    with pytest.raises(Crash):
        delivery.deliver_one(now + timedelta(seconds=1))
    assert delivery.deliver_one(now + timedelta(seconds=80)) is False, "the lease still runs"
    assert delivery.sweep(now + timedelta(seconds=92)) == 1
    message = after(message, now, seconds=93)
    assert (message.state, message.attempts, message.possibly_repeated) == (State.SENT, 2, False)
    assert len(relay.holds) == 1


@pytest.mark.parametrize("word", ["accept, crash", "crash after"])
def test_lost_lease_after_handing_over_is_reconciled_not_repeated(queued, relay, word: str):
    delivery.register_oracle(relay.accepted)
    relay.script = [word]
    now, message = timezone.now(), queued()
    with pytest.raises(Crash):
        delivery.deliver_one(now + timedelta(seconds=1))
    delivery.sweep(now + timedelta(seconds=92))
    message.refresh_from_db()
    assert message.state == State.UNKNOWN
    assert delivery.deliver_one(now + timedelta(seconds=95)) is False, "the relay's log may not be complete yet"
    message = after(message, now, seconds=152)
    assert (message.state, message.possibly_repeated) == (State.SENT, False)
    assert len(relay.holds) == 1


def test_without_oracle_an_unknown_one_is_sent_once_more_and_says_so(queued, relay):
    relay.script = ["accept, silence"]
    now, message = timezone.now(), queued()
    assert after(message, now, seconds=1).state == State.UNKNOWN
    message = after(message, now, seconds=200)
    assert (message.state, message.possibly_repeated) == (State.SENT, True)
    assert relay.holds == [message.message_id] * 2


def test_without_oracle_nothing_is_sent_a_third_time(queued, relay):
    relay.script = ["accept, silence"] * 5
    now, message = timezone.now(), queued()
    for minutes in (1, 10, 20, 30):
        message = after(message, now, minutes=minutes)
    assert (message.state, message.possibly_repeated) == (State.FAILED, True)
    assert len(relay.holds) == 2


def test_a_repetition_that_was_refused_leaves_the_doubt_as_it_was(queued, relay):
    relay.script = ["silence", "later", "accept"]
    now, message = timezone.now(), queued()
    message = after(message, now, minutes=1)
    handed_over_at = message.handed_over_at
    message = after(message, now, minutes=10)
    assert (message.state, message.handed_over_at, message.possibly_repeated) == (State.UNKNOWN, handed_over_at, False)
    message = after(message, now, hours=2)
    assert (message.state, message.possibly_repeated) == (State.SENT, True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"expires_at": timezone.now() - timedelta(days=1)}, "Sudah kedaluwarsa sebelum sempat dikirim."),
        ({}, "sudah dikirim"),
    ],
)
def test_recheck_ends_what_should_not_leave(queued, relay, fields: dict, reason: str):
    delivery.register_recheck("chase", lambda message: "sudah dikirim")
    message = after(queued(**fields), timezone.now(), seconds=1)
    assert (message.state, message.reason, relay.holds) == (State.CANCELLED, reason, [])


def test_recheck_that_is_content_lets_it_leave(queued, relay):
    delivery.register_recheck("chase", lambda message: None)
    assert after(queued(), timezone.now(), seconds=1).state == State.SENT


def test_recheck_that_breaks_delays_only_its_own_message(queued, relay):
    delivery.register_recheck("account", lambda message: str(1 / 0))
    now = timezone.now()
    broken, fine = queued(key="a", kind="account", not_before=now - timedelta(minutes=1)), queued(key="b")
    later = now + timedelta(seconds=1)
    assert delivery.deliver_one(later) is True
    assert delivery.deliver_one(later) is True
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == (State.SENDING, State.SENT)


def test_message_that_kills_each_sender_fails_in_the_end(queued, relay):
    relay.script = ["crash before"] * 20
    now, message = timezone.now(), queued()
    for _ in range(delivery.MAX_ATTEMPTS):
        now += timedelta(minutes=5)
        with pytest.raises(Crash):
            delivery.deliver_one(now)
        delivery.sweep(now + timedelta(minutes=2))
    message = after(message, now, minutes=6)
    assert (message.state, relay.holds) == (State.FAILED, [])


def test_withdrawn_while_on_its_way_does_not_leave_again(queued, relay, katingan):
    now, message = timezone.now(), queued(about=katingan)
    claimed = delivery.claim(now + timedelta(seconds=1), 1)[0]
    cancel_about(katingan, "sudah dikirim")
    delivery.HeldLease(claimed, now).end(State.PLANNED)
    message = after(message, now, minutes=1)
    assert (message.state, message.reason, relay.holds) == (State.CANCELLED, "sudah dikirim", [])


def test_withdrawn_with_a_doubt_is_not_called_cancelled(queued, relay, katingan):
    relay.script = ["silence"]
    now, message = timezone.now(), queued(about=katingan)
    assert after(message, now, seconds=1).state == State.UNKNOWN
    cancel_about(katingan, "sudah dikirim")
    message = after(message, now, minutes=10)
    assert (message.state, message.reason, relay.holds) == (State.FAILED, "sudah dikirim", [])


def test_inactive_person_gets_nothing(queued, relay, django_user_model):
    gone = django_user_model.objects.create_user("gone", full_name="Orang Lama", is_active=False)
    message = after(queued(recipient=gone), timezone.now(), seconds=1)
    assert (message.state, message.reason) == (State.CANCELLED, "Penerima tidak aktif lagi.")


def test_secret_is_wiped_once_sent(queued, relay):
    message = after(queued(kind="password_reset", link="/tautan/rahasia/"), timezone.now(), seconds=1)
    assert (message.state, message.body_text, message.link) == (State.SENT, "", "")


def test_stale_token_changes_nothing(queued):
    now, message = timezone.now(), queued()
    held = delivery.HeldLease(delivery.claim(now + timedelta(seconds=1), 1)[0], now)
    Message.objects.filter(pk=message.pk).update(token=uuid.uuid4())
    assert held.end(State.SENT, sent_at=now) is False
    with pytest.raises(LeaseLost):
        held.hand_over()
    message.refresh_from_db()
    assert (message.state, message.handed_over_at) == (State.SENDING, None)


def test_lease_with_too_little_left_is_given_up(queued, settings):
    now = timezone.now()
    queued()
    settings.EMAIL_TIMEOUT = delivery.LEASE.total_seconds() / 2 + 1
    held = delivery.HeldLease(delivery.claim(now + timedelta(seconds=1), 1)[0], now)
    with pytest.raises(LeaseLost):
        held.hand_over()
    held.hold()


def test_claim_takes_each_message_once_and_oldest_first(queued):
    now = timezone.now()
    for name, minutes in (("b", 2), ("a", 3), ("c", 1)):
        queued(key=name, not_before=now - timedelta(minutes=minutes))
    assert [message.key for message in delivery.claim(now, 2)] == ["a", "b"]
    assert [message.key for message in delivery.claim(now, 2)] == ["c"]
    assert delivery.claim(now, 2) == []


def test_claim_finds_its_index(queued):
    from django.db import connection

    queued()
    with connection.cursor() as cursor:
        # Among a handful of rows every plan costs the same; only the index gives this order without sorting.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM outbox_message WHERE state IN ('planned', 'unknown')"
            " AND next_attempt_at <= now() ORDER BY next_attempt_at, id LIMIT 1"
        )
        assert "message_to_send" in "\n".join(line for (line,) in cursor.fetchall())


def test_deliver_all_refuses_to_run_inside_a_transaction(queued):
    with pytest.raises(RuntimeError):
        delivery.deliver_all(1)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"state": State.SENDING},
        {"state": State.SENT},
        {"state": State.UNKNOWN},
        {"state": State.PLANNED, "handed_over_at": timezone.now()},
        {"state": State.PLANNED, "token": uuid.uuid4()},
    ],
)
def test_database_refuses_a_state_that_makes_no_sense(queued, nonsense: dict):
    message = queued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**nonsense)


REPLIES = ["accept", "later", "never", "away", "accept, silence", "silence"]
CRASHES = ["crash before", "crash after", "accept, crash"]


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(script=st.lists(st.sampled_from(REPLIES + CRASHES), max_size=9), asks=st.booleans())
def test_whatever_the_relay_does_the_message_ends_and_is_never_repeated_silently(queued, relay, script, asks: bool):
    relay.script, relay.holds = list(script), []
    delivery.register_oracle(relay.accepted if asks else None)
    now = timezone.now()
    message = queued(key=str(uuid.uuid4()), expires_at=now + timedelta(days=400))
    for _ in range(40):
        now += timedelta(days=1)
        delivery.sweep(now)
        try:
            delivery.deliver_one(now)
        except Crash:
            continue
        message.refresh_from_db()
        if message.state in (State.SENT, State.FAILED):
            break
    times = len(relay.holds)
    assert message.state in (State.SENT, State.FAILED)
    assert times <= (1 if asks else 2)
    assert message.possibly_repeated or times <= 1
    assert times >= 1 or message.state == State.FAILED
