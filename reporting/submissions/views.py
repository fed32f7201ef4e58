"""The page on which a report is filled in and sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.submissions import actions
from reporting.submissions.forms import FilingForm, initial_of
from reporting.submissions.queries import is_open, last_accepted_figures, obligation_or_404, report_for

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_http_methods(["GET", "POST"])
def file_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill the report in: "simpan" keeps a draft, "kirim" sends it. Works without a script."""
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    report = report_for(obligation)
    if not is_open(obligation, report):
        messages.info(request, "Laporan ini sudah dikirim atau dibebaskan, jadi tidak bisa diubah.")
        return redirect("reporting:obligation", pk)
    previous = last_accepted_figures(obligation)
    asked = questions_of(obligation)
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
                form = form.seen_again(report.version if report else 0)
    context = {
        "obligation": obligation,
        "period_label": period_from_key(obligation.period).label,
        "form": form,
        "report": report,
        "previous": previous,
        "stored": report.figures if report and form.errors else {},
        "breadcrumbs": [
            HOME,
            {"label": "Laporan", "url": reverse("reporting:obligations")},
            {"label": period_from_key(obligation.period).label, "url": reverse("reporting:obligation", args=[pk])},
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
