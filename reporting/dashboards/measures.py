"""The measures of the district, each from one set-based query over the stored obligations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue, measures, rate


@dataclass(frozen=True)
class Rates:
    """Counts of obligations, and the two rates from 0 to 1 (None where nothing was expected)."""

    expected: int
    received: int
    on_time: int
    accepted: int
    overdue: int
    waived: int
    not_due: int

    @property
    def completeness(self) -> float | None:
        return rate(self.received, self.expected)

    @property
    def timeliness(self) -> float | None:
        return rate(self.on_time, self.expected)


@dataclass(frozen=True)
class AgencyRates:
    agency_id: int
    code: str
    name: str
    kind: str
    rates: Rates


def obligations_of(period: str | None) -> QuerySet[Obligation]:
    rows = Obligation.objects.all()
    return rows.filter(period=period) if period else rows


def district_rates(now: datetime, period: str | None = None) -> Rates:
    return Rates(**obligations_of(period).aggregate(**measures(now)))


def rates_by_agency(now: datetime, period: str | None = None) -> list[AgencyRates]:
    """One line per agency that has obligations, the one with most overdue first."""
    rows = (
        obligations_of(period)
        .order_by()
        .values("agency_id", code=F("agency__code"), name=F("agency__name"), kind=F("agency__kind"))
        .annotate(**measures(now))
    )
    lines = [_line(dict(row)) for row in rows]
    return sorted(lines, key=lambda line: (-line.rates.overdue, line.rates.completeness or 0, line.name))


def _line(row: dict[str, Any]) -> AgencyRates:
    own = {name: row.pop(name) for name in ("agency_id", "code", "name", "kind")}
    return AgencyRates(rates=Rates(**row), **own)


def late_list(now: datetime, period: str | None = None) -> QuerySet[Obligation]:
    """Who is late: owed and past due, the longest first."""
    return (
        obligations_of(period)
        .filter(is_overdue(now))
        .select_related("agency", "form")
        .order_by("due_at", "agency__code")
    )


def latest_due_period(now: datetime) -> str | None:
    """The newest period whose due moment has passed for somebody: what a meeting talks about."""
    return Obligation.objects.filter(due_at__lt=now).order_by("-period").values_list("period", flat=True).first()
