""" "Not our duty": an agency says so, an administrator settles it. It stops no clock: docs/decisions/0063."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import cancel_about
from reporting.answering import notices
from reporting.duties.models import Assignment
from reporting.periods.models import Disclaimer, Obligation
from reporting.periods.waivers import WaiverRefused, waive


class DisclaimerRefused(Exception):
    """The step is not possible; the message is for the user. field: of the form that is to blame, if one is."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def disclaim(obligation: Obligation, *, reason: str, by: Actor, now: datetime) -> Disclaimer:
    """The agency says that the report is not its to file, and why. Administrators are told; the chase goes on."""
    locked = _locked(obligation.pk)
    refusal = why_not(locked) or ("" if reason.strip() else "Tulis mengapa ini bukan tugas Anda.")
    if refusal:
        raise DisclaimerRefused(refusal)
    made = Disclaimer.objects.create(
        obligation=locked, agency=locked.agency, reason=reason.strip(), made_at=now, made_by_id=by.user_id,
        made_by_name=by.name,
    )  # fmt: skip
    record("menyatakan bukan tugas", made, by=by, reason=made.reason)
    notices.tell_disclaimed(made, by=by, now=now)
    return made


@transaction.atomic
def withdraw(disclaimer: Disclaimer, *, by: Actor, now: datetime) -> None:
    """The agency takes it back."""
    row = _waiting(disclaimer)
    _end(row, Disclaimer.State.WITHDRAWN, "", by, now)
    record("menarik pernyataan bukan tugas", row, by=by)


@transaction.atomic
def agree(disclaimer: Disclaimer, *, note: str, by: Actor, now: datetime) -> None:
    """It is not theirs: this obligation is waived. Ends the chase.

    Everybody may read why an obligation was waived, other agencies too. So the note goes there, what the agency said
    does not.
    """
    obligation = _locked(disclaimer.obligation_id)
    row = _waiting(disclaimer)
    if obligation.first_submitted_at:
        raise DisclaimerRefused("Laporannya sudah dikirim sesudah pernyataan ini, jadi tidak ada yang dibebaskan.")
    why = f": {note.strip()}" if note.strip() else ", disetujui admin kabupaten"
    try:
        waive(row.obligation, reason=f"Bukan tugas {row.agency.short_name}{why}", by=by, now=now)
    except WaiverRefused as refusal:
        raise DisclaimerRefused(str(refusal)) from refusal
    _end(row, Disclaimer.State.AGREED, note, by, now)
    record("menyetujui pernyataan bukan tugas", row, by=by, reason=note)
    notices.tell_disclaimer_decided(row, by=by, now=now)


@transaction.atomic
def refuse(disclaimer: Disclaimer, *, note: str, by: Actor, now: datetime) -> None:
    """It is theirs, and the note says why."""
    if not note.strip():
        raise DisclaimerRefused("Tulis alasan penolakan, supaya perangkat daerah tahu dasarnya.", field="note")
    row = _waiting(disclaimer)
    _end(row, Disclaimer.State.REFUSED, note, by, now)
    record("menolak pernyataan bukan tugas", row, by=by, reason=note)
    notices.tell_disclaimer_decided(row, by=by, now=now)


def why_not(obligation: Obligation) -> str:
    """Why the agency cannot say so now (Indonesian), or ""."""
    if obligation.waived_at:
        return "Kewajiban periode ini sudah dibebaskan."
    if obligation.first_submitted_at:
        return "Laporan periode ini sudah dikirim, jadi tidak bisa lagi dinyatakan bukan tugas Anda."
    if obligation.disclaimers.filter(state=Disclaimer.State.OPEN).exists():
        return "Pernyataan bahwa ini bukan tugas Anda sudah disampaikan dan sedang ditinjau admin kabupaten."
    return ""


def waiting_for_admin() -> QuerySet[Disclaimer]:
    """Those that still matter: nothing was filed or waived meanwhile. Oldest first."""
    rows = Disclaimer.objects.filter(
        state=Disclaimer.State.OPEN, obligation__first_submitted_at=None, obligation__waived_at=None
    )
    return rows.select_related("obligation__form", "agency").order_by("made_at")


def assignments_behind(obligation: Obligation) -> list[Assignment]:
    """Why the agency owes it: its assignments in force to the duties that the obligation is about."""
    rows = Assignment.objects.filter(agency=obligation.agency_id, duty__in=obligation.rule["duties"], ends_on=None)
    return list(rows.select_related("duty").order_by("duty__order"))


def _locked(obligation_id: int) -> Obligation:
    """The obligation is locked before what is said about it, as everywhere."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form", "regency")
    return rows.get(pk=obligation_id)


def _waiting(disclaimer: Disclaimer) -> Disclaimer:
    rows = Disclaimer.objects.select_for_update(of=("self",))
    row = rows.select_related("obligation__form", "obligation__agency", "agency").get(pk=disclaimer.pk)
    if row.state != Disclaimer.State.OPEN:
        raise DisclaimerRefused(f"Pernyataan ini sudah selesai: {row.get_state_display()}.")
    return row


def _end(row: Disclaimer, state: Disclaimer.State, note: str, by: Actor, now: datetime) -> None:
    row.state, row.decision_note, row.ended_at, row.ended_by_name = state, note.strip(), now, by.name
    row.save(update_fields=["state", "decision_note", "ended_at", "ended_by_name"])
    cancel_about(row, "sudah diputuskan atau ditarik")
