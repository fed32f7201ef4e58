"""What a spreadsheet said: typed cells that remember where they stood. No Django here: the reader process uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL_CHARACTERS = 32_767


class UnreadableSpreadsheet(Exception):
    """The file cannot be read. The message is Indonesian, for the user: what is wrong and how to mend it."""

    @property
    def message(self) -> str:
        return str(self)


@dataclass(frozen=True)
class CellError:
    """An Excel error value such as #REF!, or a formula that was never calculated."""

    code: str

    def __str__(self) -> str:
        return self.code


NOT_CALCULATED = CellError("rumus belum dihitung")

Cell = str | int | Decimal | date | datetime | bool | CellError | None


@dataclass(frozen=True)
class Row:
    """number: as Excel counts, from 1. cells[0] is column A."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """One sheet: its header and the rows below it that are not empty.

    notes: what the reader did that the user should know, in Indonesian.
    """

    file_name: str
    sheet: str
    header_row: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def where(self, row: int, column: int | None = None) -> str:
        """("Rekap", 12, 2) → "lembar Rekap, baris 12, kolom C"; `column` counts from 0."""
        parts = [f"lembar {self.sheet}"] if self.sheet else []
        parts.append(f"baris {row}")
        if column is not None:
            parts.append(f"kolom {letter(column)}")
        return ", ".join(parts)

    def errors(self) -> Iterator[tuple[int, int, CellError]]:
        """(row number, column from 0, error) of each cell that holds an Excel error."""
        for row in self.rows:
            for column, cell in enumerate(row.cells):
                if isinstance(cell, CellError):
                    yield row.number, column, cell


def dotted(number: int) -> str:
    """5000 → "5.000": the reader process has no Django to format with."""
    return f"{number:,}".replace(",", ".")


def letter(column: int) -> str:
    """0 → "A", 26 → "AA"."""
    letters, rest = "", column + 1
    while rest:
        rest, index = divmod(rest - 1, 26)
        letters = chr(65 + index) + letters
    return letters


def reference(row: int, column: int) -> str:
    """(12, 2) → "C12"; `column` counts from 0."""
    return f"{letter(column)}{row}"


def to_json(cell: Cell) -> Any:
    """A cell as JSON; what JSON has no word for becomes [kind, text]."""
    if isinstance(cell, datetime):
        return ["moment", cell.isoformat()]
    if isinstance(cell, date):
        return ["day", cell.isoformat()]
    if isinstance(cell, Decimal):
        return ["number", str(cell)]
    if isinstance(cell, CellError):
        return ["error", cell.code]
    return cell


def from_json(value: Any) -> Cell:
    if not isinstance(value, list):
        plain: str | int | bool | None = value
        return plain
    kind, text = value
    if kind == "moment":
        return datetime.fromisoformat(text)
    if kind == "day":
        return date.fromisoformat(text)
    return Decimal(text) if kind == "number" else CellError(text)
