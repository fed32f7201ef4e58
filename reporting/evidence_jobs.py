"""The jobs that look after evidence in all regencies. Thin; each leaves its JobRun, which the heartbeat shows."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.tasks import PlatformTask
from reporting.chasing.models import JobRun
from reporting.submissions.evidence.scanner import ScannerUnavailable
from reporting.submissions.evidence.upkeep import scan_regency, sweep

log = structlog.get_logger(__name__)
SCAN = "evidence_scan"
SWEEP = "evidence_sweep"


@shared_task(base=PlatformTask, name="reporting.scan_evidence")
def scan_evidence() -> None:
    run_scan()


@shared_task(base=PlatformTask, name="reporting.sweep_evidence")
def sweep_evidence() -> None:
    run_sweep()


def run_scan() -> JobRun | None:
    """One round of virus checks; None where no scanner is set up. A silent scanner counts as failed."""
    if not settings.CLAMD_ADDRESS:
        return None
    return _over_all(SCAN, scan_regency)


def run_sweep() -> JobRun:
    return _over_all(SWEEP, _sweep_regency)


def _sweep_regency(regency: Regency) -> tuple[int, int]:
    done = sweep(regency, now=timezone.now())
    return done.kept + len(done.erased), len(done.erased)


def _over_all(job: str, work: Callable[[Regency], tuple[int, int]]) -> JobRun:
    """A regency that fails is counted and logged; the others go on. Rounds with nothing to do leave no row."""
    run = JobRun(job=job, started_at=timezone.now())
    for regency in Regency.objects.all():
        try:
            checked, acted = work(regency)
            run.checked += checked
            run.acted += acted
        except ScannerUnavailable as silence:
            log.warning("scanner_unavailable", regency=regency.code, reason=str(silence))
            run.failed += 1
        except Exception:
            log.exception("evidence_job_failed", job=job, regency=regency.code)
            run.failed += 1
    run.finished_at = timezone.now()
    if run.checked or run.failed:
        run.save()
    return run
