from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from cooperatives.models import Cooperative, Milestone
from cooperatives.queries import cooperatives_with_milestones, having, like
from katingan_portal.ui.forms import DateField
from villages.forms import SubdistrictFilter

OLDEST_BOOK_YEAR = 2000


class CooperativeFilter(SubdistrictFilter):
    q = forms.CharField(
        label="Desa atau koperasi",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "misalnya tbg hiran", "autocomplete": "off"}),
    )
    tonggak = forms.ChoiceField(label="Tonggak", required=False, choices=[("", "Semua"), *Milestone.Kind.choices])
    keadaan = forms.ChoiceField(
        label="Keadaan tonggak", required=False, choices=[("", "Sudah tercatat"), ("belum", "Belum tercatat")]
    )

    def rows(self) -> QuerySet[Cooperative] | list[Cooperative]:
        chosen, rows = self.cleaned_data, cooperatives_with_milestones()
        if chosen.get("kecamatan"):
            rows = rows.filter(village__subdistrict__code=chosen["kecamatan"])
        if chosen.get("tonggak"):
            rows = having(rows, chosen["tonggak"], has=chosen.get("keadaan") != "belum")
        return like(rows, chosen["q"]) if chosen.get("q") else rows


class MilestoneForm(forms.Form):
    kind = forms.ChoiceField(label="Tonggak", choices=[("", "Pilih tonggak…"), *Milestone.Kind.choices])
    achieved_on = DateField(
        label="Tanggal", help_text="Tanggal pada dokumennya: hari, bulan, lalu tahun, misalnya 23/11/2026."
    )
    document_number = forms.CharField(
        label="Nomor dokumen", max_length=100, required=False, help_text="Nomor akta, SK, NIB, atau berita acara."
    )
    book_year = forms.IntegerField(
        label="Tahun buku",
        required=False,
        help_text="Hanya untuk RAT.",
        widget=forms.TextInput({"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Only an annual meeting belongs to a book year, and it cannot do without."""
        cleaned = super().clean() or {}
        is_meeting = cleaned.get("kind") == Milestone.Kind.ANNUAL_MEETING
        year = cleaned.get("book_year")
        if not is_meeting:
            cleaned["book_year"] = None
        elif year is None and "book_year" not in self.errors:
            self.add_error("book_year", "Tulis tahun buku yang dibahas RAT ini, misalnya 2025.")
        elif year is not None and not OLDEST_BOOK_YEAR <= year <= timezone.localdate().year:
            self.add_error("book_year", f"Tahun buku antara {OLDEST_BOOK_YEAR} dan {timezone.localdate().year}.")
        return cleaned


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Mengapa dibatalkan",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Misalnya: nomor salah ketik. Tersimpan di riwayat.",
    )
