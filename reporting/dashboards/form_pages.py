"""Pages of report forms for the district's administrator: the list, one form, its settings, a new one, a copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.models import AuditEvent
from katingan_portal.audit.queries import history_of
from reporting.duties import actions_forms as actions
from reporting.duties.forms_builder import NameForm, SettingsForm
from reporting.duties.models import Duty, FormVersion, Indicator, ReportForm
from reporting.duties.queries_forms import SETTING_FIELDS, FieldChange, fingerprint
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import Due, OfficeCalendar, Period, due_after, period_from_key, period_of
from reporting.periods.models import Obligation
from reporting.periods.queries import holiday_names

HOME = {"label": "Beranda", "url": "/"}
UNREAD = ("order", "parent", "pertanyaan")


@dataclass(frozen=True)
class Row:
    """A form of the list with its due rule in words, for the period that runs now."""

    form: ReportForm
    period: Period
    due: Due
    obligations: int
    in_force: FormVersion | None
    draft: FormVersion | None


def form_or_404(code: str) -> ReportForm:
    return get_object_or_404(ReportForm, code=code)


def see_again(form: BaseForm, seen: str) -> None:
    """The same answers and errors, now against what somebody else has saved meanwhile."""
    data = cast(QueryDict, form.data).copy()
    data["seen"] = seen
    form.data = data


def crumbs(form: ReportForm | None = None, *more: str) -> list[dict[str, str]]:
    trail = [HOME, {"label": "Formulir", "url": reverse("reporting:forms")}]
    if form is not None:
        trail.append({"label": form.name, "url": reverse("reporting:form", args=[form.code])})
    return trail + [{"label": label} for label in more]


@for_members
@require_GET
def form_list(request: HttpRequest) -> HttpResponse:
    require(request, Verb.MANAGE_FORMS)
    context = {"rows": _rows(cast(PortalRequest, request)), "breadcrumbs": [HOME, {"label": "Formulir"}]}
    return render(request, "reporting/forms/list.html", context)


@for_members
@require_GET
def form_page(request: HttpRequest, code: str) -> HttpResponse:
    require(request, Verb.MANAGE_FORMS)
    portal, form = cast(PortalRequest, request), form_or_404(code)
    context = {
        "form": form,
        "row": next(row for row in _rows(portal) if row.form == form),
        "facts": _facts(form),
        "versions": _versions(form),
        "asks_from": asks_from(portal, form),
        "history": [_event(event) for event in history_of(form)],
        "breadcrumbs": crumbs(None, form.name),
    }
    return render(request, "reporting/forms/form.html", context)


@for_members
@require_http_methods(["GET", "POST"])
def new_form(request: HttpRequest) -> HttpResponse:
    """A name is enough to begin; rhythm and due rule start as the portal's default and are set next."""
    actor = require(request, Verb.MANAGE_FORMS)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        today = timezone.localdate()
        made = actions.create_form(by=actor, collects_from=today.replace(day=1), is_active=False, **form.cleaned_data)
        messages.success(request, "Formulir dibuat. Atur periode dan tenggatnya, lalu susun pertanyaannya.")
        return redirect("reporting:form_settings", made.code)
    context = {"form": form, "breadcrumbs": crumbs(None, "Formulir baru")}
    return render(request, "reporting/forms/new.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def copy_form(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    source = form_or_404(code)
    form = NameForm(request.POST or None, initial={"name": f"Salinan {source.name}"[:150]})
    if request.method == "POST" and form.is_valid():
        made = actions.copy_form(source, by=actor, **form.cleaned_data)
        messages.success(request, "Formulir disalin sebagai draf yang belum aktif.")
        return redirect("reporting:form", made.code)
    context = {"form": form, "source": source, "breadcrumbs": crumbs(source, "Salin")}
    return render(request, "reporting/forms/new.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def form_settings(request: HttpRequest, code: str) -> HttpResponse:
    """Changes reach obligations that are made from now on; those that stand keep their own rule."""
    actor = require(request, Verb.MANAGE_FORMS)
    stored = form_or_404(code)
    form = SettingsForm(request.POST or None, instance=form_or_404(code), initial={"seen": fingerprint(stored)})
    conflict: list[FieldChange] = []
    if request.method == "POST" and form.is_valid() and _past_is_meant(form, stored):
        try:
            actions.change_settings(stored, seen=form.cleaned_data["seen"], by=actor, **form.settings)
        except actions.FormRefused as refusal:
            form.add_error(None, str(refusal))
            if isinstance(refusal, actions.Stale):
                stored.refresh_from_db()
                conflict = _setting_changes(stored, form.settings)
                see_again(form, fingerprint(stored))
        else:
            messages.success(request, "Pengaturan disimpan. Berlaku untuk kewajiban yang belum dibuat.")
            return redirect("reporting:form", code)
    context = {
        "form": form,
        "stored": stored,
        "conflict": conflict,
        "has_obligations": stored.obligations.exists(),
        "breadcrumbs": crumbs(stored, "Pengaturan"),
    }
    return render(request, "reporting/forms/settings.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def start_draft(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    draft = actions.start_draft(form_or_404(code), by=actor)
    messages.success(request, f"Draf versi {draft.number} siap disusun. Yang berlaku belum berubah.")
    return redirect("reporting:form_draft", code)


@for_members
@require_POST
def take_back_draft(request: HttpRequest, code: str, number: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    version = get_object_or_404(FormVersion, form__code=code, number=number)
    try:
        actions.take_back_draft(version, by=actor)
    except actions.FormRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("reporting:form", code)
    messages.success(request, f"Draf versi {number} diambil kembali.")
    return redirect("reporting:form_draft", code)


def asks_from(portal: PortalRequest, form: ReportForm) -> Period:
    """The first period that a version published now would ask: obligations that stand keep theirs."""
    assert portal.regency is not None
    last = Obligation.objects.filter(form=form).order_by("-starts_on").first()
    if last is not None:
        return period_from_key(last.period).next
    return period_of(PeriodType(form.period_type), form.collects_from)


def _rows(portal: PortalRequest) -> list[Row]:
    assert portal.regency is not None
    today = portal.regency.local(timezone.now()).date()
    calendar = OfficeCalendar(holiday_names())
    forms = ReportForm.objects.annotate(obligation_count=Count("obligations")).order_by("-is_active", "name")
    versions = list(FormVersion.objects.filter(form__in=forms).order_by("-number"))
    return [_row(form, versions, today, calendar, portal) for form in forms]


def _row(form: Any, versions: list[FormVersion], today: date, calendar: OfficeCalendar, portal: PortalRequest) -> Row:
    assert portal.regency is not None
    period = period_of(PeriodType(form.period_type), today)
    own = [version for version in versions if version.form_id == form.pk]
    return Row(
        form,
        period,
        due_after(period, form.due_rule, calendar, portal.regency.zone),
        form.obligation_count,
        next((version for version in own if version.state == FormVersion.State.PUBLISHED), None),
        next((version for version in own if version.state == FormVersion.State.DRAFT), None),
    )


def _versions(form: ReportForm) -> QuerySet[FormVersion]:
    return (
        FormVersion.objects.filter(form=form)
        .annotate(
            obligation_count=Count("obligations", distinct=True),
            question_count=Count("indicators", filter=Q(indicators__parent=None), distinct=True),
        )
        .order_by("-number")
    )


def _facts(form: ReportForm) -> list[dict[str, Any]]:
    return [
        {"label": "Untuk apa", "value": form.purpose},
        {"label": "Periode", "value": form.get_period_type_display()},
        {"label": "Waktu pemeriksa", "value": f"{form.review_working_days} hari kerja sesudah laporan dikirim"},
        {"label": "Waktu perbaikan", "value": f"{form.correction_working_days} hari kerja sesudah dikembalikan"},
        {"label": "Janji", "value": f"paling jauh {form.promise_working_days} hari kerja sejak dibuat"},
    ]


def _past_is_meant(form: SettingsForm, stored: ReportForm) -> bool:
    """Whether no past period would be asked anew, or the administrator has said that it is meant."""
    data = form.cleaned_data
    running = period_of(PeriodType(data["period_type"]), timezone.localdate())
    starts = data["collects_from"] < stored.collects_from or (data["is_active"] and not stored.is_active)
    first = period_of(PeriodType(data["period_type"]), data["collects_from"])
    if not (data["is_active"] and starts and first.starts_on < running.starts_on) or data["backdate"]:
        return True
    form.ask_about_past(
        f"Kewajiban akan dibuat mulai {first.label}, dan yang tenggatnya sudah lewat langsung tercatat terlambat."
    )
    return False


def _setting_changes(stored: ReportForm, wanted: dict[str, Any]) -> list[FieldChange]:
    """Where the stored settings differ from what this person wanted to save."""
    mine = ReportForm(**wanted)
    names = [name for name in SETTING_FIELDS if getattr(stored, name) != getattr(mine, name)]
    return [FieldChange(_label_of(name), _setting(stored, name), _setting(mine, name)) for name in names]


def _label_of(name: str) -> str:
    return str(ReportForm._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _setting(form: ReportForm, name: str) -> str:
    shown = getattr(form, f"get_{name}_display", None)
    return str(shown()) if shown else _readable(name, getattr(form, name))


def _event(event: AuditEvent) -> dict[str, Any]:
    return {"at": event.at, "actor": event.actor_name, "verb": event.phrase, "detail": _detail(event)}


def _detail(event: AuditEvent) -> str:
    changes = event.changes
    named = changes.get("pertanyaan") or [None, None]
    parts = [f"“{named[1] or named[0]}”"] if any(named) else []
    parts += [f"{_name_of(name)}: {_said(name, values)}" for name, values in changes.items() if name not in UNREAD]
    return ". ".join([*parts, *([event.reason] if event.reason else [])])


def _said(name: str, values: list[Any]) -> str:
    before, after = (_readable(name, value) for value in values)
    if values[0] is None:
        return after
    return f"{before} → {after if values[1] is not None else 'dihapus'}" if before != after else after


def _readable(name: str, value: Any) -> str:
    if name == "duty_id":
        duty = Duty.objects.filter(pk=value).first() if value else None
        return str(duty) if duty else "semua pengisi"
    if isinstance(value, list):
        return "; ".join(str(each.get("label", each)) if isinstance(each, dict) else str(each) for each in value)
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    choices = {**dict(Indicator.Kind.choices), **dict(Indicator.Aggregation.choices), **dict(PeriodType.choices)}
    return "–" if value in (None, "") else str(choices.get(value, value))


def _name_of(name: str) -> str:
    for model in (Indicator, ReportForm):
        found = next((f for f in model._meta.fields if f.name == name.removesuffix("_id")), None)
        if found is not None:
            return str(found.verbose_name)
    return name
