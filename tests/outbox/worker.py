"""Real senders to kill: `python -m tests.outbox.worker <oracle log or ->` forks one per line on its standard input.

A line is `<label> <signal>`: the sender sends itself that signal when it first reaches the label; `- -` never does.
Only times are shortened against production; a process per sender, its own database connection, the worker's role.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

LABELS = ("claimed", "composed", "connected", "addressed", "handed over", "content sent", "answered", "marked")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
    os.environ["PORTAL_ROLE"] = "worker"
    import django

    django.setup()
    hurry(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        label, name = line.rsplit(maxsplit=1)
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # standard output carries the ids only
            work(label.strip(), name)
        print(pid, flush=True)


def hurry(oracle_log: str) -> None:
    from django.conf import settings

    from katingan_portal.outbox import delivery
    from tests.outbox.sink import oracle_of

    settings.EMAIL_TIMEOUT = 0.6
    # Short for the test, yet long enough that a crowded machine does not lose its leases all the time.
    delivery.LEASE = timedelta(seconds=4)
    delivery.RECONCILE_AFTER = timedelta(seconds=0.5)
    delivery.FIRST_BACK_OFF = timedelta(seconds=0.1)
    delivery.BACK_OFF_FACTOR = 2
    delivery.UNREACHABLE_BACK_OFF = timedelta(seconds=0.1)
    delivery.register_composer("account", compose)
    if oracle_log != "-":
        delivery.register_oracle(oracle_of(Path(oracle_log)))


def compose(message: Any, now: Any) -> Any:
    """Words for the messages that were queued without."""
    from katingan_portal.outbox.framing import Letter

    return Letter(f"Surat {message.key}", f"Isi {message.key}.", "", "")


def work(label: str, name: str) -> None:
    from katingan_portal.outbox import delivery
    from katingan_portal.tenancy.scope import platform_work

    parent = os.getppid()
    if label != "-":
        number = getattr(signal, name)
        meet_fate(label, lambda: os.kill(os.getpid(), number))
    try:
        with platform_work("fault test"):
            while os.getppid() == parent:
                delivery.deliver_all(1)
                time.sleep(0.02)
    finally:
        os._exit(0)


def meet_fate(label: str, fate: Callable[[], None]) -> None:
    """Wrap what ends at `label` so that fate strikes right behind it, once."""
    from katingan_portal.outbox import delivery, lease
    from katingan_portal.outbox.channels import email

    where: dict[str, tuple[Any, str]] = {
        "claimed": (delivery, "claim"),
        "composed": (delivery, "compose_late"),
        "connected": (email, "connect"),
        "addressed": (email, "_envelope"),
        "handed over": (lease.HeldLease, "hand_over"),
        "content sent": (email, "_content"),
        "answered": (email, "_last_dot"),
        "marked": (delivery, "_mark_outcome"),
    }
    owner, attribute = where[label]
    original: Callable[..., Any] = getattr(owner, attribute)
    struck: list[bool] = []

    def strike(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        reached = bool(result) if label == "claimed" else True
        if reached and not struck:
            struck.append(True)
            fate()
        return result

    setattr(owner, attribute, strike)


if __name__ == "__main__":
    main()
