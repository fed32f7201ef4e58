"""Write spreadsheets that hold no formula, whatever people typed, and that say where their figures come from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from katingan_portal.spreadsheets.table import MAX_CELL_CHARACTERS, letter
from katingan_portal.spreadsheets.values import STARTS_FORMULA
from katingan_portal.ui import formats

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# From here on Excel rounds a number's digits away, so it is written as text.
EXACT_UP_TO = 10**15

Kind = Literal["text", "number", "money", "percent", "date", "moment"]
NUMBER_FORMATS: dict[str, str] = {
    "number": "#,##0.##########",
    "money": '"Rp"#,##0',
    "percent": "0.00%",
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm",
}
WIDTHS: dict[str, int] = {"text": 28, "number": 14, "money": 20, "percent": 12, "date": 13, "moment": 18}
HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="1F4E5F")
HEADER_ALIGNMENT = Alignment(wrap_text=True, vertical="center")


@dataclass(frozen=True)
class Column:
    """kind decides number format and width; values of another type are written as what they are."""

    header: str
    kind: Kind = "text"
    width: int = 0


def write_xlsx(
    title: str,
    header: Sequence[str | Column],
    rows: Iterable[Sequence[Any]],
    *,
    source: str,
    as_of: date | None = None,
    generated_at: datetime | None = None,
    notes: Sequence[str] = (),
    sheet_name: str = "Data",
) -> bytes:
    """One data sheet with a frozen, filterable header, and the sheet "Keterangan": what, from where, of which day.

    generated_at: now, unless given.
    """
    sheet = SheetOf(sheet_name, header, rows)
    facts = _facts(title, source, as_of, timezone.localtime(generated_at), notes)
    return write_workbook([sheet], facts)


@dataclass(frozen=True)
class SheetOf:
    """One sheet with a frozen, filterable header."""

    name: str
    header: Sequence[str | Column]
    rows: Iterable[Sequence[Any]]


def write_workbook(sheets: Iterable[SheetOf], about: Sequence[tuple[str, str]]) -> bytes:
    """Several sheets, and last "Keterangan" with `about`: [(label, text)]. Sheets get names of their own."""
    workbook = Workbook(write_only=True)
    taken: set[str] = {"keterangan"}
    for each in sheets:
        _write_sheet(workbook, each, free_title(each.name, taken))
    _write_about(workbook, about)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def free_title(name: str, taken: set[str]) -> str:
    """A name that Excel takes and no other sheet has; `taken` grows by it."""
    plain = _sheet_title(name)
    number, title = 1, plain
    while title.casefold() in taken:
        number += 1
        title = f"{plain[:27].strip()} ({number})"
    taken.add(title.casefold())
    return title


def _write_sheet(workbook: Any, asked: SheetOf, title: str) -> None:
    columns = [each if isinstance(each, Column) else Column(each) for each in asked.header]
    sheet: Any = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns):
        sheet.column_dimensions[letter(index)].width = column.width or max(WIDTHS[column.kind], len(column.header) + 2)
    sheet.append([_header_cell(sheet, column.header) for column in columns])
    last_row = 1
    for row in asked.rows:
        sheet.append([_cell(sheet, value, column.kind) for value, column in zip(row, columns, strict=True)])
        last_row += 1
    if columns:
        sheet.auto_filter.ref = f"A1:{letter(len(columns) - 1)}{last_row}"


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]], *, delimiter: str = ",") -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads the letters right; ";" is what an Indonesian Excel expects."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow([escaped(clean(header)) for header in headers])
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
    return "\ufeff".encode() + stream.getvalue().encode()


def escaped(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula (ASVS 5.0.0, 1.2.10)."""
    return f"'{text}" if STARTS_FORMULA.match(text) else text


def clean(text: str) -> str:
    """Without what XML cannot hold, and no longer than a cell may be; a NUL at the start still counts as a sign."""
    return UNWRITABLE.sub("\ufffd", escaped(text) if text[:1] == "\0" else text)[: MAX_CELL_CHARACTERS - 1]


def _sheet_title(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", clean(name)).strip()[:31] or "Data"


def _header_cell(sheet: Any, header: str) -> Any:
    cell = _text_cell(sheet, header)
    cell.font, cell.fill, cell.alignment = HEADER_FONT, HEADER_FILL, HEADER_ALIGNMENT
    return cell


def _cell(sheet: Any, value: Any, kind: str) -> Any:
    plain = _plain(value)
    if plain is None:
        return None
    if isinstance(plain, str):
        return _text_cell(sheet, plain)
    number: Any = plain
    cell = WriteOnlyCell(sheet, number)
    cell.number_format = _number_format(plain, kind)
    return cell


def _number_format(value: Any, kind: str) -> str:
    if isinstance(value, datetime):
        return NUMBER_FORMATS["moment"]
    if isinstance(value, date):
        return NUMBER_FORMATS["date"]
    return NUMBER_FORMATS.get(kind if kind in ("money", "percent") else "number", "General")


def _text_cell(sheet: Any, text: str) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    put_text(cell, text)
    return cell


def put_text(cell: Any, text: str) -> None:
    """The type is set by hand: openpyxl itself would make a formula of "=…" and an error of "#REF!"."""
    cell._value = escaped(clean(text))
    cell.data_type = "s"
    if STARTS_FORMULA.match(clean(text)):
        cell.quotePrefix = True


def _plain(value: Any) -> str | int | float | Decimal | date | datetime | None:
    """Numbers and dates stay what they are; moments are the server's local time; everything else becomes text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, date):
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        return value if number.is_finite() and abs(number) < EXACT_UP_TO else str(value)
    return str(value)


def _csv_value(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, str):
        return escaped(clean(plain))
    if isinstance(plain, datetime):
        return f"{plain:%d/%m/%Y %H:%M}"
    if isinstance(plain, date):
        return f"{plain:%d/%m/%Y}"
    # The decimal comma is what our own reader and an Indonesian Excel take for one.
    return "" if plain is None else f"{Decimal(str(plain)):f}".replace(".", ",")


def _facts(
    title: str, source: str, as_of: date | None, generated_at: datetime, notes: Sequence[str]
) -> list[tuple[str, str]]:
    return [
        ("Isi", title),
        ("Sumber", source),
        ("Per tanggal", formats.day(as_of)),
        ("Dibuat", f"{formats.day(generated_at)} {formats.clock(generated_at)}"),
        *(("Catatan", note) for note in notes),
    ]


def _write_about(workbook: Any, facts: Sequence[tuple[str, str]]) -> None:
    sheet = workbook.create_sheet("Keterangan")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 90
    for label, fact in facts:
        sheet.append([_text_cell(sheet, label), _text_cell(sheet, fact)])
