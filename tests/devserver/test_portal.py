"""`make run` as a whole, in a small clone of its own: what DEMO=0 promises, a kill of everything, Ctrl-C."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from katingan_portal.devserver import portal
from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.locks import hold
from katingan_portal.devserver.places import MARK, PORTAL, Places
from tests.devserver.conftest import ROOT

SOURCES = ("katingan_portal", "villages", "agencies", "cooperatives", "reporting", "templates", "frontend", "static")
FILES = ("manage.py", "package.json", "package-lock.json", "pyproject.toml")
REAL = {"tenancy_regency": 1, "villages_subdistrict": 13, "villages_village": 161, "cooperatives_cooperative": 161,
        "agencies_agency": 26, "reporting_decree": 1, "reporting_duty": 25}  # fmt: skip
OF_DEMO = ("accounts_user", "agencies_membership", "agencies_invitation", "reporting_report",
           "reporting_reportrevision", "outbox_message")  # fmt: skip


class Clone:
    """The sources of this one, with the packages and the bundle that it has made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places(root / "var", "run")
        self.log = root / "make-run.log"
        self.make: subprocess.Popen[bytes] | None = None
        for name in SOURCES:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(ROOT / name, root / name)
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        for stamp in (PORTAL.state / "run").glob("*.stamp"):
            shutil.copy(stamp, self.places.folder("run"))

    def start(self, **settings: str) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self.log.open("wb") as log:
            self.make = subprocess.Popen(
                [sys.executable, "-m", "katingan_portal.devserver", "run"],
                cwd=self.root, env=environment | settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return self.make

    def says(self, words: str, patience: float = 240) -> str:
        """What it has printed, once `words` are among it."""
        deadline = time.monotonic() + patience
        while words not in self.log.read_text():
            assert self.make
            assert self.make.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self.log.read_text()

    def processes(self) -> list[psutil.Process]:
        """Everything that carries the clone's mark, its PostgreSQL, and the command itself."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            marked = process.environ().get(MARK) == self.places.mark
            of_server = process.name() == "postgres" and str(self.root) in " ".join(process.cmdline())
            parents = {parent.pid for parent in process.parents()} | {process.pid}
        except psutil.Error:
            return False
        return marked or of_server or bool(self.make and self.make.pid in parents)

    def counts(self, *tables: str) -> dict[str, int]:
        connection = psycopg2.connect(self.places.database_url("postgres"))
        with connection.cursor() as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table}")
                (found[table],) = cursor.fetchone() or (0,)
        connection.close()
        return found


@pytest.fixture
def clone() -> Iterator[Clone]:
    """Not in pytest's folder: every other pytest of this user closes that to the server's user when it starts."""
    with tempfile.TemporaryDirectory(prefix="katingan-clone-") as folder:
        yield from a_clone(Path(folder))


def a_clone(root: Path) -> Iterator[Clone]:
    made = Clone(root)
    yield made
    for process in made.processes():
        process.kill()
    shutil.rmtree(made.places.sockets, ignore_errors=True)


@pytest.mark.faults
@pytest.mark.timeout(600)  # two starts on a machine that others use may take minutes
def test_clean_district_outlives_a_kill_and_ends_with_ctrl_c(clone: Clone):
    """One start is dear, so one life is told from beginning to end."""
    clone.start(DEMO="0")
    printed = clone.says("Ctrl-C stops everything")
    assert "No terminal to ask" in printed
    assert "Sign in as" not in printed
    assert clone.counts(*REAL) == REAL
    assert clone.counts(*OF_DEMO) == dict.fromkeys(OF_DEMO, 0)
    changes = clone.counts("audit_auditevent")["audit_auditevent"]

    killed = clone.processes()
    assert {"postgres", "valkey-server"} <= {process.name() for process in killed}
    for process in killed:
        process.kill()
    assert clone.make
    clone.make.wait()
    make = clone.start(DEMO="0")
    clone.says("Ctrl-C stops everything")
    assert clone.counts(*REAL, *OF_DEMO) == REAL | dict.fromkeys(OF_DEMO, 0)
    assert clone.counts("audit_auditevent")["audit_auditevent"] >= changes

    clone.root.chmod(0o700)  # as pytest, or a careful administrator, does to a folder above the data
    os.killpg(make.pid, signal.SIGINT)
    assert make.wait(60) == 0, clone.log.read_text()
    assert clone.processes() == []


def test_port_that_is_no_number_is_refused(monkeypatch):
    for wrong in ("abc", "0", "65536", "-1"):
        monkeypatch.setenv("PORT", wrong)
        with pytest.raises(CannotGoOn, match=re.escape(f"PORT={wrong} is no port number")):
            portal.chosen_port()


def test_second_portal_of_a_clone_is_refused_with_the_address_of_the_first(places: Places, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL", places)
    with hold(places, "refused"):
        with pytest.raises(CannotGoOn, match="or is just starting"):
            portal.run()
        (places.state / "run" / portal.STATUS).write_text('{"address": "http://localhost:8123"}')
        with pytest.raises(CannotGoOn, match="runs already at http://localhost:8123"):
            portal.run()


def test_status_of_a_killed_portal_is_not_believed(places: Places, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL", places)
    (places.folder("run") / portal.STATUS).write_text('{"address": "http://localhost:8123"}')
    assert portal.status() is None
    with pytest.raises(CannotGoOn, match="the portal is not running"):
        portal.environment_of_running()


def test_failing_step_tells_its_reason_in_one_line(places: Places, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL", places)
    with pytest.raises(CannotGoOn) as refused:
        portal.manage("database tables", os.environ, "no_such_command")
    assert str(refused.value) == (
        "'database tables' failed: Type 'manage.py help' for usage. (all of it: var/log/manage.log)"
    )
    assert "Unknown command: 'no_such_command'" in (places.state / "log" / "manage.log").read_text()
