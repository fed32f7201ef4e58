from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.contacts import e164
from katingan_portal.outbox.models import Contact
from katingan_portal.ui.forms import DateField

HOURS = [(hour, f"{hour:02}.00") for hour in range(Contact.EARLIEST_HOUR, Contact.LATEST_HOUR + 1)]


class PreferencesForm(forms.Form):
    """How a person wants to be reached. The number serves colleagues too, who write from their own WhatsApp; sending by
    the portal itself is asked only where it can."""

    email_reminders = forms.BooleanField(
        label="Kirim pengingat biasa lewat e-mail",
        required=False,
        help_text="Pengingat selalu muncul di kotak masuk portal. Tahap penagihan yang wajib menurut ketentuan tetap "
        "dikirim lewat e-mail dan tidak dapat dimatikan.",
    )
    digest_hour = forms.TypedChoiceField(
        label="Jam ringkasan harian",
        coerce=int,
        choices=HOURS,
        help_text="Pengingat satu hari digabung menjadi satu pesan pada jam ini, hanya pada hari kerja. Yang mendesak "
        "tidak menunggu.",
    )
    whatsapp_on = forms.BooleanField(
        label="Kirim juga lewat WhatsApp", required=False, help_text="E-mail dan kotak masuk portal tetap dikirimi."
    )
    whatsapp_number = forms.CharField(
        label="Nomor WhatsApp",
        required=False,
        max_length=30,
        help_text="Terlihat oleh koordinator, pemantau, dan admin kabupaten, supaya mereka dapat menghubungi Anda.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "placeholder": "0812 3456 7890"}),
    )
    away_from = DateField(label="Tidak bertugas dari", required=False)
    away_until = DateField(
        label="Sampai dengan",
        required=False,
        help_text="Selama itu wakil di perangkat daerah Anda ikut diberi tahu. Tenggat laporan tetap.",
    )

    def __init__(self, data: QueryDict | None, *, contact: Contact) -> None:
        super().__init__(data, initial={name: getattr(contact, name) for name in self.base_fields})
        self.contact = contact
        if not whatsapp.is_configured():
            del self.fields["whatsapp_on"]

    @property
    def choices(self) -> dict[str, Any]:
        """The contact's fields as chosen; what was not asked stays."""
        kept = {name: getattr(self.contact, name) for name in self.base_fields}
        chosen = kept | self.cleaned_data
        return chosen | {"whatsapp_on": bool(chosen["whatsapp_on"] and chosen["whatsapp_number"])}

    def clean_whatsapp_number(self) -> str:
        return e164(self.cleaned_data["whatsapp_number"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("whatsapp_on") and data.get("whatsapp_number") == "":
            self.add_error("whatsapp_number", "Isi nomornya agar pesan dapat dikirim lewat WhatsApp.")
        self._check_absence(data.get("away_from"), data.get("away_until"))
        return data

    def _check_absence(self, start: Any, end: Any) -> None:
        if "away_from" in self.errors or "away_until" in self.errors:
            return
        if start and end and start > end:
            self.add_error("away_until", ValidationError("Tanggal ini lebih awal daripada tanggal mulainya."))
        elif start and not end:
            self.add_error("away_until", ValidationError("Isi juga sampai kapan Anda tidak bertugas."))
        elif end and not start:
            self.add_error("away_from", ValidationError("Isi juga sejak kapan Anda tidak bertugas."))
