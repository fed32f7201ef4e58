from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
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


def last_accepted(obligation: Obligation) -> Obligation | None:
    """The newest obligation of the same agency and form before this period whose report was accepted."""
    return (
        Obligation.objects.filter(
            agency_id=obligation.agency_id,
            form_id=obligation.form_id,
            starts_on__lt=obligation.starts_on,
            accepted_at__isnull=False,
        )
        .order_by("-starts_on")
        .first()
    )


def last_accepted_figures(obligation: Obligation) -> dict[str, Any]:
    """{indicator code: answer} of the newest accepted report of the same agency and form before this period.

    Answers in the JSON forms of answers.py, tables included; questions are matched by code across form versions.
    """
    previous = last_accepted(obligation)
    return accepted_answers(previous) if previous else {}


def accepted_answers(obligation: Obligation) -> dict[str, Any]:
    """{indicator code: answer} of an accepted report, from the rows that all staff may read."""
    cells = AcceptedFigure.objects.filter(obligation=obligation).select_related(
        "indicator__parent", "village", "cooperative"
    )
    answers: dict[str, Any] = {}
    for cell in cells:
        if cell.indicator.parent is None:
            answers[cell.indicator.code] = answer_in(cell)
        else:
            key = cell.village.code if cell.village else str(cell.cooperative_id)
            answers.setdefault(cell.indicator.parent.code, {}).setdefault(key, {})[cell.indicator.code] = answer_in(
                cell
            )
    return answers


def answer_in(cell: AcceptedFigure) -> Any:
    """The cell's answer in its JSON form."""
    kind = cell.indicator.kind
    if cell.value is None:
        return cell.text
    if kind == Indicator.Kind.YES_NO:
        return bool(cell.value)
    return int(cell.value) if kind in (Indicator.Kind.COUNT, Indicator.Kind.MONEY) else kept(cell.value)


def waiting_for_review() -> QuerySet[Report]:
    """Submitted reports that this reader may see, oldest first."""
    return (
        Report.objects.filter(state=Report.State.SUBMITTED)
        .select_related("obligation__form", "agency")
        .order_by("submitted_at")
    )


def report_states(agency: Agency) -> dict[int, str]:
    """{obligation id: state} of the agency's reports, as far as the reader may see them."""
    return dict(Report.objects.filter(agency=agency).values_list("obligation_id", "state"))
