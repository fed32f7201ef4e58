"""Load the kecamatan and villages of the running regency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record, record_many
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from villages.imports import Outline, UnreadableRows, VillageRow
from villages.models import Subdistrict, Village


@dataclass
class LoadReport:
    """What loading did, in rows, and where the database differs from the file, in words."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    drift: list[str] = field(default_factory=list)

    def __add__(self, other: LoadReport) -> LoadReport:
        return LoadReport(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.drift + other.drift,
        )


@transaction.atomic
def load_villages(
    rows: Sequence[VillageRow], outlines: Mapping[str, Outline], *, by: Actor, apply: bool = False
) -> LoadReport:
    """Add what is missing. What differs from the file is drift: reported, and changed only with `apply`.

    A row that the file lacks is reported too, and never deleted: cooperatives and reports hang on it.
    Raises UnreadableRows when a code belongs to another regency.
    """
    _refuse_other_regency(rows)
    subdistricts = load_rows(Subdistrict, _subdistrict_values(rows, outlines), by=by, apply=apply)
    ids = dict(Subdistrict.objects.values_list("code", "pk"))
    villages = load_rows(Village, _village_values(rows, outlines, ids), by=by, apply=apply)
    return subdistricts + villages


def load_rows(
    model: type[models.Model], wanted: Mapping[str, dict[str, Any]], *, by: Actor, apply: bool = False
) -> LoadReport:
    """The reference rows of one model keyed by `code`; `wanted` is {code: {field: value}}."""
    stored = {row.code: row for row in model.objects.all()}  # type: ignore[attr-defined]  # a TenantModel
    report = LoadReport(drift=[_missing(stored[code]) for code in stored if code not in wanted])
    new = [model(code=code, **values) for code, values in wanted.items() if code not in stored]
    model.objects.bulk_create(new)  # type: ignore[attr-defined]
    record_many("memuat", new, by=by)
    report.created = len(new)
    for code in wanted.keys() & stored.keys():
        _compare(report, stored[code], wanted[code], by=by, apply=apply)
    report.drift.sort()
    return report


def _compare(report: LoadReport, row: models.Model, values: dict[str, Any], *, by: Actor, apply: bool) -> None:
    changes = changed_fields(row, values)
    if not changes:
        report.unchanged += 1
        return
    report.drift += [_difference(row, name, *pair) for name, pair in changes.items()]
    if apply:
        for name in changes:
            setattr(row, name, values[name])
        row.save(update_fields=list(changes))
        record("menyamakan dengan berkas", row, by=by, changes={k: v for k, v in changes.items() if k != "boundary"})
        report.changed += 1


def _missing(row: Any) -> str:
    return f"{row.code} {row}: ada di portal, tidak ada di berkas"


def _difference(row: Any, name: str, stored: Any, wanted: Any) -> str:
    label = row._meta.get_field(name).verbose_name
    if name == "boundary":
        return f"{row.code} {row}: {label} berbeda"
    return f"{row.code} {row}: {label} di portal {stored!r}, di berkas {wanted!r}"


def _refuse_other_regency(rows: Iterable[VillageRow]) -> None:
    code = Regency.objects.values_list("code", flat=True).get(pk=current_regency_id())
    strangers = [row.code for row in rows if not row.code.startswith(f"{code}.")]
    if strangers:
        raise UnreadableRows([f"Kode {stranger} bukan bagian dari {code}." for stranger in strangers])


def _subdistrict_values(rows: Iterable[VillageRow], outlines: Mapping[str, Outline]) -> dict[str, dict[str, Any]]:
    names = {row.subdistrict_code: row.subdistrict for row in rows}
    nowhere = Outline({})
    return {
        code: {
            "name": name,
            "latitude": outlines.get(code, nowhere).latitude,
            "longitude": outlines.get(code, nowhere).longitude,
            "boundary": outlines.get(code, nowhere).geometry or None,
        }
        for code, name in names.items()
    }


def _village_values(
    rows: Iterable[VillageRow], outlines: Mapping[str, Outline], subdistrict_ids: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    nowhere = Outline({})
    return {
        row.code: {
            "subdistrict_id": subdistrict_ids[row.subdistrict_code],
            "name": row.name,
            "kind": row.kind,
            "postal_code": row.postal_code,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "boundary": outlines.get(row.code, nowhere).geometry or None,
        }
        for row in rows
    }
