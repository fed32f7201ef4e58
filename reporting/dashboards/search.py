"""One search box over villages, agencies, cooperatives and duties, tolerant of spelling."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from rapidfuzz import fuzz, process, utils

from agencies.models import Agency
from reporting.duties.models import Duty
from villages.models import Subdistrict, Village

GOOD_ENOUGH = 72
SHOWN = 12


@dataclass(frozen=True)
class Found:
    kind: str
    label: str
    note: str
    url: str


def find_everywhere(typed: str) -> list[Found]:
    """The best matches, best first; nothing for fewer than two letters."""
    if len(typed) < 2:
        return []
    everything = _villages() + _subdistricts() + _agencies() + _duties()
    texts = [text for text, _ in everything]
    ranked = process.extract(typed, texts, scorer=_score, processor=utils.default_process, limit=SHOWN)
    return [everything[index][1] for _, score, index in ranked if score >= GOOD_ENOUGH]


def _score(typed: str, text: str, **options: object) -> float:
    """How well the words typed are found in the text, and a little for saying no more than that."""
    return 0.9 * fuzz.partial_token_sort_ratio(typed, text) + 0.1 * fuzz.token_set_ratio(typed, text)


def _villages() -> list[tuple[str, Found]]:
    rows = Village.objects.select_related("subdistrict").only("code", "name", "kind", "subdistrict__name")
    return [
        (
            f"{v.name} {v.subdistrict.name} {v.code}",
            Found("Desa", str(v), f"Kecamatan {v.subdistrict.name}", reverse("villages:detail", args=[v.code])),
        )
        for v in rows
    ]


def _subdistricts() -> list[tuple[str, Found]]:
    rows = Subdistrict.objects.only("code", "name")
    return [
        (
            f"kecamatan {s.name} {s.code}",
            Found("Kecamatan", str(s), s.code, reverse("villages:subdistrict", args=[s.code])),
        )
        for s in rows
    ]


def _agencies() -> list[tuple[str, Found]]:
    return [
        (
            " ".join([a.name, a.short_name, *a.aliases]),
            Found("Perangkat daerah", a.name, a.get_kind_display(), reverse("agencies:detail", args=[a.code])),
        )
        for a in Agency.objects.all()
    ]


def _duties() -> list[tuple[str, Found]]:
    return [
        (duty.text, Found("Tugas", str(duty), duty.article, reverse("reporting:duty", args=[duty.code])))
        for duty in Duty.objects.all()
    ]
