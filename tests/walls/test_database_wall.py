"""The first wall: PostgreSQL itself, for every tenant-owned model, as the role that the portal runs as."""

import os

import psycopg2
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from agencies.models import Agency
from katingan_portal.audit.models import AuditEvent, PlatformEvent
from katingan_portal.tenancy import boot
from katingan_portal.tenancy.boot import tenant_models
from katingan_portal.tenancy.models import ScopedManager, TenantForeignKey, TenantModel
from katingan_portal.tenancy.operations import READ_BEFORE_SCOPE, tenant_foreign_keys
from katingan_portal.tenancy.scope import Scope, ScopeRequired, applied
from tests.conftest import everything_of, with_database
from tests.walls.holes import holes
from villages.models import Village

pytestmark = pytest.mark.django_db

# Every model without a wall, and why that is right. A new model must join the wall or this list.
WITHOUT_WALL = {
    "tenancy.regency": "names and codes of districts are public",
    "accounts.user": "found before the regency is known; shown by no list and no API",
    "accounts.usersession": "belongs to a person, read by its owner only",
    "accounts.accesslink": "found by the digest of its secret only",
    "accounts.signinthrottle": "counts failures before anybody is known",
    "agencies.membership": "read before the scope is known; pages ask by regency",
    "agencies.apitoken": "found by the digest of its key only",
    "audit.platformevent": "what happens outside any regency",
    "reporting.jobrun": "counts of the portal's own jobs",
    "sessions.session": "Django's",
    "contenttypes.contenttype": "Django's",
    "auth.permission": "Django's, unused",
    "auth.group": "Django's, unused",
    "admin.logentry": "Django's, unused: the admin is read-only",
}
WALLED = tenant_models()
NAMES = [model._meta.label_lower for model in WALLED]


def rows_of(model, where=""):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" {where}')
        return cursor.fetchone()[0]


def test_every_model_is_walled_or_listed_with_a_reason():
    open_models = {model._meta.label_lower for model in apps.get_models()} - set(NAMES)
    assert open_models == set(WITHOUT_WALL)
    assert set(WITHOUT_WALL) >= READ_BEFORE_SCOPE


def test_every_walled_model_has_the_scoped_manager():
    for model in WALLED:
        assert issubclass(model, TenantModel), model
        assert isinstance(model._meta.managers_map["objects"], ScopedManager), model


def test_the_tests_run_as_the_unprivileged_role():
    assert boot.role_problems("web") == []
    assert boot.wall_problems() == []


@pytest.mark.parametrize("model", WALLED, ids=NAMES)
def test_without_a_scope_the_database_shows_nothing_and_the_manager_refuses(model):
    assert rows_of(model) == 0
    with pytest.raises(ScopeRequired):
        model.objects.count()


@pytest.mark.parametrize("model", WALLED, ids=NAMES)
def test_one_regency_never_sees_another(model, katingan, elsewhere):
    with applied(everything_of(elsewhere)):
        assert rows_of(model) > 0, f"the test world has no {model._meta.label_lower} elsewhere that could leak"
    with applied(everything_of(katingan)):
        assert rows_of(model, f"WHERE regency_id <> {katingan.pk}") == 0


@pytest.mark.parametrize("model", WALLED, ids=NAMES)
def test_no_row_can_be_moved_to_another_regency(model, katingan, elsewhere):
    with applied(everything_of(elsewhere)), pytest.raises(ProgrammingError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{model._meta.db_table}" SET regency_id = %s', [katingan.pk])


@pytest.mark.parametrize("model", WALLED, ids=NAMES)
def test_every_policy_is_for_named_roles_and_plain(model):
    assert holes(model) == []


@pytest.mark.parametrize("model", [*WALLED, apps.get_model("agencies.membership")], ids=[*NAMES, "agencies.membership"])
def test_foreign_keys_between_walled_tables_carry_the_regency(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [model._meta.db_table],
        )
        found = {definition for (definition,) in cursor.fetchall()}
    for column, target in tenant_foreign_keys(model):
        ties = f"FOREIGN KEY (regency_id, {column}) REFERENCES {target}(regency_id, id) DEFERRABLE INITIALLY DEFERRED"
        assert ties in found
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and issubclass(field.remote_field.model, TenantModel):
            assert isinstance(field, TenantForeignKey), f"{field} would accept another regency's row"


def test_a_row_cannot_point_into_another_regency(katingan, elsewhere):
    with applied(Scope(elsewhere.pk)):
        foreign = Village.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic(), applied(Scope(katingan.pk)):
        apps.get_model("cooperatives.cooperative").objects.create(village_id=foreign.pk, number=9, name="Lintas")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_cannot_be_saved_for_another_regency(katingan, elsewhere):
    with pytest.raises(ProgrammingError), transaction.atomic(), applied(Scope(katingan.pk)):
        Agency.objects.create(regency=elsewhere, code="tamu", kind="opd", name="Tamu", short_name="Tamu")


@pytest.mark.parametrize("model", [AuditEvent, PlatformEvent])
@pytest.mark.parametrize("statement", ["UPDATE {} SET verb = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_cannot_be_changed_by_the_portal(model, statement, katingan):
    with applied(Scope(katingan.pk)), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement.format(model._meta.db_table))


def test_history_cannot_be_changed_even_by_a_superuser(committed_db):
    connection_as_superuser = psycopg2.connect(with_database(os.environ["TEST_SUPERUSER_URL"], committed_db))
    with connection_as_superuser.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("DELETE FROM audit_auditevent")
    connection_as_superuser.close()


def test_no_view_or_definer_function_goes_around_the_wall():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('v', 'm')"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public' AND prosecdef ORDER BY proname"
        )
        # The one tells the worker ids of regencies, the other monitoring sums over all of them, and nothing else.
        assert cursor.fetchall() == [("portal_regencies_to_chase",), ("portal_totals",)]
        cursor.execute(
            "SELECT proconfig, has_function_privilege('portal_web', oid, 'EXECUTE'),"
            " has_function_privilege('portal_worker', oid, 'EXECUTE'), pg_get_function_result(oid)"
            " FROM pg_proc WHERE proname = 'portal_regencies_to_chase'"
        )
        assert cursor.fetchall() == [(["search_path=pg_catalog, public"], False, True, "SETOF bigint")]
        cursor.execute("SELECT proconfig, pg_get_function_result(oid) FROM pg_proc WHERE proname = 'portal_totals'")
        sums = "TABLE(name text, state text, kind text, channel text, value double precision)"
        assert cursor.fetchall() == [(["search_path=pg_catalog, public"], sums)]
