"""The chase of 514 districts with a million obligations, 44,000 of them due at once. BENCH_SIZE=0.1 takes a tenth.

One tick against what PostgreSQL alone needs for the same rows, a tick that finds nothing, the raising job, and how many
messages leave in a second. Ratios travel from machine to machine; seconds do not, so the load stands beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from benchmarks import baseline, databases
from benchmarks.world import NOW, Size, build
from katingan_portal.devserver.console import step
from katingan_portal.devserver.places import ROOT

TICKED, BEFORE = "bench_ticked", "bench_before"
DELIVER_SECONDS = 15


def measure() -> None:
    size = Size(
        regencies=max(2, round(514 * float(os.environ.get("BENCH_SIZE", "1")))),
        forms=3,
        months=31,
        due=82,
        kinds=8,
        has_past=True,
    )
    make(size)
    shift = (NOW - timezone.now()).total_seconds()
    environment = databases.environment(TICKED) | {"BENCH_SHIFT": str(shift)}
    with step("a tick"):
        tick = job(environment, "tick")
    idle = job(environment, "tick")
    with step("the raising job, nothing missing"):
        raised = job(environment, "raise")
    with step("the same rows beside a copy from before"):
        rows = baseline.prepare(TICKED, BEFORE, NOW)
    with step("the same rows by INSERT … SELECT"):
        raw = baseline.write(BEFORE)
    print_chase(size, tick, idle, raised, rows, raw)
    databases.drop(BEFORE)
    with step("delivery"):
        rates = [(count, *delivered(environment, count)) for count in (1, 2, 4)]
    print_delivery(rates)
    databases.drop(TICKED)


def make(size: Size) -> None:
    with step("tables"):
        databases.create(TICKED)
        databases.migrate(TICKED)
    with step(f"{size.obligations:,} obligations"), databases.connected(TICKED, "portal_owner") as cursor:
        build(cursor, size)
    with step("statistics, and a copy"):
        databases.settle(TICKED)
        databases.create(BEFORE, TICKED)
        databases.settle(BEFORE)


def job(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.jobs", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert not found.get("failed"), found
    assert not found.get("note"), found
    return found


def delivered(environment: dict[str, str], workers: int) -> tuple[float, float]:
    """(messages, e-mails among them) a second, by so many workers at once."""
    with relay() as port:
        ready = environment | {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "PORTAL_MAIL_PER_DOMAIN_A_DAY": "0"}
        command = [sys.executable, "-m", "benchmarks.jobs", "deliver", str(DELIVER_SECONDS)]
        before = sent()
        running = [subprocess.Popen(command, cwd=ROOT, env=ready, stdout=subprocess.PIPE) for _ in range(workers)]
        for process in running:
            assert process.wait() == 0
        after = sent()
    return tuple((after[kind] - before[kind]) / DELIVER_SECONDS for kind in ("all", "email"))  # type: ignore[return-value]


def sent() -> dict[str, int]:
    with databases.connected(TICKED, "portal_owner") as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE channel = 'email') FROM outbox_message WHERE state = 'sent'"
        )
        return dict(zip(("all", "email"), cursor.fetchone(), strict=True))


@contextmanager
def relay() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.relay"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def print_chase(
    size: Size, tick: dict[str, Any], idle: dict[str, Any], raised: dict[str, Any], rows: dict[str, int], raw: float
) -> None:
    print(f"\n{timezone.now():%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores\n")
    lines = [
        ("districts, obligations", f"{size.regencies:,}, {size.obligations:,}"),
        ("looked at, steps, notices, messages",
         f"{tick['checked']:,}, {rows['steps']:,}, {rows['notices']:,}, {rows['messages']:,}"),
        ("a tick", f"{tick['seconds']:.1f} s, {tick['own_seconds']:.1f} s of them Python's"),
        ("the same rows by INSERT … SELECT", f"{raw:.1f} s"),
        ("**ratio**", f"**{tick['seconds'] / raw:.2f}**"),
        ("statements", f"{tick['statements']:,}, {tick['statements'] / size.regencies:.1f} a district"),
        ("most memory of the tick's process", f"{tick['peak_mib']:.0f} MiB"),
        ("a tick that finds nothing", f"{idle['seconds'] * 1000:.0f} ms, {idle['statements']} statements"),
        ("raising where nothing is missing",
         f"{raised['seconds']:.1f} s, {raised['statements'] / size.regencies:.1f} statements a district"),
    ]  # fmt: skip
    print_table(("the chase", ""), lines)


def print_delivery(rates: list[tuple[int, float, float]]) -> None:
    print(f"\n{timezone.now():%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores\n")
    first = rates[0][1]
    rows = [(str(count), f"{every:.0f}", f"{mail:.0f}", f"{every / first:.2f}") for count, every, mail in rates]
    print_table(("workers", "messages a second", "e-mails among them", "against one"), rows)


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    for line in (head, ("---",) * len(head), *rows):
        print(f"| {' | '.join(line)} |")
