"""Villages and kecamatan: the list, the map, and a page for each."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from katingan_portal.accounts.doors import for_members
from villages.forms import VillageFilter
from villages.history import timeline_of
from villages.maps import Area, Drawing, draw
from villages.models import Subdistrict, Village
from villages.panels import Measure, parts
from villages.queries import SubdistrictRow, matching, subdistricts_with_counts, villages_with_subdistrict

HOME = {"label": "Beranda", "url": "/"}
SOURCE = "cahyadsn/wilayah, menurut Kepmendagri 300.2.2-2430/2025"
PER_PAGE = 50


@for_members
@require_safe
def village_list(request: HttpRequest) -> HttpResponse:
    rows = subdistricts_with_counts()
    chosen = VillageFilter(request.GET, [row.subdistrict for row in rows])
    measure = parts.measure()
    context = {
        "page": Paginator(chosen.rows(), PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "desa": sum(row.desa for row in rows),
        "kelurahan": sum(row.kelurahan for row in rows),
        "subdistricts": len(rows),
        "drawing": district_map(rows, measure),
        "measure": measure,
        "source": SOURCE,
        "breadcrumbs": [HOME, {"label": "Desa"}],
    }
    return render(request, "villages/list.html", context)


@for_members
@require_safe
def district_page(request: HttpRequest) -> HttpResponse:
    """The map by itself, with its figures as a table."""
    rows, measure = subdistricts_with_counts(), parts.measure()
    counts = measure.counts if measure else {}
    context = {
        "rows": [{"row": row, "count": counts.get(row.subdistrict.code)} for row in rows],
        "drawing": district_map(rows, measure),
        "measure": measure,
        "source": SOURCE,
        "breadcrumbs": [HOME, _villages_crumb(), {"label": "Peta"}],
    }
    return render(request, "villages/map.html", context)


@for_members
@require_safe
def subdistrict_page(request: HttpRequest, code: str) -> HttpResponse:
    subdistrict = Subdistrict.objects.filter(code=code).first()
    if subdistrict is None:
        return _not_found(request, code)
    villages = list(Village.objects.filter(subdistrict=subdistrict).order_by("code"))
    measure = parts.measure(subdistrict)
    context = {
        "subdistrict": subdistrict,
        "villages": villages,
        "offices": list(subdistrict.offices.all()),
        "desa": sum(village.kind == Village.Kind.DESA for village in villages),
        "kelurahan": sum(village.kind == Village.Kind.KELURAHAN for village in villages),
        "drawing": villages_map(villages, measure),
        "measure": measure,
        "panels": [build(subdistrict) for build in parts.of_subdistrict],
        "history": timeline_of(subdistrict),
        "source": SOURCE,
        "breadcrumbs": [HOME, _villages_crumb(), {"label": str(subdistrict)}],
    }
    return render(request, "villages/subdistrict.html", context)


@for_members
@require_safe
def village_page(request: HttpRequest, code: str) -> HttpResponse:
    village = Village.objects.select_related("subdistrict").filter(code=code).first()
    if village is None:
        return _not_found(request, code)
    neighbours = Village.objects.filter(subdistrict=village.subdistrict).order_by("code")
    subdistrict_url = reverse("villages:subdistrict", args=[village.subdistrict.code])
    context = {
        "village": village,
        "facts": _facts(village, subdistrict_url),
        "drawing": villages_map(neighbours, None, current=village),
        "panels": [build(village) for build in parts.of_village],
        "history": timeline_of(village),
        "source": SOURCE,
        "breadcrumbs": [
            HOME,
            _villages_crumb(),
            {"label": str(village.subdistrict), "url": subdistrict_url},
            {"label": str(village)},
        ],
    }
    return render(request, "villages/detail.html", context)


def district_map(rows: list[SubdistrictRow], measure: Measure | None) -> Drawing | None:
    """Kecamatan coloured by the measure, or by nothing while there is none."""
    return draw([_subdistrict_area(row, measure) for row in rows])


def villages_map(villages: Any, measure: Measure | None, current: Village | None = None) -> Drawing | None:
    return draw([_village_area(village, measure, current) for village in villages])


def _subdistrict_area(row: SubdistrictRow, measure: Measure | None) -> Area:
    code, name = row.subdistrict.code, str(row.subdistrict)
    value = measure.counts.get(code, 0) if measure else None
    words = f"{value} {measure.words}" if measure else f"{row.desa + row.kelurahan} desa dan kelurahan"
    url = reverse("villages:subdistrict", args=[code])
    return Area(f"{name}: {words}", row.subdistrict.name, url, row.subdistrict.boundary, value)


def _village_area(village: Village, measure: Measure | None, current: Village | None) -> Area:
    value = measure.counts.get(village.code, 0) if measure else None
    name = f"{village}: {value} {measure.words}" if measure else str(village)
    url = reverse("villages:detail", args=[village.code])
    return Area(name, village.name, url, village.boundary, value, is_current=village == current)


def _facts(village: Village, subdistrict_url: str) -> list[dict[str, Any]]:
    point = f"{village.latitude}, {village.longitude}" if village.latitude is not None else None
    return [
        {"label": "Kode Kemendagri", "value": village.code, "note": "Bukan kode BPS, yang bisa serupa."},
        {"label": "Jenis", "value": village.get_kind_display()},
        {"label": "Kecamatan", "value": village.subdistrict.name, "url": subdistrict_url},
        {"label": "Kode pos", "value": village.postal_code},
        {"label": "Titik tengah (lintang, bujur)", "value": point, "note": "Perkiraan; bisa di luar batas desanya."},
    ]


def _villages_crumb() -> dict[str, str]:
    return {"label": "Desa", "url": reverse("villages:list")}


def _not_found(request: HttpRequest, typed: str) -> HttpResponse:
    """404 with what was probably meant: a code without its dots, a neighbour of the same kecamatan, or a name."""
    context = {
        "typed": typed,
        "meant": _probably_meant(typed),
        "breadcrumbs": [HOME, _villages_crumb(), {"label": "Tidak ditemukan"}],
    }
    return render(request, "villages/not_found.html", context, status=404)


def _probably_meant(typed: str) -> list[dict[str, str]]:
    dotted = re.sub(r"^(\d\d)\.?(\d\d)\.?(\d\d)\.?(\d{4})?$", _with_dots, typed.strip())
    villages = villages_with_subdistrict()
    found = matching(villages.filter(code__startswith=dotted[:8]) if dotted[:1].isdigit() else villages, dotted)
    subdistricts = Subdistrict.objects.defer("boundary").filter(code=dotted[:8])
    return [
        *({"label": str(s), "url": reverse("villages:subdistrict", args=[s.code])} for s in subdistricts),
        *(
            {"label": f"{v.code} {v}, Kecamatan {v.subdistrict.name}", "url": reverse("villages:detail", args=[v.code])}
            for v in found[:5]
        ),
    ]


def _with_dots(match: re.Match[str]) -> str:
    return ".".join(filter(None, match.groups()))
