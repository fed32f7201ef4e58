"""What stands in a person's calendar: the due dates of their agency, or of the district for who oversees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, QuerySet
from django.urls import reverse

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.chasing.models import Directive
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation, Promise


@dataclass(frozen=True)
class Entry:
    """One day in a calendar. uid: the same as long as it is the same thing. moves: how often its day changed.

    changed_at: when it came to be, or last moved. link: a path of the portal.
    """

    uid: str
    on: date
    title: str
    text: str
    link: str
    changed_at: datetime
    moves: int = 0


def entries_for(actor: Actor, regency: Regency) -> list[Entry]:
    """What is not settled, by day. What is settled is absent, so that calendars drop it."""
    entries: list[Entry] = []
    if Verb.FILE_REPORT in actor.duties.own_agency and actor.agency_id:
        entries += _of_agency(actor.agency_id, regency)
    elif may(actor, Verb.VIEW_DASHBOARD):
        entries += _of_district(regency)
    if may(actor, Verb.REVIEW_REPORT):
        entries += _reviews(regency)
    if may(actor, Verb.DIRECT):
        entries += _directives(Directive.objects.all(), regency)
    return sorted(entries, key=lambda entry: (entry.on, entry.uid))


def _unsettled() -> QuerySet[Obligation]:
    rows = Obligation.objects.filter(accepted_at=None, waived_at=None).select_related("form", "agency")
    return rows.annotate(moves=Count("due_changes"), moved_at=Max("due_changes__made_at"))


def _of_agency(agency_id: int, regency: Regency) -> Iterator[Entry]:
    for row in _unsettled().filter(agency=agency_id):
        if row.first_submitted_at is None and row.correction_due_at is None:
            yield _due(row, regency)
        if row.correction_due_at:
            yield _at(row, "perbaikan", row.correction_due_at, f"Perbaikan {_named(row)}", regency)
    promises = Promise.objects.filter(agency=agency_id, state=Promise.State.OPEN).select_related("obligation__form")
    for promise in promises:
        title = f"Janji: {_named(promise.obligation)}"
        text = f"Dijanjikan {promise.made_by_name} dikirim paling lambat hari ini, karena: {promise.reason}"
        link = _page(promise.obligation_id)
        yield Entry(f"janji-{promise.pk}", promise.promised_on, title, text, link, promise.made_at)
    yield from _directives(Directive.objects.filter(agency=agency_id), regency)


def _of_district(regency: Regency) -> Iterator[Entry]:
    """One entry for all agencies whose report is due on the same day, not one for each."""
    together: dict[tuple[int, str, date], list[Obligation]] = {}
    for row in _unsettled().filter(first_submitted_at=None):
        together.setdefault((row.form_id, row.period, regency.local(row.due_at).date()), []).append(row)
    for (form_id, period, on), rows in together.items():
        changed_at = max(_changed_at(row) for row in rows)
        title = f"Tenggat {_named(rows[0])}"
        text = f"Belum dikirim oleh {len(rows)} perangkat daerah."
        yield Entry(
            f"tenggat-{form_id}-{period}-{on:%Y%m%d}", on, title, text, reverse("reporting:overview"), changed_at
        )


def _reviews(regency: Regency) -> Iterator[Entry]:
    for row in _unsettled().filter(review_due_at__isnull=False):
        assert row.review_due_at is not None
        yield _at(row, "periksa", row.review_due_at, f"Periksa {_named(row)} – {row.agency.short_name}", regency)


def _directives(rows: QuerySet[Directive], regency: Regency) -> Iterator[Entry]:
    waiting = rows.filter(state=Directive.State.OPEN).select_related("obligation__form", "agency")
    for each in waiting:
        title = f"Jawaban arahan: {_named(each.obligation)} – {each.agency.short_name}"
        on = regency.local(each.due_at).date()
        yield Entry(f"arahan-{each.pk}", on, title, each.text, _page(each.obligation_id), each.given_at)


def _due(row: Obligation, regency: Regency) -> Entry:
    text = f"Dikirim paling lambat pukul 23.59. {row.rule['sentence']}"
    on = regency.local(row.due_at).date()
    moves = row.moves  # type: ignore[attr-defined]  # annotated by _unsettled
    return Entry(f"tenggat-{row.pk}", on, f"Tenggat {_named(row)}", text, _page(row.pk), _changed_at(row), moves)


def _at(row: Obligation, what: str, due_at: datetime, title: str, regency: Regency) -> Entry:
    """A clock that starts anew each time: another day is another entry."""
    on = regency.local(due_at).date()
    began = row.first_submitted_at or row.raised_at
    return Entry(f"{what}-{row.pk}-{on:%Y%m%d}", on, title, "Paling lambat pukul 23.59.", _page(row.pk), began)


def _changed_at(row: Obligation) -> datetime:
    return row.moved_at or row.raised_at  # type: ignore[attr-defined]  # annotated by _unsettled


def _named(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label}"


def _page(obligation_id: int) -> str:
    return reverse("reporting:obligation", args=[obligation_id])
