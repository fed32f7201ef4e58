"""A filled-in template, read back: the answers in it, or where each mistake stands. Nothing here writes anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from agencies.models import Agency
from katingan_portal.spreadsheets.reading import read_every_sheet
from katingan_portal.spreadsheets.table import Cell, Row, letter
from katingan_portal.spreadsheets.values import STARTS_FORMULA, BadValue, day, text, yes_no
from katingan_portal.ui import formats
from reporting.duties.models import Indicator
from reporting.periods.calendar import period_from_key
from reporting.submissions.actions import Contents, contents_of
from reporting.submissions.fields import NO, YES
from reporting.submissions.files.layout import (
    CHECK,
    HEADER_ROW,
    IDENTITY,
    KIND_OF_FILE,
    Line,
    Plan,
    Slot,
    check_of,
    identity_of,
    plans_of,
)
from reporting.submissions.forms import FilingForm
from reporting.submissions.models import Report
from reporting.submissions.sheets import Difference, Sheet

Kind = Indicator.Kind
Book = Mapping[str, tuple[Row, ...]]
AGAIN = "Unduh templat yang baru dari halaman laporan ini, salin isiannya, lalu unggah lagi."
IDS = {
    "Kabupaten/kota": "kabupaten/kota",
    "Perangkat daerah": "perangkat daerah",
    "Formulir": "formulir",
    "Periode": "periode",
    "Versi formulir": "versi formulir",
    "Nomor kewajiban": "kewajiban",
}


class TemplateRefused(Exception):
    """The file as a whole cannot be taken; the message says why and what to do, in Indonesian."""


@dataclass(frozen=True)
class Mistake:
    """One answer that cannot be read. column: as Excel names it."""

    sheet: str
    row: int
    column: str
    what: str
    message: str


@dataclass(frozen=True)
class Intake:
    """What a file would do. contents: as the filing page would have cleaned it; None while there are mistakes."""

    version: int
    mistakes: list[Mistake]
    contents: Contents | None
    differences: list[Difference]


def read_template(content: bytes, file_name: str, sheet: Sheet, report: Report | None) -> Intake:
    """Raises UnreadableSpreadsheet or TemplateRefused for a file that cannot be taken at all."""
    return intake_of(read_every_sheet(content, file_name), sheet, report)


def intake_of(book: Book, sheet: Sheet, report: Report | None) -> Intake:
    _refuse_other_files(book, sheet)
    typed, places, mistakes = _answers_in(book, plans_of(sheet))
    version = report.version if report else 0
    form = FilingForm({**typed, "version": version}, sheet=sheet, report=report)
    form.is_valid()
    mistakes += _unfit(form, places)
    if mistakes:
        return Intake(version, sorted(mistakes, key=lambda each: (each.sheet, each.row, each.column)), None, [])
    stored = contents_of(report) if report else Contents()
    contents = form.contents
    if contents.is_nil:
        contents = replace(contents, figures={}, explanations={})
    return Intake(version, [], contents, sheet.differences(plain_lines(contents), plain_lines(stored)))


def plain_lines(contents: Contents) -> Contents:
    """A browser ends lines with two signs and Excel with one: the same text all the same."""
    return replace(
        contents,
        figures=_plain(contents.figures),
        explanations=_plain(contents.explanations),
        obstacles=_plain(contents.obstacles),
        follow_up=_plain(contents.follow_up),
        nil_reason=_plain(contents.nil_reason),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


# is it the file of this very obligation?


def _refuse_other_files(book: Book, sheet: Sheet) -> None:
    found = _identity_in(book)
    own = identity_of(sheet.obligation)
    if found.get("Jenis berkas") != KIND_OF_FILE or found.keys() < own.keys():
        raise TemplateRefused(
            f"Berkas ini bukan templat laporan dari portal, atau lembar “{IDENTITY}” terhapus. {AGAIN}"
        )
    if found[CHECK] != check_of({name: found[name] for name in own}):
        raise TemplateRefused(f"Lembar “{IDENTITY}” berubah, jadi tidak pasti untuk laporan mana berkas ini. {AGAIN}")
    for name, word in IDS.items():
        if found[name] != own[name]:
            theirs, ours = _named(name, found[name]), _named(name, own[name])
            raise TemplateRefused(
                f"Berkas ini untuk {word} {theirs}, sedangkan laporan ini untuk {word} {ours}. {AGAIN}"
            )


def _identity_in(book: Book) -> dict[str, str]:
    rows = book.get(IDENTITY, ())
    return {str(row.cells[0]): str(row.cells[1]).strip() for row in rows if len(row.cells) > 1}


def _named(name: str, code: str) -> str:
    if name == "Perangkat daerah":
        agency = Agency.objects.filter(code=code[:40]).first()
        return agency.name if agency else f"“{code[:40]}”"
    try:
        return period_from_key(code).label if name == "Periode" else f"“{code[:40]}”"
    except ValueError:
        return f"“{code[:40]}”"


# where each answer stands

Place = tuple[str, int, int, str]


def _answers_in(book: Book, plans: list[Plan]) -> tuple[dict[str, str], dict[str, Place], list[Mistake]]:
    """({input name: as typed}, {input name: (sheet, row, column, what is asked)}, cells that could not be read)."""
    typed: dict[str, str] = {}
    places: dict[str, Place] = {}
    mistakes: list[Mistake] = []
    for plan in plans:
        for number, line, row in _lines_in(book, plan):
            for column, slot in line.slots.items():
                place = (plan.title, number, column, _asked_at(plan, line, column))
                places[slot.name] = place
                try:
                    typed[slot.name] = typed_of(slot, row.cells[column] if column < len(row.cells) else None)
                except BadValue as wrong:
                    mistakes.append(_mistake(place, str(wrong)))
    return typed, places, mistakes


def _asked_at(plan: Plan, line: Line, column: int) -> str:
    label = line.texts.get(1, line.code)
    return label if len(line.slots) == 1 and column == 2 else f"{plan.header[column]}, {label}"


def _mistake(place: Place, message: str) -> Mistake:
    sheet, row, column, what = place
    return Mistake(sheet, row, letter(column), what, message)


def _lines_in(book: Book, plan: Plan) -> Iterator[tuple[int, Line, Row]]:
    """(row number, planned line, row found) in the order of the plan. Raises TemplateRefused."""
    if plan.title not in book:
        raise TemplateRefused(f"Lembar “{plan.title}” tidak ada di berkas ini. {AGAIN}")
    rows = book[plan.title]
    _refuse_moved_columns(plan, rows)
    found = _rows_by_code(plan, rows)
    wanted = [line for line in plan.lines if line.code]
    unknown = found.keys() - {line.code for line in wanted}
    lacking = [line for line in wanted if line.code not in found]
    if unknown:
        code = min(unknown)
        where = f"lembar “{plan.title}”, baris {found[code].number}"
        raise TemplateRefused(f"Kode “{code[:40]}” pada {where} tidak dikenal untuk laporan ini. {AGAIN}")
    if lacking:
        name = lacking[0].texts.get(1, lacking[0].code)
        raise TemplateRefused(f"Baris “{name}” ({lacking[0].code}) hilang dari lembar “{plan.title}”. {AGAIN}")
    for line in wanted:
        yield found[line.code].number, line, found[line.code]


def _refuse_moved_columns(plan: Plan, rows: tuple[Row, ...]) -> None:
    header = next((row.cells for row in rows if row.number == HEADER_ROW), ())
    for column in plan.firm_columns:
        wanted, there = plan.header[column], header[column] if column < len(header) else None
        if _bare(there) != _bare(wanted):
            raise TemplateRefused(
                f"Kolom {letter(column)} lembar “{plan.title}” seharusnya “{wanted}” (baris {HEADER_ROW}), tetapi "
                f"tertulis “{str(there or '')[:60]}”: kolom bergeser atau judulnya berubah. {AGAIN}"
            )


def _bare(value: Any) -> str:
    return " ".join(str(value or "").lstrip("'").split())


def _rows_by_code(plan: Plan, rows: tuple[Row, ...]) -> dict[str, Row]:
    """Rows may have been sorted: each is known by its code. Raises TemplateRefused for a code that comes twice."""
    found: dict[str, Row] = {}
    for row in rows:
        code = str(row.cells[0] or "").strip() if row.number > HEADER_ROW and row.cells else ""
        if not code:
            continue
        if code in found:
            both = f"baris {found[code].number} dan {row.number}"
            raise TemplateRefused(f"Kode “{code[:40]}” ada dua kali di lembar “{plan.title}”, {both}. {AGAIN}")
        found[code] = row
    return found


# what each answer says


def typed_of(slot: Slot, cell: Cell) -> str:
    """A cell as a filer would have typed it on the page. Raises BadValue."""
    if slot.kind == Kind.YES_NO:
        answer = yes_no(cell)
        if slot.asked is None:
            return "on" if answer else ""
        return "" if answer is None else (YES if answer else NO)
    if slot.kind == Kind.CHOICE:
        return _choice(slot, text(cell))
    if slot.kind == Kind.DATE:
        on = day(cell)
        return on.isoformat() if on else ""
    if slot.asked is not None and slot.asked.is_numeric:
        return _number(cell)
    return _words(cell)


def _choice(slot: Slot, said: str) -> str:
    assert slot.asked is not None
    codes = {text(str(each["label"])).casefold(): str(each["code"]) for each in slot.asked.choices}
    if said and said.casefold() not in codes:
        raise BadValue(f"“{said[:40]}” bukan salah satu pilihan. Pilih dari daftar di sel itu.")
    return codes.get(said.casefold(), "")


def _number(cell: Cell) -> str:
    if isinstance(cell, bool | date):
        raise BadValue("Ini bukan angka. Ubah format selnya menjadi angka, lalu tulis ulang.")
    if isinstance(cell, int | Decimal):
        return f"{Decimal(cell):f}".replace(".", ",")
    written = text(cell)
    return "" if written in ("-", formats.UNKNOWN, "—") else written


def _words(cell: Cell) -> str:
    """Lines stay lines; the apostrophe that keeps a text from being a formula goes."""
    if not isinstance(cell, str):
        return text(cell)
    return cell[1:] if cell.startswith("'") and STARTS_FORMULA.match(cell[1:]) else cell


def _unfit(form: FilingForm, places: Mapping[str, Place]) -> list[Mistake]:
    """What the filing page itself would have refused, at its cell."""
    found = []
    for name, message in form.all_errors().items():
        if name in places:
            found.append(_mistake(places[name], message))
    return found
