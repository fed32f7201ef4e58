"""What the pages of measures show, from the query string. Unknown values are ignored: links get old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from reporting.dashboards.measures import Dimension, Slice, slice_of
from reporting.duties.models import ReportForm
from reporting.periods.queries import known_periods

KINDS = [("", "Semua jenis"), *Agency.Kind.choices]


class MeasuresForm(forms.Form):
    per = forms.ChoiceField(
        label="Per", required=False, choices=[(value, label.capitalize()) for value, label in Dimension.choices]
    )
    period = forms.ChoiceField(label="Periode", required=False)
    form = forms.ChoiceField(label="Formulir", required=False)
    kind = forms.ChoiceField(label="Jenis", required=False, choices=KINDS)

    def __init__(self, data: QueryDict, *, regency: Regency, now: datetime) -> None:
        super().__init__(data)
        self.periods = {period.key: period.label for period in known_periods()}
        self.forms = {each.code: each for each in ReportForm.objects.all()}
        _offer(self, "period", [("", "Semua periode"), *self.periods.items()])
        _offer(self, "form", [("", "Semua formulir"), *((code, each.name) for code, each in self.forms.items())])
        self.is_valid()
        form = self.forms.get(self.chosen.get("form", ""))
        self.slice: Slice = slice_of(
            regency,
            now,
            period=self.chosen.get("period"),
            form_id=form.pk if form else None,
            kind=self.chosen.get("kind", ""),
        )

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def dimension(self) -> Dimension:
        return Dimension(self.chosen.get("per", Dimension.AGENCY))

    @property
    def title(self) -> str:
        """E.g. "Kepatuhan per kecamatan, Oktober 2026"."""
        period = self.periods.get(self.slice.period or "", "semua periode")
        return f"Kepatuhan per {self.dimension.label}, {period}"


class GridForm(forms.Form):
    form_code = forms.ChoiceField(label="Formulir", required=False)
    kind = forms.ChoiceField(label="Jenis", required=False, choices=KINDS)

    def __init__(self, data: QueryDict, *, forms: Sequence[ReportForm], regency: Regency, now: datetime) -> None:
        super().__init__(data)
        by_code = {each.code: each for each in forms}
        _offer(self, "form_code", [(each.code, each.name) for each in forms])
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        self.form = by_code.get(chosen.get("form_code", ""), forms[0] if forms else None)
        self.until = data.get("sampai", "")[:8] or None
        self.slice = slice_of(regency, now, kind=chosen.get("kind", ""))

    def add_prefix(self, field_name: str) -> str:
        return "form" if field_name == "form_code" else field_name


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
