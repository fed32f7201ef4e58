"""Celery's own workers and beats while everything around them dies: PostgreSQL, the broker with all it knew, workers.

Two beats and two workers from the beginning. For each fault 130 of the obligations fall due, and must be taken and told
once while it happens.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks.world import Size
from tests.chasing_faults.servers import Postgres, Valkey, own_postgres, own_valkey
from tests.chasing_faults.story import (
    Portions,
    World,
    assert_each_was_sent_once,
    assert_ledger_is_right,
    settle,
    until,
)
from tests.outbox.sink import Sink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
SIZE = Size(regencies=2, forms=1, months=13, due=260)
CELERY = [str(Path(sys.executable).with_name("celery")), "-A", "tests.chasing_faults.hurried"]
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
BEAT = [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="]


class Crew:
    """Two beats and two workers, started as often as they are killed."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = WORKER if name.startswith("worker") else [*BEAT, "--schedule", f"{self.folder}/{name}"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*command, *(["-n", name] if name.startswith("worker") else [])], cwd=settings.BASE_DIR,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def crew_for(world: World, sink: Sink, broker: Valkey, folder: Path) -> Iterator[Crew]:
    environment = os.environ | {
        "PORTAL_ROLE": "worker", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port), "REDIS_URL": broker.url,
        "CHASE_ORACLE": str(sink.log), "CHASE_SHIFT": str(world.shift.total_seconds()),
        "PORTAL_CHASE_HOLD_ABOVE": "1000000",
    }  # fmt: skip
    crew = Crew(folder, environment)
    try:
        for name in ("beat1", "beat2", "worker1", "worker2"):
            crew.start(name)
        yield crew
    finally:
        for name in list(crew.running):
            crew.kill(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own folder: each session of pytest takes the way through it from PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="chased-") as folder:
        yield Path(folder)


def test_everything_is_said_once_while_database_broker_and_workers_die(
    django_db_setup, django_db_blocker, folder: Path, tmp_path: Path
):
    with django_db_blocker.unblock(), own_postgres(folder) as database, own_valkey(folder) as broker:
        world = World(SIZE)
        faults: list[Callable[[Crew], None]] = [
            lambda crew: kill_database(database),
            lambda crew: broker.lose_everything(),
            lambda crew: kill_workers(crew),
        ]
        portions = Portions(world, len(faults) + 1)
        with Sink(tmp_path / "log") as sink, crew_for(world, sink, broker, tmp_path) as crew:
            portions.let_go()
            until(lambda: world.written.steps.total() > 0, 90, "the crew is at work")
            for fault in faults:
                portions.let_go()
                until(lambda: world.left > 0, 30, "there is work")
                fault(crew)
                until(lambda: world.left == 0, 90, "everything is looked at")
            messages = settle(world, 120)
        assert_ledger_is_right(world)
        assert_each_was_sent_once(messages, sink)
        assert database.kills == 2


def kill_database(database: Postgres) -> None:
    for _ in range(2):
        database.kill()
        database.start()
        time.sleep(0.5)


def kill_workers(crew: Crew) -> None:
    crew.kill("worker1")
    crew.start("worker1")
    time.sleep(0.3)
    crew.kill("worker2")
    crew.start("worker2")
