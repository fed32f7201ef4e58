from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.utils import timezone

from agencies.actions_people import Seat
from agencies.models import Agency, Membership
from agencies.queries_people import roles_offered
from katingan_portal.accounts.forms import NewPasswordForm
from katingan_portal.accounts.models import User
from katingan_portal.accounts.roles import ROLES

TITLE_HELP = "Misalnya Kepala Dinas Kesehatan. Plt. atau Plh. dipilih tersendiri di bawah."


class InvitationForm(forms.Form):
    full_name = forms.CharField(label="Nama lengkap", max_length=150)
    email = forms.EmailField(label="Alamat e-mail", max_length=254, help_text="Tautan undangan dikirim ke alamat ini.")
    role = forms.ChoiceField(label="Peran", widget=forms.RadioSelect)
    title = forms.CharField(label="Jabatan", max_length=150, required=False, help_text=TITLE_HELP)
    acting = forms.ChoiceField(label="Status jabatan", choices=Membership.Acting.choices, required=False)

    def __init__(self, agency: Agency, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (key, ROLES[key].label) for key in roles_offered(agency)
        ]

    def seat(self) -> Seat:
        return Seat(**self.cleaned_data)


class PositionForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["title", "acting"]
        help_texts = {"title": TITLE_HELP}


class EndForm(forms.Form):
    ends_on = forms.DateField(
        label="Hari terakhir bertugas",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
        help_text="Setelah hari ini orang tersebut tidak dapat lagi bekerja atas nama perangkat daerah ini.",
    )
    reason = forms.CharField(label="Alasan", max_length=200, required=False, help_text="Misalnya mutasi atau pensiun.")

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"ends_on": membership.ends_on or timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.starts_on = membership.starts_on

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        if ends_on < self.starts_on:
            raise forms.ValidationError("Tanggal berakhir tidak boleh sebelum tanggal mulai.")
        return ends_on


class NewAccountForm(NewPasswordForm):
    """The account that an invitation opens: a user name and a password."""

    username = forms.CharField(
        label="Nama pengguna",
        min_length=3,
        max_length=60,
        validators=[ASCIIUsernameValidator()],
        help_text="Huruf, angka, titik, atau tanda hubung, tanpa spasi. Anda juga dapat masuk dengan e-mail.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    field_order = ["username", "new_password", "repeated"]

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"].strip().lower()
        if "@" in username:
            raise forms.ValidationError("Nama pengguna tidak boleh memuat tanda @.")
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("Nama pengguna ini sudah dipakai. Pilih yang lain.")
        self.user.username = username  # so that the password is held against it
        return username


class ForgotForm(forms.Form):
    name = forms.CharField(
        label="Nama pengguna atau e-mail",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class ApiTokenForm(forms.Form):
    label = forms.CharField(
        label="Untuk keperluan apa?", max_length=100, help_text="Misalnya “Laporan bulanan di Excel”."
    )
