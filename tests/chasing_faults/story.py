"""A district world in a database of a test, its clock, the processes that work on it, and what must hold at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.utils import timezone

from benchmarks.world import NOW, Size, build
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseNotice, ChaseStep, Directive, JobRun
from reporting.periods.models import Obligation
from tests.chasing_faults.expected import Ledger, owed, still_to_look_at, written
from tests.chasing_faults.real_postfix import Postfix
from tests.outbox.sink import Sink

FINAL = {Message.State.SENT, Message.State.FAILED, Message.State.CANCELLED}
MANY = 1_000_000
# Nothing else in the test world shall speak up, and its runs know nothing of the world's clock.
QUIET = (
    "UPDATE reporting_obligation SET next_chase_at = NULL",
    "UPDATE reporting_directive SET next_chase_at = NULL",
    "UPDATE outbox_message SET state = 'cancelled', token = NULL, lease_until = NULL WHERE state <> 'sent'",
    "UPDATE reporting_reportform SET is_active = false",
    "DELETE FROM reporting_jobrun",
)


class World:
    """Regencies made by benchmarks/world.py. Its clock starts at a Thursday, nine o'clock, and runs as ours does."""

    def __init__(self, size: Size) -> None:
        self.size = size
        with psycopg2.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
            for statement in QUIET:
                cursor.execute(statement)
            build(cursor, size)
        owner.close()
        self.shift = NOW - timezone.now()
        self.regencies = list(Regency.objects.filter(code__startswith="7"))
        self.ledger = owed(self.regencies, self.now)

    @property
    def now(self) -> datetime:
        return timezone.now() + self.shift

    @property
    def written(self) -> Ledger:
        return written(self.regencies, NOW)

    @property
    def left(self) -> int:
        return still_to_look_at(self.regencies, self.now)

    def messages(self) -> list[Message]:
        found: list[Message] = []
        for regency in self.regencies:
            with applied(Scope(regency.pk)):
                found += Message.objects.all()
        return found

    def open_the_offices(self) -> None:
        """As if the hour of every digest that waits for another day had come."""
        for regency in self.regencies:
            with applied(Scope(regency.pk)):
                waiting = Message.objects.filter(state=Message.State.PLANNED, next_attempt_at__gt=self.now)
                waiting.filter(attempts=0).update(next_attempt_at=self.now)

    def notes_of_ticks(self) -> list[str]:
        return list(JobRun.objects.filter(job="tick").order_by("pk").values_list("note", flat=True))

    def counts(self) -> tuple[int, int, int]:
        """Steps, notices and messages of the chase, as far as they are committed."""
        total = Counter[str]()
        for regency in self.regencies:
            with applied(Scope(regency.pk)):
                total["steps"] += ChaseStep.objects.filter(taken_at__gte=NOW).count()
                total["notices"] += ChaseNotice.objects.count()
                total["messages"] += Message.objects.count()
        return total["steps"], total["notices"], total["messages"]


class Portions:
    """The world's due rows, kept back for some hours and let go a portion at a time."""

    hold = timedelta(hours=3)

    def __init__(self, world: World, portions: int) -> None:
        self.world, self.left = world, portions
        for regency in world.regencies:
            with applied(Scope(regency.pk)):
                self.due_at = Obligation.objects.filter(next_chase_at__lte=world.now).latest("pk").next_chase_at
                Directive.objects.filter(next_chase_at__lte=world.now).update(next_chase_at=world.now + self.hold)
                Obligation.objects.filter(next_chase_at__lte=world.now).update(next_chase_at=world.now + self.hold)

    def let_go(self) -> None:
        """The next portion falls due in every regency; the last takes the directives along."""
        for regency in self.world.regencies:
            with applied(Scope(regency.pk)):
                waiting = Obligation.objects.filter(
                    next_chase_at__range=(self.world.now, self.world.now + self.hold)
                ).order_by("pk")
                count = -(-waiting.count() // self.left)
                chosen = list(waiting.values_list("pk", flat=True)[:count])
                Obligation.objects.filter(pk__in=chosen).update(next_chase_at=self.due_at)
                if self.left == 1:
                    Directive.objects.filter(next_chase_at__gt=self.world.now, state="open").update(
                        next_chase_at=self.due_at
                    )
        self.left -= 1


class Forks:
    """The processes of tests/chasing_faults/forks.py."""

    def __init__(self, process: subprocess.Popen[str], deaths: Path) -> None:
        self.process = process
        self.deaths = deaths
        self.deaths.touch()
        self.alive: list[int] = []
        self.started = 0

    def start(
        self, job: str, label: str = "-", *, nth: int = 1, fate: str = "SIGKILL", days: float = 0,
        hold_above: int = MANY,
    ) -> int:  # fmt: skip
        """days: how far this process's clock is off. Returns its number."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "job": job, "label": label, "nth": nth, "fate": fate, "days": days, "hold_above": hold_above,
            "deaths": str(self.deaths),
        }  # fmt: skip
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.alive.append(pid)
        self.started += 1
        return pid

    def run(self, job: str, label: str = "-", **fate: Any) -> None:
        """Start one and wait until it has ended, in whatever way."""
        pid = self.start(job, label, **fate)
        until(lambda: not is_alive(pid), 60, f"{job} has ended")

    def kill(self, pid: int) -> bool:
        """Whether it was still there to be killed."""
        self.alive.remove(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def kill_all(self) -> None:
        for pid in list(self.alive):
            self.kill(pid)


@contextmanager
def forks_for(world: World, sink: Sink | Postfix, *, oracle: bool = True) -> Iterator[Forks]:
    environment = os.environ | {"PORTAL_ROLE": "worker", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port)}
    command = [sys.executable, "-m", "tests.chasing_faults.forks", sink.oracle if oracle else "-"]
    with sink.log.with_suffix(".errors").open("w") as errors:
        process = subprocess.Popen(
            [*command, str(world.shift.total_seconds())],
            cwd=settings.BASE_DIR,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    forks = Forks(process, sink.log.with_suffix(".deaths"))
    try:
        yield forks
    finally:
        forks.kill_all()
        process.kill()
        process.wait()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


def settle(world: World, seconds: float = 60) -> list[Message]:
    """Wait until every message has its end, its office having opened; all of them."""

    def all_final() -> bool:
        world.open_the_offices()
        return all(message.state in FINAL for message in world.messages())

    until(all_final, seconds, "every message has its end")
    return world.messages()


def assert_ledger_is_right(world: World) -> None:
    """Each due step and each notice once, whatever died; and nothing is left to be looked at."""
    found = world.written
    assert (world.ledger.lost(found), world.ledger.too_many(found), world.left) == (0, 0, 0)


def assert_each_was_sent_once(messages: list[Message], sink: Sink) -> None:
    """The relay took each e-mail exactly once, under its own Message-ID."""
    assert {(row.state, row.reason, row.last_error) for row in messages} == {(Message.State.SENT, "", "")}
    assert sink.accepted == Counter(message.message_id for message in messages if message.is_email)
    assert_no_notice_is_left(messages)


def assert_no_notice_is_left(messages: list[Message]) -> None:
    for regency_id in {message.regency_id for message in messages}:
        with applied(Scope(regency_id)):
            states = Counter(ChaseNotice.objects.values_list("state", flat=True))
            assert set(states) == {ChaseNotice.State.INCLUDED.value}
