"""Pages of directives: the Bupati's office gives them and reads what was answered; the agency answers."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from katingan_portal.ui.formats import day
from reporting.answering import directives
from reporting.answering.directives import TABS, DirectiveRefused
from reporting.answering.forms import DirectiveAnswerForm, DirectiveForm
from reporting.answering.views import HOME, about, regency_of
from reporting.chasing.models import Directive
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.queries import obligation_or_404

PER_PAGE = 50


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def give_directive(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.DIRECT, obligation)
    form = DirectiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            directives.give(obligation, regency_of(request), by=actor, now=timezone.now(), **form.cleaned_data)
        except DirectiveRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, f"Arahan disampaikan kepada {obligation.agency.name}.")
            return redirect("reporting:obligation", pk)
    context = about(obligation, "Beri arahan") | {"form": form}
    return render(request, "reporting/answering/give_directive.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def answer_directive(request: HttpRequest, pk: int) -> HttpResponse:
    given = _or_404(pk)
    actor = require(request, Verb.FILE_REPORT, given)
    form = DirectiveAnswerForm(request.POST or None, initial={"text": _suggested(request, given.obligation)})
    if request.method == "POST" and form.is_valid():
        try:
            directives.answer(given, by=actor, now=timezone.now(), **form.cleaned_data)
        except DirectiveRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "Jawaban disampaikan kepada Kantor Bupati.")
            return redirect("reporting:obligation", given.obligation_id)
    context = about(given.obligation, "Jawab arahan") | {"form": form, "given": given}
    return render(request, "reporting/answering/answer_directive.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def withdraw_directive(request: HttpRequest, pk: int) -> HttpResponse:
    return _ended(request, pk, directives.withdraw, "Arahan ditarik.")


@for_members
@require_POST
def close_directive(request: HttpRequest, pk: int) -> HttpResponse:
    return _ended(request, pk, directives.close, "Arahan dinyatakan selesai.")


@for_members
@require_safe
def directive_list(request: HttpRequest) -> HttpResponse:
    require(request, Verb.DIRECT)
    now = timezone.now()
    tab = request.GET.get("tampil", "")
    tab = tab if tab in TABS else ""
    page = Paginator(directives.directives_in(tab, now), PER_PAGE).get_page(request.GET.get("page"))
    url = reverse("reporting:directives")
    context = {
        "page": page,
        "rows": [(each, period_from_key(each.obligation.period).label) for each in page],
        "tabs": [
            {"label": label, "url": f"{url}?tampil={key}" if key else url, "active": key == tab}
            for key, label in TABS.items()
        ],
        "now": now,
        "breadcrumbs": [HOME, {"label": "Arahan"}],
    }
    return render(request, "reporting/answering/directives.html", context)


def _ended(request: HttpRequest, pk: int, end: Callable[..., None], told: str) -> HttpResponse:
    given = _or_404(pk)
    actor = require(request, Verb.DIRECT, given)
    try:
        end(given, by=actor, now=timezone.now())
    except DirectiveRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told)
    return redirect("reporting:obligation", given.obligation_id)


def _suggested(request: HttpRequest, obligation: Obligation) -> str:
    """The answer that is ready where the report itself is the answer."""
    if obligation.first_submitted_at is None or obligation.correction_due_at is not None:
        return ""
    return f"Laporannya sudah dikirim pada {day(obligation.first_submitted_at, regency_of(request).zone)}."


def _or_404(pk: int) -> Directive:
    rows = Directive.objects.select_related("obligation__agency", "obligation__form", "agency")
    return get_object_or_404(rows, pk=pk)
