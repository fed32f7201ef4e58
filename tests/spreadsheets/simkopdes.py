"""SIMKOPDES files as an office might send them, one row a village."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cooperatives.models import Figure
from katingan_portal.spreadsheets.writing import write_csv
from tests.spreadsheets.bad_files import workbook

HEADER = ["per_tanggal", "code", "village", "kecamatan", "cooperatives", *Figure.Kind.values]
GALINGGANG = ("62.06.01.2001", "Galinggang", "Kamipang")
TAMPELAS = ("62.06.01.2002", "Tampelas", "Kamipang")
TELAGA = ("62.06.01.2003", "Telaga", "Kamipang")
SEPTEMBER = "30/09/2026"


def row(place: tuple[str, str, str] = GALINGGANG, *, on: Any = SEPTEMBER, **values: Any) -> list[Any]:
    """One village with one cooperative that has an account and an NPWP; `values` by column name."""
    usual = dict.fromkeys(Figure.Kind.values, 0) | {"accounts": 1, "npwp": 1, "cooperatives": 1}
    line = dict(zip(HEADER, (on, *place), strict=False)) | usual | values
    return [line[name] for name in HEADER]


def csv_of(rows: Iterable[list[Any]], header: list[str] = HEADER) -> bytes:
    return write_csv(header, rows)


def xlsx_of(rows: Iterable[list[Any]], header: list[str] = HEADER) -> bytes:
    return workbook([header, *rows])
