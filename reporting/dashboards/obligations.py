"""Pages of an obligation: see it with all that hangs on it, review it, waive it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from reporting.chasing.queries import ladder_of, messages_about
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.periods.waivers import WaiverRefused, waive
from reporting.rows import rows_of
from reporting.status import status_of
from reporting.submissions import review
from reporting.submissions.actions import ReportRefused
from reporting.submissions.filters import ObligationFilter
from reporting.submissions.forms import ReturnForm, WaiverForm
from reporting.submissions.models import Report
from reporting.submissions.queries import (
    accepted_answers,
    is_open,
    last_accepted_figures,
    obligation_or_404,
    report_for,
    waiting_for_review,
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
    portal = cast(PortalRequest, request)
    obligation = obligation_or_404(pk)
    return render(request, "reporting/obligation.html", _page_context(portal, obligation, ReturnForm(), WaiverForm()))


def _page_context(
    portal: PortalRequest, obligation: Obligation, return_form: ReturnForm, waiver_form: WaiverForm
) -> dict[str, Any]:
    assert portal.regency is not None
    report = report_for(obligation) if may(portal.actor, Verb.READ_DRAFT, obligation) else None
    own = may(portal.actor, Verb.FILE_REPORT, obligation)
    reviewer = may(portal.actor, Verb.REVIEW_REPORT, obligation)
    now = timezone.now()
    return {
        "obligation": obligation,
        "period_label": period_from_key(obligation.period).label,
        "status": status_of(obligation, now, report.state if report else None),
        "report": report,
        "revisions": list(report.revisions.all()) if report else [],
        "figures": _figures(obligation, report),
        "ladder": ladder_of(obligation, portal.regency),
        "sent_messages": messages_about(obligation) if own or reviewer or may(portal.actor, Verb.VIEW_OUTBOX) else [],
        "history": _timeline(obligation, report),
        "may_file": own and is_open(obligation, report),
        "may_review": reviewer and report is not None and report.state == Report.State.SUBMITTED,
        "may_waive": may(portal.actor, Verb.MANAGE_DUTIES) and not obligation.accepted_at and not obligation.waived_at,
        "return_form": return_form,
        "waiver_form": waiver_form,
        "breadcrumbs": [
            HOME,
            {"label": "Laporan", "url": reverse("reporting:obligations")},
            {"label": period_from_key(obligation.period).label},
        ],
    }


def _figures(obligation: Obligation, report: Report | None) -> list[dict[str, Any]]:
    """The answers that this reader may see: the report's own, else the accepted ones."""
    values: dict[str, Any] = report.figures if report else accepted_answers(obligation)
    before = last_accepted_figures(obligation)
    return [
        {"indicator": each, "value": values.get(each.code), "before": before.get(each.code)}
        for each in questions_of(obligation)
        if values
    ]


def _timeline(obligation: Obligation, report: Report | None) -> list[dict[str, Any]]:
    events = list(history_of(obligation)) + (list(history_of(report)) if report else [])
    return [
        {"at": event.at, "actor": event.actor_name, "verb": event.verb, "detail": event.reason}
        for event in sorted(events, key=lambda event: event.at, reverse=True)
    ]


@for_members
@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    require(request, Verb.REVIEW_REPORT)
    page = Paginator(waiting_for_review(), 50).get_page(request.GET.get("page"))
    waiting = [(report, period_from_key(report.obligation.period).label) for report in page]
    crumbs = [HOME, {"label": "Pemeriksaan"}]
    return render(request, "reporting/review_queue.html", {"page": page, "waiting": waiting, "breadcrumbs": crumbs})


@for_members
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    try:
        review.accept(_report_or_404(obligation), by=actor, now=timezone.now())
    except ReportRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{_named(obligation)} diterima.")
    return redirect("reporting:obligation", pk)


@for_members
@require_POST
def return_report(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        context = _page_context(cast(PortalRequest, request), obligation, form, WaiverForm())
        return render(request, "reporting/obligation.html", context, status=422)
    try:
        review.return_for_correction(_report_or_404(obligation), by=actor, now=timezone.now(), **form.cleaned_data)
    except ReportRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{_named(obligation)} dikembalikan untuk diperbaiki.")
    return redirect("reporting:obligation", pk)


@for_members
@require_POST
def waive_obligation(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.MANAGE_DUTIES, obligation)
    form = WaiverForm(request.POST)
    if not form.is_valid():
        context = _page_context(cast(PortalRequest, request), obligation, ReturnForm(), form)
        return render(request, "reporting/obligation.html", context, status=422)
    try:
        waive(obligation, by=actor, **form.cleaned_data)
    except WaiverRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{_named(obligation)} dibebaskan.")
    return redirect("reporting:obligation", pk)


def _report_or_404(obligation: Obligation) -> Report:
    return get_object_or_404(Report, obligation=obligation)


def _named(obligation: Obligation) -> str:
    return f"Laporan {period_from_key(obligation.period).label} {obligation.agency.short_name}"
