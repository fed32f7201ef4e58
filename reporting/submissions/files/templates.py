"""A form as a workbook to be filled in without a connection: only the answers can be typed in."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation

from katingan_portal.spreadsheets.table import letter, reference
from katingan_portal.spreadsheets.values import EARLIEST, EXCEL_EPOCH, HOW_DATES, LATEST
from katingan_portal.spreadsheets.writing import HEADER_ALIGNMENT, HEADER_FILL, HEADER_FONT, put_text
from katingan_portal.ui import formats
from reporting.duties.models import Indicator
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.actions import Contents
from reporting.submissions.checks import LARGEST, bounds_of
from reporting.submissions.fields import limits_of
from reporting.submissions.files.layout import (
    GUIDE,
    HEADER_ROW,
    IDENTITY,
    IDENTITY_HEADER,
    LISTS,
    Line,
    Plan,
    Slot,
    identity_of,
    plans_of,
)
from reporting.submissions.files.papers import value_of
from reporting.submissions.sheets import Sheet

Kind = Indicator.Kind
ANSWER_FILL = PatternFill("solid", fgColor="FFF8D6")
BEFORE_FONT = Font(color="5F6B73", italic=True)
SECTION_FONT = Font(bold=True, color="1F4E5F")
EDGE = Border(*(Side("thin", color="C9B458"),) * 4)
WRAPPED = Alignment(wrap_text=True, vertical="top")
LONGEST_MESSAGE = 250
ROOM_FOR_WORDS = 60
NUMBER_FORMATS = {Kind.COUNT: "#,##0", Kind.MONEY: "#,##0", Kind.NUMBER: "#,##0.####", Kind.PERCENT: "0.####"}


def template_of(sheet: Sheet, contents: Contents, now: datetime) -> bytes:
    """The workbook for one obligation, with what was saved so far. The last accepted figures stand beside."""
    book = Workbook()
    guide: Any = book.active
    guide.title = GUIDE
    _write_guide(guide, sheet.obligation, now)
    answers = _answers_of(sheet, contents)
    lists = _Lists(book)
    for plan in plans_of(sheet):
        _write_plan(book.create_sheet(plan.title), plan, answers, lists)
    _write_identity(book.create_sheet(IDENTITY), sheet.obligation)
    lists.close()
    for each in book.worksheets:
        _protect(each)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def file_name_of(obligation: Obligation) -> str:
    return f"templat-{obligation.agency.code}-{obligation.form.code}-{obligation.period}.xlsx"


def _answers_of(sheet: Sheet, contents: Contents) -> dict[str, Any]:
    """{input name: value of its cell}."""
    found: dict[str, Any] = {
        "obstacles": contents.obstacles,
        "follow_up": contents.follow_up,
        "is_nil": "Ya" if contents.is_nil else "Tidak",
        "nil_reason": contents.nil_reason,
        **{f"jelas_{key}": text for key, text in contents.explanations.items()},
    }
    for asked in sheet.questions:
        answer = contents.figures.get(asked.code)
        if not asked.is_table:
            found[f"angka_{asked.code}"] = value_of(asked, answer, bare=True)
            continue
        for key, row in (answer or {}).items():
            for column in asked.columns.all():
                cell = value_of(column, row.get(column.code), bare=True)
                found[f"angka_{asked.code}.{column.code}@{key}"] = cell
    return found


def _write_guide(sheet: Any, obligation: Obligation, now: datetime) -> None:
    zone = obligation.regency.time_zone
    lines = [
        f"{obligation.form.name} {period_from_key(obligation.period).label}",
        f"{obligation.agency.name}, {obligation.regency}",
        f"Tenggat: {formats.day(obligation.due_at, zone)}, {formats.clock(obligation.due_at, zone)}",
        "",
        "1. Isi hanya sel berwarna kuning. Sel lain terkunci supaya berkas ini dikenali kembali.",
        "2. Angka: titik untuk ribuan dan koma untuk desimal. Tulis 0 bila memang tidak ada.",
        "3. Tanggal: hari/bulan/tahun, misalnya 23/11/2026.",
        "4. Jangan menambah, menghapus, atau memindahkan lembar, baris, atau kolom.",
        "5. Simpan sebagai .xlsx, lalu unggah di portal pada halaman pengisian laporan ini.",
        "6. Portal menunjukkan apa yang akan berubah. Sesudah Anda setuju, isinya menjadi draf; kirim dari portal.",
        "",
        f"Dibuat {formats.day(now, zone)} {formats.clock(now, zone)}, dengan isian yang tersimpan saat itu.",
    ]
    for number, text in enumerate(lines, 1):
        _put(sheet, number, 0, text)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 110


def _write_plan(sheet: Any, plan: Plan, answers: dict[str, Any], lists: _Lists) -> None:
    _put(sheet, 1, 0, plan.lead)
    sheet.cell(1, 1).font = SECTION_FONT
    for column, head in enumerate(plan.header):
        cell = _put(sheet, HEADER_ROW, column, head)
        cell.font, cell.fill, cell.alignment = HEADER_FONT, HEADER_FILL, HEADER_ALIGNMENT
        sheet.column_dimensions[letter(column)].width = plan.widths[column]
    sheet.freeze_panes = reference(HEADER_ROW + 1, 2)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    checks: dict[tuple[Any, ...], DataValidation] = {}
    for number, line in enumerate(plan.lines, HEADER_ROW + 1):
        _write_line(sheet, number, line, answers)
        for column, slot in line.slots.items():
            _checked(sheet, checks, slot, lists).add(reference(number, column))


def _write_line(sheet: Any, number: int, line: Line, answers: dict[str, Any]) -> None:
    for column, text in line.texts.items():
        cell = _put(sheet, number, column, text)
        cell.alignment = WRAPPED
        if not line.code:
            cell.font = SECTION_FONT
    for column, (asked, answer) in line.before.items():
        cell = _put(sheet, number, column, value_of(asked, answer, bare=True))
        cell.font, cell.alignment = BEFORE_FONT, WRAPPED
        _format(cell, asked.kind)
    for column, slot in line.slots.items():
        cell = _put(sheet, number, column, answers.get(slot.name))
        cell.protection, cell.fill, cell.border = Protection(locked=False), ANSWER_FILL, EDGE
        cell.alignment = WRAPPED
        _format(cell, slot.kind)
        if slot.kind == Kind.TEXT and len(line.slots) == 1:
            sheet.row_dimensions[number].height = ROOM_FOR_WORDS


def _format(cell: Any, kind: str) -> None:
    if kind == Kind.DATE:
        cell.number_format = "dd/mm/yyyy"
    elif kind in NUMBER_FORMATS:
        cell.number_format = NUMBER_FORMATS[Kind(kind)]
    elif kind == Kind.TEXT:
        cell.number_format = "@"


def _put(sheet: Any, row: int, column: int, value: Any) -> Any:
    """Numbers and dates as they are, everything else as text that no program takes for a formula."""
    cell = sheet.cell(row, column + 1)
    if isinstance(value, str):
        if value:
            put_text(cell, value)
    else:
        cell.value = value
    return cell


def _protect(sheet: Any) -> None:
    """Against slips, not against intent: no password. Widths and heights may be changed."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


