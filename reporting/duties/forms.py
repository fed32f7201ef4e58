from __future__ import annotations

from typing import Any

from django import forms

from agencies.models import Agency
from katingan_portal.ui.forms import DateField
from reporting.duties.models import Duty


class AssignForm(forms.Form):
    agency = forms.ModelChoiceField(
        queryset=Agency._base_manager.none(), label="Perangkat daerah", empty_label="Pilih…"
    )
    starts_on = DateField(label="Mulai")

    def __init__(self, *args: Any, duty: Duty, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holders = duty.assignments.filter(ends_on=None).values("agency_id")
        choices = Agency.objects.filter(is_slot=False).exclude(kind=Agency.Kind.LEADERSHIP).exclude(pk__in=holders)
        self.fields["agency"].queryset = choices  # type: ignore[attr-defined]


class EndForm(forms.Form):
    ends_on = DateField(label="Hari terakhir bertugas")
    reason = forms.CharField(label="Alasan", max_length=500)
