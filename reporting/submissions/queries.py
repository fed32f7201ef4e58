from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from agencies.models import Agency
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.submissions.answers import kept
from reporting.submissions.models import AcceptedFigure, Report


def obligation_or_404(pk: int) -> Obligation:
    """An obligation of the running regency: who owes what is known to all staff, its contents are not."""
    return get_object_or_404(Obligation.objects.select_related("agency", "form"), pk=pk)


def is_open(obligation: Obligation, report: Report | None) -> bool:
    """Whether there is still something to fill in."""
    closed = report is not None and report.state not in (Report.State.DRAFT, Report.State.RETURNED)
    return not obligation.waived_at and not closed


def report_for(obligation: Obligation) -> Report | None:
    """The report, if there is one and the reader may see it (row security decides)."""
    return Report.objects.filter(obligation=obligation).select_related("saved_by").first()


def last_accepted_figures(obligation: Obligation) -> dict[str, Any]:
    """{indicator code: answer} of the newest accepted report of the same agency and form before this period.

    Answers in the JSON forms of answers.py, tables included; questions are matched by code across form versions.
    """
    before = last_accepted(obligation)
    return accepted_answers(before) if before else {}


def last_accepted(obligation: Obligation) -> Obligation | None:
    """The newest obligation of the same agency and form before this period whose report was accepted."""
    return last_accepted_before([obligation]).get(obligation.pk)


def last_accepted_before(obligations: Iterable[Obligation]) -> dict[int, Obligation]:
    """{obligation id: the newest accepted one of the same agency and form before its period}, where there is one."""
    earlier = Obligation.objects.filter(
        agency_id=OuterRef("agency_id"),
        form_id=OuterRef("form_id"),
        starts_on__lt=OuterRef("starts_on"),
        accepted_at__isnull=False,
    ).order_by("-starts_on")
    wanted = Obligation.objects.filter(pk__in=[each.pk for each in obligations])
    pairs = dict(wanted.values_list("pk", Subquery(earlier.values("pk")[:1])))
    found = Obligation.objects.in_bulk([pk for pk in pairs.values() if pk is not None])
    return {pk: found[before] for pk, before in pairs.items() if before in found}


def accepted_answers(obligation: Obligation) -> dict[str, Any]:
    """{indicator code: answer} of an accepted report, from the rows that all staff may read."""
    return accepted_answers_of([obligation.pk]).get(obligation.pk, {})


def accepted_answers_of(obligation_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """{obligation id: {indicator code: answer}} of accepted reports, for many at once."""
    cells = AcceptedFigure.objects.filter(obligation_id__in=obligation_ids).select_related(
        "indicator__parent", "village", "cooperative"
    )
    answers: dict[int, dict[str, Any]] = {}
    for cell in cells.defer("village__boundary"):
        _place(cell, answers.setdefault(cell.obligation_id, {}))
    return answers


def _place(cell: AcceptedFigure, answers: dict[str, Any]) -> None:
    if cell.indicator.parent is None:
        answers[cell.indicator.code] = answer_in(cell)
        return
    key = cell.village.code if cell.village else str(cell.cooperative_id)
    answers.setdefault(cell.indicator.parent.code, {}).setdefault(key, {})[cell.indicator.code] = answer_in(cell)


def answer_in(cell: AcceptedFigure) -> Any:
    """The cell's answer in its JSON form."""
    kind = cell.indicator.kind
    if cell.value is None:
        return cell.text
    if kind == Indicator.Kind.YES_NO:
        return bool(cell.value)
    return int(cell.value) if kind in (Indicator.Kind.COUNT, Indicator.Kind.MONEY) else kept(cell.value)


def waiting_for_review() -> QuerySet[Report]:
    """Submitted reports that this reader may see and nobody waived since, oldest first."""
    return (
        Report.objects.filter(state=Report.State.SUBMITTED, obligation__waived_at__isnull=True)
        .select_related("obligation__form", "agency")
        .order_by("submitted_at", "pk")
    )


def report_states(agency: Agency) -> dict[int, str]:
    """{obligation id: state} of the agency's reports, as far as the reader may see them."""
    return dict(Report.objects.filter(agency=agency).values_list("obligation_id", "state"))
