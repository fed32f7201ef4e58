"""The months of a plan as weeks of days, for a calendar that the server draws."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from katingan_portal.ui.formats import MONTHS
from reporting.chasing.plans import Plan, PlannedStep


@dataclass(frozen=True)
class Day:
    """One cell. holiday: the name of a closed day; is_closed: the office does not work."""

    on: date
    is_of_month: bool
    is_closed: bool
    holiday: str
    is_due: bool
    is_today: bool
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True)
class Month:
    label: str
    weeks: tuple[tuple[Day, ...], ...]


def months_of(plan: Plan, today: date, zone: ZoneInfo) -> list[Month]:
    """The months from the first step or the due day to the last."""
    by_day: dict[date, list[PlannedStep]] = {}
    for step in plan.steps:
        by_day.setdefault(step.at.astimezone(zone).date(), []).append(step)
    due = plan.due_at.astimezone(zone).date()
    days = sorted({*by_day, due})
    return [_month(first, by_day, due, today, plan) for first in _firsts(days[0], days[-1])]


def _firsts(first: date, last: date) -> list[date]:
    months = []
    month = first.replace(day=1)
    while month <= last:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def _month(first: date, by_day: dict[date, list[PlannedStep]], due: date, today: date, plan: Plan) -> Month:
    def cell(on: date) -> Day:
        return Day(
            on=on,
            is_of_month=on.month == first.month,
            is_closed=not plan.calendar.is_working_day(on),
            holiday=plan.calendar.holidays.get(on, ""),
            is_due=on == due,
            is_today=on == today,
            steps=tuple(by_day.get(on, ())),
        )

    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return Month(f"{MONTHS[first.month - 1]} {first.year}", tuple(tuple(cell(on) for on in week) for week in weeks))
