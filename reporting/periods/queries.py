from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Prefetch, QuerySet

from agencies.models import Agency
from reporting.duties.models import Duty, Indicator, ValidationRule
from reporting.duties.queries import indicators_of, indicators_of_versions, worded_as
from reporting.periods.calendar import OfficeCalendar, Period, period_from_key
from reporting.periods.models import Holiday, Obligation, Promise


def holiday_names() -> dict[date, str]:
    """{day: name} of the regency's closed days."""
    return dict(Holiday.objects.filter(is_cancelled=False).values_list("on", "name"))


def calendar_of(agency: Agency, names: dict[date, str] | None = None) -> OfficeCalendar:
    """The agency's working days; pass `names` where many agencies are asked about."""
    return OfficeCalendar(holiday_names() if names is None else names, agency.works_saturday)


def coordinator_id() -> int | None:
    """The agency that receives and reviews the reports."""
    return Agency.objects.filter(is_coordinator=True).values_list("pk", flat=True).first()


def questions_of(obligation: Obligation) -> QuerySet[Indicator]:
    """What this obligation asks: its frozen form version, about its frozen duties as they read when it was raised."""
    rows = indicators_of(obligation.form_version_id, obligation.rule["duties"])
    return rows.select_related(None).prefetch_related(Prefetch("duty", queryset=_duties_of(obligation)))


def duties_of(obligation: Obligation) -> list[Duty]:
    """The duties that the report is about, as they read when it was raised."""
    return list(_duties_of(obligation).order_by("order"))


def _duties_of(obligation: Obligation) -> QuerySet[Duty]:
    versions = {int(duty): number for duty, number in obligation.rule["duty_versions"].items()}
    return worded_as(versions).filter(pk__in=obligation.rule["duties"])


def questions_by_obligation(obligations: Iterable[Obligation]) -> dict[int, list[Indicator]]:
    """{obligation id: what it asks}, for many at once; its duties read as they do now, unlike in questions_of."""
    wanted = list(obligations)
    asked = list(indicators_of_versions({each.form_version_id for each in wanted}))
    return {each.pk: [question for question in asked if _concerns(question, each)] for each in wanted}


def _concerns(question: Indicator, obligation: Obligation) -> bool:
    about = question.duty_id is None or question.duty_id in obligation.rule["duties"]
    return about and question.version_id == obligation.form_version_id


def rules_of(obligation: Obligation) -> QuerySet[ValidationRule]:
    return ValidationRule.objects.filter(version_id=obligation.form_version_id)


def open_promises(obligations: Iterable[Obligation]) -> dict[int, Promise]:
    """{obligation id: what its agency promised and nobody ended}."""
    waiting = [each.pk for each in obligations if each.promise_due_at]
    rows = Promise.objects.filter(obligation__in=waiting, state=Promise.State.OPEN) if waiting else []
    return {row.obligation_id: row for row in rows}


def known_periods() -> list[Period]:
    """The periods that have obligations, newest first."""
    rows = Obligation.objects.order_by("-starts_on", "period").values_list("starts_on", "period").distinct()
    return [period_from_key(key) for _, key in rows]
