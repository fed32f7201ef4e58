"""A report and its history as a workbook: figures as numbers to count with, words as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from katingan_portal.spreadsheets.writing import Column, SheetOf, write_workbook
from reporting.submissions.files.papers import (
    COPY,
    ONLY_FIGURES,
    Paper,
    TablePart,
    facts_of,
    lines_of_revision,
    row_head,
    unit_of,
    value_of,
)

SOURCE = "Portal Koperasi Merah Putih"


def workbook_of(paper: Paper) -> bytes:
    """Sheets: Laporan, one per table, Riwayat, Keterangan."""
    sheets = [SheetOf("Laporan", _header(paper), _rows(paper)), *_tables(paper), _history(paper)]
    return write_workbook(sheets, _about(paper))


def _header(paper: Paper) -> list[Column]:
    return [
        Column("Bagian", width=34),
        Column("Pertanyaan", width=60),
        Column("Laporan ini", width=22),
        Column("Satuan", width=12),
        Column(f"Sebelumnya ({paper.sheet.previous_label})" if paper.sheet.previous_label else "Sebelumnya", width=22),
    ]


def _rows(paper: Paper) -> Iterator[list[Any]]:
    contents = paper.contents
    if contents.is_nil:
        yield ["", "Laporan nihil, alasannya", contents.nil_reason, "", None]
    for section in () if contents.is_nil else paper.sections:
        for line in section.lines:
            asked = line.asked
            yield [
                section.title, asked.label, value_of(asked, line.answer), unit_of(asked), value_of(asked, line.before)
            ]  # fmt: skip
    words = [("Kendala", contents.obstacles), ("Tindak lanjut", contents.follow_up)]
    words += [(f"Penjelasan: {odd}", why) for odd, why in paper.explained]
    for label, text in words:
        if text:
            yield ["", label, text, "", None]


def _tables(paper: Paper) -> list[SheetOf]:
    if paper.contents.is_nil:
        return []
    return [_table(each) for section in paper.sections for each in section.tables]


def _table(table: TablePart) -> SheetOf:
    """Codes are text: a village's has dots, and a zero in front must stay."""
    heads = [f"{each.label} ({unit_of(each)})" if unit_of(each) else each.label for each in table.columns]
    rows = [
        [row.key, row.label, row.group, *(value_of(each, cells.get(each.code)) for each in table.columns)]
        for row, cells in table.rows
    ]
    return SheetOf(
        table.asked.label, ["Kode", Column(row_head(table.asked), width=34), Column("Kecamatan"), *heads], rows
    )


def _history(paper: Paper) -> SheetOf:
    header = [Column("Waktu", "moment"), Column("Oleh"), Column("Tindakan", width=34), Column("Keterangan", width=70)]
    local = paper.obligation.regency.local
    rows: list[list[Any]] = [
        [local(each.at).replace(tzinfo=None), each.actor_name, each.phrase, each.reason] for each in paper.events
    ]
    for each in paper.revisions:
        sent = local(each.submitted_at).replace(tzinfo=None)
        rows.append(
            [sent, each.submitted_by_name, f"kiriman ke-{each.number}", "\n".join(lines_of_revision(paper, each))]
        )
    return SheetOf("Riwayat", header, rows)


def _about(paper: Paper) -> list[tuple[str, str]]:
    return [
        ("Isi", paper.title),
        ("Keadaan", paper.state),
        *((label, text) for label, text in facts_of(paper)),
        ("Sumber", SOURCE),
        ("Dibuat", f"{paper.moment(paper.made_at)} oleh {paper.made_by}"),
        ("Catatan", f"{COPY}."),
        *([] if paper.report else [("Catatan", ONLY_FIGURES)]),
    ]
