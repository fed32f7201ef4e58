from __future__ import annotations

from typing import Any

from django import forms

from agencies.forms_people import TITLE_HELP
from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.ui.forms import DateField
from reporting.handovers.actions import Successor


class HandoverForm(forms.Form):
    """Choose a person with an account, or write the name and address of one to invite."""

    successor = forms.ChoiceField(
        label="Pengganti", required=False, help_text="Kosongkan bila pengganti belum punya akun, lalu undang di bawah."
    )
    full_name = forms.CharField(label="Nama lengkap pengganti", max_length=150, required=False)
    email = forms.EmailField(
        label="Alamat e-mail pengganti", max_length=254, required=False, help_text="Undangan dikirim ke alamat ini."
    )
    title = forms.CharField(label="Jabatan", max_length=150, required=False, help_text=TITLE_HELP)
    acting = forms.ChoiceField(label="Status jabatan", choices=Membership.Acting.choices, required=False)
    takes_over_on = DateField(
        label="Pengganti mulai bertugas", help_text="Yang digantikan bertugas sampai sehari sebelumnya."
    )
    note = forms.CharField(
        label="Catatan untuk pengganti", max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in people}
        choices = [("", "Belum punya akun: undang"), *((key, str(user)) for key, user in self.people.items())]
        self.fields["successor"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("successor"):
            for name in ("full_name", "email"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Isi nama dan alamat e-mail pengganti, atau pilih orangnya di atas.")
        return cleaned

    @property
    def chosen(self) -> Successor:
        data = self.cleaned_data
        user = self.people.get(data["successor"])
        return Successor(user, data["full_name"], data["email"], data["title"], data["acting"])
