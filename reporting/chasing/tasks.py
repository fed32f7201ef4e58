"""The tick: over all regencies, raise what is owed and take the steps that are due. Thin; rings nothing itself."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from katingan_portal.tenancy.tasks import PlatformTask
from reporting.chasing.engine import Taken, chase_regency
from reporting.chasing.models import JobRun
from reporting.periods.actions import raise_obligations

log = structlog.get_logger(__name__)
TICK = "tick"


@shared_task(base=PlatformTask, name="reporting.tick")
def tick() -> None:
    run_tick()


def run_tick() -> JobRun:
    """One tick now. A regency that fails is counted and logged; the others go on."""
    run = JobRun.objects.create(job=TICK, started_at=timezone.now())
    for regency in Regency.objects.all():
        try:
            done = tick_regency(regency)
            run.checked += done.checked
            run.acted += done.messages
        except Exception:
            log.exception("tick_failed", regency=regency.code)
            run.failed += 1
    run.finished_at = timezone.now()
    run.save()
    return run


def tick_regency(regency: Regency) -> Taken:
    now = timezone.now()
    with transaction.atomic(), applied(Scope(regency.pk)):
        raise_obligations(regency, now=now, by=Actor.system("Portal (kewajiban bulanan)"))
    return chase_regency(regency, now=now)
