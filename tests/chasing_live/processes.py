"""The portal's own worker and beat as real processes, started as `make run` starts them, and killed without mercy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

CELERY = [str(Path(sys.executable).with_name("celery")), "-A", "katingan_portal"]
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


class Backstage:
    """One worker and one beat over the database of the running test, with a broker database of their own."""

    def __init__(self, folder: Path, *, mail_port: int, broker: str) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PORTAL_ROLE": "worker",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
            "REDIS_URL": broker,
            # The older the decree, the more falls due in the first tick; holding storms has tests of its own.
            "PORTAL_CHASE_HOLD_ABOVE": "1000000",
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start_worker(self) -> None:
        """It looks at once what is due: `look_now` in katingan_portal/celery.py."""
        self._start("worker", WORKER)

    def start_beat(self) -> None:
        """The timetable as it stands, but each entry every two seconds."""
        hurried = [CELERY[0], "-A", "tests.chasing_live.hurried", "beat", "--loglevel", "INFO"]
        self._start("beat", [*hurried, "--schedule", f"{self.folder}/beat", "--pidfile="])

    def kill(self, name: str) -> None:
        """SIGKILL to the whole group: nobody of it gets to tidy up."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def backstage(folder: Path, *, mail_port: int, broker_number: int) -> Iterator[Backstage]:
    url = urlsplit(os.environ["REDIS_URL"])
    found = Backstage(folder, mail_port=mail_port, broker=urlunsplit(url._replace(path=f"/{broker_number}")))
    try:
        yield found
    finally:
        for name in list(found.running):
            found.kill(name)
