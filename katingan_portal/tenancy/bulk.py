"""Many rows by one statement, where Django's bulk_create costs more than the database does.

Measured with `make bench ARGS=chase`: building a model instance and its parameters for each of 200,000 rows takes
several times as long as PostgreSQL takes to store them, and a list that psycopg2 writes out as ARRAY[…] is parsed four
times slower than the same values as one array constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from psycopg2 import sql

from katingan_portal.tenancy.scope import current_regency_id

# What PostgreSQL reads as a sign of its own inside an array constant.
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})


def insert_many(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    *,
    returning: Sequence[str] = ("id",),
    passing_over_known: bool = True,
) -> list[tuple[Any, ...]]:
    """Insert rows of the running regency; returns what was written.

    passing_over_known: leave what a unique constraint knows already, which costs half as much again. Without it one
    such row raises IntegrityError, so it is for rows that hang on rows which this transaction has made.

    columns: {attribute name: one value per row}, all of one length. fixed: {attribute name: the value of every row}.
    What neither names takes the field's default. The model's save() and signals are not called.
    """
    known = {"regency_id": current_regency_id(), **fixed}
    constants = [
        known[name] if name in known else default_of(field)
        for name, field in _fields(model).items()
        if name not in columns
    ]
    arrays = [array_constant(values) for values in columns.values()]
    with connection.cursor() as cursor:
        statement = _statement(model, tuple(columns), tuple(returning), passing_over_known)
        cursor.execute(statement, [*constants, *arrays])
        return list(cursor.fetchall())


def array_constant(values: Sequence[Any]) -> str:
    """The values as the text of one PostgreSQL array, to be cast to its type: `%s::bigint[]`.

    Takes what PostgreSQL reads in the form that Python writes: text, numbers, booleans, UUIDs, dates and moments, None.
    """
    written = {value: _element(value) for value in set(values)}  # a column repeats few values, and dates cost most
    return f"{{{','.join([written[value] for value in values])}}}"


def default_of(field: models.Field[Any, Any]) -> Any:
    """What a column holds when nobody says anything."""
    if field.default is NOT_PROVIDED:
        return "" if field.empty_strings_allowed and not field.null else None
    return field.get_default()


def _element(value: Any) -> str:
    return "NULL" if value is None else f'"{str(value).translate(ESCAPES)}"'


@lru_cache(maxsize=100)
def _statement(
    model: type[models.Model], columns: tuple[str, ...], returning: tuple[str, ...], passing_over_known: bool
) -> str:
    fields = _fields(model)
    constants = [name for name in fields if name not in columns]
    composed = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {varying}, {constants} FROM unnest({arrays}) AS given ({varying})"
        " {conflict} RETURNING {returning}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        names=_identifiers([*columns, *constants]),
        varying=_identifiers(columns),
        constants=sql.SQL(", ").join(_placeholder(fields[name], "") for name in constants),
        arrays=sql.SQL(", ").join(_placeholder(fields[name], "[]") for name in columns),
        conflict=sql.SQL("ON CONFLICT DO NOTHING" if passing_over_known else ""),
        returning=_identifiers(returning),
    )
    with connection.cursor() as cursor:
        return composed.as_string(cursor.cursor)


@lru_cache(maxsize=100)
def _fields(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    return {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}


def _identifiers(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _placeholder(field: models.Field[Any, Any], suffix: str) -> sql.Composable:
    # The type is Django's own word for the column, never anything a person wrote.
    return sql.SQL(f"%s::{field.rel_db_type(connection) if field.is_relation else field.db_type(connection)}{suffix}")
