"""The district's calendar: closed days, grace, offices open on Saturday; and waivers of many, and their lifting.

Whoever works in the district may read the calendar, since every due date is counted by it. A change that moves due
dates is shown before it is made: each page answers with the moves first, and acts when their digest comes back.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.access import PortalRequest, require
from agencies.models import Agency
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.periods import holidays, waivers
from reporting.periods.calendar import DAYS, period_from_key
from reporting.periods.forms import BulkWaiverForm, DayForm, GraceEndForm, GraceForm, LiftForm, SaturdayForm
from reporting.periods.models import Holiday, Obligation, SubdistrictGrace
from reporting.periods.redating import Move

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_safe
def calendar_page(request: HttpRequest) -> HttpResponse:
    """One year of closed days, and the rules beside them."""
    portal = cast(PortalRequest, request)
    year = _year(request)
    days = Holiday.objects.filter(on__year=year).order_by("on")
    context = {
        "year": year,
        "days": [(row, DAYS[row.on.weekday()]) for row in days],
        "today": _today(portal),
        "graces": SubdistrictGrace.objects.select_related("subdistrict").defer("subdistrict__boundary"),
        "saturday": Agency.objects.filter(works_saturday=True),
        "may_manage": may(portal.actor, Verb.MANAGE_DUTIES),
        "breadcrumbs": [HOME, {"label": "Kalender kerja"}],
    }
    return render(request, "reporting/calendar.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def close_day(request: HttpRequest) -> HttpResponse:
    """Add a closed day, or change the one of ?tanggal=; the moves are shown first."""
    actor, regency = _manager(request)
    form = DayForm(request.POST or None, today=_today(cast(PortalRequest, request)), initial=_day_of(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "breadcrumbs": _crumbs("Hari libur")}
        return render(request, "reporting/close_day.html", context, status=422 if form.errors else 200)
    change, now = form.change, timezone.now()
    moves = holidays.preview([change], now=now)
    if request.POST.get("confirmed") != digest(moves):
        return _ask(request, f"{day(change.on)} menjadi hari libur?", moves, _fields(form))
    moved = holidays.close_day(regency, change, by=actor, now=now)
    return _done(request, f"{day(change.on)} tercatat libur: {change.name}.", moved, change.on.year)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def open_day(request: HttpRequest, pk: int) -> HttpResponse:
    """The office works on this day after all."""
    actor, regency = _manager(request)
    row = get_object_or_404(Holiday, pk=pk, is_cancelled=False)
    now = timezone.now()
    moves = holidays.preview([holidays.DayChange(row.on, opens=True)], now=now)
    if request.method != "POST" or request.POST.get("confirmed") != digest(moves):
        return _ask(request, f"{day(row.on)} ({row.name}) bukan hari libur?", moves, {})
    try:
        moved = holidays.open_day(regency, row, by=actor, now=now)
    except holidays.CalendarRefused as refusal:
        messages.info(request, str(refusal))
        return redirect("reporting:calendar")
    return _done(request, f"{day(row.on)} tercatat sebagai hari kerja.", moved, row.on.year)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def reload_days(request: HttpRequest) -> HttpResponse:
    """Add what is published for last year, this and the next, and touch nothing that is there."""
    actor, regency = _manager(request)
    now = timezone.now()
    this_year = _today(cast(PortalRequest, request)).year
    years = range(this_year - 1, this_year + 2)
    new = holidays.new_days(years)
    moves = holidays.preview([holidays.DayChange(row.on, row.name, row.kind) for row in new], now=now)
    if request.method != "POST" or request.POST.get("confirmed") != digest(moves):
        return _ask(request, "Muat hari libur yang terbit?", moves, {}, new_days=new, is_reload=True)
    added, moved = holidays.reload_holidays(regency, years, by=actor, now=now)
    return _done(request, f"{added} hari libur ditambahkan.", moved, this_year)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def add_grace(request: HttpRequest) -> HttpResponse:
    actor, _ = _manager(request)
    today = _today(cast(PortalRequest, request))
    form = GraceForm(request.POST or None, initial={"starts_on": today.replace(day=1)})
    if request.method == "POST" and form.is_valid():
        try:
            row = holidays.add_grace(by=actor, **form.cleaned_data)
        except holidays.CalendarRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Kelonggaran untuk {row.subdistrict.name} tercatat.")
            return redirect("reporting:calendar")
    context = {"form": form, "breadcrumbs": _crumbs("Beri kelonggaran")}
    return render(request, "reporting/add_grace.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def end_grace(request: HttpRequest, pk: int) -> HttpResponse:
    actor, _ = _manager(request)
    grace = get_object_or_404(SubdistrictGrace.objects.select_related("subdistrict"), pk=pk, ends_on=None)
    form = GraceEndForm(request.POST or None, initial={"ends_on": _today(cast(PortalRequest, request))})
    if request.method == "POST" and form.is_valid():
        try:
            holidays.end_grace(grace, by=actor, **form.cleaned_data)
        except holidays.CalendarRefused as refusal:
            form.add_error("ends_on", str(refusal))
        else:
            messages.success(request, f"Kelonggaran untuk {grace.subdistrict.name} diakhiri.")
            return redirect("reporting:calendar")
    context = {"grace": grace, "form": form, "breadcrumbs": _crumbs("Akhiri kelonggaran")}
    return render(request, "reporting/end_grace.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def saturday_offices(request: HttpRequest) -> HttpResponse:
    actor, _ = _manager(request)
    working = [*Agency.objects.filter(works_saturday=True).values_list("pk", flat=True)]
    form = SaturdayForm(request.POST if request.method == "POST" else None, initial={"agencies": working})
    if request.method == "POST" and form.is_valid():
        changed = holidays.set_saturday_offices([int(pk) for pk in form.cleaned_data["agencies"]], by=actor)
        messages.success(
            request, f"Hari kerja {changed} perangkat daerah diubah." if changed else "Tidak ada yang berubah."
        )
        return redirect("reporting:calendar")
    context = {"form": form, "breadcrumbs": _crumbs("Kantor hari Sabtu")}
    return render(request, "reporting/saturday_offices.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def lift_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    actor, regency = _manager(request)
    rows = Obligation.objects.select_related("agency", "form").exclude(waived_at=None)
    obligation = get_object_or_404(rows, pk=pk)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            waivers.lift_waiver(obligation, regency, by=actor, now=timezone.now(), **form.cleaned_data)
        except waivers.WaiverRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Pembebasan dicabut; laporannya kembali ditunggu.")
            return redirect("reporting:obligation", pk)
    label = period_from_key(obligation.period).label
    crumbs = [HOME, {"label": "Laporan", "url": reverse("reporting:obligations")}]
    crumbs += [{"label": label, "url": reverse("reporting:obligation", args=[pk])}, {"label": "Cabut pembebasan"}]
    context = {"obligation": obligation, "period_label": label, "form": form, "breadcrumbs": crumbs}
    return render(request, "reporting/lift_waiver.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def waive_many(request: HttpRequest) -> HttpResponse:
    """Waive one period of a form for many agencies; which ones can be is shown first."""
    actor, _ = _manager(request)
    form = BulkWaiverForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "breadcrumbs": [HOME, _obligations(), {"label": "Bebaskan banyak"}]}
    if request.method != "POST" or not form.is_valid():
        return render(request, "reporting/waive_many.html", context, status=422 if form.errors else 200)
    wanted = form.wanted()
    ready = [row for row in wanted if not row.accepted_at and not row.waived_at]
    if request.POST.get("confirmed") != _keys(ready):
        context |= {
            "ready": ready, "others": [row for row in wanted if row not in ready], "confirmed": _keys(ready),
            "fields": _fields(form), "period_label": period_from_key(form.cleaned_data["period"]).label,
        }  # fmt: skip
        return render(request, "reporting/waive_many_preview.html", context)
    done = waivers.waive_many(
        [row.pk for row in ready], reason=form.cleaned_data["reason"], by=actor, now=timezone.now()
    )
    messages.success(request, f"{len(done)} kewajiban dibebaskan.")
    return redirect("reporting:obligations")


def digest(moves: list[Move]) -> str:
    """What an administrator has seen: if it differs when they confirm, it is shown anew instead of done."""
    told = ";".join(f"{m.obligation.pk}>{m.new_due_at.isoformat()}" for m in moves)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _keys(rows: list[Obligation]) -> str:
    return ",".join(str(row.pk) for row in rows) or "-"


def _ask(
    request: HttpRequest, question: str, moves: list[Move], fields: dict[str, list[str]], **more: Any
) -> HttpResponse:
    context = {
        "question": question,
        "moves": [(move, period_from_key(move.obligation.period).label) for move in moves],
        "fields": fields,
        "confirmed": digest(moves),
        "is_stale": request.POST.get("confirmed") not in (None, digest(moves)),
        "breadcrumbs": _crumbs("Periksa dulu"),
        **more,
    }
    return render(request, "reporting/redating_preview.html", context)


def _fields(form: DayForm | BulkWaiverForm) -> dict[str, list[str]]:
    """The values as they were sent, to be sent again with the confirmation."""
    return {name: [str(value) for value in form.data.getlist(name)] for name in form.fields}  # type: ignore[attr-defined]


def _done(request: HttpRequest, said: str, moved: list[Move], year: int) -> HttpResponse:
    tail = f" {len(moved)} tenggat dihitung ulang." if moved else " Tidak ada tenggat yang berpindah."
    messages.success(request, said + tail)
    return redirect(f"{reverse('reporting:calendar')}?tahun={year}")


def _manager(request: HttpRequest) -> tuple[Actor, Regency]:
    actor = require(request, Verb.MANAGE_DUTIES)
    regency = cast(PortalRequest, request).regency
    assert regency is not None
    return actor, regency


def _day_of(request: HttpRequest) -> dict[str, Any]:
    """What the form opens with: the day of ?tanggal= as it is now."""
    try:
        on = date.fromisoformat(request.GET.get("tanggal", ""))
    except ValueError:
        return {}
    row = Holiday.objects.filter(on=on).first()
    return {"on": on, "name": row.name, "kind": row.kind} if row else {"on": on}


def _year(request: HttpRequest) -> int:
    today = _today(cast(PortalRequest, request))
    asked = request.GET.get("tahun", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    return min(max(year, 2000), 2100)


def _today(portal: PortalRequest) -> date:
    assert portal.regency is not None
    return portal.regency.local(timezone.now()).date()


def _obligations() -> dict[str, str]:
    return {"label": "Laporan", "url": reverse("reporting:obligations")}


def _crumbs(here: str) -> list[dict[str, str]]:
    return [HOME, {"label": "Kalender kerja", "url": reverse("reporting:calendar")}, {"label": here}]
