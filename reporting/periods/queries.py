from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from agencies.models import Agency
from reporting.duties.models import Indicator, ValidationRule
from reporting.duties.queries import indicators_of
from reporting.periods.calendar import OfficeCalendar, Period, period_from_key
from reporting.periods.models import Holiday, Obligation


def holiday_names() -> dict[date, str]:
    """{day: name} of the regency's closed days."""
    return dict(Holiday.objects.filter(is_cancelled=False).values_list("on", "name"))


def calendar_of(agency: Agency, names: dict[date, str] | None = None) -> OfficeCalendar:
    """The agency's working days; pass `names` where many agencies are asked about."""
    return OfficeCalendar(holiday_names() if names is None else names, agency.works_saturday)


def questions_of(obligation: Obligation) -> QuerySet[Indicator]:
    """What this obligation asks: its frozen form version, about its frozen duties."""
    return indicators_of(obligation.form_version_id, obligation.rule["duties"])


def rules_of(obligation: Obligation) -> QuerySet[ValidationRule]:
    return ValidationRule.objects.filter(version_id=obligation.form_version_id)


def known_periods() -> list[Period]:
    """The periods that have obligations, newest first."""
    rows = Obligation.objects.order_by("-starts_on", "period").values_list("starts_on", "period").distinct()
    return [period_from_key(key) for _, key in rows]
