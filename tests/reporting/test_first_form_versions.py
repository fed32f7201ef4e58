"""Migration 0004: a district as it was before forms had versions becomes one whose forms and obligations have them.

On a database of its own, migrated to reporting 0002, filled by plain SQL as the models stood then, and migrated on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.conf import settings

from katingan_portal.devserver import postgres
from katingan_portal.devserver.places import TESTS
from tests.conftest import run_as_superuser, with_database

DUE = datetime(2026, 10, 14, 23, 59, tzinfo=ZoneInfo("Asia/Pontianak"))
RULE = {"working_days": 7, "sentence": "Hari kerja ke-7", "skipped": [], "time_zone": "Asia/Pontianak"}
BEFORE = """
INSERT INTO tenancy_regency (id, code, name, province, time_zone, is_demo, created_at) VALUES
    (1, '62.06', 'Katingan', '', 'Asia/Pontianak', false, now()),
    (2, '62.99', 'Lain', '', 'Asia/Jayapura', false, now());
INSERT INTO agencies_agency (id, regency_id, code, kind, name, short_name, aliases, is_slot, is_coordinator)
    SELECT id, id, 'dinkes', 'opd', 'Dinas', 'Dinas', '{{}}', false, false FROM tenancy_regency;
INSERT INTO reporting_decree (id, regency_id, number, title, issuer, note)
    SELECT id, id, '1/2026', 'Koperasi', 'Bupati', '' FROM tenancy_regency;
INSERT INTO reporting_duty (id, regency_id, decree_id, code, "order", article, text, is_common)
    SELECT id, id, id, 'tugas', 1, 'Kesatu', 'bunyi lama', false FROM tenancy_regency;
INSERT INTO reporting_reportform
    (id, regency_id, code, name, due_working_days, is_portal_default, collects_from, is_active)
    SELECT id, id, 'laporan-bulanan', 'Laporan bulanan', 7, true, '2026-08-01', true FROM tenancy_regency;
INSERT INTO reporting_indicator
    (id, regency_id, form_id, duty_id, code, "order", label, help_text, unit, kind, maximum)
    SELECT id, id, id, id, 'anggota', 1, 'Anggota?', '', 'orang', 'count', 500 FROM tenancy_regency;
INSERT INTO reporting_obligation
    (id, regency_id, agency_id, form_id, period, starts_on, ends_on, due_at, rule, raised_at, waived_reason)
    SELECT id, id, id, id, '202609', '2026-09-01', '2026-09-30', '{due}', '{rule}'::jsonb
        || jsonb_build_object('duties', jsonb_build_array(id)), '2026-09-01', '' FROM tenancy_regency;
"""


@pytest.fixture(scope="module")
def migrated(test_database_name: str) -> Iterator[str]:
    """The name of a database that was filled with two districts as they were, and then migrated to the newest."""
    name = f"{test_database_name}_old"
    run_as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    postgres.apply_roles(TESTS, name)
    migrate(name, "reporting 0002_wall")
    asked(name, BEFORE.format(due=DUE.isoformat(), rule=json.dumps(RULE)))
    migrate(name)
    yield name
    run_as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def migrate(name: str, *targets: str) -> None:
    """As the owner, in processes of their own; the newest of everything without targets."""
    urls = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")
    environment = os.environ | {url: with_database(os.environ[url], name) for url in urls}
    for target in targets or ("",):
        command = [sys.executable, "manage.py", "migrate", *target.split()]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]


def asked(name: str, statement: str, user: str = "") -> list[Any]:
    url = with_database(os.environ["TEST_SUPERUSER_URL"], name)
    connection = psycopg2.connect(url.replace("postgres@", f"{user}@") if user else url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


@pytest.mark.timeout(300)
def test_what_stood_before_versions_gets_its_first_version_and_its_whole_rule(migrated):
    versions = asked(migrated, "SELECT regency_id, form_id, number, state FROM reporting_formversion ORDER BY 1")
    assert versions == [(1, 1, 1, "published"), (2, 2, 1, "published")]
    tied = "SELECT i.regency_id, v.form_id, i.code, i.maximum FROM reporting_indicator i"
    tied += " JOIN reporting_formversion v ON v.id = i.version_id AND v.regency_id = i.regency_id ORDER BY 1"
    assert asked(migrated, tied) == [(1, 1, "anggota", 500), (2, 2, "anggota", 500)]
    wordings = asked(migrated, "SELECT regency_id, duty_id, number, text FROM reporting_dutyversion ORDER BY 1")
    assert wordings == [(1, 1, 1, "bunyi lama"), (2, 2, 1, "bunyi lama")]
    owed = "SELECT o.id, v.form_id, o.due_at, o.original_due_at, o.rule FROM reporting_obligation o"
    owed += " JOIN reporting_formversion v ON v.id = o.form_version_id ORDER BY 1"
    rest = {"sentence": "Hari kerja ke-7", "skipped": [], "time_zone": "Asia/Pontianak"}
    whole = {"kind": "working_days", "count": 7, "shift": "next", "grace": None, "works_saturday": False}
    assert asked(migrated, owed) == [
        (key, key, DUE, DUE, rest | whole | {"duties": [key], "duty_versions": {str(key): 1}}) for key in (1, 2)
    ]
    assert asked(migrated, "SELECT DISTINCT due_kind, due_count FROM reporting_reportform") == [("working_days", 7)]


@pytest.mark.timeout(300)
def test_the_new_tables_stand_behind_the_wall_and_a_second_run_changes_nothing(migrated):
    forced = "SELECT relname FROM pg_class WHERE relname = ANY (ARRAY['reporting_formversion', 'reporting_dutyversion',"
    forced += " 'reporting_validationrule', 'reporting_duechange', 'reporting_extension']) AND relforcerowsecurity"
    assert len(asked(migrated, forced)) == 5
    seen = "SELECT regency_id FROM reporting_formversion"
    assert asked(migrated, seen, "portal_web") == []
    within = f"SELECT set_config('portal.regency', '1', true); {seen}"
    assert asked(migrated, within, "portal_web") == [(1,)]
    rows = "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM reporting_obligation t"
    before = asked(migrated, rows)
    migration = import_module("reporting.migrations.0004_first_form_versions")
    for statement in migration.FORWARDS[2:]:
        asked(migrated, statement)
    assert asked(migrated, rows) == before
