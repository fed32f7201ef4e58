from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, QuerySet

from agencies.models import Agency
from reporting.duties.models import Assignment, Duty, Indicator, ReportForm


def duties_with_bearers() -> QuerySet[Duty]:
    """Every duty with its assignments in force or past, for the register of duties."""
    assignments = Assignment.objects.select_related("agency").order_by("agency__kind", "agency__code")
    return Duty.objects.select_related("decree").prefetch_related(Prefetch("assignments", queryset=assignments))


def assignments_of(agency: Agency) -> QuerySet[Assignment]:
    return Assignment.objects.filter(agency=agency).select_related("duty__decree").order_by("duty__order")


def agencies_owing(form: ReportForm, starts_on: date, ends_on: date) -> dict[int, list[int]]:
    """{agency id: duty ids} of the assignments in force on at least one day of the period."""
    owing: dict[int, list[int]] = {}
    rows = Assignment.objects.filter(Assignment.within(starts_on, ends_on), agency__is_slot=False)
    for agency_id, duty_id in rows.order_by("duty__order").values_list("agency_id", "duty_id"):
        owing.setdefault(agency_id, []).append(duty_id)
    return owing


def indicators_for(form_id: int, duty_ids: list[int]) -> QuerySet[Indicator]:
    """The questions of a form about these duties, in the order of the decree."""
    return (
        Indicator.objects.filter(form_id=form_id, duty_id__in=duty_ids)
        .select_related("duty")
        .order_by("duty__order", "order")
    )
