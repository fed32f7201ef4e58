from __future__ import annotations

from django import forms

from katingan_portal.ui.forms import DateField

WHY_NEEDED = "Tulis alasannya; pemeriksa memutuskan dari alasan ini."


class AskForm(forms.Form):
    wanted_on = DateField(label="Diminta sampai tanggal", help_text="Laporan boleh masuk sampai pukul 23.59 hari itu.")
    reason = forms.CharField(
        label="Alasan",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": WHY_NEEDED},
    )


class DecideForm(forms.Form):
    granted_on = DateField(
        label="Disetujui sampai tanggal", help_text="Boleh lain dari tanggal yang diminta. Tidak dipakai bila ditolak."
    )
    note = forms.CharField(
        label="Catatan keputusan",
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Wajib diisi bila ditolak.",
    )
