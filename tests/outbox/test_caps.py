"""So many letters a day to one mail domain, and the rest in the morning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from katingan_portal.outbox import caps
from katingan_portal.outbox.models import Message
from tests.outbox.test_delivery import Relay, after
from tests.outbox.test_delivery import relay as relay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_platform")]
State = Message.State


@pytest.fixture()
def two_sent(queued, relay: Relay, settings) -> list[Message]:
    """Today's share of example.test, which is two."""
    settings.PORTAL_MAIL_PER_DOMAIN_A_DAY = 2
    now = timezone.now()
    return [after(queued(key=str(number)), now, seconds=1) for number in range(2)]


def test_third_letter_waits_for_the_morning_and_says_why(two_sent, queued, relay: Relay):
    now = timezone.now()
    assert [message.state for message in two_sent] == [State.SENT, State.SENT]
    message = after(queued(key="third", address="budi@EXAMPLE.test"), now, seconds=1)
    assert (message.state, message.attempts, message.reason) == (State.PLANNED, 0, caps.REASON)
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    morning = timezone.make_aware(datetime.combine(tomorrow, caps.MORNING))
    assert morning <= message.next_attempt_at <= morning + caps.SPREAD
    message = after(message, message.next_attempt_at)
    assert (message.state, message.reason, len(relay.holds)) == (State.SENT, "", 3)


def test_other_domains_and_secrets_do_not_wait(two_sent, queued, relay: Relay):
    now = timezone.now()
    other = after(queued(key="other", address="ani@else.test"), now, seconds=1)
    secret = after(queued(key="secret", kind="password_reset"), now, seconds=1)
    assert (other.state, secret.state) == (State.SENT, State.SENT)


def test_doubtful_letter_is_settled_today(two_sent, queued, relay: Relay):
    now, message = timezone.now(), queued(key="third")
    Message.objects.filter(pk=message.pk).update(state=State.UNKNOWN, handed_over_at=now)
    assert after(message, now, seconds=1).state == State.SENT


def test_no_cap_is_no_cap(two_sent, queued, relay: Relay, settings):
    settings.PORTAL_MAIL_PER_DOMAIN_A_DAY = 0
    assert after(queued(key="third"), timezone.now(), seconds=1).state == State.SENT


def test_counting_finds_its_index(two_sent):
    query = caps.letters_today("a@example.test", timezone.now())[:2].values("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        sql, parameters = query.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "message_mail_of_domain" in plan
