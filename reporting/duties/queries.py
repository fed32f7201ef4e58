from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery

from agencies.models import Agency
from reporting.duties.models import Assignment, Duty, DutyVersion, FormVersion, Indicator, ReportForm


def duties_with_bearers() -> QuerySet[Duty]:
    """Every duty with its assignments in force or past, for the register of duties."""
    assignments = Assignment.objects.select_related("agency").order_by("agency__kind", "agency__code")
    return Duty.objects.select_related("decree").prefetch_related(Prefetch("assignments", queryset=assignments))


def assignments_of(agency: Agency) -> QuerySet[Assignment]:
    return Assignment.objects.filter(agency=agency).select_related("duty__decree").order_by("duty__order")


def indicators_of(version_id: int, duty_ids: list[int]) -> QuerySet[Indicator]:
    """The questions of a form version about these duties and about none, in the order of the decree; with columns."""
    return indicators_of_versions([version_id]).filter(Q(duty_id__in=duty_ids) | Q(duty_id=None))


def indicators_of_versions(version_ids: Iterable[int]) -> QuerySet[Indicator]:
    """Every question of these form versions, in the order of the decree; with columns."""
    return (
        Indicator.objects.filter(version_id__in=version_ids, parent=None)
        .select_related("duty")
        .prefetch_related(Prefetch("columns", queryset=Indicator.objects.order_by("order")))
        .order_by(F("duty__order").asc(nulls_last=True), "order")
    )


def worded_as(versions: dict[int, int]) -> QuerySet[Duty]:
    """Duties that read as their version number of `versions` ({duty id: number}) does."""
    frozen = Q(pk__in=[])
    for duty_id, number in versions.items():
        frozen |= Q(duty_id=duty_id, number=number)
    wording = DutyVersion.objects.filter(frozen, duty=OuterRef("pk")).values("text")[:1]
    return cast("QuerySet[Duty]", Duty.objects.annotate(worded=Subquery(wording)))


def questions_about(duty: Duty) -> list[tuple[ReportForm, list[Indicator]]]:
    """What each active form asks about the duty now, in its newest published version."""
    asked: list[tuple[ReportForm, list[Indicator]]] = []
    for form in ReportForm.objects.filter(is_active=True, versions__indicators__duty=duty).distinct():
        version = version_in_force(form)
        questions = list(Indicator.objects.filter(version=version, duty=duty, parent=None).order_by("order"))
        if version and questions:
            asked.append((form, questions))
    return asked


def version_in_force(form: ReportForm) -> FormVersion | None:
    """The newest published version: what obligations raised now will ask."""
    return FormVersion.objects.filter(form=form, state=FormVersion.State.PUBLISHED).order_by("-number").first()
