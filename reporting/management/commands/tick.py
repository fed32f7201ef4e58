"""`manage.py tick`: the work of the beat without Celery, from cron or by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from katingan_portal.tenancy.scope import platform_work
from reporting.chasing.tasks import run_tick


class Command(BaseCommand):
    help = "Over all regencies: raise what is owed and take the due steps of the chase."

    def handle(self, *args: Any, **options: Any) -> None:
        with platform_work("manage.py tick"):
            run = run_tick()
        self.stdout.write(f"checked {run.checked}, messages {run.acted}, regencies failed {run.failed}")
