"""The base of every import-export resource: scoped, all or nothing, remembering what it changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models
from import_export.resources import ModelResource

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record


@dataclass(frozen=True)
class Change:
    """One row before and after, in JSON values, for the undo. before is None for a new row."""

    model: str
    pk: int
    before: dict[str, Any] | None
    after: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class SafeResource(ModelResource):
    """A resource with the person who imports.

    Fields take `widgets.CellWidget`. A resource that saves through an action of its app overrides `save_by_action`
    and sets `writes_audit = False`; rows of other models that it touches it reports by `remember`.

    row_numbers: the line in the file of each row of the dataset, for messages.
    """

    writes_audit = True

    class Meta:
        abstract = True
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        clean_model_instances = True
        use_bulk = False

    def __init__(self, by: Actor | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by or Actor.system("Impor", source="import")
        self.changes: list[Change] = []
        self.row_numbers: list[int] = []
        self._row_number = 0
        self._has_bad_key = False
        self._lines: dict[tuple[Any, ...], int] = {}
        self._stored: dict[str, Any] | None = None

    def get_queryset(self) -> Any:
        """The running regency's rows: the scoped manager refuses to run without a scope."""
        return self._meta.model.objects.all()

    def import_data(self, dataset: Any, **kwargs: Any) -> Any:
        """All or nothing, for validation errors too: without the second switch import_export keeps the valid rows."""
        return super().import_data(
            dataset, **{**kwargs, "use_transactions": True, "rollback_on_validation_errors": True}
        )

    def before_import_row(self, row: Any, row_number: int = 0, **kwargs: Any) -> None:
        self._row_number = self.row_numbers[row_number - 1] if self.row_numbers else row_number

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        """The stored row of this line. A bad key is left to `import_instance`, which collects every error of a line."""
        try:
            key = tuple(self._key_of(row))
        except ValueError:
            self._has_bad_key = True
            return None
        self._has_bad_key = False
        if any(part not in (None, "") for part in key):
            first = self._lines.setdefault(key, self._row_number)
            if first != self._row_number:
                raise ValidationError(f"Baris ini mengulang baris {first}. Hapus salah satunya.")
        return super().get_instance(instance_loader, row)

    def _key_of(self, row: Any) -> Iterator[Any]:
        for name in self.get_import_id_fields():
            field = self.fields.get(name)
            if field is not None and field.column_name in row:
                yield field.clean(row)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Errors of the cells and of the model together; without a key the model's would only mislead."""
        errors = dict(import_validation_errors or {})
        if not self._has_bad_key:
            known = {name.split("__")[0] for name in errors}
            try:
                instance.full_clean(
                    exclude=known | {name.removesuffix("_id") for name in known}, validate_unique=validate_unique
                )
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def after_init_instance(self, instance: models.Model, new: bool, row: Any, **kwargs: Any) -> None:
        self._stored = None if new else snapshot(instance)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """import_export would set the sequence of the keys here: no file brings keys, and the web role may not."""

    def do_instance_save(self, instance: models.Model, is_create: bool) -> None:
        before = None if is_create else self._stored
        self.save_by_action(instance, is_create)
        self.remember(instance, before)

    def save_by_action(self, instance: models.Model, is_create: bool) -> None:
        """Where an app saves through its own action. `instance` carries the row's values."""
        instance.save(force_insert=is_create)

    def remember(self, instance: models.Model, before: dict[str, Any] | None) -> None:
        """Note a saved row for history and undo. before: its `snapshot` from before, None when it is new."""
        after = snapshot(instance)
        changed = {name: value for name, value in after.items() if before is None or before.get(name) != value}
        kept = None if before is None else {name: before[name] for name in changed}
        self.changes.append(Change(instance._meta.label_lower, instance.pk, kept, changed))
        if self.writes_audit:
            verb = "menambah lewat impor" if before is None else "mengubah lewat impor"
            pairs = {name: [None if before is None else before[name], value] for name, value in changed.items()}
            record(verb, instance, by=self.by, changes=pairs)


def snapshot(instance: models.Model) -> dict[str, Any]:
    """The stored columns of a row as JSON values, without keys and without what the database or save() sets."""
    return {
        field.attname: as_json(field.value_from_object(instance))
        for field in instance._meta.concrete_fields
        if not _is_automatic(field)
    }


def _is_automatic(field: models.Field[Any, Any]) -> bool:
    is_stamp = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return field.primary_key or field.name == "regency" or is_stamp or isinstance(field, models.BinaryField)


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def explain(error: BaseException) -> str:
    """An error of one row in words for the user; what we did not foresee is named in general terms only."""
    if _is_ours(error):
        return str(error)
    if isinstance(error, IntegrityError):
        return "Baris ini bertentangan dengan data yang sudah ada, misalnya kode atau nomor yang sama."
    if type(error).__name__ == "MultipleObjectsReturned":
        return "Baris ini cocok dengan lebih dari satu data. Lengkapi kodenya."
    return "Baris ini tidak dapat disimpan. Periksa kembali isinya."


def _is_ours(error: BaseException) -> bool:
    """The refusals of our own actions and parsers speak to the user; others may tell too much."""
    return not type(error).__module__.startswith(("builtins", "django.", "import_export", "psycopg2"))
