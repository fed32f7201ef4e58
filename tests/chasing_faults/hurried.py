"""The portal's own worker and beat, hurried: `celery -A tests.chasing_faults.hurried worker` or `beat`.

The application, tasks, settings and timetable are those of production; only waits are shorter, and the clock is moved
by CHASE_SHIFT seconds so that it is a working morning. CHASE_ORACLE: the relay's log.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from celery.signals import worker_process_init

from katingan_portal.celery import app

SECONDS = 1.0

for entry in app.conf.beat_schedule.values():
    entry["schedule"] = min(SECONDS, entry["schedule"])


@worker_process_init.connect
def hurry(**kwargs: Any) -> None:
    from benchmarks.world import shift_clock
    from katingan_portal.outbox import delivery
    from reporting.chasing import engine
    from tests.chasing_faults import forks
    from tests.outbox import worker

    worker.hurry(os.environ["CHASE_ORACLE"])
    delivery.LEASE = forks.LEASE
    engine.BATCH = forks.BATCH
    engine.chase_batch.__kwdefaults__["limit"] = forks.BATCH
    shift_clock(timedelta(seconds=float(os.environ["CHASE_SHIFT"])))
