"""Measures and obligations as spreadsheets, from the same functions as the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from katingan_portal.spreadsheets.writing import XLSX_TYPE, Column, write_xlsx
from reporting.dashboards.measures import Line, Slice
from reporting.periods.models import Obligation
from reporting.rows import rows_of

SOURCE = "Portal Koperasi Merah Putih"
LATENESS = (
    "Tepat waktu: kiriman pertama yang tidak dikembalikan sebagai kosong masuk sampai saat tenggat. Hari terlambat "
    "dihitung menurut kalender kabupaten; yang terlambat dihitung paling sedikit satu hari.",
    "Yang belum jatuh tempo dan yang dibebaskan tidak dihitung dalam kelengkapan dan ketepatan.",
)
MEASURE_COLUMNS: Sequence[Column] = (
    Column("Wajib", "number"),
    Column("Dikirim", "number"),
    Column("Tepat waktu", "number"),
    Column("Diterima", "number"),
    Column("Terlambat, belum dikirim", "number"),
    Column("Dibebaskan", "number"),
    Column("Belum jatuh tempo", "number"),
    Column("Kelengkapan", "percent"),
    Column("Ketepatan waktu", "percent"),
    Column("Median hari terlambat", "number"),
)


def measures_xlsx(title: str, head: str, lines: Iterable[Line], now: datetime, file_name: str) -> HttpResponse:
    rows = [[line.name, *_figures(line)] for line in lines]
    content = write_xlsx(
        title, [Column(head, width=44), *MEASURE_COLUMNS], rows, source=SOURCE, generated_at=now, notes=LATENESS
    )
    return xlsx_response(content, file_name)


def obligations_xlsx(obligations: QuerySet[Obligation], chosen: Slice) -> HttpResponse:
    """One row per obligation with its standing and its days late."""
    header = [
        Column("Nomor"), Column("Perangkat daerah", width=44), Column("Formulir", width=36), Column("Periode"),
        Column("Tenggat", "moment"), Column("Pertama dikirim", "moment"), Column("Diterima", "moment"),
        Column("Keadaan"), Column("Hari terlambat", "number"),
    ]  # fmt: skip
    rows = [_row(row, chosen) for row in rows_of(obligations, chosen.now, chosen.zone)]
    content = write_xlsx("Kewajiban lapor", header, rows, source=SOURCE, generated_at=chosen.now, notes=LATENESS)
    return xlsx_response(content, "kewajiban-lapor.xlsx")


def xlsx_response(content: bytes, file_name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _figures(line: Line) -> list[Any]:
    rates = line.rates
    return [
        rates.expected, rates.received, rates.on_time, rates.accepted, rates.overdue, rates.waived, rates.not_due,
        rates.completeness, rates.timeliness, rates.median_days_late,
    ]  # fmt: skip


def _row(row: Any, chosen: Slice) -> list[Any]:
    obligation = row.obligation
    moments = (obligation.due_at, obligation.first_submitted_at, obligation.accepted_at)
    return [
        obligation.pk,
        obligation.agency.name,
        obligation.form.name,
        row.period_label,
        *(moment and moment.astimezone(chosen.zone).replace(tzinfo=None) for moment in moments),
        row.standing.label,
        row.days_late,
    ]
