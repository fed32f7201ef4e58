"""The page on which a report is filled in and sent. Works without a script; with one it saves by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from katingan_portal.ui import formats
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions import actions
from reporting.submissions.actions import Contents, contents_of
from reporting.submissions.appraisal import Appraisal, place_of
from reporting.submissions.evidence.lines import evidence_context
from reporting.submissions.forms import FilingForm, Shown
from reporting.submissions.models import Report
from reporting.submissions.queries import is_open, obligation_or_404, report_for
from reporting.submissions.sheets import Difference, Sheet, merged

HOME = {"label": "Beranda", "url": "/"}
SENT = "Laporan terkirim. Anda akan melihat di sini bila sudah diterima atau perlu diperbaiki."


@for_members
@require_http_methods(["GET", "POST"])
def file_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill the report in: "simpan" keeps a draft, "kirim" sends it, "serahkan" asks the head to send it."""
    obligation = obligation_or_404(pk)
    require(request, Verb.FILE_REPORT, obligation)
    report = report_for(obligation)
    sheet = Sheet.of(obligation)
    if request.method == "POST" and not obligation.waived_at:
        return _save(request, sheet, report)
    if not is_open(obligation, report):
        messages.info(request, "Laporan ini sudah dikirim atau dibebaskan, jadi tidak bisa diubah.")
        return redirect("reporting:obligation", pk)
    return _page(request, sheet, FilingForm(sheet=sheet, report=report), report)


@for_members
@require_POST
def autosave(request: HttpRequest, pk: int) -> JsonResponse:
    """What the open page sends by itself a few seconds after a change. Keeps what can be read; says what can't.

    200 with "saved"; 409 with "conflict" or "closed" where it was not saved.
    """
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    report = report_for(obligation)
    if not is_open(obligation, report):
        return JsonResponse({"state": "closed", "message": "Laporan ini sudah dikirim atau dibebaskan."}, status=409)
    sheet = Sheet.of(obligation)
    form = FilingForm(request.POST, sheet=sheet, report=report)
    form.is_valid()
    contents = form.contents_over(contents_of(report) if report else Contents())
    version, session = form.cleaned_data.get("version", -1), form.cleaned_data.get("session", "")
    try:
        saved = actions.save_draft(obligation, contents, version=version, by=actor, now=timezone.now(), session=session)
    except actions.ReportRefused as refusal:
        state = "conflict" if isinstance(refusal, actions.EditConflict) else "closed"
        return JsonResponse({"state": state, "message": str(refusal)}, status=409)
    return JsonResponse(_told(request, saved, sheet.appraise(contents), form))


def _told(request: HttpRequest, saved: Report, appraisal: Appraisal, form: FilingForm) -> dict[str, Any]:
    """What the page shows after it saved itself: a few kB."""
    explained = form.explanations
    shown = [Shown(each, explained.get(each.key, "")) for each in appraisal.findings]
    return {
        "state": "saved",
        "version": saved.version,
        "message": f"Tersimpan {_clock(request, saved.saved_at)}",
        "errors": form.all_errors(),
        "progress": render_to_string(
            "reporting/filing/progress.html", {"appraisal": appraisal, "is_nil": saved.is_nil}
        ),
        "findings": [
            {
                "key": each.finding.key,
                "at": place_of(each.finding),
                "html": render_to_string("reporting/filing/finding.html", {"shown": each}),
            }
            for each in shown
        ],
    }


def _save(request: HttpRequest, sheet: Sheet, report: Report | None) -> HttpResponse:
    form = FilingForm(request.POST, sheet=sheet, report=report)
    if not form.is_valid():
        return _page(request, sheet, form, report, status=422)
    stored = contents_of(report) if report else Contents()
    if "resolve" in request.POST:
        chosen = merged(request.POST, sheet.differences(form.contents, stored), request.POST["resolve"])
        form = FilingForm(chosen, sheet=sheet, report=report)
        if not form.is_valid():
            return _page(request, sheet, form, report, status=422)
    try:
        _keep(request, sheet, form)
    except actions.AlreadySent as refusal:
        return _too_late(request, sheet, form, refusal)
    except actions.EditConflict as refusal:
        return _conflict(request, sheet, form, refusal)
    except actions.ReportRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, sheet, form, report, status=422)
    return _after_saving(request, sheet.obligation)


def _keep(request: HttpRequest, sheet: Sheet, form: FilingForm) -> None:
    actions.save_draft(
        sheet.obligation,
        form.contents,
        version=form.cleaned_data["version"],
        by=cast(PortalRequest, request).actor,
        now=timezone.now(),
        session=form.cleaned_data["session"],
    )


