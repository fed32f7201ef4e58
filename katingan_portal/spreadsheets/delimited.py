"""CSV as a grid of texts: encoding and delimiter are found out. Runs inside the reader process."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

from katingan_portal.spreadsheets.container import SAVE_AS
from katingan_portal.spreadsheets.table import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    UnreadableSpreadsheet,
    dotted,
    letter,
)
from katingan_portal.spreadsheets.workbook import EMPTY_AREA, LAST_ROW, Grid

DELIMITERS = ",;\t"
NO_SPREADSHEET = f"Berkas ini bukan berkas Excel (.xlsx) dan bukan CSV. {SAVE_AS}"
BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def read_text(content: bytes) -> Grid:
    text = decode(content)
    text, delimiter = _declared(text)
    delimiter = delimiter or find_delimiter(text)
    grid = Grid("")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    number = 0
    try:
        for number, fields in enumerate(rows, 1):
            cells = {column: field for column, field in enumerate(fields) if field.strip()}
            if cells:
                _refuse_too_large(number, max(cells))
                grid.cells[number] = dict(cells)
                grid.widths[number] = len(fields)
    except csv.Error as error:
        raise UnreadableSpreadsheet(_about(error, number + 1)) from error
    return grid


def decode(content: bytes) -> str:
    """UTF-8, UTF-16 or Windows-1252. Raises UnreadableSpreadsheet for what is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _strictly(content, encoding)
    zeros_even, zeros_odd = content[0:4096:2].count(0), content[1:4096:2].count(0)
    if max(zeros_even, zeros_odd) > len(content[:4096]) // 4:
        return _strictly(content, "utf-16-le" if zeros_odd > zeros_even else "utf-16-be")
    try:
        return _refuse_binary(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _strictly(content, "cp1252")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return _refuse_binary(content.decode(encoding))
    except UnicodeDecodeError as error:
        raise UnreadableSpreadsheet(NO_SPREADSHEET) from error


def _refuse_binary(text: str) -> str:
    """A stray control character is cleaned later with its cell; many mean that this is no text."""
    found = len(BINARY.findall(text[:100_000]))
    if found > 5 and found * 100 > len(text[:100_000]):
        raise UnreadableSpreadsheet(NO_SPREADSHEET)
    return text


def _declared(text: str) -> tuple[str, str]:
    """Excel's own first line "sep=;" names the delimiter and is no row."""
    declared = re.match(r'"?sep=(.)"?(\r\n|\r|\n)', text, re.IGNORECASE)
    return (text[declared.end() :], declared[1]) if declared else (text, "")


def find_delimiter(text: str) -> str:
    """The delimiter by which most rows have the same, and the largest, number of columns.

    "1,5;2,5" splits at commas too, but not into as many columns as the header has.
    """
    best = max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))
    if _fit(text, best)[1] < 2:
        raise UnreadableSpreadsheet(
            "Berkas ini adalah teks biasa tanpa kolom, bukan lembar kerja. Bila ini CSV, pisahkan kolom dengan koma, "
            "titik koma atau tab; bila bukan, unggah berkas Excel-nya (.xlsx)."
        )
    return best


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice(reader, 50) if any(field.strip() for field in row)]
    except csv.Error:
        return (0.0, 0)
    if not widths:
        return (0.0, 0)
    width, count = Counter(widths).most_common(1)[0]
    widest = max(widths)
    # Title lines above a header are narrow; more columns count more than a perfect fit.
    return (count / len(widths) if width > 1 else 0.0, width if width > 1 else widest)


def _refuse_too_large(row: int, column: int) -> None:
    if row > LAST_ROW or column >= MAX_COLUMNS:
        raise UnreadableSpreadsheet(
            f"Berkas ini terlalu besar: ada isi pada baris {dotted(row)}, kolom {letter(column)}, sedangkan batasnya "
            f"{dotted(MAX_ROWS)} baris dan {MAX_COLUMNS} kolom. {EMPTY_AREA}"
        )


def _about(error: csv.Error, row: int) -> str:
    words = str(error)
    if "unexpected end of data" in words:
        return (
            f"Berkas ini memuat tanda kutip yang tidak ditutup, mulai sekitar baris {row}. "
            f'Periksa tanda " di baris itu. {SAVE_AS}'
        )
    if "field larger" in words:
        return (
            f"Berkas ini memuat teks lebih dari 32.767 huruf dalam satu sel sekitar baris {row}; mungkin ada tanda "
            f"kutip yang tidak ditutup. {SAVE_AS}"
        )
    return f"Berkas ini memuat tanda kutip yang salah tempat pada baris {row}. {SAVE_AS}"
