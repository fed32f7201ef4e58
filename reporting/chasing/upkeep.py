"""The record of runs kept short: one row a minute for delivery, and after 90 days one a day for each job."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection
from django.db.models import F

from katingan_portal.outbox.delivery import database_now
from katingan_portal.outbox.rounds import Delivered
from katingan_portal.tenancy.tasks import PlatformTask
from reporting.chasing.models import JobRun

DELIVER = "deliver"
ONE_ROW = timedelta(minutes=1)
KEPT = timedelta(days=90)
# Per installation about 3,200 rows a day otherwise. The last of each day and job stays for good: that it was alive.
PRUNE = """
DELETE FROM reporting_jobrun run WHERE started_at < %s AND EXISTS (
    SELECT 1 FROM reporting_jobrun later WHERE later.job = run.job AND later.started_at > run.started_at
    AND (later.started_at AT TIME ZONE 'UTC')::date = (run.started_at AT TIME ZONE 'UTC')::date)
"""


def note_delivery(done: Delivered) -> None:
    """Delivery rounds come every 15 seconds and at each ring: those of one minute share a row."""
    finished_at = max(database_now(), done.started_at)
    recent = JobRun.objects.filter(job=DELIVER, started_at__gt=done.started_at - ONE_ROW)
    row = recent.order_by("-started_at").values_list("pk", flat=True).first()
    if row is None:
        JobRun.objects.create(
            job=DELIVER, started_at=done.started_at, finished_at=finished_at,
            checked=done.taken, acted=done.sent, failed=done.failed,
        )  # fmt: skip
    else:
        JobRun.objects.filter(pk=row).update(
            finished_at=finished_at, checked=F("checked") + done.taken, acted=F("acted") + done.sent,
            failed=F("failed") + done.failed,
        )  # fmt: skip


@shared_task(base=PlatformTask, name="reporting.prune_runs")
def prune_runs() -> int:
    return prune(database_now())


def prune(now: datetime) -> int:
    """Delete the runs older than 90 days but the last of each day and job; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, [now - KEPT])
        return cursor.rowcount
