from __future__ import annotations

from django import forms

from katingan_portal.ui.formats import day
from katingan_portal.ui.forms import DateField
from reporting.answering.promises import Window


class PromiseForm(forms.Form):
    promised_on = DateField(label="Laporan akan dikirim paling lambat")
    reason = forms.CharField(
        label="Alasan belum bisa dikirim",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text="Dibaca semua pegawai yang dapat membuka laporan ini di portal, juga dari perangkat daerah lain.",
        error_messages={"required": "Tulis alasannya, supaya yang menagih tahu kendalanya."},
    )

    def offer(self, window: Window) -> None:
        """Say which days can be promised, also to the browser's date picker."""
        field = self.fields["promised_on"]
        field.help_text = f"Paling jauh {day(window.latest)}, {window.working_days} hari kerja dari hari ini."
        field.widget.attrs |= {"min": window.earliest.isoformat(), "max": window.latest.isoformat()}


class DisclaimForm(forms.Form):
    reason = forms.CharField(
        label="Mengapa ini bukan tugas Anda?",
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Sebutkan dasarnya, dan bila tahu, perangkat daerah mana yang seharusnya melapor.",
        error_messages={"required": "Tulis mengapa ini bukan tugas Anda."},
    )


class SettleForm(forms.Form):
    note = forms.CharField(
        label="Alasan keputusan",
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Disampaikan kepada perangkat daerah; bila disetujui, terbaca oleh semua sebagai alasan pembebasan. "
        "Wajib diisi bila ditolak.",
    )


class DirectiveForm(forms.Form):
    text = forms.CharField(
        label="Arahan",
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Dibaca oleh perangkat daerah itu, koordinator, dan admin kabupaten.",
        error_messages={"required": "Tulis apa yang diminta."},
    )
    due_on = DateField(label="Dijawab paling lambat", help_text="Perangkat daerah diingatkan sampai menjawab.")


class DirectiveAnswerForm(forms.Form):
    text = forms.CharField(
        label="Jawaban",
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": "Tulis jawabannya."},
    )
