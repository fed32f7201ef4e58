from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.places import MARK
from katingan_portal.devserver.processes import (
    LOG_LIMIT,
    Child,
    free_port,
    kill_leftovers,
    restart_dead,
    stop_all,
    wait_for_port,
)
from tests.devserver.conftest import is_alive

Start = Callable[..., subprocess.Popen[str]]
WAIT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"
WITH_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); {WAIT}"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_free_port_gives_the_wanted_one_when_nobody_has_it(taken: int):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert free_port(free, insist=True) == free


def test_free_port_gives_another_for_a_taken_one(taken: int):
    assert free_port(taken) not in (0, taken)


def test_free_port_insists_with_one_clear_line(taken: int):
    with pytest.raises(CannotGoOn, match=f"port {taken} is taken"):
        free_port(taken, insist=True)


def test_wait_for_port_sees_who_listens_and_gives_up_on_silence(taken: int):
    wait_for_port(taken, patience=1)
    with pytest.raises(CannotGoOn, match="nothing answers"):
        wait_for_port(free_port(), patience=0.2)


def started(code: str, folder: Path, name: str = "child") -> Child:
    """A Child that has come so far as to print into its log."""
    child = Child(name, [sys.executable, "-c", code])
    child.start(os.environ, folder)
    deadline = time.monotonic() + 20
    while "up" not in (folder / f"{name}.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return child


def test_stop_all_ends_children_with_their_own_children(tmp_path: Path):
    child = started(WITH_CHILD, tmp_path)
    assert child.process
    grandchildren = psutil.Process(child.process.pid).children()
    assert len(grandchildren) == 1
    stop_all([child])
    psutil.wait_procs(grandchildren, timeout=5)
    assert child.process.returncode == -signal.SIGTERM
    assert not is_alive(grandchildren[0].pid)


def test_stop_all_kills_who_does_not_listen(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("katingan_portal.devserver.processes.PATIENCE", 0.2)
    child = started(STUBBORN, tmp_path)
    stop_all([child, Child("never started", ["true"])])
    assert child.process
    assert child.process.returncode == -signal.SIGKILL


def test_restart_dead_starts_again_and_leaves_the_living(tmp_path: Path, capsys):
    alive, dead = started(WAIT, tmp_path, "alive"), started(WAIT, tmp_path, "dead")
    assert alive.process
    assert dead.process
    before = alive.process.pid, dead.process.pid
    os.kill(before[1], signal.SIGKILL)
    dead.process.wait()
    dead.started_at -= 61  # it lived long, so no pause
    restart_dead([alive, dead], os.environ, tmp_path)
    stop_all([alive, dead])
    assert alive.process.pid == before[0]
    assert dead.process.pid != before[1]
    assert "dead ended by itself; starting it again" in capsys.readouterr().out


def test_restart_dead_waits_longer_for_one_that_keeps_dying(tmp_path: Path):
    child = Child("web", ["false"])
    child.start(os.environ, tmp_path)
    assert child.process
    child.process.wait()
    first = child.process.pid
    restart_dead([child], os.environ, tmp_path)
    assert child.process.pid == first


def test_log_is_turned_over_when_it_is_long(tmp_path: Path):
    (tmp_path / "web.log").write_bytes(b"x" * (LOG_LIMIT + 1))
    child = started(WAIT, tmp_path, "web")
    stop_all([child])
    assert (tmp_path / "web.log.1").stat().st_size == LOG_LIMIT + 1
    assert (tmp_path / "web.log").read_text() == "up\n"


def test_kill_leftovers_kills_what_carries_the_mark_and_nothing_else(start_python: Start):
    ours, neighbour = start_python(WAIT, **{MARK: "aaaaaaaaaaaa"}), start_python(WAIT, **{MARK: "bbbbbbbbbbbb"})
    assert kill_leftovers("aaaaaaaaaaaa") == 1
    assert not is_alive(ours.pid)
    assert is_alive(neighbour.pid)
    assert kill_leftovers("aaaaaaaaaaaa") == 0


def test_kill_leftovers_spares_the_process_that_asks(start_python: Start):
    asking = "from katingan_portal.devserver.processes import kill_leftovers; kill_leftovers('cccccccccccc')"
    assert is_alive(start_python(f"{asking}; {WAIT}", **{MARK: "cccccccccccc"}).pid)
