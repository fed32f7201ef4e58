"""Preview, confirm and undo an import. Nothing but the batch is written before confirm; then all of it, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
import tablib
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError
from import_export.resources import Resource

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.spreadsheets.imports import ImportKind, Layout, kind_of, layout_of
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.spreadsheets.queries import may_open, same_file_before
from katingan_portal.spreadsheets.reading import read_table, shown_name
from katingan_portal.spreadsheets.resources import explain, snapshot
from katingan_portal.spreadsheets.table import Cell, Row, Table, letter, to_json

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(hours=24)
OUTCOMES = {"new": "new", "update": "changed", "skip": "unchanged", "error": "rejected", "invalid": "rejected"}


class ImportRefused(Exception):
    """The step is not possible now; the message is Indonesian, for the user."""


class UndoRefused(ImportRefused):
    """Something changed since the import. conflicts: what, in words."""

    def __init__(self, message: str, conflicts: list[str]) -> None:
        super().__init__(message)
        self.conflicts = conflicts


@transaction.atomic
def preview(kind: ImportKind, content: bytes, file_name: str, *, by: Actor, now: datetime) -> ImportBatch:
    """Try the file out and keep what would happen, with every error. Raises UnreadableSpreadsheet."""
    forget_expired(now=now)
    table = read_table(content, file_name, kind.headers)
    layout = layout_of(table, kind.columns)
    results, _ = _run(kind, table, layout, by=by, keep=False)
    batch = ImportBatch.objects.create(
        kind=kind.key,
        uploaded_by_id=by.user_id,
        uploaded_by_name=by.name[:200],
        agency_id=by.agency_id,
        file_name=shown_name(file_name)[:80],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        notes=[*table.notes, *layout.notes],
        row_results=results,
        created_at=now,
        expires_at=now + KEPT_FOR,
        **_counts(results),
    )
    record("memeriksa berkas impor", batch, by=by)
    return batch


@transaction.atomic
def confirm(batch: ImportBatch, *, by: Actor, now: datetime, leave_rejected: bool = False) -> ImportBatch:
    """Write what the preview showed, or nothing. A second confirm of the same batch changes nothing.

    leave_rejected: the person knows that rejected rows stay out. Raises ImportRefused.
    """
    locked = _locked(batch, by)
    if locked.state == ImportBatch.State.CONFIRMED:
        return locked
    _refuse_unless_ready(locked, now, leave_rejected)
    kind = kind_of(locked.kind)
    if kind is None:
        raise ImportRefused("Jenis impor ini sudah tidak dikenal portal.")
    table = read_table(bytes(locked.content), locked.file_name, kind.headers)
    accepted = {result["row"] for result in locked.row_results if result["outcome"] != "rejected"}
    layout = layout_of(table, kind.columns)
    results, changes = _run(kind, _only(table, accepted), layout, by=by, keep=True)
    shown = [result for result in locked.row_results if result["row"] in accepted]
    if [_promise(each) for each in results] != [_promise(each) for each in shown]:
        raise ImportRefused(
            "Data di portal berubah sejak berkas ini diperiksa, jadi tidak ada yang disimpan. "
            "Unggah berkasnya sekali lagi."
        )
    _mark_confirmed(locked, changes, by, now)
    record("menyimpan impor", locked, by=by, changes={"baris": [None, f"{locked.new} baru, {locked.changed} berubah"]})
    return locked


@transaction.atomic
def undo(batch: ImportBatch, *, by: Actor, now: datetime) -> ImportBatch:
    """Put back what stood there before. Raises UndoRefused, and changes nothing, when something changed since."""
    locked = _locked(batch, by)
    if locked.state == ImportBatch.State.UNDONE:
        return locked
    if locked.state != ImportBatch.State.CONFIRMED:
        raise ImportRefused("Impor ini belum disimpan, jadi tidak ada yang perlu dibatalkan.")
    if not locked.changes:
        raise ImportRefused("Impor jenis ini tidak dapat dibatalkan. Impor berkas yang benar sebagai gantinya.")
    conflicts = _put_all_back(locked.changes, by)
    if conflicts:
        raise UndoRefused(
            f"Impor ini tidak dapat dibatalkan: {len(conflicts)} data sudah diubah lagi sesudahnya. "
            "Ubah data itu satu per satu, atau impor berkas yang benar.",
            conflicts[:20],
        )
    locked.state, locked.undone_at, locked.undone_by_name = ImportBatch.State.UNDONE, now, by.name[:200]
    locked.save(update_fields=["state", "undone_at", "undone_by_name"])
    record("membatalkan impor", locked, by=by)
    return locked


def forget_expired(*, now: datetime) -> int:
    """Drop the contents of uploads that nobody confirmed in time."""
    waiting = ImportBatch.objects.filter(state=ImportBatch.State.PREVIEWED, expires_at__lte=now)
    return int(waiting.update(state=ImportBatch.State.EXPIRED, content=b"", row_results=[]))


# --- trying out and writing ---


def _run(
    kind: ImportKind, table: Table, layout: Layout, *, by: Actor, keep: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What happens to each row, and what was changed. With keep=False everything is rolled back."""
    resource = kind.resource_factory(by)
    resource.row_numbers = [row.number for row in table.rows]
    dataset = tablib.Dataset(headers=list(layout.places))
    for row in table.rows:
        dataset.append([_cell_at(row, place) for place in layout.places.values()])
    # Both switches: with the first alone import_export keeps the valid rows of a file with invalid ones.
    outcome = resource.import_data(dataset, dry_run=not keep, use_transactions=True, rollback_on_validation_errors=True)
    if outcome.base_errors:
        log.error("import_failed", kind=kind.key, error=repr(outcome.base_errors[0].error))
        raise ImportRefused(explain(outcome.base_errors[0].error))
    describe = _Describer(table, layout, resource)
    results = [describe(row, result) for row, result in zip(table.rows, outcome.rows, strict=True)]
    return results, [change.as_json() for change in getattr(resource, "changes", [])]


