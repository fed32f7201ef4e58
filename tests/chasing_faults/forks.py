"""Real engines and senders to kill: `python -m tests.chasing_faults.forks <oracle log or -> <seconds>` forks them.

One JSON object per line on standard input is one process: job, label, nth, fate, days, hold_above; see story.Forks.
Against production only times, the size of a batch and the clock are changed: `seconds` moves the clock of them all, so
that it is a working morning for the portal whenever the test runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.outbox import worker

# Where an engine may die, in the order of a batch: behind each of these, in its one transaction or around it.
ENGINE_LABELS = ("claimed", "steps written", "messages opened", "notices written", "before commit", "after commit")
SENDER_LABELS = worker.LABELS
BATCH = 40
# Wording a digest of dozens of items takes its time where two cores serve ten processes.
LEASE = timedelta(seconds=5)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
    os.environ["PORTAL_ROLE"] = "worker"
    import django

    django.setup()
    from katingan_portal.outbox import delivery

    hurry(sys.argv[1])
    delivery.LEASE = LEASE
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # standard output carries the ids only
            work(json.loads(line))
        print(pid, flush=True)


def hurry(oracle: str) -> None:
    """oracle: "-", the log of the tests' relay, or "postfix " and that of a real one, which has a clock of its own."""
    real = oracle.startswith("postfix ")
    worker.hurry("-" if real else oracle)
    if real:
        _ask_postfix(Path(oracle.removeprefix("postfix ")), timedelta(seconds=float(sys.argv[2])))


def _ask_postfix(log: Path, shift: timedelta) -> None:
    from katingan_portal.outbox import delivery
    from katingan_portal.outbox.postfix_log import PostfixLog

    known = PostfixLog(log)
    delivery.register_oracle(lambda message_id, since: known(message_id, since - shift))


def work(order: dict[str, Any]) -> None:
    from django.conf import settings

    from benchmarks.world import shift_clock
    from reporting.chasing import engine

    engine.BATCH = BATCH
    engine.chase_batch.__kwdefaults__["limit"] = BATCH
    settings.PORTAL_CHASE_HOLD_ABOVE = order["hold_above"]
    shift_clock(timedelta(seconds=float(sys.argv[2]), days=order["days"]))
    if order["label"] != "-":
        meet_fate(order["job"], order["label"], _strike(order))
    try:
        JOBS[order["job"]]()
    finally:
        os._exit(0)


def tick_once() -> None:
    from katingan_portal.tenancy.scope import platform_work
    from reporting.chasing.tasks import run_tick

    with platform_work("fault test"):
        run_tick()


def tick_on() -> None:
    _again_and_again(tick_once)


def deliver_on() -> None:
    from katingan_portal.outbox import delivery
    from katingan_portal.tenancy.scope import platform_work

    def deliver() -> None:
        with platform_work("fault test"):
            delivery.deliver_all(1)

    _again_and_again(deliver)


def believe() -> None:
    """What `manage.py tick --accept-clock` does."""
    from reporting.chasing import tasks
    from reporting.chasing.watch import believe

    believe(tasks.TICK, tasks.database_now())


def release() -> None:
    """What a person does on Denyut portal, in every regency that is held."""
    from katingan_portal.accounts.permissions import Actor
    from katingan_portal.tenancy.models import Regency
    from katingan_portal.tenancy.scope import Scope, applied
    from reporting.chasing import holds, tasks

    for regency in Regency.objects.all():
        with applied(Scope(regency.pk)):
            if holds.is_held():
                holds.release(by=Actor.system("Uji"), now=tasks.database_now())


def _again_and_again(do: Callable[[], None]) -> None:
    """Until the parent ends. What breaks is told and tried again, with a connection of its own: as Celery does."""
    from django.db import connection

    parent = os.getppid()
    while os.getppid() == parent:
        try:
            do()
        except Exception as problem:
            sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
            connection.close()
        time.sleep(0.1)


JOBS: dict[str, Callable[[], None]] = {"tick": tick_once, "tick on": tick_on, "deliver": deliver_on}
JOBS |= {"believe": believe, "release": release}


def meet_fate(job: str, label: str, strike: Callable[[], None]) -> None:
    if label == "statement":
        _behind_each_statement(strike)
    elif job == "deliver":
        worker.meet_fate(label, strike)
    else:
        _behind(label, strike)


def _strike(order: dict[str, Any]) -> Callable[[], None]:
    """To be called wherever it might happen: at the n-th call the signal comes, and a line in the book of deaths."""
    left = [order["nth"]]

    def strike() -> None:
        left[0] -= 1
        if left[0] == 0:
            with open(order["deaths"], "a") as book:
                book.write(f"{order['job']} {order['label']}\n")
            os.kill(os.getpid(), getattr(signal, order["fate"]))

    return strike


def _behind(label: str, strike: Callable[[], None]) -> None:
    from reporting.chasing import engine, tasks, telling

    where: dict[str, tuple[Any, str]] = {
        "started": (tasks, "start"),
        "claimed": (engine, "claim"),
        "steps written": (engine, "record_steps"),
        "messages opened": (telling, "open_digests"),
        "notices written": (engine, "tell"),
        "before commit": (engine, "look_again"),
        "after commit": (engine, "chase_batch"),
    }
    owner, attribute = where[label]
    original: Callable[..., Any] = getattr(owner, attribute)

    def dies_behind(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        strike()
        return result

    setattr(owner, attribute, dies_behind)


def _behind_each_statement(strike: Callable[[], None]) -> None:
    """Inside `chase_batch` only: what the tick notes about itself before and after is no part of the property."""
    from django.db import connection

    from reporting.chasing import engine

    original = engine.chase_batch

    def counted(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        strike()
        return result

    def chase_batch(*args: Any, **kwargs: Any) -> Any:
        with connection.execute_wrapper(counted):
            return original(*args, **kwargs)

    engine.chase_batch = chase_batch


if __name__ == "__main__":
    main()
