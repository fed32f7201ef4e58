"""Draft a letter, change it, issue it under the next number, void it, or let it drop."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import IntegrityError, transaction

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from katingan_portal.tenancy.models import Regency
from reporting.letters.actions_series import take_number
from reporting.letters.compose import issued_paper, signatory_fields
from reporting.letters.contents import still_overdue
from reporting.letters.models import Letter, LetterFile, LetterItem, LetterKind
from reporting.letters.notices import tell_issued
from reporting.letters.papers import Paper
from reporting.letters.pdf import letter_pdf
from reporting.letters.queries import earlier_letters, letterhead, writing_unit
from reporting.letters.refusals import LetterRefused, LetterSettled
from reporting.letters.word import letter_docx
from reporting.letters.wording import NATURES, SUBJECTS, addressee_of, closing_of, opening_of
from reporting.periods.models import Obligation

SETTLED = "semua laporan yang disebut sudah dikirim atau dibebaskan sebelum surat terbit"


@dataclass(frozen=True)
class Wording:
    """What a person may change in a draft."""

    addressee: str
    nature: str
    subject: str
    opening: str
    closing: str
    copies: str
    signatory_title: str
    signatory_acting: str
    signatory_name: str
    signatory_rank: str
    signatory_nip: str


@transaction.atomic
def draft(
    kind: LetterKind, agency: Agency, obligations: Iterable[Obligation], *, regency: Regency, by: Actor, now: datetime
) -> Letter:
    """A new draft about these reports. Raises LetterRefused where one of the kind lies open for this addressee."""
    about = list(obligations)
    if not about:
        raise LetterRefused("Pilih sedikitnya satu laporan yang terlambat.")
    letter = _new_draft(kind, agency, regency, by, now)
    try:
        with transaction.atomic():
            letter.save()
    except IntegrityError as twin:
        raise LetterRefused(
            f"Rancangan {kind.label} untuk {agency.short_name} sudah ada. Lanjutkan yang itu."
        ) from twin
    add_items(letter, about)
    record("menyusun surat", letter, by=by, changes={"laporan": [None, len(about)]})
    return letter


def _new_draft(kind: LetterKind, agency: Agency, regency: Regency, by: Actor, now: datetime) -> Letter:
    return Letter(
        kind=kind,
        agency=agency,
        addressee=addressee_of(agency, regency),
        nature=NATURES[kind],
        subject=SUBJECTS[kind],
        opening=opening_of(kind, agency, earlier_letters(kind, agency)),
        closing=closing_of(kind),
        copies=letterhead().copies,
        drafted_at=now,
        drafted_by_name=by.name,
        **signatory_fields(regency.local(now).date()),
    )


def add_items(letter: Letter, obligations: Iterable[Obligation]) -> int:
    """Name these reports too; returns how many were new."""
    there = set(LetterItem.objects.filter(letter=letter).values_list("obligation_id", flat=True))
    rows = [LetterItem(letter=letter, obligation=each) for each in obligations if each.pk not in there]
    LetterItem.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def edit(letter: Letter, wording: Wording, *, seen: int, by: Actor) -> Letter:
    """Raises LetterRefused where it is no draft any more, or somebody changed it since it was `seen`."""
    locked = _locked_draft(letter, seen)
    values = {field.name: getattr(wording, field.name) for field in fields(wording)}
    changes = changed_fields(locked, values)
    if changes:
        for name, value in values.items():
            setattr(locked, name, value)
        locked.version += 1
        locked.save()
        record("mengubah rancangan surat", locked, by=by, changes=changes)
    return locked


@transaction.atomic
def issue(letter: Letter, *, seen: int, regency: Regency, by: Actor, now: datetime) -> Letter:
    """Give the draft its number and freeze it with its files. Raises LetterRefused, LetterSettled or NotTypeset.

    Number, contents and files are one transaction: whatever fails gives the number back, so that no gap is left. The
    lock on the series is held while the PDF is set, about a second.
    """
    locked = _locked_draft(letter, seen)
    owed = still_overdue(locked, now)
    if not owed:
        raise LetterSettled(f"Tidak ada lagi yang ditagih: {SETTLED}.")
    left_out = _leave_out_settled(locked, owed)
    on = regency.local(now).date()
    taken = take_number(locked.kind, on=on, unit=writing_unit())
    locked.series, locked.year, locked.number, locked.full_number = taken.series, on.year, taken.number, taken.full
    locked.issued_on, locked.issued_at, locked.issued_by_name = on, now, by.name
    locked.public_code = secrets.token_urlsafe(16)
    locked.state = Letter.State.ISSUED
    paper = issued_paper(locked, owed, regency=regency, now=now)
    locked.contents = paper.frozen()
    locked.save()
    _keep_files(locked, paper)
    changes = {"nomor": [None, taken.full], **({"sudah dikirim, tidak dimuat": [None, left_out]} if left_out else {})}
    record("menerbitkan surat", locked, by=by, changes=changes)
    if locked.kind != LetterKind.NOTA_DINAS:
        tell_issued(locked, owed[0], regency=regency, by=by, now=now)
    return locked


def _leave_out_settled(letter: Letter, owed: list[Obligation]) -> int:
    settled, _ = LetterItem.objects.filter(letter=letter).exclude(obligation__in=owed).delete()
    return settled


def _keep_files(letter: Letter, paper: Paper) -> None:
    contents = {LetterFile.Format.PDF: letter_pdf(paper), LetterFile.Format.DOCX: letter_docx(paper)}
    LetterFile.objects.bulk_create(
        LetterFile(letter=letter, format=kind, sha256=hashlib.sha256(content).hexdigest(), content=content)
        for kind, content in contents.items()
    )


@transaction.atomic
def void(letter: Letter, *, reason: str, by: Actor, now: datetime) -> Letter:
    """Take an issued letter back. Its number stays used, and whoever checks it reads that it is void."""
    locked = Letter.objects.select_for_update(of=("self",)).select_related("agency").get(pk=letter.pk)
    if locked.state != Letter.State.ISSUED:
        raise LetterRefused("Hanya surat yang sudah terbit dan belum dibatalkan yang dapat dibatalkan.")
    return _end(locked, Letter.State.VOID, "membatalkan surat", reason, by, now)


@transaction.atomic
def drop(letter: Letter, *, reason: str, by: Actor, now: datetime) -> Letter:
    """Close a draft that will not be issued; the reports it named are not drafted again at the same step."""
    locked = Letter.objects.select_for_update(of=("self",)).select_related("agency").get(pk=letter.pk)
    if not locked.is_draft:
        raise LetterRefused(_no_draft(locked))
    return _end(locked, Letter.State.DROPPED, "menutup rancangan surat", reason, by, now)


def _end(letter: Letter, state: Letter.State, verb: str, reason: str, by: Actor, now: datetime) -> Letter:
    letter.state, letter.ended_at, letter.ended_by_name, letter.ended_reason = state, now, by.name, reason
    letter.save(update_fields=["state", "ended_at", "ended_by_name", "ended_reason"])
    record(verb, letter, by=by, reason=reason)
    return letter


def _locked_draft(letter: Letter, seen: int) -> Letter:
    locked = Letter.objects.select_for_update(of=("self",)).select_related("agency", "regency").get(pk=letter.pk)
    if not locked.is_draft:
        raise LetterRefused(_no_draft(locked))
    if locked.version != seen:
        raise LetterRefused("Rancangan ini diubah orang lain sejak Anda membukanya. Baca lagi, lalu ulangi.")
    return locked


def _no_draft(letter: Letter) -> str:
    return f"Surat ini bukan rancangan lagi: {letter.get_state_display().lower()}."