def _cell_at(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None


def _only(table: Table, numbers: set[int]) -> Table:
    rows = tuple(row for row in table.rows if row.number in numbers)
    return Table(table.file_name, table.sheet, table.header_row, table.header, rows, table.notes)


class _Describer:
    """One row's result as the preview keeps it: outcome, name, errors with their column, and its cells if rejected."""

    def __init__(self, table: Table, layout: Layout, resource: Resource) -> None:
        self.table, self.layout = table, layout
        self.columns = {field.attribute or name: field.column_name for name, field in resource.fields.items()}

    def __call__(self, row: Row, result: Any) -> dict[str, Any]:
        outcome = OUTCOMES[result.import_type]
        described: dict[str, Any] = {"row": row.number, "outcome": outcome, "name": result.object_repr or ""}
        if outcome == "rejected":
            described["errors"] = [self._placed(row, *error) for error in _errors_of(result)]
            described["cells"] = {name: to_json(_cell_at(row, place)) for name, place in self.layout.places.items()}
        return described

    def _placed(self, row: Row, attribute: str, message: str) -> dict[str, str]:
        name = self.columns.get(attribute, "")
        place = self.layout.places.get(name)
        column = "" if place is None else letter(place)
        return {
            "column": column,
            "header": name if place is not None else "",
            "where": self.table.where(row.number, place),
            "message": message,
        }


def _errors_of(result: Any) -> Iterator[tuple[str, str]]:
    """(attribute, message) of everything that is wrong with a row, not only of the first."""
    if result.validation_error is not None:
        yield from _validation_messages(result.validation_error)
    for error in result.errors:
        cause = error.error
        if isinstance(cause, ValidationError):
            yield from _validation_messages(cause)
        else:
            if type(cause).__module__.startswith(("builtins", "django.db")):
                log.warning("import_row_failed", error=repr(cause)[:300])
            yield getattr(cause, "attribute", ""), explain(cause)


def _validation_messages(error: ValidationError) -> Iterator[tuple[str, str]]:
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for attribute, texts in by_field.items():
        for text in texts:
            yield ("" if attribute == NON_FIELD_ERRORS else attribute), text


def _counts(results: Iterable[dict[str, Any]]) -> dict[str, int]:
    counts = {"new": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    for result in results:
        counts[result["outcome"]] += 1
    return counts


def _promise(result: dict[str, Any]) -> tuple[int, str]:
    return result["row"], result["outcome"]


# --- confirming ---


def _locked(batch: ImportBatch, by: Actor) -> ImportBatch:
    locked: ImportBatch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not may_open(by, locked):
        raise ImportRefused("Impor ini milik perangkat daerah lain.")
    return locked


def _refuse_unless_ready(batch: ImportBatch, now: datetime, leave_rejected: bool) -> None:
    if batch.state == ImportBatch.State.UNDONE:
        raise ImportRefused("Impor ini sudah dibatalkan. Unggah berkasnya lagi bila perlu.")
    if batch.has_expired(now):
        raise ImportRefused("Hasil pemeriksaan berkas ini sudah kedaluwarsa. Unggah berkasnya sekali lagi.")
    if batch.rejected and not leave_rejected:
        raise ImportRefused(
            f"{batch.rejected} baris ditolak, jadi belum ada yang disimpan. Perbaiki berkasnya dan unggah lagi, atau "
            "pilih untuk menyimpan baris yang benar saja."
        )
    if not batch.to_write:
        raise ImportRefused("Tidak ada yang perlu disimpan: semua baris sudah sama dengan data di portal.")
    if (earlier := same_file_before(batch)) is not None:
        raise ImportRefused(
            f"Berkas yang sama sudah disimpan oleh {earlier.confirmed_by_name} sebagai impor nomor {earlier.pk}; "
            "tidak ada yang ditulis lagi."
        )


def _mark_confirmed(batch: ImportBatch, changes: list[dict[str, Any]], by: Actor, now: datetime) -> None:
    batch.state, batch.confirmed_at, batch.confirmed_by_name = ImportBatch.State.CONFIRMED, now, by.name[:200]
    batch.changes = changes
    with _the_same_file_once():
        batch.save(update_fields=["state", "confirmed_at", "confirmed_by_name", "changes"])


@contextmanager
def _the_same_file_once() -> Iterator[None]:
    """Two people who confirm the same file in the same moment: the database lets one through."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ImportRefused("Berkas yang sama baru saja disimpan orang lain; tidak ada yang ditulis lagi.") from error


# --- undoing ---


def _model_of(change: dict[str, Any]) -> type[models.Model]:
    return apps.get_model(change["model"])


def _row_of(change: dict[str, Any]) -> models.Model | None:
    manager: Any = _model_of(change).objects  # type: ignore[attr-defined]
    row: models.Model | None = manager.select_for_update().filter(pk=change["pk"]).first()
    return row


def _put_all_back(changes: list[dict[str, Any]], by: Actor) -> list[str]:
    """Newest first, so that a row changed twice passes through the state between. Returns what is in the way."""
    conflicts: list[str] = []
    for change in reversed(changes):
        try:
            conflict = _put_back(change, by)
        except UndoRefused:
            if conflicts:
                break  # it is used by a row that stays because it changed: that row is the reason to name
            raise
        conflicts += [conflict] if conflict else []
    return conflicts


def _put_back(change: dict[str, Any], by: Actor) -> str:
    row = _row_of(change)
    conflict = _conflict(change, row)
    if row is not None and not conflict:
        _restore(change, row, by)
    return conflict


def _conflict(change: dict[str, Any], row: models.Model | None) -> str:
    if row is None:
        return f"{_model_of(change)._meta.verbose_name} nomor {change['pk']} sudah dihapus"
    now = snapshot(row)
    labels = {field.attname: str(field.verbose_name) for field in row._meta.concrete_fields}
    differing = [labels[name] for name, value in change["after"].items() if now.get(name) != value]
    return f"{row}: {', '.join(differing)}" if differing else ""


def _restore(change: dict[str, Any], row: models.Model, by: Actor) -> None:
    before: dict[str, Any] | None = change["before"]
    if before is None:
        record("menghapus karena impor dibatalkan", row, by=by)
        _delete(row)
        return
    for name, value in before.items():
        setattr(row, name, _field(row, name).to_python(value))
    row.save(update_fields=list(before))
    pairs = {name: [change["after"][name], value] for name, value in before.items()}
    record("mengembalikan karena impor dibatalkan", row, by=by, changes=pairs)


def _delete(row: models.Model) -> None:
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError, IntegrityError) as error:
        raise UndoRefused(
            f"Impor ini tidak dapat dibatalkan: {row} sudah dipakai data lain.", [f"{row}: sudah dipakai data lain"]
        ) from error


def _field(row: models.Model, attname: str) -> Any:
    find: Callable[[str], Any] = row._meta.get_field
    return next((field for field in row._meta.concrete_fields if field.attname == attname), None) or find(attname)
