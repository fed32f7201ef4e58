from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from agencies.models import Agency
from reporting.periods.calendar import period_from_key
from reporting.submissions.models import Report
from reporting.submissions.review import LONGEST_NOTE

NOTE = "catatan_"
WARNED = [("", "Semua laporan"), ("ya", "Ada peringatan"), ("tidak", "Tanpa peringatan")]
WAITS = [("", "Berapa pun lamanya"), ("lewat", "Lewat batas pemeriksaan")]


def working_days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Waktu perbaikan",
        help_text="Dihitung dari hari ini menurut hari kerja perangkat daerah itu.",
        required=False,
        min_value=1,
        max_value=60,
        error_messages={"invalid": "Tulis jumlah hari kerja dengan angka, misalnya 5."},
    )


class DecisionForm(forms.Form):
    """The version that the reviewer had before them; absent on a page that shows none."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReturnForm(DecisionForm):
    """A general note or a note at a question, and how many working days the correction may take."""

    note = forms.CharField(
        label="Catatan umum",
        help_text="Boleh kosong bila catatan sudah ditulis pada pertanyaannya di atas.",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    working_days = working_days_field()
    is_void = forms.BooleanField(
        label="Laporan kosong atau salah kirim: anggap belum dikirim",
        help_text="Jam pengiriman berjalan lagi dan penagihan dilanjutkan.",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("note") or "").strip() and not self.notes:
            self.add_error("note", "Tulis apa yang perlu diperbaiki, supaya pengisi tidak menebak.")
        if any(len(text) > LONGEST_NOTE for text in self.notes.values()):
            self.add_error("note", f"Catatan pada pertanyaan paling panjang {LONGEST_NOTE} huruf.")
        return cleaned

    @property
    def notes(self) -> dict[str, str]:
        """{indicator code or "table@row": note} of the boxes beside the questions."""
        there = ((name.removeprefix(NOTE), self.data.get(name, "")) for name in self.data if name.startswith(NOTE))
        return {key: text.strip() for key, text in there if text.strip()}


class ReopenForm(DecisionForm):
    reason = forms.CharField(
        label="Mengapa laporan ini dibuka lagi?",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis alasannya; perangkat daerah membacanya dan alasan ini tetap tercatat."},
    )
    working_days = working_days_field()


class QueueFilter(forms.Form):
    """Which of the waiting reports are shown. Unknown values are ignored: links get old."""

    form = forms.ChoiceField(label="Formulir", required=False)
    period = forms.ChoiceField(label="Periode", required=False)
    kind = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua jenis"), *Agency.Kind.choices])
    warned = forms.ChoiceField(label="Peringatan", required=False, choices=WARNED)
    waits = forms.ChoiceField(label="Menunggu", required=False, choices=WAITS)

    def __init__(self, data: QueryDict, *, waiting: QuerySet[Report]) -> None:
        super().__init__(data)
        there = waiting.order_by("-obligation__starts_on", "obligation__period", "obligation__form__name")
        pairs = list(
            there.values_list("obligation__period", "obligation__form__code", "obligation__form__name").distinct()
        )
        periods = dict.fromkeys(period for period, _, _ in pairs)
        self._choose("period", [("", "Semua periode"), *((key, period_from_key(key).label) for key in periods)])
        self._choose("form", [("", "Semua formulir"), *{code: (code, name) for _, code, name in pairs}.values()])
        self.is_valid()

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
