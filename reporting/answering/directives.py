"""Directives of the Bupati's office: given about one obligation, answered by its agency, then closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import cancel_about
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.answering import notices
from reporting.chasing.models import Directive
from reporting.periods.calendar import end_of_day
from reporting.periods.models import Obligation

State = Directive.State
# Farther ahead the ladder has no days left to count (year 9999), and nobody waits so long for an answer.
MOST_DAYS_AHEAD = 366


class DirectiveRefused(Exception):
    """The step is not possible; the message is for the user. field: of the form that is to blame, if one is."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def give(
    obligation: Obligation, regency: Regency, *, text: str, due_on: date, by: Actor, now: datetime
) -> Directive:  # fmt: skip
    """The agency is told at once, and reminded by the ladder of directives until it answers. One open at a time."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form", "regency")
    locked = rows.get(pk=obligation.pk)
    due_at = end_of_day(due_on, regency.zone)
    if not text.strip():
        raise DirectiveRefused("Tulis apa yang diminta.", field="text")
    if refusal := _why_not_until(due_at, now):
        raise DirectiveRefused(refusal, field="due_on")
    if refusal := _why_not(locked):
        raise DirectiveRefused(refusal)
    given = Directive.objects.create(
        obligation=locked, agency=locked.agency, text=text.strip(), due_at=due_at, given_at=now,
        given_by_id=by.user_id, given_by_name=by.name, next_chase_at=now,
    )  # fmt: skip
    record("memberi arahan", given, by=by, reason=f"{given.text} (dijawab paling lambat {day(due_on)})")
    notices.tell_directed(given, by=by, now=now)
    return given


@transaction.atomic
def answer(directive: Directive, *, text: str, by: Actor, now: datetime) -> None:
    """The agency says what it did; nobody is reminded any more, and who gave it is told."""
    if not text.strip():
        raise DirectiveRefused("Tulis jawabannya.", field="text")
    row = _locked(directive, State.OPEN)
    row.answer = text.strip()
    _end(row, State.ANSWERED, by, now)
    record("menjawab arahan", row, by=by, reason=row.answer)
    notices.tell_directive_answered(row, by=by, now=now)


@transaction.atomic
def withdraw(directive: Directive, *, by: Actor, now: datetime) -> None:
    """Nobody need answer it."""
    row = _locked(directive, State.OPEN)
    _end(row, State.WITHDRAWN, by, now)
    record("menarik arahan", row, by=by)
    notices.tell_directive_ended(row, "ditarik; tidak perlu dijawab", by=by, now=now)


@transaction.atomic
def close(directive: Directive, *, by: Actor, now: datetime) -> None:
    """The answer was read and is enough."""
    row = _locked(directive, State.ANSWERED)
    row.state, row.closed_at, row.closed_by_name = State.CLOSED, now, by.name
    row.save(update_fields=["state", "closed_at", "closed_by_name"])
    record("menyatakan arahan selesai", row, by=by)
    notices.tell_directive_ended(row, "dinyatakan selesai. Terima kasih atas jawabannya", by=by, now=now)


def open_for(agency_id: int) -> QuerySet[Directive]:
    """What an agency has to answer, the earliest due first."""
    rows = Directive.objects.filter(agency=agency_id, state=State.OPEN)
    return rows.select_related("obligation__form", "obligation__agency").order_by("due_at")


TABS = {"": "Menunggu jawaban", "lewat": "Lewat waktu", "dijawab": "Dijawab", "selesai": "Selesai"}


def directives_in(tab: str, now: datetime | None = None) -> QuerySet[Directive]:
    """Those of one tab of the list; what waits by due date, the rest newest first."""
    wanted = {
        "": Q(state=State.OPEN),
        "lewat": Q(state=State.OPEN, due_at__lt=now or timezone.now()),
        "dijawab": Q(state=State.ANSWERED),
        "selesai": Q(state__in=[State.CLOSED, State.WITHDRAWN]),
    }[tab]
    rows = Directive.objects.filter(wanted).select_related("obligation__form", "agency")
    return rows.order_by("due_at" if tab in ("", "lewat") else "-ended_at", "pk")


def _why_not_until(due_at: datetime, now: datetime) -> str:
    if due_at <= now:
        return "Pilih hari ini atau sesudahnya sebagai batas jawaban."
    if due_at - now > timedelta(days=MOST_DAYS_AHEAD):
        return "Pilih batas jawaban paling jauh setahun dari hari ini."
    return ""


def _why_not(obligation: Obligation) -> str:
    if obligation.waived_at:
        return "Kewajiban ini sudah dibebaskan, jadi tidak ada yang perlu diarahkan."
    if obligation.directives.filter(state=State.OPEN).exists():
        return "Masih ada arahan yang menunggu jawaban. Tarik dulu bila ingin menggantinya."
    return ""


def _locked(directive: Directive, wanted: Directive.State) -> Directive:
    rows = Directive.objects.select_for_update(of=("self",))
    row = rows.select_related("obligation__form", "obligation__agency", "agency").get(pk=directive.pk)
    if row.state != wanted:
        raise DirectiveRefused(f"Arahan ini {row.get_state_display()}, jadi langkah itu tidak bisa dilakukan.")
    return row


def _end(row: Directive, state: Directive.State, by: Actor, now: datetime) -> None:
    row.state, row.ended_at, row.ended_by_name, row.next_chase_at = state, now, by.name, None
    row.save(update_fields=["state", "answer", "ended_at", "ended_by_name", "next_chase_at"])
    cancel_about(row, "arahan sudah dijawab atau ditarik")
