"""The rows of a table question: the villages or cooperatives that an agency answers for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agencies.models import Agency
from cooperatives.models import Cooperative
from reporting.duties.models import Indicator
from villages.models import Village


@dataclass(frozen=True)
class Row:
    """key: as answers.py keeps it (a village's code, a cooperative's id). group: its kecamatan's name."""

    key: str
    label: str
    group: str


def rows_of(table: Indicator, agency: Agency) -> list[Row]:
    """In code order: those of a kecamatan office's own kecamatan, of the whole district for every other agency."""
    return _villages(agency) if table.kind == Indicator.Kind.VILLAGE_TABLE else _cooperatives(agency)


def row_keys_of(agency: Agency, questions: Iterable[Indicator]) -> dict[str, list[str]]:
    """{table code: row keys} of the tables among the questions, as checks.missing wants them."""
    return {asked.code: [row.key for row in rows_of(asked, agency)] for asked in questions if asked.is_table}


def _villages(agency: Agency) -> list[Row]:
    rows = Village.objects.select_related("subdistrict").defer("boundary", "subdistrict__boundary").order_by("code")
    if agency.subdistrict_id:
        rows = rows.filter(subdistrict_id=agency.subdistrict_id)
    return [Row(row.code, str(row), row.subdistrict.name) for row in rows]


def _cooperatives(agency: Agency) -> list[Row]:
    rows = Cooperative.objects.select_related("village__subdistrict").defer(
        "village__boundary", "village__subdistrict__boundary"
    )
    if agency.subdistrict_id:
        rows = rows.filter(village__subdistrict_id=agency.subdistrict_id)
    ordered = rows.order_by("village__code", "number")
    return [Row(str(row.pk), row.name, row.village.subdistrict.name) for row in ordered]
