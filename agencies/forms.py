from __future__ import annotations

from django import forms

from agencies.models import Agency
from katingan_portal.ui.forms import ForgivingFilter


class AgencyFilter(ForgivingFilter):
    q = forms.CharField(
        label="Nama atau singkatan",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "misalnya diskopdag", "autocomplete": "off"}),
    )
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *Agency.Kind.choices])


class NamingForm(forms.Form):
    """The name of an agency, and where it was read: a name without its source would be a guess."""

    name = forms.CharField(
        label="Nama lengkap", max_length=150, help_text="Seperti tertulis di instruksi yang ditandatangani."
    )
    short_name = forms.CharField(
        label="Nama singkat", max_length=60, help_text="Untuk tabel dan pesan, misalnya Dinas PMD."
    )
    source_note = forms.CharField(
        label="Tertulis di mana",
        max_length=300,
        help_text="Misalnya: Instruksi Bupati 500.3.1/437, halaman 2, huruf i. Tersimpan di riwayat.",
    )
    is_checked = forms.BooleanField(
        label="Nama ini sudah saya cocokkan dengan naskahnya",
        error_messages={"required": "Cocokkan dulu dengan naskahnya, lalu centang di sini."},
    )
