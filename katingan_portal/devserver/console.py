"""What the commands say: one line per step, one clear line when something cannot be done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class CannotGoOn(Exception):
    """Something outside the code is in the way; the message says what and what to do."""


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
    if isinstance(problem, OSError) and problem.errno == 28:
        words = "the disk is full. Free some space and try again."
    elif isinstance(problem, OSError) and not isinstance(problem, CannotGoOn):
        words = f"{problem.filename or 'the system'}: {problem.strerror or problem}"
    else:
        words = str(problem)
    print(f"Cannot go on: {words}", file=sys.stderr)
    return 1
