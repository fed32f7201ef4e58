"""The reviewer's pages: what waits, one report beside the accepted one before it, the decision, and many at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.duties.models import Indicator
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of, rules_of
from reporting.submissions import checks, review
from reporting.submissions.actions import ReportRefused
from reporting.submissions.checks import Finding
from reporting.submissions.clocks import clocks_of, days_between, in_days
from reporting.submissions.comparing import Line, Side, compare
from reporting.submissions.evidence.lines import evidence_context
from reporting.submissions.models import Report, ReportRevision
from reporting.submissions.queries import (
    accepted_answers,
    last_accepted,
    obligation_or_404,
    report_for,
    waiting_for_review,
)
from reporting.submissions.review_forms import DecisionForm, QueueFilter, ReopenForm, ReturnForm
from reporting.submissions.tables import rows_of
from reporting.submissions.warnings import findings_of

HOME = {"label": "Beranda", "url": "/"}
PER_PAGE = 50
TICKED = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


@dataclass(frozen=True)
class Waiting:
    """One report of the queue. key: "id:version", what ticking it means."""

    report: Report
    period_label: str
    waits: str
    is_late: bool
    is_own: bool
    warnings: int

    @property
    def key(self) -> str:
        return f"{self.report.pk}:{self.report.version}"


@for_members
@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    actor = require(request, Verb.REVIEW_REPORT)
    now = timezone.now()
    chosen = QueueFilter(request.GET, waiting=waiting_for_review())
    page = Paginator(_filtered(chosen.chosen, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": _waiting(list(page.object_list), actor, _regency(request), now),
        "chosen": chosen,
        "breadcrumbs": [HOME, {"label": "Pemeriksaan"}],
    }
    return render(request, "reporting/review_queue.html", context)


def _filtered(chosen: dict[str, str], now: datetime) -> Sequence[Report] | QuerySet[Report]:
    wanted = Q()
    for name, path in (("form", "obligation__form__code"), ("period", "obligation__period"), ("kind", "agency__kind")):
        if name in chosen:
            wanted &= Q(**{path: chosen[name]})
    if chosen.get("waits"):
        wanted &= Q(obligation__review_due_at__lt=now)
    rows = waiting_for_review().filter(wanted)
    if "warned" not in chosen:
        return rows
    reports = list(rows)
    found = findings_of(reports)
    return [report for report in reports if bool(found[report.pk]) == (chosen["warned"] == "ya")]


def _waiting(reports: Sequence[Report], actor: Actor, regency: Regency, now: datetime) -> list[Waiting]:
    """The rows of the queue, with one query for everybody's warnings and one for who sent what."""
    found = findings_of(reports)
    own = set(
        ReportRevision.objects.filter(report__in=reports, outcome="", submitted_by_id=actor.user_id).values_list(
            "report_id", flat=True
        )
    )
    return [
        Waiting(
            report,
            period_from_key(report.obligation.period).label,
            in_days(days_between(report.submitted_at or now, now, regency.zone)),
            bool(report.obligation.review_due_at and report.obligation.review_due_at < now),
            report.pk in own,
            len(found[report.pk]),
        )
        for report in reports
    ]


