"""The sheets of an examined .xlsx as grids of typed cells. Runs inside the reader process."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import CELL_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser

from katingan_portal.spreadsheets.container import DAMAGED
from katingan_portal.spreadsheets.table import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    NOT_CALCULATED,
    Cell,
    CellError,
    UnreadableSpreadsheet,
    dotted,
    reference,
)

# Titles and two-tier headers stand above the rows that count.
LAST_ROW = MAX_ROWS + 20
MAX_VISITED_CELLS = 600_000
MAX_VISITED_ROWS = 100_000
MAX_CHARACTERS = 20_000_000
MERGE_TAG = CELL_TAG.replace("}c", "}mergeCell")
MAX_MERGES = 5_000

EMPTY_AREA = (
    "Hapus baris dan kolom kosong yang berformat di luar tabel, atau salin tabelnya saja ke buku kerja baru, "
    "lalu unggah lagi."
)


@dataclass
class Grid:
    """cells[row number][column from 0]; merges: (first column, first row, last column, last row), columns from 0.

    widths: how many fields each row of a CSV file has.
    """

    sheet: str
    cells: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)


def visible_sheets(content: bytes, *, hidden: bool = False) -> Iterator[Grid]:
    """The visible sheets in their order, with `hidden` the others too, each read when asked for."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = _open(content)
            for sheet in workbook.worksheets:
                if hidden or sheet.sheet_state == "visible":
                    yield _Sheet(workbook, sheet).read()
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, ParseError) as error:
        raise UnreadableSpreadsheet(DAMAGED) from error
    except (zipfile.BadZipFile, InvalidFileException, AssertionError) as error:
        raise UnreadableSpreadsheet(DAMAGED) from error


def _open(content: bytes) -> Any:
    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


class _Sheet:
    """One sheet, read cell by cell: a whole row is never held, because one row may have millions of cells.

    The `dimension` that a file declares may lie, so it is not used.
    """

    def __init__(self, workbook: Any, sheet: Any) -> None:
        self.workbook = workbook
        self.source = sheet
        self.grid = Grid(sheet.title)
        self.percent_styles: dict[int, bool] = {}
        self.characters = 0
        self.parser = WorkSheetParser(
            io.BytesIO(),
            sheet._shared_strings,
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
        )

    def read(self) -> Grid:
        visited_rows = visited_cells = 0
        with self.source._get_source() as part:
            for event, element in iterparse(part, events=("start", "end")):
                if event == "start":
                    if element.tag == ROW_TAG:
                        visited_rows += 1
                        self._enter_row(element)
                elif element.tag == CELL_TAG:
                    visited_cells += 1
                    self._take(element)
                    element.clear()
                elif element.tag == MERGE_TAG:
                    self._merge(element)
                elif element.tag == ROW_TAG:
                    element.clear()
                if visited_cells > MAX_VISITED_CELLS or visited_rows > MAX_VISITED_ROWS:
                    raise UnreadableSpreadsheet(
                        f"Berkas ini terlalu besar: lembar {self.grid.sheet} melebihi {dotted(MAX_ROWS)} baris. "
                        f"{EMPTY_AREA}"
                    )
        return self.grid

    def _enter_row(self, element: Any) -> None:
        number = int(element.get("r") or self.parser.row_counter + 1)
        self.parser.row_counter, self.parser.col_counter = number, 0
        if element.get("hidden") in ("1", "true"):
            self.grid.hidden_rows.append(number)

    def _merge(self, element: Any) -> None:
        if len(self.grid.merges) < MAX_MERGES:
            bounds: Any = range_boundaries(element.get("ref", ""))
            first_column, first_row, last_column, last_row = bounds
            self.grid.merges.append((first_column - 1, first_row, last_column - 1, last_row))

    def _take(self, element: Any) -> None:
        has_formula = element.find(FORMULA_TAG) is not None
        raw = element.findtext(VALUE_TAG)
        parsed = self.parser.parse_cell(element)
        row, column = parsed["row"], parsed["column"] - 1
        value = self._typed(parsed)
        if value is None and has_formula and not raw:
            # An empty string is a result; no result at all means that the file was made by a program that never
            # calculated it.
            value = None if element.get("t") == "str" and raw is not None else NOT_CALCULATED
        if value is None:
            return
        if column >= MAX_COLUMNS or row > LAST_ROW:
            raise UnreadableSpreadsheet(
                f"Berkas ini terlalu besar: ada isi pada sel {reference(row, column)} di lembar {self.grid.sheet}, "
                f"sedangkan batasnya {dotted(MAX_ROWS)} baris dan {MAX_COLUMNS} kolom. {EMPTY_AREA}"
            )
        self.grid.cells.setdefault(row, {})[column] = value

    def _typed(self, parsed: dict[str, Any]) -> Cell:
        value = parsed["value"]
        if parsed["data_type"] == "e":
            return CellError(str(value))
        if isinstance(value, str):
            return self._text(value, parsed)
        if isinstance(value, bool) or value is None or isinstance(value, datetime | date):
            return value
        if isinstance(value, time | timedelta):
            return str(value)
        return self._number(value, parsed)

    def _text(self, value: str, parsed: dict[str, Any]) -> str | None:
        self.characters += len(value)
        if len(value) > MAX_CELL_CHARACTERS:
            cell = reference(parsed["row"], parsed["column"] - 1)
            raise UnreadableSpreadsheet(
                f"Berkas ini memuat teks yang terlalu panjang pada sel {cell} di lembar {self.grid.sheet} "
                f"(batasnya 32.767 huruf). Ringkas isinya, lalu unggah lagi."
            )
        if self.characters > MAX_CHARACTERS:
            raise UnreadableSpreadsheet(f"Berkas ini memuat terlalu banyak teks. {EMPTY_AREA}")
        return value if value.strip() else None

    def _number(self, value: float, parsed: dict[str, Any]) -> Cell:
        """Excel keeps 15 digits; what stands behind them is noise of the binary fraction.

        A cell shown as 45% holds 0.45: it is handed on as "45%", because 0.45 alone does not say which was meant.
        """
        number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
        if self._is_percent(parsed["style_id"]) and number.is_finite():
            return f"{(number * 100).normalize():f}%".replace(".", ",")
        if isinstance(value, int):
            return value
        # A whole number beyond 15 digits has already lost some: it stays a Decimal so that a parser can tell.
        if number.is_finite() and number == number.to_integral_value() and abs(number) < 10**15:
            return int(number)
        return number

    def _is_percent(self, style_id: int) -> bool:
        if style_id not in self.percent_styles:
            self.percent_styles[style_id] = "%" in self._number_format(style_id)
        return self.percent_styles[style_id]

    def _number_format(self, style_id: int) -> str:
        format_id = self.workbook._cell_styles[style_id].numFmtId
        if format_id in BUILTIN_FORMATS:
            return BUILTIN_FORMATS[format_id]
        custom = self.workbook._number_formats
        return str(custom[format_id - 164]) if 0 <= format_id - 164 < len(custom) else ""
