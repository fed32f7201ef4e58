"""An obligation as a list shows it: the stored row, its state in one word, its period in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.status import status_of


@dataclass(frozen=True)
class Row:
    """days_late: whole days since the due moment, begun ones included; 0 while it is not due."""

    obligation: Obligation
    status: str
    period_label: str
    days_late: int


def rows_of(
    obligations: Iterable[Obligation], now: datetime, report_states: Mapping[int, str] | None = None
) -> list[Row]:
    """report_states: {obligation id: state of its report}, where the reader may see it."""
    states = report_states or {}
    return [
        Row(
            obligation,
            status_of(obligation, now, states.get(obligation.pk)),
            period_from_key(obligation.period).label,
            max(0, (now - obligation.due_at).days + 1),
        )
        for obligation in obligations
    ]
