"""The measures of the district, each from one set-based query over the stored obligations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Func, QuerySet, TextChoices
from django.db.models.functions import Cast
from django.urls import reverse

from katingan_portal.tenancy.models import Regency
from reporting.duties.models import Duty
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue, measures, rate


@dataclass(frozen=True)
class Rates:
    """Counts of obligations, the two rates from 0 to 1 (None where nothing was expected), and how late the late are."""

    expected: int
    received: int
    on_time: int
    accepted: int
    overdue: int
    waived: int
    not_due: int
    median_days_late: float | None

    @property
    def completeness(self) -> float | None:
        return rate(self.received, self.expected)

    @property
    def timeliness(self) -> float | None:
        return rate(self.on_time, self.expected)

    @property
    def acceptance(self) -> float | None:
        return rate(self.accepted, self.expected)


@dataclass(frozen=True)
class Slice:
    """Which obligations are measured, and as of when. Empty means all."""

    now: datetime
    zone: ZoneInfo
    period: str | None = None
    form_id: int | None = None
    kind: str = ""
    agency_id: int | None = None

    def rows(self) -> QuerySet[Obligation]:
        wanted = {
            "period": self.period,
            "form_id": self.form_id,
            "agency__kind": self.kind,
            "agency_id": self.agency_id,
        }
        return Obligation.objects.filter(**{name: value for name, value in wanted.items() if value})

    def measures(self) -> dict[str, Any]:
        return measures(self.now, self.zone)


def slice_of(regency: Regency, now: datetime, **chosen: Any) -> Slice:
    return Slice(now, regency.zone, **chosen)


class Dimension(TextChoices):
    AGENCY = "perangkat-daerah", "perangkat daerah"
    SUBDISTRICT = "kecamatan", "kecamatan"
    FORM = "formulir", "formulir"
    DUTY = "tugas", "tugas"
    PERIOD = "periode", "periode"


@dataclass(frozen=True)
class Line:
    """One agency, kecamatan, form, duty or period with its rates. code is an agency's or duty's, else empty."""

    key: Any
    code: str
    name: str
    url: str
    rates: Rates


def rates_of(chosen: Slice) -> Rates:
    return Rates(**chosen.rows().aggregate(**chosen.measures()))


def rates_by(dimension: Dimension, chosen: Slice) -> list[Line]:
    """One line per member of the dimension that has obligations in the slice.

    Periods newest first; the rest with most overdue first. An obligation counts once under every duty that it was
    raised for, so the lines of duties add up to more than the whole.
    """
    grouped, line_of = _DIMENSIONS[dimension]
    rows = chosen.rows().order_by().values(**grouped).annotate(**chosen.measures())
    names = list(grouped)
    lines = [_line(row, names, line_of) for row in map(dict, rows) if row["key"] is not None]
    if dimension == Dimension.DUTY:
        lines = _with_duties(lines)
    if dimension == Dimension.PERIOD:
        return sorted(lines, key=lambda line: (period_from_key(line.key).starts_on, line.key), reverse=True)
    return sorted(lines, key=lambda line: (-line.rates.overdue, line.rates.completeness or 0, line.name))


def late_list(chosen: Slice) -> QuerySet[Obligation]:
    """Who is late: owed and past due, the longest first."""
    return (
        chosen.rows().filter(is_overdue(chosen.now)).select_related("agency", "form").order_by("due_at", "agency__code")
    )


def latest_due_period(now: datetime) -> str | None:
    """The newest period whose due moment has passed for somebody: what a meeting talks about."""
    rows = Obligation.objects.filter(due_at__lt=now).order_by("-starts_on", "-ends_on")
    return rows.values_list("period", flat=True).first()


Group = dict[str, Any]
Naming = Callable[[Group], tuple[str, str, str]]


def _line(row: dict[str, Any], names: list[str], line_of: Naming) -> Line:
    group = {name: row.pop(name) for name in names}
    code, name, url = line_of(group)
    return Line(group[names[0]], code, name, url, Rates(**row))


def _with_duties(lines: list[Line]) -> list[Line]:
    duties = Duty.objects.in_bulk([line.key for line in lines])
    return [
        Line(line.key, duties[line.key].code, str(duties[line.key]), _duty_url(duties[line.key]), line.rates)
        for line in lines
        if line.key in duties
    ]


def _duty_url(duty: Duty) -> str:
    return reverse("reporting:duty", args=[duty.code])


def _agency(group: Group) -> tuple[str, str, str]:
    return group["code"], group["name"], reverse("reporting:agency_standing", args=[group["code"]])


def _subdistrict(group: Group) -> tuple[str, str, str]:
    return group["code"], f"Kecamatan {group['name']}", reverse("villages:subdistrict", args=[group["code"]])


def _form(group: Group) -> tuple[str, str, str]:
    return group["code"], group["name"], f"{reverse('reporting:grid')}?form={group['code']}"


def _period(group: Group) -> tuple[str, str, str]:
    return "", period_from_key(group["key"]).label, f"{reverse('reporting:overview')}?period={group['key']}"


DUTY_IDS = Cast(
    Func(F("rule__duties"), function="jsonb_array_elements_text", set_returning=True), output_field=BigIntegerField()
)
_DIMENSIONS: dict[Dimension, tuple[dict[str, Any], Naming]] = {
    Dimension.AGENCY: ({"key": F("agency_id"), "code": F("agency__code"), "name": F("agency__name")}, _agency),
    Dimension.SUBDISTRICT: (
        {
            "key": F("agency__subdistrict_id"),
            "code": F("agency__subdistrict__code"),
            "name": F("agency__subdistrict__name"),
        },
        _subdistrict,
    ),
    Dimension.FORM: ({"key": F("form_id"), "code": F("form__code"), "name": F("form__name")}, _form),
    Dimension.DUTY: ({"key": DUTY_IDS}, lambda group: ("", "", "")),
    Dimension.PERIOD: ({"key": F("period")}, _period),
}
