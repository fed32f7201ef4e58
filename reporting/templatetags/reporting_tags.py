"""How figures and assignments of reports are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template

from katingan_portal.ui import formats
from reporting.dashboards.measures import Rates
from reporting.duties.models import Assignment, Indicator
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import Period
from reporting.submissions.answers import shown

register = template.Library()


@register.simple_tag
def figure(indicator: Indicator, value: Any) -> str:
    """An answer with the unit its question asks for; a dash where there is none."""
    return shown(indicator, value)


@register.filter
def part_of(rates: Rates, name: str) -> str:
    """ "18 dari 21", or "dari 21" without a name."""
    part = f"{formats.number(getattr(rates, name))} " if name else ""
    return f"{part}dari {formats.number(rates.expected)}"


@register.filter
def in_force(assignments: Iterable[Assignment]) -> list[Assignment]:
    return [assignment for assignment in assignments if assignment.ends_on is None]


@register.filter
def iso_day(text: str) -> str:
    """2026-12-25 → 25 Des 2026"""
    return formats.short_day(date.fromisoformat(text))


@register.filter
def short_period(period: Period) -> str:
    """A period as the head of a narrow column: "Okt 26", "Mg 5", "1–15 Okt", "TW I 26", "Sem I 26", "2026"."""
    year, month = f"{period.starts_on:%y}", formats.SHORT_MONTHS[period.starts_on.month - 1]
    return {
        PeriodType.WEEKLY: f"Mg {int(period.key[-2:]) if 'W' in period.key else ''}",
        PeriodType.TWICE_MONTHLY: f"{period.starts_on.day}–{period.ends_on.day} {month}",
        PeriodType.MONTHLY: f"{month} {year}",
        PeriodType.QUARTERLY: f"TW {period.label.split()[1]} {year}",
        PeriodType.HALF_YEARLY: f"Sem {period.label.split()[1]} {year}",
        PeriodType.YEARLY: period.key,
    }[period.type]


@register.filter
def item(values: dict[str, Any], key: str) -> Any:
    return values.get(key)
