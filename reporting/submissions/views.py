"""Pages of an obligation: see it, fill it, send it, review it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from reporting.chasing.queries import ladder_of, messages_about
from reporting.duties.queries import indicators_for
from reporting.periods.actions import WaiverRefused, waive
from reporting.periods.calendar import month_from_key
from reporting.periods.models import Obligation
from reporting.status import status_of
from reporting.submissions import actions
from reporting.submissions.filters import ObligationFilter
from reporting.submissions.forms import FilingForm, ReturnForm, WaiverForm, initial_of
from reporting.submissions.models import AcceptedFigure, Report
from reporting.submissions.queries import last_accepted_figures, report_for, waiting_for_review

HOME = {"label": "Beranda", "url": "/"}


def obligation_or_404(pk: int) -> Obligation:
    """An obligation of the running regency: who owes what is known to all staff, its contents are not."""
    return get_object_or_404(Obligation.objects.select_related("agency", "form"), pk=pk)


@require_GET
def obligation_list(request: HttpRequest) -> HttpResponse:
    portal = cast(PortalRequest, request)
    _require_membership(portal)
    now = timezone.now()
    chosen = ObligationFilter(request.GET, now=now, actor=portal.actor)
    page = Paginator(chosen.rows(), 50).get_page(request.GET.get("page"))
    for obligation in page:
        obligation.status = status_of(obligation, now)
        obligation.period_label = month_from_key(obligation.period).label
    crumbs = [HOME, {"label": "Laporan"}]
    return render(request, "reporting/obligations.html", {"page": page, "chosen": chosen, "breadcrumbs": crumbs})


@require_GET
def obligation_page(request: HttpRequest, pk: int) -> HttpResponse:
    portal = cast(PortalRequest, request)
    _require_membership(portal)
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
        "period_label": month_from_key(obligation.period).label,
        "status": status_of(obligation, now, report.state if report else None),
        "report": report,
        "revisions": list(report.revisions.all()) if report else [],
        "figures": _figures(obligation, report),
        "ladder": ladder_of(obligation, portal.regency),
        "sent_messages": messages_about(obligation) if own or reviewer or may(portal.actor, Verb.VIEW_OUTBOX) else [],
        "history": _timeline(obligation, report),
        "may_file": own and _is_open(obligation, report),
        "may_review": reviewer and report is not None and report.state == Report.State.SUBMITTED,
        "may_waive": may(portal.actor, Verb.MANAGE_DUTIES) and not obligation.accepted_at and not obligation.waived_at,
        "return_form": return_form,
        "waiver_form": waiver_form,
        "breadcrumbs": [
            HOME,
            {"label": "Laporan", "url": reverse("reporting:obligations")},
            {"label": str(obligation)},
        ],
    }


def _is_open(obligation: Obligation, report: Report | None) -> bool:
    closed = report is not None and report.state not in (Report.State.DRAFT, Report.State.RETURNED)
    return not obligation.waived_at and not closed


def _figures(obligation: Obligation, report: Report | None) -> list[dict[str, Any]]:
    """The answers that this reader may see: the report's own, else the accepted ones."""
    values: dict[str, Any] = report.figures if report else _accepted(obligation)
    before = last_accepted_figures(obligation)
    return [
        {"indicator": each, "value": values.get(each.code), "before": before.get(each.code)}
        for each in indicators_for(obligation.form_id, obligation.rule["duties"])
        if values
    ]


def _accepted(obligation: Obligation) -> dict[str, int]:
    rows = AcceptedFigure.objects.filter(obligation=obligation).values_list("indicator__code", "value")
    return dict(rows)


def _timeline(obligation: Obligation, report: Report | None) -> list[dict[str, Any]]:
    events = list(history_of(obligation)) + (list(history_of(report)) if report else [])
    return [
        {"at": event.at, "actor": event.actor_name, "verb": event.verb, "detail": event.reason}
        for event in sorted(events, key=lambda event: event.at, reverse=True)
    ]


@require_http_methods(["GET", "POST"])
def file_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill the report in: "simpan" keeps a draft, "kirim" sends it. Works without a script."""
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    report = report_for(obligation)
    if not _is_open(obligation, report):
        messages.info(request, "Laporan ini sudah dikirim atau dibebaskan, jadi tidak bisa diubah.")
        return redirect("reporting:obligation", pk)
    previous = last_accepted_figures(obligation)
    asked = indicators_for(obligation.form_id, obligation.rule["duties"])
    form = FilingForm(request.POST or None, initial=initial_of(report, previous), indicators=asked)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_draft(
                obligation, form.contents, version=form.cleaned_data["version"], by=actor, now=timezone.now()
            )
            return _after_saving(request, obligation)
        except actions.ReportRefused as refusal:
            form.add_error(None, str(refusal))
            if isinstance(refusal, actions.EditConflict):
                report = report_for(obligation)
                form.data = form.data.copy()
                form.data["version"] = str(report.version if report else 0)
    context = {
        "obligation": obligation,
        "period_label": month_from_key(obligation.period).label,
        "form": form,
        "report": report,
        "previous": previous,
        "stored": report.figures if report and form.errors else {},
        "breadcrumbs": [
            HOME,
            {"label": "Laporan", "url": reverse("reporting:obligations")},
            {"label": str(obligation), "url": reverse("reporting:obligation", args=[pk])},
            {"label": "Isi laporan"},
        ],
    }
    return render(request, "reporting/file.html", context, status=200 if not form.errors else 422)


def _after_saving(request: HttpRequest, obligation: Obligation) -> HttpResponse:
    if "submit" not in request.POST:
        messages.success(request, "Draf disimpan. Anda bisa melanjutkannya kapan saja.")
        return redirect("reporting:file", obligation.pk)
    actor = require(request, Verb.SUBMIT_REPORT, obligation)
    try:
        actions.submit(obligation, by=actor, now=timezone.now())
    except actions.ReportRefused as refusal:
        messages.warning(request, f"Draf disimpan, tetapi belum dikirim. {refusal}")
        return redirect("reporting:file", obligation.pk)
    messages.success(request, "Laporan terkirim. Anda akan melihat di sini bila sudah diterima atau perlu diperbaiki.")
    return redirect("reporting:obligation", obligation.pk)


@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    require(request, Verb.REVIEW_REPORT)
    page = Paginator(waiting_for_review(), 50).get_page(request.GET.get("page"))
    for report in page:
        report.period_label = month_from_key(report.obligation.period).label
    crumbs = [HOME, {"label": "Pemeriksaan"}]
    return render(request, "reporting/review_queue.html", {"page": page, "breadcrumbs": crumbs})


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    try:
        actions.accept(_report_or_404(obligation), by=actor, now=timezone.now())
    except actions.ReportRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{obligation} diterima.")
    return redirect("reporting:obligation", pk)


@require_POST
def return_report(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.REVIEW_REPORT, obligation)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        context = _page_context(cast(PortalRequest, request), obligation, form, WaiverForm())
        return render(request, "reporting/obligation.html", context, status=422)
    try:
        actions.return_for_correction(_report_or_404(obligation), by=actor, now=timezone.now(), **form.cleaned_data)
    except actions.ReportRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{obligation} dikembalikan untuk diperbaiki.")
    return redirect("reporting:obligation", pk)


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
        messages.success(request, f"{obligation} dibebaskan.")
    return redirect("reporting:obligation", pk)


def _report_or_404(obligation: Obligation) -> Report:
    return get_object_or_404(Report, obligation=obligation)


def _require_membership(request: PortalRequest) -> None:
    if request.membership is None:
        raise Http404
