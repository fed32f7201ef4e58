"""Drafts that the chase asks for: derived from the steps taken, so that a lost or doubled ring changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.tenancy.models import Regency
from reporting.chasing.models import ChaseStep
from reporting.letters.actions import SETTLED, add_items, draft, drop
from reporting.letters.models import Letter, LetterItem, LetterKind
from reporting.letters.queries import STEPS, addressees_of_memos, coordinator
from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue

BY = Actor.system("Portal (rancangan surat)")


@dataclass(frozen=True)
class Drafted:
    """made: new drafts; added: reports added to a draft that lay open; closed: drafts about nothing any more."""

    made: int = 0
    added: int = 0
    closed: int = 0

    @property
    def acted(self) -> int:
        return self.made + self.added + self.closed


def keep_drafts(regency: Regency, *, now: datetime, by: Actor = BY) -> Drafted:
    """Draft what the steps ask for and close what is settled, in the running scope.

    A district without a coordinating office has nobody to write, so nothing is drafted.
    """
    _take_turns(regency)
    closed = close_settled(now=now, by=by)
    made = added = 0
    if coordinator() is None:
        return Drafted(closed=closed)
    for (kind, agency_id), obligations in wanted_letters(now).items():
        agency = Agency.objects.get(pk=agency_id)
        open_draft = Letter.objects.select_for_update(of=("self",)).filter(
            kind=kind, agency=agency, state=Letter.State.DRAFT
        ).first()  # fmt: skip
        if open_draft is None:
            draft(kind, agency, obligations, regency=regency, by=by, now=now)
            made += 1
        else:
            added += _add(open_draft, obligations, by)
    return Drafted(made, added, closed)


def _take_turns(regency: Regency) -> None:
    """Rounds of the job wait for one another, so that two at once make no twins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('draft_letters'), %s)", [regency.pk])


def wanted_letters(now: datetime) -> dict[tuple[LetterKind, int], list[Obligation]]:
    """{(kind, addressee): overdue reports whose chase asked for that letter, and that none has named yet}."""
    overdue = Obligation.objects.filter(is_overdue(now))
    steps = (
        ChaseStep.objects.exclude(letter="").exclude(state=ChaseStep.State.SUPERSEDED).filter(obligation__in=overdue)
        .select_related("obligation__agency", "obligation__form").order_by("obligation__starts_on", "taken_at", "pk")
    )  # fmt: skip
    taken: dict[int, list[ChaseStep]] = defaultdict(list)
    for step in steps:
        taken[step.obligation_id].append(step)
    letters, leadership = _letters_about(taken), addressees_of_memos().first()
    wanted: dict[tuple[LetterKind, int], list[Obligation]] = defaultdict(list)
    for key, own in taken.items():
        obligation = own[0].obligation
        warning = _next_warning([step for step in own if step.letter != LetterKind.NOTA_DINAS], letters[key])
        # The office that writes does not warn itself; the leadership reads of it in the note.
        if warning and not obligation.agency.is_coordinator:
            wanted[warning, obligation.agency_id].append(obligation)
        if leadership and _wants_note(own, letters[key]):
            wanted[LetterKind.NOTA_DINAS, leadership.pk].append(obligation)
    return wanted


def _letters_about(obligations: Iterable[int]) -> dict[int, list[Letter]]:
    found: dict[int, list[Letter]] = defaultdict(list)
    rows = LetterItem.objects.filter(obligation__in=list(obligations)).select_related("letter")
    for row in rows.defer("letter__contents"):
        found[row.obligation_id].append(row.letter)
    return found


def _next_warning(steps: list[ChaseStep], letters: list[Letter]) -> LetterKind | None:
    """The warning after the highest in force, whichever the step names, and one at a time.

    After an outage the first step that goes out may be the one of the third warning, and nobody is warned a third time
    who was not warned before. While a draft lies open the next waits; after a letter was issued, voided or dropped, the
    next needs a step taken since: the job gives the addressee their time, and does not argue with a person.
    """
    warnings = [letter for letter in letters if letter.kind in STEPS]
    if not steps or any(letter.is_draft for letter in warnings):
        return None
    if any(steps[-1].taken_at <= _settled_at(letter) for letter in warnings):
        return None
    reached = [STEPS.index(LetterKind(each.kind)) for each in warnings if each.state == Letter.State.ISSUED]
    place = max(reached, default=-1) + 1
    return STEPS[place] if place < len(STEPS) else None


def _settled_at(letter: Letter) -> datetime:
    moment = letter.ended_at or letter.issued_at
    assert moment is not None  # a check of the table: only a draft has neither
    return moment


def _wants_note(steps: list[ChaseStep], letters: list[Letter]) -> bool:
    """Once for each report: the leadership is not told the same again, dropped or voided or not."""
    asked = any(step.letter == LetterKind.NOTA_DINAS for step in steps)
    return asked and all(letter.kind != LetterKind.NOTA_DINAS for letter in letters)


def close_settled(*, now: datetime, by: Actor = BY) -> int:
    """Drop the drafts of which nothing is owed any more; returns how many. Those that somebody holds wait."""
    owed = LetterItem.objects.filter(letter=OuterRef("pk"), obligation__in=Obligation.objects.filter(is_overdue(now)))
    rows = Letter.objects.select_for_update(of=("self",), skip_locked=True).select_related("agency")
    settled = list(rows.filter(~Exists(owed), state=Letter.State.DRAFT))
    for letter in settled:
        drop(letter, reason=f"{SETTLED[0].upper()}{SETTLED[1:]}.", by=by, now=now)
    return len(settled)


def _add(letter: Letter, obligations: list[Obligation], by: Actor) -> int:
    added = add_items(letter, obligations)
    if added:
        letter.version += 1
        letter.save(update_fields=["version"])
        record("menambah laporan ke rancangan surat", letter, by=by, changes={"laporan": [None, added]})
    return added
