"""An obligation as a list shows it: the stored row, its state in one word, its period in words, how late it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation, Promise
from reporting.periods.standing import Standing, days_late_of, standing_of
from reporting.status import status_of


@dataclass(frozen=True)
class Row:
    """days_late: local calendar days, 0 for what is not late (reporting/periods/standing.py). promise: the open one."""

    obligation: Obligation
    status: str
    standing: Standing
    period_label: str
    days_late: int
    promise: Promise | None = None


def rows_of(
    obligations: Iterable[Obligation],
    now: datetime,
    zone: ZoneInfo,
    report_states: Mapping[int, str] | None = None,
    promises: Mapping[int, Promise] | None = None,
) -> list[Row]:
    """report_states: {obligation id: state of its report}, where the reader may see it. promises: the open ones."""
    states, promised = report_states or {}, promises or {}
    return [
        Row(
            obligation,
            status_of(obligation, now, states.get(obligation.pk)),
            standing_of(obligation, now),
            period_from_key(obligation.period).label,
            days_late_of(obligation, now, zone),
            promised.get(obligation.pk),
        )
        for obligation in obligations
    ]
