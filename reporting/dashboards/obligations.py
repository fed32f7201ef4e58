"""Pages of an obligation: see it with all that hangs on it, review it, waive it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from reporting.answering.panels import answer_context, is_concerned
from reporting.chasing.views import chase_in_short
from reporting.dashboards.reviewing import crumbs_of, named, row_labels, side_by_side
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.periods.waivers import WaiverRefused, waive
from reporting.reaching.contact_log import ContactLog, as_events, contacts_about
from reporting.reaching.contacting import Reachable, is_to_chase, people_to_contact
from reporting.reaching.views import may_chase_by_hand
from reporting.rows import rows_of
from reporting.status import status_of
from reporting.submissions.clocks import clocks_of
from reporting.submissions.comments import COMMENTED, CommentForm, comments_on, names_of_mentioned, write_comment
from reporting.submissions.comparing import compare
from reporting.submissions.evidence.lines import evidence_context
from reporting.submissions.filters import ObligationFilter
from reporting.submissions.forms import WaiverForm
from reporting.submissions.models import Comment, Report
from reporting.submissions.notices import people_who_may_see
from reporting.submissions.queries import (
    accepted_answers,
    is_open,
    last_accepted,
    obligation_or_404,
    report_for,
)

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_GET
def obligation_list(request: HttpRequest) -> HttpResponse:
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    now = timezone.now()
    chosen = ObligationFilter(request.GET, now=now, actor=portal.actor)
    page = Paginator(chosen.rows(), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(page, now, portal.regency.zone),
        "chosen": chosen,
        "breadcrumbs": [HOME, {"label": "Laporan"}],
    }
    return render(request, "reporting/obligations.html", context)


@for_members
@require_GET
def obligation_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, obligation_or_404(pk))


def _page(
    request: HttpRequest,
    obligation: Obligation,
    *,
    waiver: WaiverForm | None = None,
    comment: CommentForm | None = None,
) -> HttpResponse:
    """The obligation with all that this reader may see of it; 422 with a form that has errors."""
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    report = report_for(obligation) if may(portal.actor, Verb.READ_DRAFT, obligation) else None
    now = timezone.now()
    context = {
        "obligation": obligation,
        "report": report,
        "period_label": period_from_key(obligation.period).label,
        "status": status_of(obligation, now, report.state if report else None),
        "waiver_form": waiver or WaiverForm(),
        "breadcrumbs": [*crumbs_of(obligation)[:-1], {"label": period_from_key(obligation.period).label}],
        **_contents(obligation, report),
        **_times(portal, obligation, report, now),
        **answer_context(portal.actor, portal.regency, obligation, report, now),
        **_conversation(portal.actor, obligation, report, comment, now),
        "reachable": _reachable(portal.actor, obligation, now),
        **_doors(portal.actor, obligation, report),
        **evidence_context(obligation, portal.actor, report, portal.regency),
        "may_attach": False,  # files are added where the report is filled in
    }
    return render(request, "reporting/obligation.html", context, status=422 if waiver or comment else 200)


def _contents(obligation: Obligation, report: Report | None) -> dict[str, Any]:
    """The answers that this reader may see: the report's own, else the accepted ones, beside those before."""
    before = last_accepted(obligation)
    earlier = accepted_answers(before) if before else {}
    if report:
        lines = side_by_side(obligation, report, earlier) if report.figures else []
    else:
        questions = list(questions_of(obligation)) if obligation.accepted_at else []
        lines = compare(questions, accepted_answers(obligation), earlier, row_labels(obligation, questions))
    return {
        "lines": lines,
        "previous_label": period_from_key(before.period).label if before else "",
        "revisions": list(report.revisions.all()) if report else [],
    }


def _times(portal: PortalRequest, obligation: Obligation, report: Report | None, now: datetime) -> dict[str, Any]:
    assert portal.regency is not None
    return {
        "clocks": clocks_of(obligation, report, now, portal.regency.zone),
        "chase": chase_in_short(obligation, portal.actor, portal.regency, now),
    }


