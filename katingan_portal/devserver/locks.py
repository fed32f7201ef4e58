"""Who may work in a clone just now: locks that the system frees however their holder ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.places import Places

NAME = "lock"
PATIENCE = 0.5  # seconds: somebody who only asks for the holder has the lock for a moment, too


def hold(places: Places, refusal: str) -> IO[str]:
    """The lock of one set of servers, until the file is closed; it tells the holder's process number.

    Raises CannotGoOn with `refusal` when another process holds it.
    """
    lock = (places.folder("run") / NAME).open("a+")
    if not _taken(lock):
        lock.close()
        raise CannotGoOn(refusal)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def holder(places: Places) -> int | None:
    """The process number of who holds the lock now; None when nobody does, whatever a killed one left in the file."""
    try:
        with (places.state / "run" / NAME).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        written = (places.state / "run" / NAME).read_text()
        return int(written) if written else None
    except FileNotFoundError:
        return None
    return None


@contextmanager
def turn(places: Places, name: str) -> Iterator[None]:
    """Wait for whoever does the same work in this clone: `make run` and `make test` may build at the same time."""
    with (places.folder("run") / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _taken(lock: IO[str]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True
