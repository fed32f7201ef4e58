"""Reads one spreadsheet in a process of its own: bytes on stdin, JSON on stdout.

A file from outside may be made to eat memory or time, so the process is confined before it looks at a byte. It holds
no secrets: it is started with an empty environment and imports neither Django nor settings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from katingan_portal.spreadsheets.confined import confine

MEMORY_MIB = 512
HEADER_SEARCH_ROWS = 20
EVERY_SHEET = {"every_sheet": True}
MOST_SHEETS = 60


def main() -> None:
    confine(MEMORY_MIB)
    from katingan_portal.spreadsheets.table import UnreadableSpreadsheet

    expected = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    answer: dict[str, Any]
    try:
        answer = {"sheets": read_every(content)} if expected == EVERY_SHEET else {"table": read(content, expected)}
    except UnreadableSpreadsheet as refusal:
        answer = {"refused": refusal.message}
    # ASCII, so that a lone surrogate of a broken file is written as an escape and not as an encoding error.
    sys.stdout.write(json.dumps(answer))


def read(content: bytes, expected: Sequence[str]) -> dict[str, Any]:
    """The sheet whose header fits `expected` best, else the first visible one with anything in it."""
    from katingan_portal.spreadsheets.container import kind_of
    from katingan_portal.spreadsheets.delimited import read_text
    from katingan_portal.spreadsheets.table import UnreadableSpreadsheet
    from katingan_portal.spreadsheets.workbook import Grid, visible_sheets

    wanted = {plain_header(each) for each in expected}
    grids: Iterable[Grid] = visible_sheets(content) if kind_of(content) == "xlsx" else [read_text(content)]
    best: tuple[int, Grid] | None = None
    filled = 0
    for grid in grids:
        if not grid.cells:
            continue
        filled += 1
        fit = max(_fit(cells.values(), wanted) for cells in _first_rows(grid))
        if best is None or fit > best[0]:
            best = (fit, grid)
    if best is None:
        raise UnreadableSpreadsheet(
            "Berkas ini kosong: tidak ada isi pada lembar yang tampak. Isi tabelnya, simpan, lalu unggah lagi."
        )
    return as_table(best[1], wanted, filled)


def read_every(content: bytes) -> dict[str, list[list[Any]]]:
    """{sheet: [[row number, cells from column A], …]} of a workbook, hidden sheets too."""
    from katingan_portal.spreadsheets.container import SAVE_AS, kind_of
    from katingan_portal.spreadsheets.table import UnreadableSpreadsheet, to_json
    from katingan_portal.spreadsheets.workbook import visible_sheets

    if kind_of(content) != "xlsx":
        raise UnreadableSpreadsheet(f"Berkas ini bukan lembar kerja Excel (.xlsx). {SAVE_AS}")
    found: dict[str, list[list[Any]]] = {}
    for grid in visible_sheets(content, hidden=True):
        if len(found) == MOST_SHEETS:
            raise UnreadableSpreadsheet(f"Berkas ini memuat lebih dari {MOST_SHEETS} lembar.")
        rows = sorted(grid.cells.items())
        found[grid.sheet] = [[n, [to_json(cells.get(place)) for place in range(max(cells) + 1)]] for n, cells in rows]
    return found


def plain_header(value: object) -> str:
    """How headers are compared: no case, no signs, no line breaks or hard blanks."""
    return "".join(letter for letter in str(value).casefold() if letter.isalnum() or letter == "%")


def as_table(grid: Any, wanted: set[str], filled_sheets: int) -> dict[str, Any]:
    from katingan_portal.spreadsheets.table import MAX_COLUMNS, MAX_ROWS, UnreadableSpreadsheet, dotted, to_json

    header_row = _header_row(grid, wanted)
    last_header_row = _last_header_row(grid, header_row)
    width = 1 + max(column for cells in grid.cells.values() for column in cells)
    header = _header(grid, header_row, last_header_row, min(width, MAX_COLUMNS))
    numbers = sorted(number for number in grid.cells if number > last_header_row)
    where = f" lembar {grid.sheet}" if grid.sheet else ""
    if not numbers:
        raise UnreadableSpreadsheet(f"Berkas ini hanya berisi judul: di bawah baris {header_row}{where} tidak ada isi.")
    if len(numbers) > MAX_ROWS:
        raise UnreadableSpreadsheet(
            f"Berkas ini terlalu besar: {dotted(len(numbers))} baris, sedangkan batasnya {dotted(MAX_ROWS)}. "
            "Pecah menjadi beberapa berkas."
        )
    _refuse_merged_rows(grid, last_header_row, numbers[-1])
    _refuse_longer_rows(grid, last_header_row, numbers)
    return {
        "sheet": grid.sheet,
        "header_row": header_row,
        "header": header,
        "rows": [[number, [to_json(grid.cells[number].get(column)) for column in range(width)]] for number in numbers],
        "notes": _notes(grid, filled_sheets, set(numbers)),
    }


def _first_rows(grid: Any) -> list[dict[int, Any]]:
    return [grid.cells[number] for number in sorted(grid.cells)[:HEADER_SEARCH_ROWS]]


def _fit(values: Iterable[object], wanted: set[str]) -> int:
    return len({plain_header(value) for value in values} & wanted)


def _header_row(grid: Any, wanted: set[str]) -> int:
    """Titles stand above the header: the first row that holds most of the wanted names, else the first with two."""
    numbers = sorted(grid.cells)[:HEADER_SEARCH_ROWS]
    best = max(numbers, key=lambda number: (_fit(grid.cells[number].values(), wanted), -number))
    if _fit(grid.cells[best].values(), wanted):
        return best
    return next((number for number in numbers if len(grid.cells[number]) > 1), numbers[0])


def _last_header_row(grid: Any, header_row: int) -> int:
    """A header of two tiers: a cell merged downwards from the header row says how far it reaches."""
    return max([header_row, *(last for _, first, _, last in grid.merges if first == header_row and last < first + 3)])


def _header(grid: Any, first_row: int, last_row: int, width: int) -> list[str]:
    tiers = []
    for number in range(first_row, last_row + 1):
        tier = {column: " ".join(str(value).split()) for column, value in grid.cells.get(number, {}).items()}
        if number < last_row:
            _spread_merged(grid, number, tier)
        tiers.append(tier)
    return [" ".join(tier[column] for tier in tiers if column in tier) for column in range(width)]


def _spread_merged(grid: Any, number: int, tier: dict[int, str]) -> None:
    """ "Anggota" merged over L and P belongs to both."""
    for first_column, first_row, last_column, _ in grid.merges:
        if first_row == number and first_column in tier:
            for column in range(first_column, min(last_column, first_column + 60) + 1):
                tier.setdefault(column, tier[first_column])


def _refuse_merged_rows(grid: Any, header_row: int, last_row: int) -> None:
    from katingan_portal.spreadsheets.table import UnreadableSpreadsheet, reference

    for first_column, first, last_column, last in grid.merges:
        if header_row < first <= last_row and last > first:
            cells = f"{reference(first, first_column)}:{reference(last, last_column)}"
            raise UnreadableSpreadsheet(
                f"Berkas ini memuat sel gabungan {cells} di lembar {grid.sheet}, sehingga isi baris {first + 1} tidak "
                "pasti. Pisahkan sel itu (Merge & Center → Unmerge Cells), isi tiap barisnya, lalu unggah lagi."
            )


def _refuse_longer_rows(grid: Any, header_row: int, numbers: list[int]) -> None:
    """A CSV row with more fields than its header: an unquoted delimiter has moved everything behind it."""
    from katingan_portal.spreadsheets.table import UnreadableSpreadsheet

    allowed = grid.widths.get(header_row)
    for number in numbers if allowed else ():
        if max(grid.cells[number]) >= allowed:
            raise UnreadableSpreadsheet(
                f"Berkas ini tidak rapi: baris {number} mempunyai {grid.widths[number]} kolom, sedangkan judulnya "
                f"{allowed}. Mungkin ada tanda pemisah di dalam isian yang tidak diapit tanda kutip."
            )


def _notes(grid: Any, filled_sheets: int, numbers: set[int]) -> list[str]:
    notes = []
    if filled_sheets > 1:
        notes.append(f"Berkas berisi {filled_sheets} lembar; yang dibaca hanya lembar {grid.sheet}.")
    hidden = [str(number) for number in grid.hidden_rows if number in numbers]
    if hidden:
        shown = ", ".join(hidden[:10]) + (" …" if len(hidden) > 10 else "")
        notes.append(f"{len(hidden)} baris tersembunyi ikut dibaca: baris {shown}.")
    return notes
