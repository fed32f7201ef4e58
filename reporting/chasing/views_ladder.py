"""The page "Tangga penagihan": the district's ladders and those of forms, edited step by step.

A change that would send something at once says how many obligations it reaches, and asks, before it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.chasing import actions
from reporting.chasing.actions import Ladder, LadderRefused
from reporting.chasing.effects import fingerprint, told_at_once
from reporting.chasing.forms import StepForm
from reporting.chasing.ladder_rules import when_words
from reporting.chasing.models import LadderStep
from reporting.duties.models import ReportForm
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

HOME = {"label": "Beranda", "url": "/"}
NAMED = 12
SKIP = "skip"
# A change, told whether it catches up with what is past.
Change = Callable[[bool], object]


@for_members
@require_safe
def ladder_page(request: HttpRequest) -> HttpResponse:
    """The ladders of one clock: the district's, or with ?formulir= that of a form."""
    require(request, Verb.MANAGE_DUTIES)
    ladder = _ladder_of(request)
    context = {
        "ladder": ladder,
        "tabs": _tabs(ladder),
        "steps": [(step, when_words(ladder.clock, step.offset)) for step in ladder.steps()],
        "retired": LadderStep.objects.filter(clock=ladder.clock, form=ladder.form, is_active=False),
        "forms": [] if ladder.form else _forms(ladder.clock),
        "breadcrumbs": _crumbs(ladder) if ladder.form else [HOME, {"label": "Tangga penagihan"}],
    }
    return render(request, "reporting/ladder/page.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def add_step(request: HttpRequest) -> HttpResponse:
    actor, regency = _manager(request)
    ladder = _ladder_of(request)
    form = StepForm(request.POST or None, ladder=ladder)

    def change(catches_up: bool) -> object:
        now = timezone.now()
        return actions.add_step(ladder, regency, by=actor, now=now, catches_up=catches_up, **form.cleaned_data)

    return _edit(request, form, change, "Tahap baru", "Tahap ditambahkan.")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def edit_step(request: HttpRequest, pk: int) -> HttpResponse:
    actor, regency = _manager(request)
    step = get_object_or_404(LadderStep.objects.select_related("form"), pk=pk, is_active=True)
    form = StepForm(request.POST or None, ladder=Ladder.holding(step), step=step)

    def change(catches_up: bool) -> object:
        now = timezone.now()
        return actions.change_step(step, regency, by=actor, now=now, catches_up=catches_up, **form.cleaned_data)

    return _edit(request, form, change, "Ubah tahap", "Tahap diubah.")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def retire_step(request: HttpRequest, pk: int) -> HttpResponse:
    actor, regency = _manager(request)
    step = get_object_or_404(LadderStep.objects.select_related("form"), pk=pk, is_active=True)
    text = "Yang sudah dilakukan tetap tercatat. Tahap ini bisa diberlakukan lagi kapan saja."
    return _confirmed(
        request, Ladder.holding(step), f"Hentikan tahap “{step.label}”?", text, "Hentikan", "Tahap dihentikan.",
        lambda catches_up: actions.retire_step(step, regency, by=actor, now=timezone.now()),
    )  # fmt: skip


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def restore_step(request: HttpRequest, pk: int) -> HttpResponse:
    actor, regency = _manager(request)
    step = get_object_or_404(LadderStep.objects.select_related("form"), pk=pk, is_active=False)
    return _confirmed(
        request, Ladder.holding(step),
        f"Berlakukan lagi tahap “{step.label}”?", "", "Berlakukan", "Tahap berlaku lagi.",
        lambda catches_up: actions.restore_step(step, regency, by=actor, now=timezone.now(), catches_up=catches_up),
    )  # fmt: skip


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def begin_own_ladder(request: HttpRequest) -> HttpResponse:
    """Give the form of ?formulir= a ladder of its own for the clock of ?jam=."""
    actor, regency = _manager(request)
    ladder = _ladder_of(request, needs_form=True)
    text = "Tangganya mulai sebagai salinan tangga kabupaten. Sesudah itu perubahan tangga kabupaten tidak mengenainya."
    return _confirmed(
        request, ladder,
        f"Buat tangga khusus untuk {ladder.form}?", text, "Buat tangga khusus", "Tangga khusus dibuat.",
        lambda catches_up: actions.begin_own_ladder(ladder, regency, by=actor, now=timezone.now()),
    )  # fmt: skip


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def end_own_ladder(request: HttpRequest) -> HttpResponse:
    actor, regency = _manager(request)
    ladder = _ladder_of(request, needs_form=True)
    text = "Tahap yang sudah dilakukan tetap dihitung: tidak ada yang diulang dan tangganya tidak turun lagi."
    return _confirmed(
        request, ladder,
        f"Kembalikan {ladder.form} ke tangga kabupaten?", text, "Kembalikan", "Tangga khusus diakhiri.",
        lambda catches_up: actions.end_own_ladder(ladder, regency, by=actor, now=timezone.now()),
    )  # fmt: skip


def _edit(request: HttpRequest, form: StepForm, change: Change, title: str, done: str) -> HttpResponse:
    """The form until its ladder is sound; then, if something would be sent at once, the question; then done."""
    if request.method == "POST" and form.is_valid():
        try:
            return _make(request, form.ladder, change, done, _fields(form))
        except LadderRefused as refusal:
            form.refuse(refusal.problems)
    context = {
        "form": form, "ladder": form.ladder, "heading": title, "back": _address(form.ladder),
        "breadcrumbs": _crumbs(form.ladder, title),
    }  # fmt: skip
    return render(request, "reporting/ladder/step.html", context, status=422 if form.errors else 200)


def _confirmed(
    request: HttpRequest, ladder: Ladder, question: str, text: str, yes: str, done: str, change: Change
) -> HttpResponse:
    """Ask, then act; a refusal is told on the page of the ladder."""
    if request.method == "POST":
        try:
            return _make(request, ladder, change, done, {})
        except LadderRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(_address(ladder))
    context = {
        "question": question, "text": text, "yes": yes, "back": _address(ladder),
        "breadcrumbs": _crumbs(ladder, yes),
    }  # fmt: skip
    return render(request, "reporting/ladder/confirm.html", context)


def _make(
    request: HttpRequest, ladder: Ladder, change: Change, done: str, fields: dict[str, list[str]]
) -> HttpResponse:
    """Make the change, or first ask what is to become of those that it would tell at once."""
    told = told_at_once(lambda: change(True), cast(Regency, cast(PortalRequest, request).regency), timezone.now())
    seen = request.POST.get("seen", "")
    if told and seen != fingerprint(told):
        rows = Obligation.objects.filter(pk__in=told[:NAMED]).select_related("agency", "form")
        context = {
            "count": len(told), "rows": rows, "more": max(0, len(told) - NAMED), "fields": fields,
            "seen": fingerprint(told), "is_stale": bool(seen),
            "may_be_held": len(told) > settings.PORTAL_CHASE_HOLD_ABOVE,
            "back": _address(ladder), "breadcrumbs": _crumbs(ladder, "Segera berlaku"),
        }  # fmt: skip
        return render(request, "reporting/ladder/at_once.html", context)
    change(request.POST.get("past") != SKIP)
    messages.success(request, done)
    return redirect(_address(ladder))


def _manager(request: HttpRequest) -> tuple[Actor, Regency]:
    actor = require(request, Verb.MANAGE_DUTIES)
    return actor, cast(Regency, cast(PortalRequest, request).regency)


def _ladder_of(request: HttpRequest, *, needs_form: bool = False) -> Ladder:
    """The ladder of ?jam= and ?formulir=; an unknown clock is the first, an unknown form is not there."""
    wanted = request.GET.get("jam", "")
    clock = Clock(wanted) if wanted in Clock.values else Clock.FILING
    code = request.GET.get("formulir", "")
    form = get_object_or_404(ReportForm, code=code) if code or needs_form else None
    return Ladder(clock, form)


def _address(ladder: Ladder) -> str:
    own = f"&formulir={ladder.form.code}" if ladder.form else ""
    return f"{reverse('reporting:ladder')}?jam={ladder.clock}{own}"


def _tabs(ladder: Ladder) -> list[dict[str, Any]]:
    return [
        {
            "label": clock.label[0].upper() + clock.label[1:],
            "url": _address(Ladder(clock, ladder.form)),
            "active": clock == ladder.clock,
        }
        for clock in Clock
        if clock != Clock.DIRECTIVE or ladder.form is None
    ]


def _forms(clock: Clock) -> list[tuple[ReportForm, int]]:
    """(form, how many steps of its own ladder are in force; 0 where it follows the district's)."""
    if clock == Clock.DIRECTIVE:
        return []
    own = LadderStep.objects.filter(clock=clock, is_active=True, form__isnull=False).values_list("form_id", flat=True)
    counted = list(own.order_by())
    return [(form, counted.count(form.pk)) for form in ReportForm.objects.order_by("name")]


def _fields(form: StepForm) -> dict[str, list[str]]:
    data = cast(Any, form.data)
    return {name: data.getlist(name) for name in form.fields}


def _crumbs(ladder: Ladder, *more: str) -> list[dict[str, str]]:
    trail = [HOME, {"label": "Tangga penagihan", "url": _address(Ladder(ladder.clock))}]
    if ladder.form and more:
        trail.append({"label": str(ladder.form), "url": _address(ladder)})
    return trail + [{"label": label} for label in more or [str(ladder.form)]]
