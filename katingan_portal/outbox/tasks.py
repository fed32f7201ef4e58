from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from katingan_portal.outbox import bounces, delivery, rounds
from katingan_portal.tenancy.tasks import PlatformTask

# Well under the task's time limit; the next ring goes on where this one stopped.
SECONDS = 60.0


@shared_task(base=PlatformTask, name="outbox.deliver")
def deliver() -> int:
    """Deliver what is due in all regencies, and tell what became of it."""
    started_at = delivery.database_now()
    taken = delivery.deliver_all(SECONDS)
    rounds.tell(started_at, taken)
    return taken


@shared_task(base=PlatformTask, name="outbox.read_bounces")
def read_bounces() -> int:
    """Mark what came back, where a folder of bounces is configured."""
    return bounces.read_configured(timezone.now())
