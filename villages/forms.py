from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from villages.models import Subdistrict, Village
from villages.queries import matching, villages_with_subdistrict


class VillageFilter(forms.Form):
    """Values that no longer exist are ignored rather than answered with an error: links get old."""

    q = forms.CharField(
        label="Nama atau kode",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "misalnya tbg hiran", "autocomplete": "off"}),
    )
    kecamatan = forms.ChoiceField(label="Kecamatan", required=False)
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *Village.Kind.choices])

    def __init__(self, data: QueryDict, subdistricts: Iterable[Subdistrict]) -> None:
        super().__init__(data)
        field = self.fields["kecamatan"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Semua"), *((each.code, each.name) for each in subdistricts)]
        self.is_valid()

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())

    def rows(self) -> QuerySet[Village] | Sequence[Village]:
        chosen, rows = self.cleaned_data, villages_with_subdistrict()
        if chosen.get("kecamatan"):
            rows = rows.filter(subdistrict__code=chosen["kecamatan"])
        if chosen.get("jenis"):
            rows = rows.filter(kind=chosen["jenis"])
        return matching(rows, chosen["q"]) if chosen.get("q") else rows
