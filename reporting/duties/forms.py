from __future__ import annotations

from typing import Any

from django import forms

from agencies.models import Agency
from katingan_portal.ui.forms import DateField
from reporting.duties.models import Decree, Duty


class AssignForm(forms.Form):
    agency = forms.ModelChoiceField(
        queryset=Agency._base_manager.none(), label="Perangkat daerah", empty_label="Pilih…"
    )
    starts_on = DateField(label="Mulai")

    def __init__(self, *args: Any, duty: Duty, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holders = duty.assignments.filter(ends_on=None).values("agency_id")
        choices = Agency.objects.filter(is_slot=False).exclude(kind=Agency.Kind.LEADERSHIP).exclude(pk__in=holders)
        self.fields["agency"].queryset = choices  # type: ignore[attr-defined]


class EndForm(forms.Form):
    ends_on = DateField(label="Hari terakhir bertugas")
    reason = forms.CharField(label="Alasan", max_length=500)


class DecreeForm(forms.Form):
    number = forms.CharField(label="Nomor", max_length=100, help_text="Seperti pada naskahnya, misalnya 500.3.1/437.")
    title = forms.CharField(label="Tentang", max_length=300)
    issuer = forms.CharField(label="Ditetapkan oleh", max_length=100, initial="Instruksi Bupati Katingan")
    signed_on = DateField(label="Tanggal ditandatangani", required=False)
    note = forms.CharField(label="Catatan", required=False, widget=forms.Textarea({"rows": 2}))


class DutyForm(forms.Form):
    decree = forms.ModelChoiceField(queryset=Decree._base_manager.none(), label="Instruksi", empty_label="Pilih…")
    code = forms.SlugField(label="Kode", max_length=40, help_text="Huruf kecil, angka, dan tanda hubung.")
    article = forms.CharField(label="Bagian instruksi", max_length=120, help_text="Misalnya: KEDUA huruf c.")
    text = forms.CharField(label="Bunyi tugas", widget=forms.Textarea({"rows": 4}))
    effective_on = DateField(label="Berlaku mulai")
    is_common = forms.BooleanField(label="Tugas semua penerima instruksi", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decree"].queryset = Decree.objects.all()  # type: ignore[attr-defined]


class RevisionForm(forms.Form):
    article = forms.CharField(label="Bagian instruksi", max_length=120)
    text = forms.CharField(label="Bunyi tugas", widget=forms.Textarea({"rows": 4}))
    effective_on = DateField(label="Berlaku mulai", help_text="Bagi periode yang berakhir pada atau sesudah hari ini.")
    reason = forms.CharField(label="Alasan perubahan", max_length=500, help_text="Misalnya nomor perubahan instruksi.")
