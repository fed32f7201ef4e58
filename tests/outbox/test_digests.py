"""The day's message of a person and channel: opened once, taken up again while it waits, never once it has left."""

from datetime import date

from django.utils import timezone

from katingan_portal.outbox.digests import Envelope, open_digests
from katingan_portal.outbox.models import Message
from tests.conftest import person

TODAY, TOMORROW = date(2026, 10, 15), date(2026, 10, 16)


def opened(*days: date) -> dict[str, int]:
    now = timezone.now()
    envelopes = [Envelope(person("ani").pk, "email", "ani@uji.example", day, now) for day in days]
    return open_digests(envelopes, kind="chase", now=now)


def test_what_comes_later_on_a_day_goes_into_the_message_that_waits(in_katingan):
    first = opened(TODAY)
    both = opened(TODAY, TOMORROW)
    assert len(both) == 2
    assert both.items() >= first.items()
    assert Message.objects.filter(key__in=both).count() == 2


def test_what_has_left_takes_nothing_in(in_katingan):
    first = opened(TODAY)
    Message.objects.filter(pk__in=first.values()).update(state=Message.State.SENT, sent_at=timezone.now())
    assert opened(TODAY) == {}
