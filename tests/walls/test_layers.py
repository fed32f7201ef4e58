"""Each wall holds alone: without row security the managers still refuse, without the managers the database does."""

import os

import psycopg2
import pytest

from katingan_portal.tenancy import boot
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, ScopeRequired, applied, platform_work
from tests.conftest import with_database
from tests.walls.holes import holes
from villages.models import Village


def as_superuser(database: str, *statements: str) -> None:
    connection = psycopg2.connect(with_database(os.environ["TEST_SUPERUSER_URL"], database))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def regencies():
    return Regency.objects.get(code="62.06"), Regency.objects.get(code="62.99")


def test_without_row_security_the_managers_hold_alone(committed_db):
    as_superuser(committed_db, "ALTER TABLE villages_village DISABLE ROW LEVEL SECURITY")
    katingan, elsewhere = regencies()
    with applied(Scope(katingan.pk)):
        assert Village.objects.count() == 161
        assert Village._base_manager.filter(regency=elsewhere).exists()  # the wall is really off
        assert not Village.objects.filter(regency=elsewhere).exists()
    with pytest.raises(ScopeRequired):
        Village.objects.count()


def test_without_the_managers_row_security_holds_alone(committed_db):
    katingan, elsewhere = regencies()
    assert Village._base_manager.count() == 0
    with applied(Scope(katingan.pk)):
        assert Village._base_manager.count() == 161
        assert Village._base_manager.filter(regency=elsewhere).count() == 0


@pytest.mark.parametrize(
    "breach",
    [
        "ALTER TABLE villages_village DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE villages_village NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY villages_village_regency_select ON villages_village",
        "DROP POLICY villages_village_regency_delete ON villages_village",
    ],
)
def test_a_broken_wall_stops_the_portal_from_starting(committed_db, breach):
    assert boot.wall_problems() == []
    as_superuser(committed_db, breach)
    assert boot.wall_problems() == ["table villages_village is not behind the wall (run migrate)"]


OPENED = {
    "SELECT": "USING (true)",
    "INSERT": "WITH CHECK (true)",
    "UPDATE": "USING (true) WITH CHECK (true)",
    "DELETE": "USING (true)",
}


def test_whichever_single_policy_is_opened_the_wall_test_finds_the_hole(committed_db):
    for model in boot.tenant_models():
        table = model._meta.db_table
        assert holes(model) == []
        for command, clause in OPENED.items():
            policy = f"{table}_regency_{command.lower()}"
            opened = f"CREATE POLICY {policy} ON {table} FOR {command} TO portal_web, portal_worker {clause}"
            as_superuser(committed_db, f"DROP POLICY {policy} ON {table}", opened)
            assert policy in " ".join(holes(model))


def test_an_opened_policy_really_shows_foreign_rows(committed_db):
    katingan, elsewhere = regencies()
    table = Village._meta.db_table
    with applied(Scope(katingan.pk)):
        assert not Village._base_manager.filter(regency=elsewhere).exists()
    as_superuser(
        committed_db,
        f"DROP POLICY {table}_regency_select ON {table}",
        f"CREATE POLICY {table}_regency_select ON {table} FOR SELECT TO portal_web USING (true)",
    )
    with applied(Scope(katingan.pk)):
        assert Village._base_manager.filter(regency=elsewhere).exists()


def test_the_portal_refuses_to_start_as_the_wrong_role(committed_db, as_role):
    assert boot.role_problems("web") == []
    as_role("owner")
    problems = " ".join(boot.role_problems("web"))
    assert "connected as portal_owner, not portal_web" in problems
    assert "can bypass row-level security" in problems
    assert "owns" in problems


def test_leaving_an_inner_scope_brings_back_the_outer_one(committed_db):
    katingan, elsewhere = regencies()
    with applied(Scope(katingan.pk)):
        with applied(Scope(elsewhere.pk)):
            assert Village._base_manager.count() == Village.objects.count() != 161
        assert Village._base_manager.count() == Village.objects.count() == 161
        with pytest.raises(ZeroDivisionError), applied(Scope(elsewhere.pk)):
            1 / 0  # noqa: B018
        assert Village._base_manager.count() == Village.objects.count() == 161
    assert Village._base_manager.count() == 0


def test_platform_work_is_the_workers_alone(committed_db, as_role):
    from katingan_portal.outbox.models import Message

    with pytest.raises(ScopeRequired), platform_work("a web process"):
        pass
    as_role("worker")
    with pytest.raises(ScopeRequired):
        Message.across_regencies.count()
    with platform_work("test"):
        assert Message.across_regencies.filter(regency__code="62.99").exists()
