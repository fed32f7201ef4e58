"""Many rows by one statement, where Django's bulk_create costs more than the database does.

Measured with `make bench ARGS=chase`: building a model instance and its parameters for each of 200,000 rows takes
several times as long as PostgreSQL takes to store them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from psycopg2 import sql

from katingan_portal.tenancy.scope import current_regency_id


def insert_many(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    *,
    returning: Sequence[str] = ("id",),
) -> list[tuple[Any, ...]]:
    """Insert rows of the running regency, leaving those that a unique constraint knows; returns what was written.

    columns: {attribute name: one value per row}, all of one length. fixed: {attribute name: the value of every row}.
    What neither names takes the field's default. The model's save() and signals are not called.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    known = {"regency_id": current_regency_id(), **fixed}
    constants = {
        name: known[name] if name in known else default_of(fields[name]) for name in fields if name not in columns
    }
    names = [*columns, *constants]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {varying}, {constants} FROM unnest({arrays}) AS given ({varying})"
        " ON CONFLICT DO NOTHING RETURNING {returning}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        names=_identifiers(names),
        varying=_identifiers(columns),
        constants=sql.SQL(", ").join(_placeholder(fields[name], "") for name in constants),
        arrays=sql.SQL(", ").join(_placeholder(fields[name], "[]") for name in columns),
        returning=_identifiers(returning),
    )
    parameters = [*constants.values(), *(list(values) for values in columns.values())]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def default_of(field: models.Field[Any, Any]) -> Any:
    """What a column holds when nobody says anything."""
    if field.default is NOT_PROVIDED:
        return "" if field.empty_strings_allowed and not field.null else None
    return field.get_default()


def _identifiers(names: Any) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _placeholder(field: models.Field[Any, Any], suffix: str) -> sql.Composable:
    # The type is Django's own word for the column, never anything a person wrote.
    return sql.SQL(f"%s::{field.rel_db_type(connection) if field.is_relation else field.db_type(connection)}{suffix}")
