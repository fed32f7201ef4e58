"""Builders of files as they arrive: damaged, disguised, hostile. Numbers are those of the corpus list."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

ROWS: list[list[Any]] = [
    ["Kode", "Nama", "Jumlah"],
    ["62.06.01.2001", "Galinggang", 5],
    ["62.06.01.2002", "Tampelas", 7],
]


def workbook(rows: Iterable[Iterable[Any]] = ROWS, change: Callable[[Workbook], Any] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    if change is not None:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rezipped(
    content: bytes,
    *,
    replace: dict[str, bytes] | None = None,
    add: dict[str, bytes] | None = None,
    leave_out: tuple[str, ...] = (),
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in leave_out:
                new.writestr(name, (replace or {}).get(name, old.read(name)))
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return stream.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def patched(name: str, before: bytes, after: bytes, content: bytes | None = None) -> bytes:
    base = content or workbook()
    text = part(base, name)
    assert before in text, text[:500]
    return rezipped(base, replace={name: text.replace(before, after, 1)})


SHEET = "xl/worksheets/sheet1.xml"


def cfb(*streams: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in streams)


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


STRINGS = "xl/sharedStrings.xml"
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def with_shared_string(text: str = "Kode", *, number: int = 0) -> bytes:
    """A workbook whose A1 refers to string `number` of a table of one: not every writer of ours makes such a table."""
    base = workbook()
    sheet = re.sub(
        rb't="(inlineStr|s)"><(is|v)>.*?</\2></c>', b't="s"><v>%d</v></c>' % number, part(base, SHEET), count=1
    )
    table = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1">'
        f"<si><t>{text}</t></si></sst>"
    )
    kinds = part(base, "[Content_Types].xml").replace(
        b"</Types>", f'<Override PartName="/{STRINGS}" ContentType="{MAIN}.sharedStrings+xml"/></Types>'.encode()
    )
    return rezipped(base, replace={SHEET: sheet, "[Content_Types].xml": kinds}, add={STRINGS: table.encode()})


def stored(content: bytes) -> bytes:
    """The same members without compression, so that the guard against bombs is not the first to refuse."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zip_of({name: archive.read(name) for name in archive.namelist()}, zipfile.ZIP_STORED)


def with_duplicate_member() -> bytes:
    content = workbook()
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/Workbook.xml", b"<x/>")
    return stream.getvalue()


def with_symlink() -> bytes:
    stream = io.BytesIO(workbook())
    with zipfile.ZipFile(stream, "a") as archive:
        info = zipfile.ZipInfo("xl/link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def with_absolute_member() -> bytes:
    return rezipped(workbook(), add={"/etc/cron.d/x": b"x"})


def with_lying_sizes() -> bytes:
    """Declares 10 bytes where 30 MiB follow."""
    content = bytearray(zip_of({"[Content_Types].xml": b"0" * (30 << 20)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(signature)
        content[at + offset : at + offset + 4] = struct.pack("<I", 10)
    return bytes(content)


def many_members(count: int) -> bytes:
    return zip_of({f"x{number}": b"" for number in range(count)}, zipfile.ZIP_STORED)


def many_claimed_members() -> bytes:
    """An end record that claims 60 000 members."""
    content = bytearray(workbook())
    at = content.rfind(b"PK\x05\x06")
    content[at + 8 : at + 12] = struct.pack("<HH", 60_000, 60_000)
    return bytes(content)


def external_link(target: str, kind: str = "externalLinkPath") -> bytes:
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}" TargetMode="External"/></Relationships>'
    )
    return rezipped(workbook(), add={"xl/externalLinks/_rels/externalLink1.xml.rels": relation.encode()})


def with_doctype(declaration: str, encoding: str = "utf-8") -> bytes:
    xml = part(workbook(), SHEET).decode().split("?>", 1)[-1]
    head = f'<?xml version="1.0" encoding="{encoding}"?>' + declaration
    return rezipped(workbook(), replace={SHEET: (head + xml).encode(encoding)})


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def many_rows(count: int) -> bytes:
    rows = "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, count + 1))
    return _sheet(rows)


def one_long_row(count: int) -> bytes:
    return _sheet('<row r="1">' + "<c><v>1</v></c>" * count + "</row>")


def formatted_empty_rows(count: int) -> bytes:
    rows = "".join(f'<row r="{number}"/>' for number in range(4, count + 4))
    base = part(workbook(), SHEET).decode()
    return rezipped(workbook(), replace={SHEET: base.replace("</sheetData>", f"{rows}</sheetData>").encode()})


def _sheet(rows: str) -> bytes:
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{rows}</sheetData></worksheet>"
    )
    return rezipped(workbook(), replace={SHEET: xml.encode()})


def amplified_strings() -> bytes:
    """One shared string of 30 000 letters, used in 100 000 cells: 3 GB of text from a small file."""
    base = with_shared_string("x" * 30_000)
    cells = "".join(f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 50 + "</row>" for row in range(1, 2001))
    text = part(base, SHEET).decode()
    start, end = text.index("<sheetData>"), text.index("</sheetData>")
    return stored(rezipped(base, replace={SHEET: (text[:start] + "<sheetData>" + cells + text[end:]).encode()}))


def year_1904(book: Workbook) -> None:
    book.epoch = CALENDAR_MAC_1904
    book.active["D1"], book.active["D2"] = "Tanggal", date(2025, 5, 16)


def moment(book: Workbook) -> None:
    book.active["D1"], book.active["D2"] = "Tanggal", datetime(2025, 5, 16, 14, 5)
