from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator

from katingan_portal.accounts.models import User

LONGEST_PASSWORD = 128
PHONE = RegexValidator(r"^\+?[0-9 ()-]{6,20}$", "Tulis nomor telepon dengan angka, misalnya 0812 3456 7890.")
WRONG_CURRENT_PASSWORD = "Kata sandi saat ini tidak cocok."  # noqa: S105  (a message)


def waiting_text(until: datetime, now: datetime) -> str:
    """E.g. "Coba lagi dalam 2 menit."; rounded up, so that trying at the stated moment works."""
    seconds = max(1, -int((now - until).total_seconds() // 1))
    wait = f"{seconds} detik" if seconds < 60 else f"{-(-seconds // 60)} menit"
    return f"Coba lagi dalam {wait}."


def password_field(label: str, *, known: bool, help_text: str = "") -> forms.CharField:
    """`known`: the browser may fill in the stored password, else it may offer a new one."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=help_text,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password" if known else "new-password", "data-password": True}
        ),
    )


class SignInForm(forms.Form):
    name = forms.CharField(
        label="Nama pengguna atau e-mail",
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = password_field("Kata sandi", known=True)


class NewPasswordForm(forms.Form):
    """A password of the person's choice, typed twice."""

    new_password = password_field(
        "Kata sandi baru",
        known=False,
        help_text="Paling sedikit 12 karakter. Beberapa kata yang mudah Anda ingat lebih baik.",
    )
    repeated = password_field("Ulangi kata sandi baru", known=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        return password

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        chosen = self.cleaned_data.get("new_password")
        if chosen is not None and repeated != chosen:
            raise forms.ValidationError("Kedua kata sandi belum sama. Ketik ulang.")
        return repeated


class ChangePasswordForm(NewPasswordForm):
    current_password = password_field("Kata sandi saat ini", known=True)

    field_order = ["current_password", "new_password", "repeated"]


class ProfileForm(forms.ModelForm):
    current_password = password_field(
        "Kata sandi saat ini", known=True, help_text="Hanya perlu diisi bila alamat e-mail diganti."
    )

    class Meta:
        model = User
        fields = ["full_name", "email", "phone"]
        help_texts = {"email": "Untuk pengingat dan bila lupa kata sandi. Boleh dikosongkan."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "profile_%s")  # the page has a second form with a current password
        super().__init__(*args, **kwargs)
        self.fields["current_password"].required = False
        self.fields["phone"].validators.append(PHONE)
        for name, purpose in {"full_name": "name", "email": "email", "phone": "tel"}.items():
            self.fields[name].widget.attrs["autocomplete"] = purpose

    @property
    def needs_password(self) -> bool:
        """A new address could be used to reset the password, so it takes the password to set it."""
        return "email" in self.changed_data

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if email and User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Alamat e-mail ini sudah dipakai akun lain.")
        return email
