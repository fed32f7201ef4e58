"""The grid agency × period of one form: who has reported what, and how late, at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Count, QuerySet

from agencies.models import Agency
from reporting.dashboards.measures import Slice
from reporting.duties.models import ReportForm
from reporting.periods.calendar import Period, period_from_key
from reporting.periods.models import Obligation
from reporting.rows import Row, rows_of
from reporting.submissions.models import Report

PERIODS_SHOWN = 12


@dataclass(frozen=True)
class GridLine:
    """One agency's cells, in the order of the grid's periods; None where it owed nothing."""

    agency: Agency
    cells: list[Row | None]


@dataclass(frozen=True)
class Grid:
    """older, newer: the period to end with when paging; None where there is nothing further."""

    form: ReportForm
    periods: list[Period]
    groups: list[tuple[str, list[GridLine]]] = field(default_factory=list)
    older: str | None = None
    newer: str | None = None


def forms_in_use() -> QuerySet[ReportForm]:
    """Forms that have obligations, the one with most first."""
    forms: QuerySet[ReportForm] = ReportForm.objects.all()
    return forms.annotate(owed=Count("obligations")).filter(owed__gt=0).order_by("-owed", "name")


def grid_of(form: ReportForm, chosen: Slice, until: str | None = None) -> Grid:
    """Twelve periods that end with `until`, or with the newest. The query count does not grow with the rows."""
    keys = list(Obligation.objects.filter(form=form).order_by("starts_on").values_list("period", flat=True).distinct())
    last = keys.index(until) + 1 if until in keys else len(keys)
    first = max(0, last - PERIODS_SHOWN)
    periods = [period_from_key(key) for key in keys[first:last]]
    rows = (
        chosen.rows()
        .filter(form=form, period__in=keys[first:last])
        .select_related("agency", "form")
        .order_by("agency__kind", "agency__decree_order", "agency__code", "starts_on")
    )
    return Grid(
        form,
        periods,
        _groups(rows_of(rows, chosen.now, chosen.zone, visible_states(rows)), periods),
        older=keys[first - 1] if first else None,
        newer=keys[min(len(keys), last + PERIODS_SHOWN) - 1] if last < len(keys) else None,
    )


def visible_states(obligations: QuerySet[Obligation]) -> dict[int, str]:
    """{obligation id: state of its report}, as far as row security lets the reader see it."""
    reports = Report.objects.filter(obligation_id__in=obligations.order_by().values("pk"))
    return dict(reports.values_list("obligation_id", "state"))


def _groups(rows: Iterable[Row], periods: list[Period]) -> list[tuple[str, list[GridLine]]]:
    lines = [_line(list(own), periods) for _, own in groupby(rows, key=lambda row: row.obligation.agency_id)]
    return [(kind, list(group)) for kind, group in groupby(lines, key=lambda line: line.agency.get_kind_display())]


def _line(own: list[Row], periods: list[Period]) -> GridLine:
    by_period = {row.obligation.period: row for row in own}
    return GridLine(own[0].obligation.agency, [by_period.get(period.key) for period in periods])
