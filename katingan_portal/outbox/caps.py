"""No more than so many letters a day to one mail domain: a provider that is flooded refuses everything from us."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import cast

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from katingan_portal.outbox.models import Message, domain_of_address

REASON = "Jatah surat hari ini untuk domain alamat ini habis; dikirim besok pagi."
MORNING = time(6, 0)
# What waited overnight shall not come all in one minute.
SPREAD = timedelta(minutes=30)


def next_morning_if_used_up(message: Message, now: datetime) -> datetime | None:
    """When a letter may go whose domain had its share today, else None.

    Letters with a one-time secret are not counted out: their owner waits before the sign-in page.
    """
    cap = settings.PORTAL_MAIL_PER_DOMAIN_A_DAY
    if not cap or not message.is_email or message.confidential or sent_today(message.address, now, cap) < cap:
        return None
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    morning = timezone.make_aware(datetime.combine(tomorrow, MORNING))
    return morning + SPREAD * random.random()  # noqa: S311  (no secret)


def sent_today(address: str, now: datetime, at_most: int) -> int:
    """Letters that a relay may have had today for the domain of `address`; counts no further than `at_most`."""
    return letters_today(address, now)[:at_most].count()


def letters_today(address: str, now: datetime) -> QuerySet[Message]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    letters = Message.across_regencies.annotate(domain=domain_of_address()).filter(
        domain=address.rpartition("@")[2].lower(), channel=Message.Channel.EMAIL, handed_over_at__gte=midnight
    )
    return cast("QuerySet[Message]", letters.order_by())