@for_members
@require_GET
def review_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One report side by side with the period accepted before it; a decided one is shown on its own page."""
    obligation = obligation_or_404(pk)
    require(request, Verb.REVIEW_REPORT, obligation)
    report = report_for(obligation)
    if report is None or report.state != Report.State.SUBMITTED or obligation.waived_at:
        messages.info(request, "Laporan ini tidak sedang menunggu pemeriksaan.")
        return redirect("reporting:obligation", pk)
    form = ReturnForm(initial={"working_days": obligation.form.correction_working_days, "seen": report.version})
    return render(request, "reporting/review.html", _review_context(request, obligation, report, form))


def _review_context(request: HttpRequest, obligation: Obligation, report: Report, form: ReturnForm) -> dict[str, Any]:
    regency, now = _regency(request), timezone.now()
    before = last_accepted(obligation)
    lines = side_by_side(obligation, report, accepted_answers(before) if before else {})
    earlier, later = neighbours(report)
    revision = report.revisions.first()
    return {
        "obligation": obligation,
        "report": report,
        "revision": revision,
        "period_label": period_from_key(obligation.period).label,
        "previous": before,
        "previous_label": period_from_key(before.period).label if before else "",
        "lines": lines,
        "warnings": sum(len(line.remarks) for line in lines),
        "clocks": clocks_of(obligation, report, now, regency.zone),
        "correction_until": review.correction_due(obligation, None, now),
        "form": form,
        "typed": form.notes if form.is_bound else {},
        "earlier": earlier,
        "later": later,
        "is_own": bool(revision and revision.submitted_by_id == cast(PortalRequest, request).actor.user_id),
        **evidence_context(obligation, cast(PortalRequest, request).actor, report, regency),
        "may_attach": False,
        "breadcrumbs": [
            HOME,
            {"label": "Pemeriksaan", "url": reverse("reporting:review_queue")},
            {"label": f"{obligation.agency.short_name}, {period_from_key(obligation.period).label}"},
        ],
    }


def side_by_side(obligation: Obligation, report: Report, before: dict[str, Any]) -> list[Line]:
    """The report's lines against earlier answers, with what the checks find and what was noted and explained."""
    questions = list(questions_of(obligation))
    found: list[Finding] = (
        [] if report.is_nil else checks.findings(questions, rules_of(obligation), report.figures, before)
    )
    side = Side(tuple(found), report.explanations, report.return_notes)
    return compare(questions, report.figures, before, row_labels(obligation, questions), side)


def row_labels(obligation: Obligation, questions: Iterable[Indicator]) -> dict[str, dict[str, str]]:
    """{table code: {row key: name}}, in the order of the rows, of the tables that the agency answers."""
    return {
        asked.code: {row.key: row.label for row in rows_of(asked, obligation.agency)}
        for asked in questions
        if asked.is_table
    }


def neighbours(report: Report) -> tuple[Report | None, Report | None]:
    """(the one before, the one after) in the queue, oldest first."""
    place = Q(submitted_at=report.submitted_at)
    queue = waiting_for_review().exclude(pk=report.pk)
    earlier = queue.filter(Q(submitted_at__lt=report.submitted_at) | place & Q(pk__lt=report.pk)).last()
    later = queue.filter(Q(submitted_at__gt=report.submitted_at) | place & Q(pk__gt=report.pk)).first()
    return earlier, later


@for_members
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    report = _report_or_404(obligation)
    try:
        review.accept(report, by=actor, now=timezone.now(), seen=_seen(request))
    except ReportRefused as refusal:
        return _refused(request, obligation, refusal)
    messages.success(request, f"{named(obligation)} diterima.")
    return _to_next(report)


