from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agencies.models import Agency, Membership
from katingan_portal.ui.forms import ForgivingFilter, WholeNumberField
from reporting.letters import numbering
from reporting.letters.actions import Wording
from reporting.letters.models import Letter, LetterKind
from reporting.letters.queries import STEPS
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation

SHOWN_STATES = [("", "Semua"), *Letter.State.choices]


class LetterFilter(ForgivingFilter):
    state = forms.ChoiceField(label="Keadaan", required=False, choices=SHOWN_STATES)
    kind = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *LetterKind.choices])


class ItemsForm(forms.Form):
    """Which overdue reports a letter is about; all are ticked at first."""

    items = forms.MultipleChoiceField(
        label="Laporan yang ditagih",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Pilih sedikitnya satu laporan yang terlambat."},
    )

    def __init__(self, *args: Any, overdue: list[Obligation], with_agency: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overdue = {str(each.pk): each for each in overdue}
        field = self.fields["items"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(key, _label(each, with_agency)) for key, each in self.overdue.items()]
        field.initial = list(self.overdue)

    @property
    def chosen(self) -> list[Obligation]:
        return [self.overdue[key] for key in self.cleaned_data["items"]]


def _label(obligation: Obligation, with_agency: bool) -> str:
    whose = f"{obligation.agency.short_name}: " if with_agency else ""
    return f"{whose}{obligation.form.name} {period_from_key(obligation.period).label}"


class NewLetterForm(ItemsForm):
    kind = forms.ChoiceField(
        label="Jenis surat", choices=[(kind.value, kind.label) for kind in STEPS], widget=forms.RadioSelect
    )
    field_order = ("kind", "items")


class NewMemoForm(ItemsForm):
    addressee = forms.ChoiceField(label="Ditujukan kepada", widget=forms.RadioSelect)
    field_order = ("addressee", "items")

    def __init__(self, *args: Any, addressees: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, with_agency=True, **kwargs)
        self.addressees = {str(each.pk): each for each in addressees}
        field = self.fields["addressee"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, each.name) for key, each in self.addressees.items()]
        field.initial = next(iter(self.addressees), None)

    @property
    def agency(self) -> Agency:
        return self.addressees[self.cleaned_data["addressee"]]


class SeenForm(forms.Form):
    """The version of the draft that the person had before them."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class LetterForm(forms.ModelForm):
    """The words of a draft. What is owed and who was reminded is not typed: it comes from the rows."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Letter
        fields = [
            "addressee", "nature", "subject", "opening", "closing", "copies", "signatory_title", "signatory_acting",
            "signatory_name", "signatory_rank", "signatory_nip",
        ]  # fmt: skip
        labels = {"addressee": "Yth.", "signatory_acting": "Plt. atau Plh."}
        help_texts = {
            "copies": "Satu penerima tembusan setiap baris.",
            "closing": "Setiap baris menjadi satu alinea.",
            "signatory_name": "Dicetak di bawah ruang tanda tangan yang kosong. Portal tidak pernah menandatangani.",
        }
        widgets = {
            "opening": forms.Textarea({"rows": 5}),
            "closing": forms.Textarea({"rows": 5}),
            "copies": forms.Textarea({"rows": 3}),
            "signatory_acting": forms.Select(choices=Membership.Acting.choices),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version

    def clean_opening(self) -> str:
        return _not_too_long(self.cleaned_data["opening"])

    def clean_closing(self) -> str:
        return _not_too_long(self.cleaned_data["closing"])

    def clean_copies(self) -> str:
        return _not_too_long(self.cleaned_data["copies"])

    def _post_clean(self) -> None:
        """The row is written by the action, not by this form."""

    @property
    def wording(self) -> Wording:
        return Wording(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})


LONGEST_TEXT = 3000


def _not_too_long(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValidationError("Teks ini lebih dari 3.000 huruf. Persingkat supaya surat tetap satu halaman.")
    return text


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Alasan", max_length=500, widget=forms.Textarea({"rows": 3}))


class PatternForm(forms.Form):
    """How the numbers of one series are written."""

    pattern = forms.CharField(
        label="Pola nomor",
        max_length=numbering.LONGEST,
        help_text="{nomor:3} ditulis 007. Lainnya: {unit}, {bulan_romawi}, {bulan}, {tahun}.",
    )

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"].strip()
        try:
            numbering.check(pattern)
        except numbering.PatternRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return pattern


class BeginForm(forms.Form):
    number = WholeNumberField(label="Nomor berikutnya", min_value=1)
    reason = forms.CharField(
        label="Alasan", max_length=300, help_text="Misalnya: nomor 1 sampai 41 sudah dipakai surat yang ditulis tangan."
    )


class LetterheadForm(forms.Form):
    """Empty texts leave it to the portal: the coordinating office and its head in office."""

    address = forms.CharField(label="Alamat kantor", max_length=200, required=False)
    contact = forms.CharField(label="Telepon, laman, dan pos-el", max_length=200, required=False)
    place = forms.CharField(label="Tempat surat", max_length=60, required=False, help_text="Ditulis di depan tanggal.")
    unit = forms.RegexField(
        r"^[A-Za-z0-9 ./\-]*$",
        label="Kode unit dalam nomor",
        max_length=40,
        required=False,
        help_text="Mengisi {unit}. Kosong: nama singkat dinas penerima laporan.",
        error_messages={"invalid": "Pakailah huruf, angka, titik, garis miring, dan tanda hubung."},
    )
    signatory_title = forms.CharField(
        label="Jabatan penanda tangan",
        max_length=150,
        required=False,
        help_text="Kosong: pimpinan dinas penerima laporan yang sedang menjabat, dengan Plt. atau Plh. bila perlu.",
    )
    signatory_name = forms.CharField(label="Nama penanda tangan", max_length=150, required=False)
    signatory_rank = forms.CharField(label="Pangkat", max_length=60, required=False)
    signatory_nip = forms.CharField(label="NIP", max_length=30, required=False)
    copies = forms.CharField(
        label="Tembusan",
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Satu penerima setiap baris. Dipakai untuk rancangan baru.",
    )
