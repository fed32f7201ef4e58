from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from agencies.models import Agency
from katingan_portal.ui.forms import DateField, WholeNumberField
from reporting.duties.models import ReportForm
from reporting.periods.holidays import DayChange
from reporting.periods.models import Holiday, Obligation
from reporting.periods.queries import known_periods
from villages.models import Subdistrict

YEARS_AROUND = 2


class DayForm(forms.Form):
    """A day that is to be closed, or to be named otherwise."""

    on = DateField(label="Tanggal")
    name = forms.CharField(label="Nama hari libur", max_length=200, help_text="Misalnya HUT Kabupaten Katingan.")
    kind = forms.ChoiceField(label="Jenis", choices=Holiday.Kind.choices, initial=Holiday.Kind.LOCAL)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if abs(on.year - self.today.year) > YEARS_AROUND:
            raise forms.ValidationError("Tahun ini terlalu jauh. Periksa apakah tanggalnya tertulis benar.")
        return on

    @property
    def change(self) -> DayChange:
        return DayChange(**self.cleaned_data)


class GraceForm(forms.Form):
    subdistrict = forms.ModelChoiceField(
        queryset=Subdistrict._base_manager.none(), label="Kecamatan", empty_label="Pilih…"
    )
    working_days = WholeNumberField(label="Tambahan hari kerja", min_value=1, max_value=30)
    reason = forms.CharField(
        label="Alasan", max_length=200, help_text="Tampil di setiap tenggat kecamatan ini, misalnya: desa tanpa sinyal."
    )
    starts_on = DateField(label="Berlaku untuk periode yang berakhir mulai")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Subdistrict.objects.defer("boundary").order_by("name")
        self.fields["subdistrict"].queryset = places  # type: ignore[attr-defined]


class GraceEndForm(forms.Form):
    ends_on = DateField(label="Periode terakhir berakhir pada")


class SaturdayForm(forms.Form):
    agencies = forms.MultipleChoiceField(
        label="Bekerja pada hari Sabtu", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agencies"].choices = _named_agencies()  # type: ignore[attr-defined]


class LiftForm(forms.Form):
    reason = forms.CharField(
        label="Alasan pencabutan",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis alasannya; alasan ini tampil di riwayat kewajiban ini."},
    )


class BulkWaiverForm(forms.Form):
    """Which obligations of one form and period are waived, and why."""

    form = forms.ModelChoiceField(queryset=ReportForm._base_manager.none(), label="Formulir", empty_label="Pilih…")
    period = forms.ChoiceField(label="Periode")
    agencies = forms.MultipleChoiceField(label="Perangkat daerah", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Alasan pembebasan",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis alasannya; alasan ini tampil bagi semua yang melihat kewajiban ini."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].queryset = ReportForm.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["period"].choices = [(each.key, each.label) for each in known_periods()]  # type: ignore[attr-defined]
        self.fields["agencies"].choices = _named_agencies()  # type: ignore[attr-defined]

    def wanted(self) -> list[Obligation]:
        """Every obligation that was chosen, waivable or not."""
        chosen = self.cleaned_data
        rows = Obligation.objects.filter(
            form=chosen["form"], period=chosen["period"], agency_id__in=chosen["agencies"]
        ).select_related("agency", "form")
        return list(rows.order_by("agency__kind", "agency__code"))


def _named_agencies() -> list[tuple[int, str]]:
    named = Agency.objects.filter(is_slot=False).exclude(kind=Agency.Kind.LEADERSHIP)
    return [(agency.pk, agency.name) for agency in named]