@for_members
@require_POST
def return_report(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    report = _report_or_404(obligation)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return render(request, "reporting/review.html", _review_context(request, obligation, report, form), status=422)
    try:
        review.return_for_correction(report, notes=form.notes, by=actor, now=timezone.now(), **form.cleaned_data)
    except ReportRefused as refusal:
        return _refused(request, obligation, refusal)
    messages.success(request, f"{named(obligation)} dikembalikan untuk diperbaiki.")
    return _to_next(report)


@for_members
@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Unlock an accepted report: asks for the reason first."""
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    report = _report_or_404(obligation)
    opening = {"working_days": obligation.form.correction_working_days, "seen": report.version}
    form = ReopenForm(request.POST or None, initial=opening)
    if request.method == "GET" or not form.is_valid():
        context = {
            "obligation": obligation,
            "form": form,
            "name": named(obligation),
            "breadcrumbs": [*crumbs_of(obligation), {"label": "Buka lagi"}],
        }
        return render(request, "reporting/reopen.html", context, status=422 if form.errors else 200)
    try:
        review.reopen(report, by=actor, now=timezone.now(), **form.cleaned_data)
    except ReportRefused as refusal:
        return _refused(request, obligation, refusal)
    messages.success(request, f"{named(obligation)} dibuka lagi dan kembali ke perangkat daerah.")
    return redirect("reporting:obligation", pk)


@for_members
@require_POST
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept what was ticked in the queue, after a page that lists it; those with warnings are ticked again there."""
    actor = require(request, Verb.REVIEW_REPORT)
    wanted = _ticked(request.POST.getlist("report"))
    if not wanted:
        messages.info(request, "Centang dahulu laporan yang akan diterima.")
        return redirect("reporting:review_queue")
    if "yes" in request.POST:
        reports = Report.objects.filter(pk__in=wanted)
        results = review.accept_many([(report, wanted[report.pk]) for report in reports], by=actor, now=timezone.now())
        _say_results(request, results, len(wanted))
        return redirect("reporting:review_queue")
    rows = _waiting(list(waiting_for_review().filter(pk__in=wanted)), actor, _regency(request), timezone.now())
    context = {
        "sound": [row for row in rows if not row.warnings and not row.is_own],
        "warned": [row for row in rows if row.warnings and not row.is_own],
        "left_out": len(wanted) - sum(not row.is_own for row in rows),
        "breadcrumbs": [
            HOME,
            {"label": "Pemeriksaan", "url": reverse("reporting:review_queue")},
            {"label": "Terima beberapa"},
        ],
    }
    return render(request, "reporting/accept_many.html", context)


def _ticked(values: Iterable[str]) -> dict[int, int]:
    """{report id: version seen} of the ticked boxes; what is no box of ours is ignored."""
    found = (TICKED.fullmatch(value) for value in values)
    return {int(each[1]): int(each[2]) for each in found if each}


def _say_results(request: HttpRequest, results: list[review.Accepted], wanted: int) -> None:
    """ "8 diterima, 1 sudah dikembalikan oleh orang lain." """
    refused = [each.refusal.brief for each in results if each.refusal]
    accepted = len(results) - len(refused)
    counts = {brief: refused.count(brief) for brief in refused}
    if wanted > len(results):
        counts["tidak ditemukan"] = wanted - len(results)
    parts = [f"{accepted} diterima", *(f"{count} {brief}" for brief, count in counts.items())]
    say = messages.success if not counts else messages.warning
    say(request, f"{', '.join(parts)}.")


def _seen(request: HttpRequest) -> int | None:
    form = DecisionForm(request.POST)
    return form.cleaned_data["seen"] if form.is_valid() else None


def _refused(request: HttpRequest, obligation: Obligation, refusal: ReportRefused) -> HttpResponse:
    """Told why, and led to where the report stands now."""
    messages.error(request, str(refusal))
    report = report_for(obligation)
    waits = report is not None and report.state == Report.State.SUBMITTED
    return redirect("reporting:review" if waits else "reporting:obligation", obligation.pk)


def _to_next(report: Report) -> HttpResponse:
    """The next of the queue, else the one before, else the empty queue."""
    earlier, later = neighbours(report)
    following = later or earlier
    if following is None:
        return redirect("reporting:review_queue")
    return redirect("reporting:review", following.obligation_id)


def _regency(request: HttpRequest) -> Regency:
    regency = cast(PortalRequest, request).regency
    assert regency is not None
    return regency


def _report_or_404(obligation: Obligation) -> Report:
    return get_object_or_404(Report, obligation=obligation)


def named(obligation: Obligation) -> str:
    return f"Laporan {period_from_key(obligation.period).label} {obligation.agency.short_name}"


def crumbs_of(obligation: Obligation) -> list[dict[str, str]]:
    """The way to an obligation's own page, for the pages under it."""
    return [
        HOME,
        {"label": "Laporan", "url": reverse("reporting:obligations")},
        {
            "label": period_from_key(obligation.period).label,
            "url": reverse("reporting:obligation", args=[obligation.pk]),
        },
    ]
