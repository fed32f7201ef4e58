"""The register of duties: each article, who bears it from when to when, and how to assign it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from agencies.access import PortalRequest, require
from agencies.models import Agency
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from reporting.duties import actions, register
from reporting.duties.forms import AssignForm, DecreeForm, DutyForm, EndForm, RevisionForm
from reporting.duties.models import Assignment, Decree, Duty
from reporting.duties.queries import duties_with_bearers, questions_about

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_GET
def duty_list(request: HttpRequest) -> HttpResponse:
    context = {
        "decree": Decree.objects.first(),
        "may_manage": may(cast(PortalRequest, request).actor, Verb.MANAGE_DUTIES),
        "duties": duties_with_bearers(),
        "slots": Agency.objects.filter(is_slot=True),
        "breadcrumbs": [HOME, {"label": "Tugas"}],
    }
    return render(request, "reporting/duties.html", context)


@for_members
@require_http_methods(["GET", "POST"])
def duty_page(request: HttpRequest, code: str) -> HttpResponse:
    """A duty with its bearers; who manages duties assigns it here."""
    portal = cast(PortalRequest, request)
    duty = get_object_or_404(duties_with_bearers(), code=code)
    form = AssignForm(request.POST or None, duty=duty, initial={"starts_on": timezone.localdate()})
    if request.method == "POST":
        actor = require(request, Verb.MANAGE_DUTIES)
        if form.is_valid():
            try:
                actions.assign(duty, by=actor, **form.cleaned_data)
            except actions.AssignmentRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{form.cleaned_data['agency'].short_name} kini memegang tugas ini.")
                return redirect("reporting:duty", code)
    return render(request, "reporting/duty.html", _duty_context(portal, duty, form), status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def end_assignment(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_DUTIES)
    assignment = get_object_or_404(
        Assignment.objects.select_related("duty", "agency"), pk=pk, duty__code=code, ends_on=None
    )
    form = EndForm(request.POST or None, initial={"ends_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_assignment(assignment, by=actor, **form.cleaned_data)
        except actions.AssignmentRefused as refusal:
            form.add_error("ends_on", str(refusal))
        else:
            messages.success(request, f"Penugasan {assignment.agency.short_name} diakhiri.")
            return redirect("reporting:duty", code)
    context = {"assignment": assignment, "form": form, "breadcrumbs": _crumbs(assignment.duty, "Akhiri penugasan")}
    return render(request, "reporting/end_assignment.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def revise_duty(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_DUTIES)
    duty = get_object_or_404(Duty, code=code)
    initial = {"article": duty.article, "text": duty.text, "effective_on": timezone.localdate()}
    form = RevisionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            version = register.revise_duty(duty, by=actor, now=timezone.now(), **form.cleaned_data)
        except register.DutyRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Versi {version.number} tersimpan. Kewajiban yang sudah ada tetap berbunyi lama."
            )
            return redirect("reporting:duty", code)
    context = {"title": "Ubah bunyi tugas", "form": form, "breadcrumbs": _crumbs(duty, "Ubah bunyi")}
    return render(request, "reporting/register_form.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def add_decree(request: HttpRequest) -> HttpResponse:
    actor = require(request, Verb.MANAGE_DUTIES)
    form = DecreeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decree = register.add_decree(by=actor, **form.cleaned_data)
        except register.DutyRefused as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, f"{decree} tercatat. Sekarang tambahkan tugas-tugasnya.")
            return redirect("reporting:add_duty")
    context = {"title": "Catat instruksi", "form": form, "breadcrumbs": [HOME, _list_crumb(), {"label": "Instruksi"}]}
    return render(request, "reporting/register_form.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def add_duty(request: HttpRequest) -> HttpResponse:
    actor = require(request, Verb.MANAGE_DUTIES)
    form = DutyForm(request.POST or None, initial={"effective_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            duty = register.add_duty(by=actor, now=timezone.now(), **form.cleaned_data)
        except register.DutyRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, "Tugas tercatat. Tentukan siapa yang memegangnya.")
            return redirect("reporting:duty", duty.code)
    context = {"title": "Tambah tugas", "form": form, "breadcrumbs": [HOME, _list_crumb(), {"label": "Tambah"}]}
    return render(request, "reporting/register_form.html", context, status=422 if form.errors else 200)


def _list_crumb() -> dict[str, str]:
    return {"label": "Tugas", "url": reverse("reporting:duties")}


def _duty_context(portal: PortalRequest, duty: Duty, form: AssignForm) -> dict[str, Any]:
    return {
        "duty": duty,
        "form": form,
        "asked": questions_about(duty),
        "versions": duty.versions.all(),
        "may_manage": may(portal.actor, Verb.MANAGE_DUTIES),
        "history": [
            {"at": e.at, "actor": e.actor_name, "verb": e.phrase, "detail": _detail(e.changes, e.reason)}
            for e in history_of(duty)
        ],
        "breadcrumbs": _crumbs(duty),
    }


def _detail(changes: dict[str, Any], reason: str) -> str:
    named = (changes.get("perangkat daerah") or [None, None])[1]
    return ". ".join(part for part in (named, reason) if part)


def _crumbs(duty: Duty, *more: str) -> list[dict[str, str]]:
    duty_url = reverse("reporting:duty", args=[duty.code])
    return [
        HOME,
        _list_crumb(),
        {"label": str(duty), "url": duty_url},
        *({"label": label} for label in more),
    ]
