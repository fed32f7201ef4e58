"""Read a spreadsheet that somebody sent. Nothing of it is parsed in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from katingan_portal.spreadsheets import confined
from katingan_portal.spreadsheets.reader_process import EVERY_SHEET
from katingan_portal.spreadsheets.table import MAX_BYTES, Row, Table, UnreadableSpreadsheet, from_json

READER = "katingan_portal.spreadsheets.reader_process"
BEYOND_LIMITS = (
    "Berkas ini terlalu besar atau terlalu rumit untuk dibaca. Salin tabelnya saja (Tempel Nilai) ke buku kerja baru, "
    "simpan sebagai .xlsx, lalu unggah itu."
)


def read_table(content: bytes, filename: str, expected: Sequence[str] = ()) -> Table:
    """The table in an .xlsx or CSV file; its content decides which, not its name.

    expected: column names that help to find the header below titles and among several sheets.
    Raises UnreadableSpreadsheet with a message that names the file.
    """
    name = shown_name(filename)
    answer = _answer(content, name, list(expected))["table"]
    return Table(
        file_name=name,
        sheet=answer["sheet"],
        header_row=answer["header_row"],
        header=tuple(answer["header"]),
        rows=tuple(Row(number, tuple(map(from_json, cells))) for number, cells in answer["rows"]),
        notes=tuple(answer["notes"]),
    )


def read_every_sheet(content: bytes, filename: str) -> dict[str, tuple[Row, ...]]:
    """{sheet: its rows that are not empty} of an .xlsx, hidden sheets too. Raises UnreadableSpreadsheet."""
    sheets = _answer(content, shown_name(filename), EVERY_SHEET)["sheets"]
    return {
        title: tuple(Row(number, tuple(map(from_json, cells))) for number, cells in rows)
        for title, rows in sheets.items()
    }


def _answer(content: bytes, name: str, question: Any) -> dict[str, Any]:
    """What the reader process says. Raises UnreadableSpreadsheet with a message that names the file."""
    if not content:
        raise UnreadableSpreadsheet(f"Berkas “{name}” kosong (0 bita). Simpan ulang berkasnya, lalu unggah lagi.")
    if len(content) > MAX_BYTES:
        raise UnreadableSpreadsheet(
            f"Berkas “{name}” terlalu besar: batasnya {MAX_BYTES // 1024 // 1024} MiB. Hapus gambar dan lembar yang "
            "tidak perlu, atau pecah menjadi beberapa berkas."
        )
    try:
        return _ask_reader(content, question)
    except UnreadableSpreadsheet as refusal:
        raise UnreadableSpreadsheet(refusal.message.replace("Berkas ini", f"Berkas “{name}”", 1)) from refusal


def shown_name(filename: str) -> str:
    """A file name that is safe to show: its last part, without control or direction marks, at most 80 letters."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(each for each in last if each.isprintable())
    return clean if len(clean) <= 80 else f"{clean[:60]}…{clean[-19:]}"


def _ask_reader(content: bytes, asked: Any) -> dict[str, Any]:
    question = json.dumps(asked).encode() + b"\n" + content
    try:
        answer: dict[str, Any] = json.loads(confined.ask(READER, question))
    except confined.BeyondLimits as error:
        raise UnreadableSpreadsheet(BEYOND_LIMITS) from error
    if "refused" in answer:
        raise UnreadableSpreadsheet(answer["refused"])
    return answer
