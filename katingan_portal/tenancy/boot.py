"""What a process checks before it serves: the right database role, and a wall without holes."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models

from katingan_portal.tenancy.operations import is_tenant_owned

# CVE-2025-8713 (statistics leak past row security) is fixed from these minors on.
SAFE_MINORS = {15: 150014, 16: 160010, 17: 170006, 18: 180000}


def refuse_wrong_role(role: str) -> None:
    """Raises ImproperlyConfigured with all that is wrong for a web or worker process, else returns."""
    problems = role_problems(role) + server_problems() + wall_problems()
    if problems:
        raise ImproperlyConfigured("The portal refuses to start: " + "; ".join(problems))


def role_problems(role: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls,"
            " (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p'))"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        name, is_super, bypasses, owned = cursor.fetchone()
    problems = []
    if name != f"portal_{role}":
        problems.append(f"this {role} process is connected as {name}, not portal_{role}")
    if is_super or bypasses:
        problems.append(f"{name} can bypass row-level security")
    if owned:
        problems.append(f"{name} owns {owned} tables")
    return problems


def server_problems() -> list[str]:
    version = connection.cursor().connection.server_version
    minimum = SAFE_MINORS.get(version // 10000, 180000)
    return [] if version >= minimum else [f"PostgreSQL {version} has known holes in row-level security"]


def tenant_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if is_tenant_owned(model)]


def wall_problems() -> list[str]:
    """Tenant-owned tables without forced row security or without a policy for each command."""
    tables = [model._meta.db_table for model in tenant_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
            " (SELECT count(DISTINCT polcmd) FROM pg_policy WHERE polrelid = c.oid AND polpermissive)"
            " FROM pg_class c WHERE c.relname = ANY(%s) AND c.relkind = 'r'",
            [tables],
        )
        state = {name: (forced, commands) for name, forced, commands in cursor.fetchall()}
    return [f"table {table} is not behind the wall (run migrate)" for table in tables if state.get(table) != (True, 4)]
