"""The chased one answers: "it will be sent by … because …". The chase waits for it. docs/decisions/0063."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.answering import notices
from reporting.periods.calendar import end_of_day
from reporting.periods.clocks import Clock, clock_beneath, take_promise_back, wait_for_promise
from reporting.periods.models import Obligation, Promise
from reporting.periods.queries import calendar_of

MOST_BROKEN = 3
PROMISABLE = (Clock.FILING, Clock.CORRECTION)


class PromiseRefused(Exception):
    """The step is not possible; the message is for the user. field: of the form that is to blame, if one is."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Window:
    """The days that can be promised now, both included. due_at: of the clock that the promise would make wait."""

    earliest: date
    latest: date
    due_at: datetime
    working_days: int

    @property
    def is_open(self) -> bool:
        return self.earliest <= self.latest


@transaction.atomic
def promise(
    obligation: Obligation, regency: Regency, *, promised_on: date, reason: str, by: Actor, now: datetime
) -> Promise:
    """The report comes by the end of promised_on, the chase waits until then, and who was told of the delay is told.

    Today or later, after a due moment that still lies ahead, within the form's working days from now; one at a time,
    and none after three broken ones. Raises PromiseRefused.
    """
    locked = _locked(obligation)
    if refusal := why_not(locked):
        raise PromiseRefused(refusal)
    if refusal := _why_not_on(promised_on, window_of(locked, regency, now), regency, now):
        raise PromiseRefused(refusal, field="promised_on")
    if not reason.strip():
        raise PromiseRefused("Tulis alasannya, supaya yang menagih tahu kendalanya.", field="reason")
    made = Promise.objects.create(
        obligation=locked, agency_id=locked.agency_id, promised_on=promised_on,
        due_at=end_of_day(promised_on, regency.zone), reason=reason.strip(), made_at=now,
        made_by_id=by.user_id, made_by_name=by.name,
    )  # fmt: skip
    locked.save(update_fields=wait_for_promise(locked, made.due_at, now=now))
    record("berjanji", locked, by=by, reason=f"Akan dikirim paling lambat {day(promised_on)}, karena: {made.reason}")
    notices.tell_promised(made, by=by, now=now)
    return made


@transaction.atomic
def withdraw(given: Promise, *, by: Actor, now: datetime) -> None:
    """The agency takes its promise back before its day: it does not count as broken, and the chase goes on."""
    locked = _locked(given.obligation)
    row = Promise.objects.select_related("obligation__agency", "obligation__form").get(pk=given.pk)
    if row.state != Promise.State.OPEN:
        raise PromiseRefused(f"Janji ini sudah selesai: {row.get_state_display()}.")
    locked.save(update_fields=take_promise_back(locked, now=now))
    record("menarik janji", locked, by=by)
    notices.tell_promise_withdrawn(row, by=by, now=now)


def why_not(obligation: Obligation) -> str:
    """Why nothing can be promised for it now (Indonesian), whatever the day; "" when it can."""
    running = clock_beneath(obligation)
    if obligation.waived_at:
        return "Kewajiban periode ini sudah dibebaskan, jadi tidak perlu dijanjikan."
    if obligation.accepted_at or running is None or running[0] not in PROMISABLE:
        return "Laporan ini sudah dikirim, jadi tidak perlu dijanjikan."
    if obligation.promise_due_at:
        return "Masih ada janji yang berlaku. Tarik dulu janji itu bila tanggalnya berubah."
    if obligation.broken_promises >= MOST_BROKEN:
        return (
            f"Sudah {obligation.broken_promises} janji untuk laporan ini tidak ditepati, jadi tidak ada janji baru yang"
            " diterima. Bicaralah dengan koordinator, atau kirim laporannya."
        )
    return ""


def window_of(obligation: Obligation, regency: Regency, now: datetime) -> Window:
    """Which days can be promised. For an obligation that `why_not` has nothing against."""
    running = clock_beneath(obligation)
    assert running is not None
    after = max(now, running[1])
    earliest = regency.local(after).date()
    if end_of_day(earliest, regency.zone) <= after:
        earliest += timedelta(days=1)
    days = obligation.form.promise_working_days
    latest = calendar_of(obligation.agency).shift(regency.local(now).date(), days)
    return Window(earliest, latest, running[1], days)


def _why_not_on(wanted: date, window: Window, regency: Regency, now: datetime) -> str:
    due = day(window.due_at, regency.zone)
    if not window.is_open:
        return f"Tenggatnya masih {due}, jadi belum perlu dijanjikan."
    if wanted > window.latest:
        return (
            f"Janji paling jauh {window.working_days} hari kerja dari hari ini, yaitu {day(window.latest)}."
            " Bila perlu waktu lebih lama, bicaralah dengan koordinator."
        )
    if wanted >= window.earliest:
        return ""
    if wanted < regency.local(now).date():
        return "Tanggal itu sudah lewat. Pilih hari ini atau sesudahnya."
    return f"Tenggatnya masih {due}, jadi janji sampai tanggal itu tidak mengubah apa-apa. Pilih tanggal sesudahnya."


def _locked(obligation: Obligation) -> Obligation:
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form", "regency")
    return rows.get(pk=obligation.pk)
