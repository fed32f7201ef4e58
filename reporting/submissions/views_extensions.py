"""Pages for asking more time and for deciding about it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Extension, Obligation
from reporting.submissions import extensions
from reporting.submissions.forms_extensions import AskForm, DecideForm
from reporting.submissions.queries import obligation_or_404

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def ask_extension(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        regency = cast(PortalRequest, request).regency
        assert regency is not None
        try:
            extensions.ask(obligation, regency, by=actor, now=timezone.now(), **form.cleaned_data)
        except extensions.ExtensionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Permintaan perpanjangan terkirim. Anda diberi tahu begitu diputuskan.")
            return redirect("reporting:obligation", pk)
    context = _context(obligation, "Minta perpanjangan") | {"form": form}
    return render(request, "reporting/ask_extension.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def withdraw_extension(request: HttpRequest, pk: int) -> HttpResponse:
    extension = _extension_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, extension)
    try:
        extensions.withdraw(extension, by=actor)
    except extensions.ExtensionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Permintaan perpanjangan ditarik.")
    return redirect("reporting:obligation", extension.obligation_id)


@for_members
@require_safe
def extension_queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first."""
    require(request, Verb.REVIEW_REPORT)
    waiting = [(each, period_from_key(each.obligation.period).label) for each in extensions.waiting_for_decision()]
    crumbs = [HOME, _queue_of_review(), {"label": "Perpanjangan"}]
    return render(request, "reporting/extension_queue.html", {"waiting": waiting, "breadcrumbs": crumbs})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def decide_extension(request: HttpRequest, pk: int) -> HttpResponse:
    extension = _extension_or_404(pk)
    require(request, Verb.REVIEW_REPORT, extension)
    form = DecideForm(request.POST or None, initial={"granted_on": extension.wanted_on})
    if request.method == "POST" and _decided(request, extension, form):
        return redirect("reporting:extension_queue")
    context = _context(extension.obligation, "Perpanjangan") | {"extension": extension, "form": form}
    return render(request, "reporting/decide_extension.html", context, status=422 if form.errors else 200)


def _decided(request: HttpRequest, extension: Extension, form: DecideForm) -> bool:
    """Carry out the decision of the button that was pressed; False with an error in the form."""
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    refusing = "refuse" in request.POST
    form.fields["granted_on"].required = not refusing
    if not form.is_valid():
        return False
    note, now = form.cleaned_data["note"], timezone.now()
    try:
        if refusing:
            extensions.refuse(extension, note=note, by=portal.actor, now=now)
        else:
            on = form.cleaned_data["granted_on"]
            extensions.grant(extension, portal.regency, granted_on=on, note=note, by=portal.actor, now=now)
    except extensions.ExtensionRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(
        request, "Perpanjangan ditolak." if refusing else "Perpanjangan disetujui; tenggatnya sudah pindah."
    )
    return True


def _extension_or_404(pk: int) -> Extension:
    """Row security hides those of other agencies; whoever may not see one is told that it is not there."""
    rows = Extension.objects.select_related("obligation__agency", "obligation__form")
    return get_object_or_404(rows, pk=pk)


def _queue_of_review() -> dict[str, str]:
    return {"label": "Pemeriksaan", "url": reverse("reporting:review_queue")}


def _context(obligation: Obligation, here: str) -> dict[str, Any]:
    label = period_from_key(obligation.period).label
    page = reverse("reporting:obligation", args=[obligation.pk])
    crumbs = [HOME, {"label": "Laporan", "url": reverse("reporting:obligations")}, {"label": label, "url": page}]
    return {"obligation": obligation, "period_label": label, "breadcrumbs": [*crumbs, {"label": here}]}
