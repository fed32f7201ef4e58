"""Pages on which somebody answers the chase. Those of another agency or district are told that there is nothing."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.answering import promises
from reporting.answering.forms import PromiseForm
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation, Promise
from reporting.submissions.queries import obligation_or_404

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    regency, now = regency_of(request), timezone.now()
    form = PromiseForm(request.POST or None)
    refusal = promises.why_not(obligation)
    if not refusal:
        form.offer(promises.window_of(obligation, regency, now))
    if request.method == "POST" and form.is_valid():
        try:
            made = promises.promise(obligation, regency, by=actor, now=now, **form.cleaned_data)
        except promises.PromiseRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, f"Janji dicatat. Penagihan menunggu sampai {day(made.promised_on)}.")
            return redirect("reporting:obligation", pk)
    context = about(obligation, "Janjikan tanggal") | {"form": form, "refusal": refusal}
    return render(request, "reporting/answering/promise.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def withdraw_promise(request: HttpRequest, pk: int) -> HttpResponse:
    given = get_object_or_404(Promise.objects.select_related("obligation"), pk=pk)
    actor = require(request, Verb.FILE_REPORT, given)
    try:
        promises.withdraw(given, by=actor, now=timezone.now())
    except promises.PromiseRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Janji ditarik. Penagihan berjalan lagi.")
    return redirect("reporting:obligation", given.obligation_id)


def regency_of(request: HttpRequest) -> Regency:
    regency = cast(PortalRequest, request).regency
    assert regency is not None, "the door lets nobody else in"
    return regency


def about(obligation: Obligation, here: str) -> dict[str, Any]:
    """The context of every page beneath an obligation."""
    label = period_from_key(obligation.period).label
    page = reverse("reporting:obligation", args=[obligation.pk])
    crumbs = [HOME, {"label": "Laporan", "url": reverse("reporting:obligations")}, {"label": label, "url": page}]
    return {"obligation": obligation, "period_label": label, "breadcrumbs": [*crumbs, {"label": here}]}
