"""The job that keeps drafts in step with the chase. Thin; it leaves its JobRun where there was something to do."""

from __future__ import annotations

from datetime import datetime

import structlog
from celery import shared_task

from katingan_portal.outbox.delivery import database_now
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from katingan_portal.tenancy.tasks import PlatformTask
from reporting.chasing.models import JobRun
from reporting.letters.drafting import Drafted, keep_drafts

log = structlog.get_logger(__name__)
DRAFT_LETTERS = "draft_letters"


@shared_task(base=PlatformTask, name="reporting.draft_letters")
def draft_letters() -> None:
    run_drafting()


def run_drafting() -> JobRun:
    """One round over all regencies, each in a transaction of its own. One that fails is counted; the others go on."""
    run = JobRun(job=DRAFT_LETTERS, started_at=database_now())
    for regency in Regency.objects.all():
        try:
            done = draft_in(regency, run.started_at)
            run.checked += 1
            run.acted += done.acted
        except Exception:
            log.exception("draft_letters_failed", regency=regency.code)
            run.failed += 1
    run.finished_at = max(database_now(), run.started_at)
    if run.acted or run.failed:
        run.save()
    return run


def draft_in(regency: Regency, now: datetime) -> Drafted:
    with applied(Scope(regency.pk)):
        return keep_drafts(regency, now=now)
