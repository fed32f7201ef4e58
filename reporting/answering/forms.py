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
        help_text="Dibaca oleh semua yang sudah diberi tahu tentang keterlambatan ini.",
        error_messages={"required": "Tulis alasannya; yang menagih membaca alasan ini."},
    )

    def offer(self, window: Window) -> None:
        """Say which days can be promised, also to the browser's date picker."""
        field = self.fields["promised_on"]
        field.help_text = f"Paling jauh {day(window.latest)}, {window.working_days} hari kerja dari hari ini."
        field.widget.attrs |= {"min": window.earliest.isoformat(), "max": window.latest.isoformat()}
