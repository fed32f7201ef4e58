"""The tick: over all regencies, raise what is owed and take the steps that are due. Thin; rings nothing itself."""

from __future__ import annotations

from datetime import datetime

import structlog
from celery import shared_task
from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.outbox.delivery import database_now
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from katingan_portal.tenancy.tasks import PlatformTask
from reporting.chasing.claims import regencies_to_chase
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import JobRun
from reporting.chasing.watch import finish, start
from reporting.periods.actions import raise_obligations

log = structlog.get_logger(__name__)
TICK, RAISE = "tick", "raise"
BY = Actor.system("Portal (kewajiban berkala)")


@shared_task(base=PlatformTask, name="reporting.tick")
def tick() -> None:
    run_tick()


@shared_task(base=PlatformTask, name="reporting.raise_obligations")
def raise_all() -> None:
    run_raise()


def run_tick(now: datetime | None = None) -> JobRun:
    """Take the due steps of every regency that has any. One that fails is counted and logged; the others go on.

    The clock is the database's, one for all workers. When it jumped, nothing is done and the run says so.
    """
    moment = now or database_now()
    run = start(TICK, moment)
    if run.note:
        return finish(run, note=run.note)
    for regency in Regency.objects.filter(pk__in=regencies_to_chase(moment)):
        _chase(regency, run)
    return finish(run)


def run_raise(now: datetime | None = None) -> JobRun:
    """Raise what is owed in every regency; a regency that fails is counted and logged."""
    run = start(RAISE, now or database_now())
    if run.note:
        return finish(run, note=run.note)
    for regency in Regency.objects.all():
        try:
            run.acted += raise_in(regency, run.started_at)
        except Exception:
            log.exception("raise_failed", regency=regency.code)
            run.failed += 1
        run.checked += 1
    return finish(run)


def raise_in(regency: Regency, now: datetime) -> int:
    with transaction.atomic(), applied(Scope(regency.pk)):
        return raise_obligations(regency, now=now, by=BY)


def _chase(regency: Regency, run: JobRun) -> None:
    try:
        done = chase_regency(regency, now=run.started_at)
    except Exception:
        log.exception("tick_failed", regency=regency.code)
        run.failed += 1
        return
    run.checked += done.checked
    run.acted += done.steps
    run.held += done.is_held
    run.failed += done.failed
