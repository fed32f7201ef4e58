"""Databases of a benchmark, in a server of their own: made, copied, talked to as one of the portal's roles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from katingan_portal.devserver import postgres
from katingan_portal.devserver.places import BENCH, ROOT


def create(name: str, template: str = "template1") -> None:
    postgres.query(BENCH, "postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    postgres.query(BENCH, "postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
    postgres.apply_roles(BENCH, name)


def migrate(name: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment(name), check=True)


def environment(name: str) -> dict[str, str]:
    urls = {"WORKER": "portal_worker", "OWNER": "portal_owner"}
    return os.environ | {f"DATABASE_{word}_URL": BENCH.database_url(role, name) for word, role in urls.items()}


@contextmanager
def connected(name: str, role: str) -> Iterator[Any]:
    """A cursor; what it did is committed at the end."""
    connection = psycopg2.connect(BENCH.database_url(role, name))
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def settle(name: str) -> None:
    """As it would be on a portal that has run for a while: cleared, with statistics, on the disk."""
    postgres.query(BENCH, name, "VACUUM ANALYZE")
    postgres.query(BENCH, name, "CHECKPOINT")


def drop(*names: str) -> None:
    for name in names:
        postgres.query(BENCH, "postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
