from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from katingan_portal.ui.forms import MoneyField, WholeNumberField
from reporting.duties.models import Indicator
from reporting.submissions.actions import Contents
from reporting.submissions.answers import kept
from reporting.submissions.models import Report

LARGEST = 10**15


class FilingForm(forms.Form):
    """The monthly report: one field per question, none required while it is a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    is_nil = forms.BooleanField(label="Nihil: tidak ada kegiatan yang dilaporkan bulan ini", required=False)
    nil_reason = forms.CharField(
        label="Alasan nihil", required=False, max_length=300, help_text="Wajib diisi bila laporan nihil."
    )
    obstacles = forms.CharField(label="Kendala", required=False, max_length=4000, widget=forms.Textarea({"rows": 3}))
    follow_up = forms.CharField(
        label="Tindak lanjut", required=False, max_length=4000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, indicators: Iterable[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = list(indicators)
        for indicator in self.indicators:
            self.fields[name_of(indicator)] = field_for(indicator)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_nil") and not (cleaned.get("nil_reason") or "").strip():
            self.add_error("nil_reason", "Tulis mengapa tidak ada yang dilaporkan bulan ini.")
        return cleaned

    def seen_again(self, version: int) -> FilingForm:
        """The same answers and errors, now against the version that somebody else has saved meanwhile."""
        data = {**{name: self.data.get(name) for name in self.fields if name in self.data}, "version": version}
        form = FilingForm(data, initial=self.initial, indicators=self.indicators)
        form.full_clean()
        for error in self.non_field_errors():
            form.add_error(None, error)
        return form

    @property
    def contents(self) -> Contents:
        data = self.cleaned_data
        return Contents(
            figures={indicator.code: kept(data.get(name_of(indicator))) for indicator in self.indicators},
            obstacles=data["obstacles"],
            follow_up=data["follow_up"],
            is_nil=data["is_nil"],
            nil_reason=data["nil_reason"],
        )

    def sections(self) -> list[tuple[Any, list[Any]]]:
        """[(duty, its bound fields)] in the order of the decree."""
        grouped: dict[int | None, tuple[Any, list[Any]]] = {}
        for indicator in self.indicators:
            _, fields = grouped.setdefault(indicator.duty_id, (indicator.duty, []))
            fields.append((self[name_of(indicator)], indicator))
        return list(grouped.values())


class ReturnForm(forms.Form):
    note = forms.CharField(
        label="Yang perlu diperbaiki",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis apa yang perlu diperbaiki, supaya pengisi tidak menebak."},
    )
    is_void = forms.BooleanField(label="Laporan kosong atau salah kirim: anggap belum dikirim", required=False)


class WaiverForm(forms.Form):
    reason = forms.CharField(
        label="Alasan pembebasan",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis alasannya; alasan ini tampil bagi semua yang melihat kewajiban ini."},
    )


def name_of(indicator: Indicator) -> str:
    return f"angka_{indicator.code}"


def field_for(indicator: Indicator) -> forms.Field:
    kind = MoneyField if indicator.kind == Indicator.Kind.MONEY else WholeNumberField
    largest = 100 if indicator.kind == Indicator.Kind.PERCENT else int(indicator.maximum or LARGEST)
    return kind(label=indicator.label, help_text=indicator.help_text, required=False, min_value=0, max_value=largest)


def initial_of(report: Report | None, previous: dict[str, Any]) -> dict[str, Any]:
    """What the form opens with: the saved report, else the last accepted figures as a help."""
    if report is None:
        return {"version": 0, **{f"angka_{code}": value for code, value in previous.items()}}
    return {
        "version": report.version,
        "is_nil": report.is_nil,
        "nil_reason": report.nil_reason,
        "obstacles": report.obstacles,
        "follow_up": report.follow_up,
        **{f"angka_{code}": value for code, value in report.figures.items()},
    }
