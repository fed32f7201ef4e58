"""The record of each run, and whether the clock can be believed: a wrong hour must not write to a whole district."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from katingan_portal.outbox.delivery import database_now
from reporting.chasing.models import JobRun

MAY_DIFFER = timedelta(minutes=10)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def start(job: str, now: datetime) -> JobRun:
    """The record of a run that begins. Its note says from the first moment whether its clock jumped: a run that died
    before it could say so would be believed, and stop the chase when the clock is right again.
    """
    run = JobRun(job=job, started_at=now, boot_id=boot_id(), uptime=uptime())
    run.note = jumped(run)
    run.save()
    return run


def finish(run: JobRun, *, note: str = "") -> JobRun:
    run.note = note
    run.finished_at = max(database_now(), run.started_at)
    run.save()
    return run


def jumped(run: JobRun) -> str:
    """Why the clock cannot be believed (Indonesian), or "".

    It went back behind an earlier run; or since the last believed run of this machine's boot, it moved otherwise
    than the machine's own count of seconds did, which no change of the hour touches.
    """
    believed = JobRun.objects.filter(job=run.job, note="").exclude(pk=run.pk)
    latest = believed.order_by("-started_at").first()
    if latest and run.started_at < latest.started_at - MAY_DIFFER:
        return "Jam server mundur dibandingkan putaran sebelumnya; penagihan menunggu."
    same_boot = believed.filter(boot_id=run.boot_id).exclude(boot_id="").order_by("-pk").first()
    if same_boot is None:
        return ""
    by_clock = run.started_at - same_boot.started_at
    by_boot = timedelta(seconds=run.uptime - same_boot.uptime)
    if abs(by_clock - by_boot) > MAY_DIFFER:
        return "Jam server melompat; penagihan menunggu sampai jam benar atau seseorang memastikannya."
    return ""


def believe(job: str, now: datetime) -> JobRun:
    """A person says that the clock is right now: later runs are compared with this moment."""
    JobRun.objects.filter(job=job, started_at__gt=now).update(note="jam saat itu keliru")
    return finish(start(job, now))


@cache
def boot_id() -> str:
    """This boot of this machine's kernel; "" where the system does not tell (then only going back is noticed)."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


def uptime() -> int:
    """Seconds since boot, sleep included."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))