class _Lists:
    """The drop-downs' choices, on a sheet of their own: a list in the cell itself ends at 255 letters or a comma."""

    def __init__(self, book: Workbook) -> None:
        self.sheet: Any = book.create_sheet(LISTS)
        self.places: dict[tuple[str, ...], str] = {}

    def range_of(self, labels: tuple[str, ...]) -> str:
        if labels not in self.places:
            column = len(self.places)
            for row, label in enumerate(labels, 1):
                _put(self.sheet, row, column, label)
            self.places[labels] = f"'{LISTS}'!${letter(column)}$1:${letter(column)}${len(labels)}"
        return self.places[labels]

    def close(self) -> None:
        self.sheet.sheet_state = "hidden"


def _checked(sheet: Any, checks: dict[tuple[Any, ...], DataValidation], slot: Slot, lists: _Lists) -> DataValidation:
    """The rule of a cell; cells that ask the same share one."""
    asked = slot.asked
    key = (slot.kind, slot.longest, asked.pk if asked else None)
    if key not in checks:
        rule, told = _rule(slot, lists)
        label = asked.label if asked else "Isian ini"
        checks[key] = DataValidation(
            allow_blank=True, showErrorMessage=True, errorTitle="Isian ini belum cocok", error=told[:LONGEST_MESSAGE],
            showInputMessage=True, promptTitle=label[:32], prompt=told[:LONGEST_MESSAGE], **rule,
        )  # fmt: skip
        sheet.add_data_validation(checks[key])
    return checks[key]


def _rule(slot: Slot, lists: _Lists) -> tuple[dict[str, Any], str]:
    """(arguments of DataValidation, what to say about it)."""
    if slot.kind == Kind.YES_NO:
        return _list(lists.range_of(("Ya", "Tidak"))), "Pilih Ya atau Tidak dari daftar."
    if slot.kind == Kind.CHOICE and slot.asked:
        labels = tuple(choice["label"] for choice in slot.asked.choices)
        return _list(lists.range_of(labels)), "Pilih salah satu dari daftar."
    if slot.kind == Kind.DATE:
        first, last = ((each - EXCEL_EPOCH).days for each in (EARLIEST, LATEST))
        return _between("date", first, last), HOW_DATES
    if slot.asked and slot.asked.is_numeric:
        return _numeric(slot.asked)
    rule = {"type": "textLength", "operator": "lessThanOrEqual", "formula1": str(slot.longest)}
    return rule, f"Paling banyak {formats.number(slot.longest)} huruf."


def _list(place: str) -> dict[str, Any]:
    return {"type": "list", "formula1": place}


def _between(kind: str, low: Decimal | int, high: Decimal | int) -> dict[str, Any]:
    return {"type": kind, "operator": "between", "formula1": _bare(low), "formula2": _bare(high)}


def _bare(number: Decimal | int) -> str:
    """Without idle zeros or an exponent, as a formula takes it."""
    return f"{Decimal(number).normalize():f}"


def _numeric(asked: Indicator) -> tuple[dict[str, Any], str]:
    low, high = bounds_of(asked)
    is_whole = asked.kind in (Kind.COUNT, Kind.MONEY)
    what = "Bilangan bulat, tanpa desimal." if is_whole else "Angka, dengan koma untuk desimal."
    told = f"{what} {limits_of(asked)}".strip()
    return _between("whole" if is_whole else "decimal", -LARGEST if low is None else low, high), told


def _write_identity(sheet: Any, obligation: Obligation) -> None:
    names = {
        "Kabupaten/kota": str(obligation.regency),
        "Perangkat daerah": obligation.agency.name,
        "Formulir": obligation.form.name,
        "Periode": period_from_key(obligation.period).label,
    }
    rows = [IDENTITY_HEADER, *((name, text, names.get(name, "")) for name, text in identity_of(obligation).items())]
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            cell = _put(sheet, number, column, text)
            cell.number_format = "@"
            if number == 1:
                cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    for name, width in {"A": 22, "B": 34, "C": 50}.items():
        sheet.column_dimensions[name].width = width
    _put(sheet, len(rows) + 2, 0, "Lembar ini mengenali berkasnya. Jangan diubah atau dihapus.")
