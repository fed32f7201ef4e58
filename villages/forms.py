from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from katingan_portal.ui.forms import ForgivingFilter
from villages.models import Subdistrict, Village
from villages.queries import matching, villages_with_subdistrict


class SubdistrictFilter(ForgivingFilter):
    """The base of each filter of places: all of them, or those of one kecamatan."""

    kecamatan = forms.ChoiceField(label="Kecamatan", required=False)

    def __init__(self, data: QueryDict, subdistricts: Iterable[Subdistrict]) -> None:
        super().__init__(data, kecamatan=[("", "Semua"), *((each.code, each.name) for each in subdistricts)])


class VillageFilter(SubdistrictFilter):
    q = forms.CharField(
        label="Nama atau kode",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "misalnya tbg hiran", "autocomplete": "off"}),
    )
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *Village.Kind.choices])

    def rows(self) -> QuerySet[Village] | Sequence[Village]:
        chosen, rows = self.cleaned_data, villages_with_subdistrict()
        if chosen.get("kecamatan"):
            rows = rows.filter(subdistrict__code=chosen["kecamatan"])
        if chosen.get("jenis"):
            rows = rows.filter(kind=chosen["jenis"])
        return matching(rows, chosen["q"]) if chosen.get("q") else rows
