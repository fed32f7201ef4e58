"""Pages on which an agency says that a report is not its duty, and an administrator settles that."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from reporting.answering import disclaimers
from reporting.answering.disclaimers import DisclaimerRefused
from reporting.answering.forms import DisclaimForm, SettleForm
from reporting.answering.views import HOME, about
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Disclaimer
from reporting.submissions.queries import obligation_or_404


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def disclaim(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    form = DisclaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            disclaimers.disclaim(obligation, by=actor, now=timezone.now(), **form.cleaned_data)
        except DisclaimerRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "Disampaikan kepada admin kabupaten. Anda diberi tahu begitu diputuskan.")
            return redirect("reporting:obligation", pk)
    context = about(obligation, "Bukan tugas kami") | {"form": form, "refusal": disclaimers.why_not(obligation)}
    return render(request, "reporting/answering/disclaim.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def withdraw_disclaimer(request: HttpRequest, pk: int) -> HttpResponse:
    said = _or_404(pk)
    actor = require(request, Verb.FILE_REPORT, said)
    try:
        disclaimers.withdraw(said, by=actor, now=timezone.now())
    except DisclaimerRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Pernyataan ditarik.")
    return redirect("reporting:obligation", said.obligation_id)


@for_members
@require_safe
def disclaimer_queue(request: HttpRequest) -> HttpResponse:
    """What waits for an administrator, oldest first."""
    require(request, Verb.MANAGE_DUTIES)
    waiting = [(each, period_from_key(each.obligation.period).label) for each in disclaimers.waiting_for_admin()]
    context = {"waiting": waiting, "breadcrumbs": [HOME, {"label": "Bukan tugas"}]}
    return render(request, "reporting/answering/disclaimer_queue.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def settle_disclaimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide; afterwards the page stays, with the assignments that may have to end as well."""
    said = _or_404(pk)
    actor = require(request, Verb.MANAGE_DUTIES, said)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and _settled(request, said, form, actor):
        return redirect("reporting:settle_disclaimer", pk)
    queue = {"label": "Bukan tugas", "url": reverse("reporting:disclaimer_queue")}
    context = about(said.obligation, "Bukan tugas") | {
        "said": said,
        "form": form,
        "assignments": disclaimers.assignments_behind(said.obligation),
        "breadcrumbs": [HOME, queue, {"label": said.agency.short_name}],
    }
    return render(request, "reporting/answering/settle_disclaimer.html", context, status=422 if form.errors else 200)


def _settled(request: HttpRequest, said: Disclaimer, form: SettleForm, actor: Actor) -> bool:
    """Carry out the decision of the button that was pressed; False with an error in the form."""
    if not form.is_valid():
        return False
    decide, told = disclaimers.agree, "Disetujui; kewajiban periode ini dibebaskan."
    if "refuse" in request.POST:
        decide, told = disclaimers.refuse, "Ditolak; laporannya tetap ditagih."
    try:
        decide(said, note=form.cleaned_data["note"], by=actor, now=timezone.now())
    except DisclaimerRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return False
    messages.success(request, told)
    return True


def _or_404(pk: int) -> Disclaimer:
    rows = Disclaimer.objects.select_related("obligation__agency", "obligation__form", "agency")
    return get_object_or_404(rows, pk=pk)
