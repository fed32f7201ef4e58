"""The worker's application and the whole timetable of the portal."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
os.environ.setdefault("PORTAL_ROLE", "worker")

app = Celery("katingan_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["katingan_portal.outbox", "reporting"])

# Beat only rings; each job derives from rows what is due, so a missed or doubled ring changes nothing.
app.conf.beat_schedule = {
    # Every five minutes: raise obligations that are missing. New ones come with a new period, which begins once a day
    # at most, and after an administrator assigned something; before the tick, which has nothing to chase otherwise.
    "raise": {"task": "reporting.raise_obligations", "schedule": 300.0, "options": {"expires": 240}},
    # Every minute: take due steps of the ladder, idempotent. Before the sender, which carries what the steps wrote.
    "tick": {"task": "reporting.tick", "schedule": 60.0, "options": {"expires": 50}},
    # Every 15 s: deliver what waits. Writers ring it too; this is for rings that got lost.
    "deliver": {"task": "outbox.deliver", "schedule": 15.0, "options": {"expires": 14}},
    # Every five minutes: read the folder of bounces, if there is one. After "deliver", whose letters they are about; a
    # bounce is news for tomorrow's reminder, so there is no hurry.
    "read_bounces": {"task": "outbox.read_bounces", "schedule": 300.0, "options": {"expires": 240}},
    # Every minute: ask the virus scanner about files it has not seen; also those that came while it was silent.
    # After nothing: reviewers wait for it, so it must not wait for others. Without a scanner it returns at once.
    "scan_evidence": {"task": "reporting.scan_evidence", "schedule": 60.0, "options": {"expires": 50}},
    # Every ten minutes: draft the letters that the steps taken ask for, and close drafts about nothing any more. After
    # the tick, whose steps it reads; people look at drafts once a day, so it need not be nearer.
    "draft_letters": {"task": "reporting.draft_letters", "schedule": 600.0, "options": {"expires": 500}},
    # Every six hours: erase files that no row needs for 30 days. Walks the whole storage, so it is rare.
    "sweep_evidence": {"task": "reporting.sweep_evidence", "schedule": 6 * 3600.0, "options": {"expires": 3600}},
    # Once a day: thin out the record of runs that are older than 90 days. Tick and delivery write a row each minute,
    # and nobody asks about one minute of last spring. After nothing; a day missed only leaves more for the next.
    "prune_runs": {"task": "reporting.prune_runs", "schedule": 24 * 3600.0, "options": {"expires": 3600}},
}


@worker_init.connect
@beat_init.connect
def refuse_wrong_role_at_start(**kwargs: Any) -> None:
    from katingan_portal.tenancy.boot import refuse_wrong_role

    refuse_wrong_role("worker")


@worker_ready.connect
def look_now(**kwargs: Any) -> None:
    """A worker that starts derives what is due at once: what a lost broker forgot is found here."""
    app.send_task("reporting.raise_obligations", expires=240)
    app.send_task("reporting.tick", expires=50)
    app.send_task("reporting.draft_letters", expires=500)
    app.send_task("outbox.deliver", expires=14)
