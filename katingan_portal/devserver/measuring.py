"""`make bench` and `make chaos`: what takes too long for `make test`, on servers of their own. They only print."""

from __future__ import annotations

import signal
import subprocess
import sys

from katingan_portal.devserver import postgres, testing
from katingan_portal.devserver.console import require_space, step
from katingan_portal.devserver.locks import hold
from katingan_portal.devserver.places import BENCH, ROOT, TESTS
from katingan_portal.devserver.processes import kill_leftovers

BENCH_RUNS = "a benchmark of this clone runs already. Let it end."
SPACE = 4000  # MB: a million obligations, twice


def bench(arguments: list[str]) -> int:
    """python -m benchmarks, over a PostgreSQL that keeps what it is told, as in production."""
    return _measure("benchmarks", arguments)


def chaos(arguments: list[str]) -> int:
    """tests/chasing_faults/chaos.py, beside the tests' servers: it copies their template."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lock = hold(TESTS, testing.TESTS_RUN)
    require_space(TESTS.state, SPACE)
    with testing.servers() as environment:
        testing.prepare_template(environment)
        command = [sys.executable, "-m", "tests.chasing_faults.chaos", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    lock.close()
    return code


def _measure(module: str, arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lock = hold(BENCH, BENCH_RUNS)
    require_space(BENCH.state, SPACE)
    kill_leftovers(BENCH.mark)
    try:
        with step("PostgreSQL"):
            postgres.start(BENCH)
            postgres.prepare(BENCH)
        environment = BENCH.environment(valkey_port=1, mail_port=1, address="http://benchmark")
        return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment).returncode
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        kill_leftovers(BENCH.mark)
        postgres.stop(BENCH)
        lock.close()
