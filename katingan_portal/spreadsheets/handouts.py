"""Files that the import pages hand out: the empty template, and the rejected rows with their reasons."""

from __future__ import annotations

from datetime import datetime

from katingan_portal.spreadsheets.imports import ImportKind
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.spreadsheets.table import CellError, from_json
from katingan_portal.spreadsheets.writing import Column, write_xlsx

SOURCE = "Portal Koperasi Merah Putih"


def template_file(kind: ImportKind, *, now: datetime) -> bytes:
    notes = tuple(f"{column.name}{' (wajib)' if column.required else ''}: {column.help}" for column in kind.columns)
    return write_xlsx(
        f"Berkas contoh: {kind.label}",
        [column.name for column in kind.columns],
        kind.sample,
        source=SOURCE,
        generated_at=now,
        notes=(kind.description, *notes),
        sheet_name=kind.label,
    )


def rejected_rows_file(batch: ImportBatch, kind: ImportKind, *, now: datetime) -> bytes:
    """The rejected rows as they came, to be mended and sent again, with the reason in the last column."""
    rejected = [result for result in batch.row_results if result["outcome"] == "rejected"]
    headers = [column.name for column in kind.columns if rejected and column.name in rejected[0]["cells"]]
    columns: list[str | Column] = ["Baris asal", *headers, Column("Alasan ditolak", width=70)]
    rows = []
    for result in rejected:
        cells = [from_json(result["cells"][header]) for header in headers]
        shown = [cell.code if isinstance(cell, CellError) else cell for cell in cells]
        reasons = [": ".join(filter(None, (error["header"], error["message"]))) for error in result["errors"]]
        rows.append([result["row"], *shown, "; ".join(reasons)])
    return write_xlsx(
        f"Baris yang ditolak dari {batch.file_name}",
        columns,
        rows,
        source=SOURCE,
        generated_at=now,
        notes=("Perbaiki isinya, lalu unggah berkas ini. Kolom “Baris asal” dan “Alasan ditolak” akan diabaikan.",),
        sheet_name=kind.label,
    )
