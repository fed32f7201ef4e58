"""What the commands say: one line per step, one clear line when something cannot be done."""

from __future__ import annotations

import errno
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_FULL = "the disk is full. Free some space and try again."
LEAST_SPACE = 100  # MB: PostgreSQL writes its log ahead in files of 16 MB


class CannotGoOn(Exception):
    """Something outside the code is in the way; the message says what and what to do."""


def require_space(folder: Path, least: int = LEAST_SPACE) -> None:
    """Raises CannotGoOn before anything is half done on a disk with less than `least` MB left."""
    left = shutil.disk_usage(folder).free // 1024**2
    if left < least:
        raise CannotGoOn(f"the disk of {folder} is full ({left} MB left). Free {least} MB and try again.")


def reason(output: str) -> str:
    """Why a program failed, in one line: a full disk in our words, else the last thing it said."""
    if any(sign in output for sign in ("No space left", "ENOSPC")):
        return DISK_FULL
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


@contextmanager
def step(words: str) -> Iterator[None]:
    print(f"  {words:<44} ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - begun:6.1f} s", flush=True)


def complain(problem: BaseException) -> int:
    """Print why it cannot go on; returns the exit code."""
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        words = DISK_FULL
    elif isinstance(problem, OSError) and not isinstance(problem, CannotGoOn):
        words = f"{problem.filename or 'the system'}: {problem.strerror or problem}"
    else:
        words = str(problem)
    print(f"Cannot go on: {words}", file=sys.stderr)
    return 1
