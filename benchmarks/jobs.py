"""One job of the worker in a process of its own: `python -m benchmarks.jobs tick`, `raise` or `deliver SECONDS`.

Prints what it took as one line of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
import structlog


def main() -> None:
    os.environ["PORTAL_ROLE"] = "worker"
    django.setup()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    from benchmarks.world import shift_clock
    from katingan_portal.tenancy.scope import platform_work

    shift_clock(timedelta(seconds=float(os.environ["BENCH_SHIFT"])))
    with platform_work("benchmark"):
        print(json.dumps(JOBS[sys.argv[1]]()))


def measured(do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What it returned, with seconds, seconds of this process's own work, statements, and the most memory (MiB)."""
    from django.db import connection

    statements = [0]

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        statements[0] += 1
        return execute(*arguments)

    connection.ensure_connection()
    begun, worked = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        found = do()
    return found | {
        "seconds": time.perf_counter() - begun,
        "own_seconds": time.process_time() - worked,
        "statements": statements[0],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def tick() -> dict[str, Any]:
    from reporting.chasing.tasks import run_tick

    return measured(lambda: _counts(run_tick()))


def raise_all() -> dict[str, Any]:
    from reporting.chasing.tasks import run_raise

    return measured(lambda: _counts(run_raise()))


def deliver() -> dict[str, Any]:
    """For so many seconds; taken in hand is what left or was put off."""
    from katingan_portal.outbox.delivery import deliver_all

    return measured(lambda: {"acted": deliver_all(float(sys.argv[2]))})


def _counts(run: Any) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("checked", "acted", "failed", "held", "note")}


JOBS: dict[str, Callable[[], dict[str, Any]]] = {"tick": tick, "raise": raise_all, "deliver": deliver}

if __name__ == "__main__":
    main()
