"""What the list of obligations shows: period, agency kind, and state, from the query string."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from reporting.periods.models import Obligation
from reporting.periods.queries import known_periods
from reporting.periods.standing import is_overdue, is_owed

STATES = [
    ("", "Semua"),
    ("terlambat", "Terlambat, belum dikirim"),
    ("belum", "Belum jatuh tempo"),
    ("menunggu", "Menunggu diperiksa"),
    ("diterima", "Diterima"),
    ("dibebaskan", "Dibebaskan"),
]


class ObligationFilter(forms.Form):
    """Unknown values are ignored rather than answered with an error: links get old."""

    whose = forms.ChoiceField(label="Milik", required=False)
    period = forms.ChoiceField(label="Periode", required=False)
    kind = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *Agency.Kind.choices])
    state = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)

    def __init__(self, data: QueryDict, *, now: datetime, actor: Actor) -> None:
        super().__init__(data)
        self.now = now
        self.actor = actor
        own = Verb.FILE_REPORT in actor.duties.own_agency
        mine = [("", "Milik kami"), ("semua", "Semua")] if own else [("", "Semua")]
        self._choose("whose", mine)
        self._choose("period", [("", "Semua"), *((each.key, each.label) for each in known_periods())])
        self.is_valid()

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self) -> QuerySet[Obligation]:
        chosen = self.chosen
        rows = Obligation.objects.select_related("agency", "form").order_by(
            "-starts_on", "agency__kind", "agency__code"
        )
        if chosen.get("whose") != "semua" and Verb.FILE_REPORT in self.actor.duties.own_agency:
            rows = rows.filter(agency_id=self.actor.agency_id)
        if "period" in chosen:
            rows = rows.filter(period=chosen["period"])
        if "kind" in chosen:
            rows = rows.filter(agency__kind=chosen["kind"])
        return rows.filter(self._in_state(chosen["state"])) if "state" in chosen else rows

    def _in_state(self, state: str) -> Q:
        return {
            "terlambat": is_overdue(self.now),
            "belum": is_owed() & Q(due_at__gte=self.now),
            "menunggu": Q(first_submitted_at__isnull=False, accepted_at__isnull=True),
            "diterima": Q(accepted_at__isnull=False),
            "dibebaskan": Q(waived_at__isnull=False),
        }[state]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
