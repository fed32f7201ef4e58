"""The numbers of letters: without gaps, without twins, in the district's own pattern, and the head of its letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import OperationalError, connection, transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from reporting.letters.models import Letter, Letterhead, LetterSeries, LetterYear
from reporting.letters.numbering import DEFAULT_PATTERNS, check, written
from reporting.letters.refusals import LetterRefused

HIGHEST = 99_999
PATIENCE = "12s"


@dataclass(frozen=True)
class Taken:
    series: LetterSeries
    number: int
    full: str


def take_number(kind: str, *, on: date, unit: str) -> Taken:
    """The next number of the year, inside the caller's transaction: rolled back with it, it is free again.

    Raises LetterRefused where another series has written the same number, and PatternRefused.
    """
    series = _series_in_turn(kind)
    year, _ = LetterYear.objects.get_or_create(series=series, year=on.year)
    full = written(series.pattern, number=year.next_number, on=on, unit=unit)
    if Letter.objects.filter(full_number=full).exists():
        raise LetterRefused(f"Nomor {full} sudah dipakai surat lain. Ubah pola nomor di Pengaturan surat.")
    taken = Taken(series, year.next_number, full)
    year.next_number += 1
    year.save(update_fields=["next_number"])
    return taken


def _series_in_turn(kind: str) -> LetterSeries:
    """Whoever issues holds the series while a PDF is set; several at once on a busy machine outlast the usual 3 s."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            return locked_series(LetterSeries.code_for(kind))
    except OperationalError as waited:
        raise LetterRefused("Surat lain sedang diterbitkan. Coba lagi sebentar lagi.") from waited


def locked_series(code: LetterSeries.Code) -> LetterSeries:
    """The row that all who want a number of this series wait for; made when it is first needed."""
    LetterSeries.objects.get_or_create(code=code, defaults={"pattern": DEFAULT_PATTERNS[code]})
    return LetterSeries.objects.select_for_update().get(code=code)


@transaction.atomic
def change_pattern(code: LetterSeries.Code, *, pattern: str, by: Actor) -> LetterSeries:
    """Numbers given from now on follow it. Raises PatternRefused."""
    check(pattern)
    series = locked_series(code)
    changes = changed_fields(series, {"pattern": pattern})
    if changes:
        series.pattern = pattern
        series.save(update_fields=["pattern"])
        record("mengubah pola nomor surat", series, by=by, changes=changes)
    return series


@transaction.atomic
def begin_at(code: LetterSeries.Code, *, year: int, number: int, reason: str, by: Actor) -> LetterYear:
    """Numbers below were given by hand before. Only upward, and before the portal's first number of the year.

    Raises LetterRefused.
    """
    series = locked_series(code)
    row, _ = LetterYear.objects.get_or_create(series=series, year=year)
    if Letter.objects.filter(series=series, year=year).exists():
        raise LetterRefused(
            f"Portal sudah memberi nomor {series} tahun {year}, jadi urutannya tidak bisa digeser lagi."
        )
    if not row.next_number < number <= HIGHEST:
        raise LetterRefused(f"Nomor berikutnya sekarang {row.next_number}; tulis angka yang lebih besar.")
    before, row.next_number = row.next_number, number
    row.save(update_fields=["next_number"])
    record(
        "menggeser nomor surat", series, by=by, changes={f"nomor berikutnya {year}": [before, number]}, reason=reason
    )
    return row


@transaction.atomic
def change_letterhead(values: dict[str, Any], *, by: Actor) -> Letterhead:
    head, _ = Letterhead.objects.get_or_create()
    changes = changed_fields(head, values)
    if changes:
        for name, value in values.items():
            setattr(head, name, value)
        head.save()
        record("mengubah kop surat", head, by=by, changes=changes)
    return head
