"""Migration operations of the tenant wall."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from katingan_portal.tenancy import policies


class IsolateByRegency(Operation):
    """Put a tenant-owned table behind row-level security and tie its foreign keys to the same regency.

    private_to: column with the agency that keeps the row private, e.g. "agency_id".
    platform: commands that the worker role may run over all regencies, e.g. ("SELECT", "UPDATE").
    append_only: nobody may update or delete.
    """

    reduces_to_sql = True
    reversible = False

    def __init__(
        self, model_name: str, private_to: str = "", platform: tuple[str, ...] = (), append_only: bool = False
    ) -> None:
        self.model_name = model_name
        self.private_to = private_to
        self.platform = platform
        self.append_only = append_only

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        for statement in self._statements(model, table):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Isolate {self.model_name} by regency"

    def _statements(self, model: type[models.Model], table: str) -> list[str]:
        statements = policies.isolate(table)
        for column, target in tenant_foreign_keys(model):
            statements += policies.same_regency(table, column, target)
        if self.private_to:
            statements += policies.keep_private(table, self.private_to)
        statements += policies.allow_platform(table, self.platform)
        if self.append_only:
            statements += policies.forbid_change(table)
        return statements


class SameRegency(Operation):
    """The composite foreign key of a TenantForeignKey that was added after its table was isolated."""

    reduces_to_sql = True
    reversible = False

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.field_name)
        target = field.remote_field.model._meta.db_table
        for statement in policies.same_regency(model._meta.db_table, field.column, target):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Tie {self.model_name}.{self.field_name} to the same regency"


def tenant_foreign_keys(model: type[models.Model]) -> list[tuple[str, str]]:
    """(column, target table) of every foreign key whose target is tenant-owned."""
    return [
        (field.column, field.remote_field.model._meta.db_table)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and is_tenant_owned(field.remote_field.model)
    ]


# Read before the scope is known, so no policy can stand before them; a wall test knows this list too.
READ_BEFORE_SCOPE = {"agencies.membership"}


def is_tenant_owned(model: Any) -> bool:
    if model._meta.label_lower in READ_BEFORE_SCOPE:
        return False
    return any(field.name == "regency" for field in model._meta.get_fields() if not field.auto_created)
