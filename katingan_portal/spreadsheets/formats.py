"""django-import-export's formats, through our own reader and writer. The only two that settings allow."""

from __future__ import annotations

from typing import Any

import tablib
from import_export.formats.base_formats import Format

from katingan_portal.spreadsheets.reading import read_table
from katingan_portal.spreadsheets.writing import CSV_TYPE, XLSX_TYPE, write_csv, write_xlsx


class _SafeFormat(Format):
    extension = ""
    content_type = ""

    def get_title(self) -> str:
        return self.extension

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def is_binary(self) -> bool:
        return True

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes | str, **kwargs: Any) -> tablib.Dataset:
        """Raises UnreadableSpreadsheet."""
        content = in_stream.encode() if isinstance(in_stream, str) else in_stream
        table = read_table(content, f"unggahan.{self.extension}")
        dataset = tablib.Dataset(headers=list(table.header))
        for row in table.rows:
            dataset.append(row.cells[: len(table.header)])
        return dataset


class SafeXLSX(_SafeFormat):
    extension = "xlsx"
    content_type = XLSX_TYPE

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        headers = [str(header) for header in dataset.headers or []]
        return write_xlsx(str(dataset.title or "Ekspor data"), headers, dataset, source="Portal Koperasi Merah Putih")


class SafeCSV(_SafeFormat):
    extension = "csv"
    content_type = CSV_TYPE

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return write_csv([str(header) for header in dataset.headers or []], dataset)
