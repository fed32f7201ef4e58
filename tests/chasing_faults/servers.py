"""A PostgreSQL and a Valkey of a test's own, to be killed: started by what `make run` starts its own with."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
from django.conf import settings
from django.db import connections

from katingan_portal.devserver import postgres, valkey
from katingan_portal.devserver.places import Places
from katingan_portal.devserver.processes import free_port, wait_for_port

URLS = {"DATABASE_URL": "portal_web", "DATABASE_WORKER_URL": "portal_worker", "DATABASE_OWNER_URL": "portal_owner"}


class Postgres:
    """Durable as in production: what it said it has stored must be there after a kill."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.kills = 0

    def kill(self) -> None:
        """SIGKILL to the server and all of its processes at once."""
        pid = int((self.places.folder("postgres") / "postmaster.pid").read_text().splitlines()[0])
        server = psutil.Process(pid)
        # The server first: it would end the others in good order when it sees one of them die.
        family = [server, *server.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
        self.kills += 1

    def start(self) -> None:
        postgres.start(self.places)
        connections["default"].close()


class Valkey:
    """A broker, and the loss of everything in it."""

    def __init__(self, places: Places) -> None:
        self.places, self.port = places, free_port()
        self.child = valkey.child(places, self.port)
        self.url = f"redis://:{places.remembered()['VALKEY_PASSWORD']}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.child.start(os.environ, self.places.folder("log"))
        wait_for_port(self.port)

    def lose_everything(self) -> None:
        assert self.child.process is not None
        self.child.process.kill()
        self.child.process.wait()
        shutil.rmtree(self.places.folder("valkey"))
        valkey.child(self.places, self.port)  # its settings lay in the same folder
        self.start()

    def stop(self) -> None:
        if self.child.process is not None:
            self.child.process.kill()
            self.child.process.wait()


@contextmanager
def own_postgres(folder: Path) -> Iterator[Postgres]:
    """With a copy of the tests' template in it; this process and those it starts use it meanwhile."""
    places = Places(folder / "servers", "chased")
    server = Postgres(places)
    postgres.start(places)
    try:
        postgres.prepare(places)
        _copy_template(places)
        with _used(places):
            yield server
    finally:
        postgres.stop(places)
        shutil.rmtree(places.sockets, ignore_errors=True)


@contextmanager
def own_valkey(folder: Path) -> Iterator[Valkey]:
    broker = Valkey(Places(folder / "servers", "chased"))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _copy_template(places: Places) -> None:
    template = urlsplit(os.environ["TEST_SUPERUSER_URL"])._replace(path=f"/{os.environ['TEST_TEMPLATE']}")
    programs = postgres.POSTGRES_BIN_PATH
    dump = subprocess.run([programs / "pg_dump", urlunsplit(template)], stdout=subprocess.PIPE, check=True)
    target = places.database_url("postgres")
    subprocess.run([programs / "psql", "-Xq", target], input=dump.stdout, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def _used(places: Places) -> Iterator[None]:
    connection = connections["default"]
    here, before = connection.settings_dict, {name: os.environ[name] for name in URLS}
    was = here["HOST"], here["NAME"], settings.DATABASES["default"]["NAME"]
    connection.close()
    os.environ |= {name: places.database_url(role) for name, role in URLS.items()}
    here["HOST"], here["NAME"] = str(places.sockets), places.database
    settings.DATABASES["default"]["NAME"] = places.database
    try:
        yield
    finally:
        connection.close()
        os.environ |= before
        here["HOST"], here["NAME"], settings.DATABASES["default"]["NAME"] = was
