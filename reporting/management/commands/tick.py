"""`manage.py tick`: the work of the beat without Celery, from cron or by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from katingan_portal.outbox.delivery import database_now, deliver_all
from katingan_portal.tenancy.scope import platform_work
from reporting.chasing.tasks import RAISE, TICK, run_raise, run_tick
from reporting.chasing.watch import believe
from reporting.letters.tasks import run_drafting


class Command(BaseCommand):
    help = "Over all regencies: raise what is owed, take due steps of the chase, draft its letters, deliver what waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=50.0, help="how long to deliver at most (default 50)")
        parser.add_argument(
            "--accept-clock", action="store_true", help="the clock is right now, although it jumped: go on from here"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with platform_work("manage.py tick"):
            if options["accept_clock"]:
                for job in (RAISE, TICK):
                    believe(job, database_now())
            raised, run, letters = run_raise(), run_tick(), run_drafting()
            delivered = deliver_all(options["seconds"])
        for note in filter(None, {raised.note, run.note}):
            self.stderr.write(note)
        self.stdout.write(
            f"raised {raised.acted}; checked {run.checked}, steps {run.acted}, regencies held {run.held},"
            f" failed {raised.failed + run.failed + letters.failed}; drafts of letters {letters.acted};"
            f" messages taken in hand {delivered}"
        )
