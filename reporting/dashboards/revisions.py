"""Every submission of a report, who decided what about it, and any two of them compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.dashboards.reviewing import crumbs_of, named, row_labels
from reporting.periods.calendar import period_from_key
from reporting.periods.queries import questions_of
from reporting.submissions.comparing import Line, Side, compare
from reporting.submissions.models import ReportRevision
from reporting.submissions.queries import obligation_or_404, report_for

TEXTS = (
    ("obstacles", "Kendala"),
    ("follow_up", "Tindak lanjut"),
    ("nil_reason", "Alasan nihil"),
)


@dataclass(frozen=True)
class Compared:
    """Two revisions: the questions that differ, how many do not, and the texts that differ as (label, before, now)."""

    before: ReportRevision
    now: ReportRevision
    lines: list[Line]
    same: int
    texts: list[tuple[str, str, str]]

    @property
    def now_label(self) -> str:
        return f"Revisi {self.now.number}"

    @property
    def before_label(self) -> str:
        return f"Revisi {self.before.number}"


@for_members
@require_GET
def revision_page(request: HttpRequest, pk: int) -> HttpResponse:
    """?dari=1&ke=2 compares two; without them the last two, where there are two."""
    obligation = obligation_or_404(pk)
    require(request, Verb.READ_DRAFT, obligation)
    report = report_for(obligation)
    revisions = list(report.revisions.order_by("number")) if report else []
    if not revisions:
        raise Http404
    before, now = chosen_two(revisions, request.GET.get("dari", ""), request.GET.get("ke", ""))
    questions = list(questions_of(obligation))
    context: dict[str, Any] = {
        "obligation": obligation,
        "name": named(obligation),
        "period_label": period_from_key(obligation.period).label,
        "revisions": [(each, _notes(each, questions)) for each in revisions],
        "compared": compared(before, now, questions, row_labels(obligation, questions)) if before else None,
        "breadcrumbs": [*crumbs_of(obligation), {"label": "Revisi"}],
    }
    return render(request, "reporting/revisions.html", context)


def chosen_two(
    revisions: Sequence[ReportRevision], first: str, second: str
) -> tuple[ReportRevision | None, ReportRevision]:
    """The revisions of these numbers, else the last two; None where there is only one. Links get old."""
    by_number = {str(each.number): each for each in revisions}
    now = by_number.get(second, revisions[-1])
    others = [each for each in revisions if each is not now]
    earlier = [each for each in others if each.number < now.number]
    fallback = earlier[-1] if earlier else (others[0] if others else None)
    before = by_number.get(first, fallback)
    return (fallback if before is now else before), now


def compared(before: ReportRevision, now: ReportRevision, questions: Sequence[Any], labels: Any) -> Compared:
    lines = compare(questions, now.figures, before.figures, labels, Side((), now.explanations, before.notes))
    changed = [line for line in lines if line.is_changed or line.note]
    texts = [
        (label, getattr(before, name), getattr(now, name))
        for name, label in TEXTS
        if getattr(before, name) != getattr(now, name)
    ]
    return Compared(before, now, changed, len(lines) - len(changed), texts)


def _notes(revision: ReportRevision, questions: Sequence[Any]) -> list[tuple[str, str]]:
    """(question, note) of what the reviewer wrote at the questions; a row by its key."""
    labels = {each.code: each.label for each in questions}
    pairs = ((key.partition("@"), text) for key, text in revision.notes.items())
    return [(labels.get(code, code) + (f" ({row})" if row else ""), text) for (code, _, row), text in pairs]
