"""Children: started in groups of their own, watched, restarted when they die, and all stopped at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.places import MARK, ROOT

LOG_LIMIT = 5 * 1024 * 1024
PATIENCE = 15.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """One process that the portal needs. restarts: how often it died in a row."""

    name: str
    command: list[str]
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at: float = 0.0

    def start(self, environment: Mapping[str, str], logs: Path) -> None:
        log = logs / f"{self.name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**environment, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def stop_all(children: Iterable[Child]) -> None:
    """End the groups of all children: ask, wait, then kill."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        _signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def restart_dead(children: Iterable[Child], environment: Mapping[str, str], logs: Path) -> None:
    """Start again what died, with a pause that doubles for one that keeps dying."""
    for child in children:
        if not child.has_died:
            continue
        lived = time.monotonic() - child.started_at
        child.restarts = 0 if lived > 60 else child.restarts + 1
        if lived < min(2.0**child.restarts, LONGEST_PAUSE):
            continue
        print(f"  {child.name} ended by itself; starting it again (see {logs / child.name}.log)", flush=True)
        child.start(environment, logs)


def kill_leftovers(mark: str) -> int:
    """Kill what an earlier start of this clone left behind (it was killed itself); returns how many."""
    found = [process for process in psutil.process_iter() if _is_ours(process, mark)]
    for process in found:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(found, timeout=5)
    return len(found)


def _is_ours(process: psutil.Process, mark: str) -> bool:
    if process.pid in (os.getpid(), os.getppid()):
        return False
    try:
        return process.environ().get(MARK) == mark and process.name() != "postgres"
    except (psutil.Error, OSError):
        return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def free_port(wanted: int = 0, *, insist: bool = False) -> int:
    """`wanted` if nobody listens there, else a free one; with `insist` a taken port is an error."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                if insist:
                    raise CannotGoOn(f"port {wanted} is taken. Choose another: make run PORT=8001") from None
                continue
            return int(probe.getsockname()[1])
    raise CannotGoOn("no free port on this machine")


def wait_for_port(port: int, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CannotGoOn(f"nothing answers on port {port}; see the logs in var/log")
