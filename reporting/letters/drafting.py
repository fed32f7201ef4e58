"""Drafts that the chase asks for: derived from the steps taken, so that a lost or doubled ring changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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
from reporting.letters.models import Kind, Letter, LetterItem
from reporting.letters.queries import addressees_of_memos, coordinator
from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue

BY = Actor.system("Portal (rancangan surat)")
WARNINGS = (Kind.TEGURAN_1, Kind.TEGURAN_2, Kind.TEGURAN_3)


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


def wanted_letters(now: datetime) -> dict[tuple[Kind, int], list[Obligation]]:
    """{(kind, addressee): overdue reports whose chase asked for that letter, and that none has named yet}.

    A warning is the next in order, whichever the step names: after an outage the first step that goes out may be the
    one of the third warning, and nobody is warned a third time who was not warned before. A letter that was dropped or
    voided by a person counts as written: the job does not argue.
    """
    overdue = Obligation.objects.filter(is_overdue(now))
    steps = (
        ChaseStep.objects.exclude(letter="").exclude(state=ChaseStep.State.SUPERSEDED).filter(obligation__in=overdue)
        .select_related("obligation__agency", "obligation__form").order_by("obligation__starts_on", "pk")
    )  # fmt: skip
    written = set(LetterItem.objects.filter(obligation__in=overdue).values_list("obligation_id", "letter__kind"))
    leadership = addressees_of_memos().first()
    wanted: dict[tuple[Kind, int], dict[int, Obligation]] = defaultdict(dict)
    for obligation, kind in _in_order(steps):
        addressee = obligation.agency_id
        if kind == Kind.NOTA_DINAS:
            if leadership is None:
                continue
            addressee = leadership.pk
        if (obligation.pk, kind) not in written:
            wanted[kind, addressee][obligation.pk] = obligation
    return {key: list(rows.values()) for key, rows in wanted.items()}


def _in_order(steps: Iterable[ChaseStep]) -> Iterator[tuple[Obligation, Kind]]:
    """Each step's report with the letter it amounts to; those after the third warning amount to none."""
    warned: Counter[int] = Counter()
    for step in steps:
        if step.letter == Kind.NOTA_DINAS:
            yield step.obligation, Kind.NOTA_DINAS
        elif warned[step.obligation_id] < len(WARNINGS):
            yield step.obligation, WARNINGS[warned[step.obligation_id]]
            warned[step.obligation_id] += 1


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
