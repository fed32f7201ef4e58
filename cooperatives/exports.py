"""The register as a spreadsheet: one row a cooperative, with the source of its figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from cooperatives.models import Cooperative, Figure, Milestone, Source
from cooperatives.queries import latest_source
from katingan_portal.spreadsheets.writing import CSV_TYPE, XLSX_TYPE, Column, write_csv, write_xlsx

AMOUNTS = (
    Figure.Kind.SAVINGS_BASE,
    Figure.Kind.SAVINGS_BASE_MEMBERS,
    Figure.Kind.SAVINGS_DUES,
    Figure.Kind.SAVINGS_DUES_MEMBERS,
    Figure.Kind.TRANSACTIONS,
    Figure.Kind.TRANSACTIONS_VALUE,
)
COLUMNS = [
    Column("Kode"),
    Column("Desa/Kelurahan"),
    Column("Kecamatan"),
    Column("Nama koperasi", width=44),
    *(Column(kind.label) for kind in Milestone.Kind),
    *(Column(kind.label, "money" if kind.value.endswith("_rp") else "number") for kind in AMOUNTS),
    Column("Sumber angka", width=44),
    Column("Per tanggal", "date"),
]


def as_xlsx(cooperatives: Sequence[Cooperative]) -> HttpResponse:
    source = latest_source()
    content = write_xlsx(
        "Daftar Koperasi Merah Putih",
        COLUMNS,
        _rows(cooperatives, source),
        source=source.name if source else "Portal Koperasi Merah Putih",
        as_of=source.as_of if source else None,
        notes=("Kolom tonggak berisi tanggalnya, atau Ya bila sudah tercatat tanpa tanggal.",),
    )
    return _download(content, XLSX_TYPE, "xlsx")


def as_csv(cooperatives: Sequence[Cooperative]) -> HttpResponse:
    headers = [column.header for column in COLUMNS]
    return _download(write_csv(headers, _rows(cooperatives, latest_source()), delimiter=";"), CSV_TYPE, "csv")


def _rows(cooperatives: Sequence[Cooperative], source: Source | None) -> list[list[Any]]:
    figures = {
        (figure.cooperative_id, figure.kind): figure.value
        for figure in Figure.objects.filter(source=source, cooperative__in=[each.pk for each in cooperatives])
    }
    return [
        [
            each.village.code,
            each.village.name,
            each.village.subdistrict.name,
            each.name,
            *_milestones(each),
            *(figures.get((each.pk, kind)) for kind in AMOUNTS),
            source.name if source else None,
            source.as_of if source else None,
        ]
        for each in cooperatives
    ]


def _milestones(cooperative: Cooperative) -> list[date | bool | None]:
    """The latest of each kind: its date, or True where only the fact is known."""
    latest: dict[str, date | bool] = {}
    for milestone in sorted(cooperative.milestones.all(), key=lambda each: each.book_year or 0):
        latest[milestone.kind] = milestone.achieved_on or True
    return [latest.get(kind) for kind in Milestone.Kind]


def _download(content: bytes, content_type: str, extension: str) -> HttpResponse:
    name = f"koperasi-{timezone.localdate():%Y%m%d}.{extension}"
    return HttpResponse(content, content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
