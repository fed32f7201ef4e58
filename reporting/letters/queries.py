from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from reporting.letters.models import Letter, Letterhead, LetterItem, LetterKind, LetterSeries, LetterYear
from reporting.letters.numbering import DEFAULT_PATTERNS, written
from reporting.letters.refusals import LetterRefused
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue

STEPS = (LetterKind.TEGURAN_1, LetterKind.TEGURAN_2, LetterKind.TEGURAN_3)
ISSUED_ONCE = (Letter.State.ISSUED, Letter.State.VOID)


def reads_every_letter(actor: Actor) -> bool:
    return Verb.READ_LETTER in actor.duties.everywhere


def letters_for(actor: Actor) -> QuerySet[Letter]:
    """The letters that this person may read, newest first.

    Whoever writes and oversees letters reads all; an addressee those that were issued, never a draft.
    """
    rows = Letter.objects.select_related("agency").defer("contents")
    if reads_every_letter(actor):
        return rows
    if not may(actor, Verb.READ_LETTER):
        return rows.none()
    return rows.filter(agency_id=actor.agency_id, state__in=ISSUED_ONCE)


def letter_or_404(pk: int, actor: Actor) -> Letter:
    """Fetched and authorised in one breath: a letter that this person may not read is not there."""
    return get_object_or_404(letters_for(actor).defer(None).select_related("agency", "regency"), pk=pk)


def letters_naming(obligation: Obligation, actor: Actor) -> QuerySet[Letter]:
    return letters_for(actor).filter(items__obligation=obligation).exclude(state=Letter.State.DROPPED)


def letters_to(agency: Agency, actor: Actor) -> QuerySet[Letter]:
    return letters_for(actor).filter(agency=agency).exclude(state=Letter.State.DROPPED)


def overdue_of(agency: Agency | None, now: datetime) -> QuerySet[Obligation]:
    """What an agency has not filed in time, or all agencies together; oldest first."""
    rows = Obligation.objects.filter(is_overdue(now)).select_related("agency", "form")
    rows = rows.filter(agency=agency) if agency else rows
    return rows.order_by("agency__kind", "agency__decree_order", "agency__code", "starts_on", "form__code")


def letterhead() -> Letterhead:
    return Letterhead.objects.first() or Letterhead()


def coordinator() -> Agency | None:
    return Agency.objects.filter(is_coordinator=True).first()


def writing_office() -> Agency:
    """The agency that coordinates, which letters come from. Raises LetterRefused where none is named."""
    office = coordinator()
    if office is None:
        raise LetterRefused("Belum ada perangkat daerah penerima laporan, jadi belum ada yang menulis surat.")
    return office


def writing_unit() -> str:
    """The short name of the writing office in numbers."""
    return letterhead().unit or writing_office().short_name


def pattern_of(code: LetterSeries.Code) -> str:
    series = LetterSeries.objects.filter(code=code).first()
    return series.pattern if series else DEFAULT_PATTERNS[code]


def next_number(code: LetterSeries.Code, on: date) -> int:
    year = LetterYear.objects.filter(series__code=code, year=on.year).first()
    return year.next_number if year else 1


def coming_number(kind: str, on: date) -> str:
    """The number that a letter issued now would get, if nobody else is faster."""
    code = LetterSeries.code_for(kind)
    return written(pattern_of(code), number=next_number(code, on), on=on, unit=writing_unit())


def addressees_of_memos() -> QuerySet[Agency]:
    """The leadership that a note about the late is written to."""
    return Agency.objects.filter(kind=Agency.Kind.LEADERSHIP, is_slot=False).order_by("code")


def earlier_letters(kind: str, agency: Agency) -> list[Letter]:
    """The letters in force of the step before this kind, newest first."""
    before = step_before(kind)
    rows = Letter.objects.filter(agency=agency, kind=before, state=Letter.State.ISSUED)
    return list(rows.order_by("-issued_at")) if before else []


def step_before(kind: str) -> LetterKind | None:
    place = STEPS.index(LetterKind(kind)) if kind in STEPS else 0
    return STEPS[place - 1] if place else None


def suggested_kind(agency: Agency, obligations: list[Obligation]) -> LetterKind:
    """The step after the highest one that is in force for any of these reports."""
    issued = LetterItem.objects.filter(obligation__in=obligations, letter__state=Letter.State.ISSUED)
    kinds = set(issued.filter(letter__agency=agency).values_list("letter__kind", flat=True))
    reached = [STEPS.index(LetterKind(kind)) for kind in kinds if kind in STEPS]
    return STEPS[min(max(reached) + 1, len(STEPS) - 1)] if reached else STEPS[0]


def warnings_about(kind: str, obligations: list[Obligation]) -> list[str]:
    """Why this letter would come too early: reports that the step before has not named. A warning, not a bar."""
    before = step_before(kind)
    if before is None:
        return []
    named = LetterItem.objects.filter(
        obligation__in=obligations, letter__kind=before, letter__state=Letter.State.ISSUED
    ).values_list("obligation_id", flat=True)  # fmt: skip
    known = set(named)
    return [
        f"Belum ada {before.label} yang terbit untuk {each.form.name} {period_from_key(each.period).label}."
        for each in obligations
        if each.pk not in known
    ]


def open_drafts() -> QuerySet[Letter]:
    return Letter.objects.filter(state=Letter.State.DRAFT)
