"""An agency need not report for a period, and why; and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record, record_each
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.models import Regency
from reporting.periods.calendar import end_of_working_day
from reporting.periods.clocks import restart, restart_many
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of, holiday_names
from reporting.periods.redating import carry_out, plan

CLOCKS = ("review_due_at", "correction_due_at")


class WaiverRefused(Exception):
    """Nothing to waive or to lift any more; the message is for the user."""


@transaction.atomic
def waive(obligation: Obligation, *, reason: str, by: Actor, now: datetime | None = None) -> None:
    """The agency need not report for this period. Stays outside every rate, and says so. Ends the chase."""
    if not waive_many([obligation.pk], reason=reason, by=by, now=now or timezone.now()):
        raise WaiverRefused("Laporan periode ini sudah diterima atau sudah dibebaskan.")


@transaction.atomic
def waive_many(obligation_ids: Iterable[int], *, reason: str, by: Actor, now: datetime) -> list[Obligation]:
    """Waive those that still can be; returns them. One reason, and one entry in the history of each."""
    if not reason.strip():
        raise WaiverRefused("Tulis alasan pembebasan.")
    chosen = waivable().filter(pk__in=list(obligation_ids)).order_by("pk")
    rows = list(chosen.select_for_update(of=("self",)))
    stopped = [(row, _running_clocks(row)) for row in rows]
    for row in rows:
        row.waived_at, row.waived_reason = now, reason
    clocks = restart_many(rows, now=now)
    Obligation.objects.bulk_update(rows, ["waived_at", "waived_reason", *clocks], batch_size=500)
    record_each("membebaskan", stopped, by=by, reason=reason)
    return rows


def _running_clocks(row: Obligation) -> dict[str, list[str | None]]:
    return {name: [getattr(row, name).isoformat(), None] for name in CLOCKS if getattr(row, name)}


def waivable() -> QuerySet[Obligation]:
    """Neither accepted nor waived already."""
    rows = Obligation.objects.filter(accepted_at=None, waived_at=None)
    return rows.select_related("agency", "form").order_by("starts_on", "agency__kind", "agency__code")


@transaction.atomic
def lift_waiver(obligation: Obligation, regency: Regency, *, reason: str, by: Actor, now: datetime) -> None:
    """The agency must report after all. A date that lies ahead follows the calendar as it is now, one past stays."""
    if not reason.strip():
        raise WaiverRefused("Tulis alasan pencabutan.")
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form")
    locked = rows.get(pk=obligation.pk)
    if locked.waived_at is None:
        raise WaiverRefused("Kewajiban ini tidak sedang dibebaskan.")
    waived_for = locked.waived_reason
    locked.waived_at, locked.waived_reason = None, ""
    clocks = restart(locked, now=now, **_stopped_clocks(locked, regency, now))
    locked.save(update_fields=["waived_at", "waived_reason", *clocks])
    record("mencabut pembebasan", locked, by=by, changes={"alasan pembebasan": [waived_for, ""]}, reason=reason)
    if locked.due_at > now:
        planned = plan([locked], holiday_names(), now)
        carry_out(planned, regency, reason="hari libur berubah selama dibebaskan", by=by, now=now)


def _stopped_clocks(row: Obligation, regency: Regency, now: datetime) -> dict[str, datetime]:
    """The clock of the reviewer or of the correction that the waiver stopped, with its whole time from now.

    Which one ran stands in the history of the waiver: the report itself may be private to its agency.
    """
    stopped: dict[str, Any] = next((event.changes for event in history_of(row) if event.verb == "membebaskan"), {})
    days = {"review_due_at": row.form.review_working_days, "correction_due_at": row.form.correction_working_days}
    calendar = calendar_of(row.agency)
    return {name: end_of_working_day(now, days[name], calendar, regency.zone) for name in CLOCKS if name in stopped}
