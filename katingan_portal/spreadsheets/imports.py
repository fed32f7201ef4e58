"""Which spreadsheets the portal takes. Each app registers its own in its `imports.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from import_export.resources import Resource

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.reader_process import plain_header
from katingan_portal.spreadsheets.table import Table, UnreadableSpreadsheet, letter


@dataclass(frozen=True)
class ImportColumn:
    """name: the header in the template and the `column_name` of the resource's field; aliases are accepted too."""

    name: str
    help: str
    required: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def headers(self) -> set[str]:
        return {plain_header(each) for each in (self.name, *self.aliases)}


@dataclass(frozen=True)
class ImportKind:
    """One kind of spreadsheet. resource_factory: makes the resource for the person who imports, a `SafeResource`;
    another kind of resource works too, but without `changes` it cannot be undone.

    sample: example rows of the template, in the order of `columns`. needs: what one must be allowed besides importing.
    """

    key: str
    label: str
    description: str
    resource_factory: Callable[[Actor], Resource]
    columns: tuple[ImportColumn, ...]
    sample: tuple[tuple[Any, ...], ...] = ()
    needs: Verb = Verb.IMPORT_SPREADSHEETS

    @property
    def headers(self) -> list[str]:
        return [each for column in self.columns for each in (column.name, *column.aliases)]

    def is_open_to(self, actor: Actor) -> bool:
        return may(actor, Verb.IMPORT_SPREADSHEETS) and may(actor, self.needs)


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> ImportKind:
    _kinds[kind.key] = kind
    return kind


def kinds_open_to(actor: Actor) -> list[ImportKind]:
    return sorted((kind for kind in _kinds.values() if kind.is_open_to(actor)), key=lambda kind: kind.label)


def kinds_closed_to(actor: Actor) -> list[str]:
    """Keys of the kinds whose files are not for this person, whoever uploaded them."""
    return [kind.key for kind in _kinds.values() if not kind.is_open_to(actor)]


def kind_of(key: str) -> ImportKind | None:
    return _kinds.get(key)


@dataclass(frozen=True)
class Layout:
    """Where each column of a kind stands in a table: {name: column from 0}; notes: what was left aside."""

    places: dict[str, int]
    notes: tuple[str, ...]


def layout_of(table: Table, columns: Sequence[ImportColumn]) -> Layout:
    """Raises UnreadableSpreadsheet for a missing or doubled column."""
    headers = [plain_header(each) for each in table.header]
    places: dict[str, int] = {}
    for column in columns:
        found = [place for place, header in enumerate(headers) if header and header in column.headers]
        if len(found) > 1:
            letters = " dan ".join(letter(place) for place in found)
            raise UnreadableSpreadsheet(
                f"Berkas “{table.file_name}”: judul “{column.name}” ada dua kali (kolom {letters}, "
                f"{table.where(table.header_row)}). Hapus salah satunya."
            )
        if found:
            places[column.name] = found[0]
    _refuse_missing(table, [column.name for column in columns if column.required and column.name not in places])
    return Layout(places, _left_aside(table, set(places.values())))


def _refuse_missing(table: Table, missing: list[str]) -> None:
    if missing:
        read = ", ".join(f"“{header}”" for header in table.header if header)[:300] or "tidak ada"
        raise UnreadableSpreadsheet(
            f"Berkas “{table.file_name}”: kolom wajib {', '.join(f'“{name}”' for name in missing)} tidak ditemukan. "
            f"Judul yang terbaca di {table.where(table.header_row)}: {read}. Pakai judul dari berkas contoh."
        )


def _left_aside(table: Table, used: set[int]) -> tuple[str, ...]:
    others = [(place, header) for place, header in enumerate(table.header) if header and place not in used]
    unknown = [f"“{header}” ({letter(place)})" for place, header in others]
    unnamed = sorted(
        {
            place
            for row in table.rows
            for place, cell in enumerate(row.cells)
            if cell is not None and not (table.header[place] if place < len(table.header) else "")
        }
    )
    notes = []
    if unknown:
        notes.append(f"Kolom yang tidak dikenal diabaikan: {', '.join(unknown)}.")
    if unnamed:
        notes.append(f"Isi tanpa judul diabaikan: kolom {', '.join(letter(place) for place in unnamed)}.")
    return tuple(notes)