def _after_saving(request: HttpRequest, obligation: Obligation) -> HttpResponse:
    actor = cast(PortalRequest, request).actor
    try:
        if "hand" in request.POST:
            leaders = actions.hand_to_head(obligation, by=actor, now=timezone.now())
            names = ", ".join(str(leader.user) for leader in leaders)
            messages.success(request, f"Tersimpan. {names} diminta memeriksa dan mengirim laporan ini.")
            return redirect("reporting:obligation", obligation.pk)
        if "submit" in request.POST:
            require(request, Verb.SUBMIT_REPORT, obligation)
            actions.submit(obligation, by=actor, now=timezone.now())
            messages.success(request, SENT)
            return redirect("reporting:obligation", obligation.pk)
    except actions.ReportRefused as refusal:
        messages.warning(request, f"Draf disimpan, tetapi belum dikirim. {refusal}")
        return redirect("reporting:file", obligation.pk)
    messages.success(request, "Draf disimpan. Anda bisa melanjutkannya kapan saja.")
    return redirect("reporting:file", obligation.pk)


def _conflict(request: HttpRequest, sheet: Sheet, form: FilingForm, refusal: Exception) -> HttpResponse:
    """Mine beside theirs, to choose from; the form below holds mine, now against the version that stands."""
    report = report_for(sheet.obligation)
    assert report is not None
    differences = sheet.differences(form.contents, contents_of(report))
    again = FilingForm({**dict(request.POST.items()), "version": report.version}, sheet=sheet, report=report)
    again.full_clean()
    again.add_error(None, str(refusal))
    return _page(request, sheet, again, report, status=409, differences=differences)


def _too_late(request: HttpRequest, sheet: Sheet, form: FilingForm, refusal: Exception) -> HttpResponse:
    """The report was sent meanwhile: by this very page (a double click), or by somebody else with other figures."""
    report = report_for(sheet.obligation)
    assert report is not None
    differences = sheet.differences(form.contents, contents_of(report))
    if not differences:
        own = report.draft_session == form.cleaned_data["session"] != ""
        messages.success(request, SENT) if own else messages.info(request, f"{refusal} Isinya sama dengan isian Anda.")
        return redirect("reporting:obligation", sheet.obligation.pk)
    context = {
        "obligation": sheet.obligation,
        "refusal": str(refusal),
        "differences": differences,
        "breadcrumbs": _crumbs(sheet.obligation),
    }
    return render(request, "reporting/filing/too_late.html", context, status=409)


def _page(
    request: HttpRequest,
    sheet: Sheet,
    form: FilingForm,
    report: Report | None,
    *,
    status: int = 200,
    differences: list[Difference] | None = None,
) -> HttpResponse:
    obligation = sheet.obligation
    contents = _contents_shown(sheet, form, report)
    appraisal = sheet.appraise(contents)
    actor = cast(PortalRequest, request).actor
    context = {
        "obligation": obligation,
        "period_label": period_from_key(obligation.period).label,
        "sheet": sheet,
        "form": form,
        "report": report,
        "parts": form.parts(appraisal),
        "appraisal": appraisal,
        "is_nil": contents.is_nil,
        "differences": differences,
        "may_send": actions.may_send(actor, obligation),
        "saved_label": f"Tersimpan {_clock(request, report.saved_at)}" if report else "Belum ada yang disimpan",
        **evidence_context(obligation, actor, report, cast(PortalRequest, request).regency),
        "breadcrumbs": _crumbs(obligation),
    }
    return render(request, "reporting/file.html", context, status=status)


def _contents_shown(sheet: Sheet, form: FilingForm, report: Report | None) -> Contents:
    stored = contents_of(report) if report else Contents(figures=dict(sheet.previous))
    if not form.is_bound:
        return stored
    read = form.contents_over(replace(stored, figures={}))
    return replace(read, explanations=form.explanations)


def _crumbs(obligation: Obligation) -> list[dict[str, str]]:
    label = period_from_key(obligation.period).label
    return [
        HOME,
        {"label": "Laporan", "url": reverse("reporting:obligations")},
        {"label": label, "url": reverse("reporting:obligation", args=[obligation.pk])},
        {"label": "Isi laporan"},
    ]


def _clock(request: HttpRequest, moment: datetime) -> str:
    """14.05, in the regency's own time."""
    regency = cast(PortalRequest, request).regency
    assert regency is not None
    return formats.clock(moment, regency.time_zone).removeprefix("pukul ").split(" ")[0]
