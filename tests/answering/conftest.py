"""September's report of Dinas Kesehatan, due on Wednesday 14 October 2026, chased by the real engine."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from tests.conftest import everything_of

WIB = ZoneInfo("Asia/Pontianak")


def october(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=WIB)


BEFORE, DUE, OVERDUE = october(5), october(14, 23, 59), october(15)


@pytest.fixture
def september(katingan, actor_for):
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
        kept = Obligation.objects.select_related("agency", "form", "regency").get(
            agency__code="dinkes", period="202609"
        )
        Obligation.objects.exclude(pk=kept.pk).delete()
        Message.objects.all().delete()
        yield kept


def told(kind: str) -> list[tuple[str, str]]:
    rows = Message.objects.filter(kind=kind).select_related("recipient").order_by("recipient__username", "channel")
    return [(row.recipient.username, row.channel) for row in rows]
