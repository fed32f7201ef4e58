"""The agencies that bear duties: the list, a page for each, and naming those that no source names."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.access import PortalRequest, require
from agencies.actions import NamingRefused, SubmittersRefused, name_slot, rename_agency, set_operator_submits
from agencies.forms import AgencyFilter, NamingForm
from agencies.models import Agency
from agencies.queries import agencies_like, people_counts
from agencies.queries_people import may_see_people
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from villages.history import timeline_of

HOME = {"label": "Beranda", "url": "/"}
SOURCE = "instruksi bupati menurut pemberitaan; naskah lengkapnya belum tersedia"
GROUPS = {
    Agency.Kind.OPD: "Perangkat daerah yang disebut instruksi",
    Agency.Kind.SUBDISTRICT: "Kantor kecamatan",
    Agency.Kind.BUMD: "BUMD",
    Agency.Kind.LEADERSHIP: "Pimpinan daerah",
}


@for_members
@require_safe
def agency_list(request: HttpRequest) -> HttpResponse:
    chosen = AgencyFilter(request.GET)
    rows = Agency.objects.select_related("subdistrict").defer("subdistrict__boundary").order_by("decree_order", "code")
    if chosen.cleaned_data.get("jenis"):
        rows = rows.filter(kind=chosen.cleaned_data["jenis"])
    typed = chosen.cleaned_data.get("q")
    context = {
        "groups": grouped(agencies_like(rows, typed) if typed else list(rows), people_counts(timezone.localdate())),
        "chosen": chosen,
        "may_name": may(cast(PortalRequest, request).actor, Verb.NAME_SLOT),
        "source": SOURCE,
        "breadcrumbs": [HOME, {"label": "Perangkat daerah"}],
    }
    return render(request, "agencies/list.html", context)


@for_members
@require_safe
def agency_page(request: HttpRequest, code: str) -> HttpResponse:
    actor = cast(PortalRequest, request).actor
    agency = get_object_or_404(Agency.objects.select_related("subdistrict"), code=code)
    context = {
        "agency": agency,
        "facts": _facts(agency, people_counts(timezone.localdate())[agency.pk]),
        "may_name": may(actor, Verb.NAME_SLOT, agency),
        "sees_people": may_see_people(actor, agency),
        "may_set_submitters": may(actor, Verb.SET_SUBMITTERS, agency) and not agency.is_slot,
        "history": timeline_of(agency),
        "source": SOURCE,
        "breadcrumbs": [HOME, _list_crumb(), {"label": agency.short_name}],
    }
    return render(request, "agencies/detail.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def name_agency(request: HttpRequest, code: str) -> HttpResponse:
    """Names a slot, or gives a named agency its new name."""
    agency = get_object_or_404(Agency, code=code)
    actor = require(request, Verb.NAME_SLOT, agency)
    form = NamingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = {key: form.cleaned_data[key] for key in ("name", "short_name", "source_note")}
        try:
            named = (name_slot if agency.is_slot else rename_agency)(agency, **entered, by=actor)
        except NamingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{named.name} tersimpan.")
            return redirect("agencies:detail", code)
    crumbs = [HOME, _list_crumb(), {"label": agency.short_name, "url": reverse("agencies:detail", args=[code])}]
    context = {"agency": agency, "form": form, "breadcrumbs": [*crumbs, {"label": "Beri nama"}]}
    return render(request, "agencies/name.html", context)


@for_members
@require_POST
def set_submitters(request: HttpRequest, code: str) -> HttpResponse:
    """Lets the operator send reports ("boleh" = 1), or the leaders alone."""
    agency = get_object_or_404(Agency, code=code)
    actor = require(request, Verb.SET_SUBMITTERS, agency)
    allowed = request.POST.get("boleh") == "1"
    try:
        set_operator_submits(agency, allowed=allowed, by=actor, on=timezone.localdate())
    except SubmittersRefused as refusal:
        messages.error(request, str(refusal))
    else:
        who = "Operator dan pimpinan" if allowed else "Hanya pimpinan"
        messages.success(request, f"Tersimpan. {who} {agency.short_name} boleh mengirim laporan.")
    return redirect("agencies:detail", code)


def grouped(agencies: list[Agency], people: Mapping[int, int]) -> list[dict[str, Any]]:
    """By kind in the order of the decree's address: agencies, camat, BUMD, and the leadership above them."""
    order = list(GROUPS)
    ordered = sorted(agencies, key=lambda agency: order.index(Agency.Kind(agency.kind)))
    return [
        {"title": GROUPS[Agency.Kind(kind)], "rows": [{"agency": row, "people": people.get(row.pk, 0)} for row in rows]}
        for kind, rows in groupby(ordered, key=lambda agency: agency.kind)
    ]


def _facts(agency: Agency, people: int) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": "Jenis", "value": agency.get_kind_display()},
        {"label": "Nama singkat", "value": agency.short_name},
        {"label": "Nama lain", "value": ", ".join(agency.aliases), "note": "Dikenali saat mencari dan mengimpor."},
        {"label": "Orang yang bertugas di portal", "value": people},
    ]
    if agency.decree_order:
        facts.insert(1, {"label": "Urutan dalam instruksi", "value": f"Perangkat daerah ke-{agency.decree_order}"})
    if agency.subdistrict:
        url = reverse("villages:subdistrict", args=[agency.subdistrict.code])
        facts.insert(1, {"label": "Kecamatan", "value": agency.subdistrict.name, "url": url})
    if agency.is_coordinator:
        facts.append({"label": "Peran", "value": "Penerima laporan", "note": "Bawaan portal, bukan bunyi instruksi."})
    return facts


def _list_crumb() -> dict[str, str]:
    return {"label": "Perangkat daerah", "url": reverse("agencies:list")}