def _conversation(
    actor: Actor, obligation: Obligation, report: Report | None, form: CommentForm | None, now: datetime
) -> dict[str, Any]:
    writes = report is not None and may_comment(actor, obligation)
    people = people_who_may_see(obligation.agency_id, now) if writes and form is None else []
    return {
        "history": _timeline(obligation, report, contacts_about(obligation) if is_concerned(actor, obligation) else []),
        "may_comment": writes,
        "comment_form": form or CommentForm(people=[user for user in people if user.pk != actor.user_id]),
    }


def _reachable(actor: Actor, obligation: Obligation, now: datetime) -> list[Reachable] | None:
    """Whom this reader can chase by hand; None for who may not, or while it is not the agency's turn."""
    chases = may_chase_by_hand(actor, obligation) and is_to_chase(obligation)
    return people_to_contact(obligation, now) if chases else None


def _doors(actor: Actor, obligation: Obligation, report: Report | None) -> dict[str, bool]:
    reviewer = may(actor, Verb.REVIEW_REPORT, obligation)
    state = report.state if report else ""
    return {
        "may_file": may(actor, Verb.FILE_REPORT, obligation) and is_open(obligation, report),
        "may_review": reviewer and state == Report.State.SUBMITTED and not obligation.waived_at,
        "may_reopen": reviewer and state == Report.State.ACCEPTED,
        "may_waive": may(actor, Verb.MANAGE_DUTIES) and not obligation.accepted_at and not obligation.waived_at,
    }


def may_comment(actor: Actor, obligation: Obligation) -> bool:
    """Its agency and its reviewers; whoever only reads, reads."""
    return may(actor, Verb.FILE_REPORT, obligation) or may(actor, Verb.REVIEW_REPORT, obligation)


def _timeline(obligation: Obligation, report: Report | None, contacts: list[ContactLog]) -> list[dict[str, Any]]:
    """What happened, what was said, and who wrote by hand, newest first."""
    events = list(history_of(obligation)) + (list(history_of(report)) if report else [])
    lines = [
        {"at": event.at, "actor": event.actor_name, "verb": event.phrase, "detail": event.reason}
        for event in events
        if event.verb != COMMENTED
    ]
    lines += _said(list(comments_on(report))) if report else []
    lines += as_events(contacts)
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def _said(comments: list[Comment]) -> list[dict[str, Any]]:
    names = names_of_mentioned(comments)
    return [
        {
            "at": each.written_at,
            "actor": each.author_name,
            "verb": f"kepada {', '.join(names[pk] for pk in each.mentions)}" if each.mentions else "menulis",
            "detail": each.text,
            "tone": "accent",
        }
        for each in comments
    ]


@for_members
@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = cast(PortalRequest, request).actor
    if not may_comment(actor, obligation):
        raise Http404
    report = get_object_or_404(Report.objects.select_related("obligation__form", "obligation__agency"), obligation=pk)
    now = timezone.now()
    people = [user for user in people_who_may_see(obligation.agency_id, now) if user.pk != actor.user_id]
    form = CommentForm(request.POST, people=people)
    if not form.is_valid():
        return _page(request, obligation, comment=form)
    write_comment(report, by=actor, now=now, **form.cleaned_data)
    messages.success(request, "Tersimpan dalam percakapan.")
    return redirect(f"{reverse('reporting:obligation', args=[pk])}#percakapan")


@for_members
@require_POST
def waive_obligation(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.MANAGE_DUTIES, obligation)
    form = WaiverForm(request.POST)
    if not form.is_valid():
        return _page(request, obligation, waiver=form)
    try:
        waive(obligation, by=actor, **form.cleaned_data)
    except WaiverRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{named(obligation)} dibebaskan.")
    return redirect("reporting:obligation", pk)
