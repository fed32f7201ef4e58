"""Read the reference files of a district: its villages (CSV) and their outlines (GeoJSON)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
COLUMNS = ("code", "name", "kind", "subdistrict_code", "subdistrict", "postal_code", "lat", "lon")
VILLAGE_CODE = re.compile(r"\d\d\.\d\d\.\d\d\.[12]\d{3}")
KIND_OF_DIGIT = {"1": "kelurahan", "2": "desa"}


class UnreadableRows(ValueError):
    """The file cannot be loaded. `errors` has every reason, each with its row."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class VillageRow:
    """One line of the file. Codes keep their dots: without them Kemendagri and BPS codes collide."""

    code: str
    name: str
    kind: str
    subdistrict_code: str
    subdistrict: str
    postal_code: str
    latitude: Decimal | None
    longitude: Decimal | None


@dataclass(frozen=True)
class Outline:
    """A GeoJSON geometry and, where the file gives one, its centre."""

    geometry: dict[str, Any]
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def read_villages(text: str) -> list[VillageRow]:
    """Raises UnreadableRows with all that is wrong; row 1 is the header, as a spreadsheet counts."""
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise UnreadableRows([f"Baris 1: kolom {', '.join(missing)} tidak ada."])
    lines = list(enumerate(reader, start=2))
    errors = [f"Baris {number}, {problem}" for number, line in lines for problem in _problems(line)]
    errors += _repeated((number, line["code"]) for number, line in lines)
    if errors:
        raise UnreadableRows(errors)
    return [_row(line) for _, line in lines]


def read_outlines(*texts: str) -> dict[str, Outline]:
    """{code: outline} of all features of the given GeoJSON texts."""
    features = [feature for text in texts for feature in json.loads(text)["features"]]
    return {feature["properties"]["code"]: _outline(feature) for feature in features}


def katingan_villages() -> list[VillageRow]:
    return read_villages((DATA / "villages.csv").read_text(encoding="utf-8"))


def katingan_outlines() -> dict[str, Outline]:
    names = ("subdistricts.geojson", "villages.geojson")
    return read_outlines(*((DATA / name).read_text(encoding="utf-8") for name in names))


def _problems(line: dict[str, str]) -> list[str]:
    code, subdistrict = line["code"] or "", line["subdistrict_code"] or ""
    if not VILLAGE_CODE.fullmatch(code):
        return [f"kolom code: {code!r} bukan kode desa/kelurahan Kemendagri, misalnya 62.06.01.2001."]
    problems = []
    if code[:8] != subdistrict:
        problems.append(f"kolom subdistrict_code: {subdistrict!r} tidak cocok dengan kode {code}.")
    if line["kind"] != KIND_OF_DIGIT[code[9]]:
        problems.append(f"kolom kind: {line['kind']!r} tidak cocok dengan kode {code} ({KIND_OF_DIGIT[code[9]]}).")
    problems += [f"kolom {name}: kosong." for name in ("name", "subdistrict") if not (line[name] or "").strip()]
    bad = [name for name in ("lat", "lon") if not _is_degree(line[name])]
    return problems + [f"kolom {name}: {line[name]!r} bukan derajat." for name in bad]


def _repeated(codes: Iterable[tuple[int, str]]) -> list[str]:
    first: dict[str, int] = {}
    return [
        f"Baris {number}, kolom code: {code} sudah ada di baris {first[code]}."
        for number, code in codes
        if first.setdefault(code, number) != number
    ]


def _is_degree(text: str | None) -> bool:
    try:
        return not text or abs(Decimal(text)) <= 180
    except InvalidOperation:
        return False


def _row(line: dict[str, str]) -> VillageRow:
    return VillageRow(
        code=line["code"],
        name=line["name"].strip(),
        kind=line["kind"],
        subdistrict_code=line["subdistrict_code"],
        subdistrict=line["subdistrict"].strip(),
        postal_code=line["postal_code"] or "",
        latitude=_degrees(line["lat"]),
        longitude=_degrees(line["lon"]),
    )


def _outline(feature: dict[str, Any]) -> Outline:
    properties = feature["properties"]
    return Outline(feature["geometry"], _degrees(properties.get("lat")), _degrees(properties.get("lon")))


def _degrees(value: object) -> Decimal | None:
    """Five decimals, a metre, as the database keeps them: else a second load would see a change."""
    return Decimal(str(value)).quantize(Decimal("0.00001")) if value not in (None, "") else None
