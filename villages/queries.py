from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from villages.maps import holds
from villages.models import Subdistrict, Village
from villages.names import GOOD_ENOUGH, likeness, plain_name


def villages_with_subdistrict() -> QuerySet[Village]:
    """Villages in code order, without their outlines, which weigh more than the rest of the page."""
    rows: QuerySet[Village] = Village.objects.select_related("subdistrict").defer("boundary", "subdistrict__boundary")
    return rows.order_by("code")


def matching(villages: Iterable[Village], typed: str) -> list[Village]:
    """Those whose name, with their kecamatan, is like what was typed, best first; or whose code begins with it."""
    rows = list(villages)
    if typed[:1].isdigit():
        return [village for village in rows if village.code.startswith(typed)]
    scored = [(likeness(typed, village.name, village.subdistrict.name), village) for village in rows]
    good = [pair for pair in scored if pair[0] >= GOOD_ENOUGH]
    return [village for _, village in sorted(good, key=lambda pair: (-pair[0], pair[1].code))]


def nearest(villages: Iterable[Village], name: str, subdistrict: str, limit: int = 2) -> list[Village]:
    """The villages that a misspelt name may mean, best first.

    Within its kecamatan where one is given: the same spelling may be near to villages in two of them.
    """
    rows = list(villages)
    wanted = plain_name(subdistrict)
    within = [village for village in rows if plain_name(village.subdistrict.name) == wanted] if wanted else []
    scored = [(likeness(name, village.name), village) for village in within or rows]
    good = [pair for pair in scored if pair[0] >= GOOD_ENOUGH]
    return [village for _, village in sorted(good, key=lambda pair: (-pair[0], pair[1].code))][:limit]


@dataclass(frozen=True)
class SubdistrictRow:
    subdistrict: Subdistrict
    desa: int
    kelurahan: int


def subdistricts_with_counts() -> list[SubdistrictRow]:
    """Kecamatan in code order with their outlines and the number of their desa and kelurahan."""
    rows = Subdistrict.objects.annotate(
        desa_count=Count("villages", filter=Q(villages__kind=Village.Kind.DESA)),
        kelurahan_count=Count("villages", filter=Q(villages__kind=Village.Kind.KELURAHAN)),
    ).order_by("code")
    return [SubdistrictRow(row, row.desa_count, row.kelurahan_count) for row in rows]


def village_at(latitude: float, longitude: float) -> Village | None:
    """The village whose simplified outline holds the point, in degrees; None outside all of them."""
    for village in Village.objects.exclude(boundary=None).select_related("subdistrict"):
        if holds(village.boundary, latitude, longitude):
            return village
    return None
