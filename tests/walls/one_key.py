"""One key that names, at once, a row of every kind in the other regency, and nothing in Katingan.

Which table a route looks its key up in is not for the test to know. With a key per table each route would have to be
asked once for each of them; with the same key in all tables, one request meets whichever row the route would find.
Likewise one code names a row of every kind in Katingan: beside the foreign key it is where somebody at home would try.
"""

from __future__ import annotations

import os

import psycopg2
from django.apps import apps
from django.db.models import Model
from psycopg2 import extensions

from agencies.access import active_memberships
from agencies.actions_access import create_api_token
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.boot import tenant_models
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from tests.conftest import everything_of, person, signed_in, with_database

FOREIGN_KEY = 888_888_888
OWN_CODE = "dinkes"
MISSING_KEY = 999_999_999
# Rows without a regency of their own that belong to its people: where the regency is found from them.
OF_PEOPLE = {
    "accounts.User": "memberships__regency",
    "accounts.UserSession": "user__memberships__regency",
    "agencies.ApiToken": "membership__regency",
}
# Every column that a foreign key of the database ties to a table's id, also as one half of (regency_id, x_id).
REFERENCES = """
SELECT DISTINCT c.conrelid::regclass::text, here.attname
FROM pg_constraint c
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (here, there)
JOIN pg_attribute here ON here.attrelid = c.conrelid AND here.attnum = pair.here
JOIN pg_attribute there ON there.attrelid = c.confrelid AND there.attnum = pair.there
WHERE c.contype = 'f' AND c.confrelid = %s::regclass AND there.attname = 'id'
"""
SHAPES = (
    "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c' AND conname LIKE '%%_code_is_%%'"
)


def models_with_foreign_rows() -> dict[type[Model], str]:
    """{model: path from a row to its regency}."""
    own = dict.fromkeys([*tenant_models(), apps.get_model("agencies.Membership")], "regency")
    return own | {apps.get_model(label): path for label, path in OF_PEOPLE.items()}


def newest_rows(regency: Regency) -> dict[type[Model], Model]:
    """The newest row of every model in a regency; an error for a model that has none to be asked with."""
    with applied(everything_of(regency)):
        found = {
            model: model._base_manager.filter(**{path: regency}).order_by("-pk").first()
            for model, path in models_with_foreign_rows().items()
        }
    assert [model.__name__ for model, row in found.items() if row is None] == []
    return {model: row for model, row in found.items() if row is not None}


def give_the_newest_rows_one_key(regency: Regency, database: str) -> None:
    """In a database of the test's own: the newest row of every model gets FOREIGN_KEY, with all that points to it."""
    let_dewi_sign_in(regency)
    keys = {model._meta.db_table: row.pk for model, row in newest_rows(regency).items()}
    own = Regency.objects.get(code="62.06")
    connection = psycopg2.connect(with_database(os.environ["TEST_SUPERUSER_URL"], database))
    with connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no append-only triggers, keys checked by none
        for table, key in keys.items():
            _rename(cursor, table, key)
        for model in coded_models():
            _give_own_code(cursor, model._meta.db_table, own)
    connection.close()


def coded_models() -> list[type[Model]]:
    """Where a regency chooses its codes; one with choices has the same few in each."""
    named = [(model, field) for model in tenant_models() for field in model._meta.fields if field.name == "code"]
    return [model for model, field in named if not field.choices]


def let_dewi_sign_in(regency: Regency) -> None:
    """A session and an API key of hers: the test world has none."""
    dewi = person("dewi")
    signed_in(dewi)
    with applied(everything_of(regency)):
        create_api_token(active_memberships(dewi)[0], label="KNR-62.99", by=Actor.system("Uji"))


def _rename(cursor: extensions.cursor, table: str, key: int) -> None:
    cursor.execute(REFERENCES, [table])
    for referring, column in [*cursor.fetchall(), (table, "id")]:
        cursor.execute(f'UPDATE {referring} SET "{column}" = %s WHERE "{column}" = %s', [FOREIGN_KEY, key])


def _give_own_code(cursor: extensions.cursor, table: str, own: Regency) -> None:
    """To the oldest own row, whatever shape the table asks of its codes; dinkes itself bears it already."""
    cursor.execute(SHAPES, [table])
    for (constraint,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    has_it = f"SELECT 1 FROM {table} WHERE regency_id = %s AND code = %s"
    oldest = f"SELECT min(id) FROM {table} WHERE regency_id = %s"
    cursor.execute(
        f"UPDATE {table} SET code = %s WHERE id = ({oldest}) AND NOT EXISTS ({has_it})",
        [OWN_CODE, own.pk, own.pk, OWN_CODE],
    )
