"""A batch several times the usual is held for a person: an error of clock or import cannot write to all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseHold, ChaseStep

USUAL_OVER = timedelta(days=90)
NOT_TODAY = timedelta(hours=12)
TIMES_THE_USUAL = 3
RELEASE_LASTS = timedelta(hours=24)


class Held(Exception):
    """This batch waits for a person: `count` steps at once, the busiest day had `usual`."""

    def __init__(self, count: int, usual: int) -> None:
        super().__init__(f"{count} steps at once, usually {usual} a day")
        self.count, self.usual = count, usual


class NotHeld(Exception):
    """There is nothing to release; the message is for the user."""


def is_held() -> bool:
    return ChaseHold.objects.filter(released_at=None).exists()


def refuse_storm(count: int, now: datetime) -> None:
    """Raises Held for more steps than PORTAL_CHASE_HOLD_ABOVE and than thrice the busiest day, unless just released."""
    if count <= settings.PORTAL_CHASE_HOLD_ABOVE:
        return
    usual = busiest_day(now)
    if count > TIMES_THE_USUAL * usual and not ChaseHold.objects.filter(released_at__gt=now - RELEASE_LASTS).exists():
        raise Held(count, usual)


def busiest_day(now: datetime) -> int:
    """The most steps fired on one day of the last 90, without what is being fired now: a storm is not usual."""
    days_before = now - USUAL_OVER, now - NOT_TODAY
    recent = ChaseStep.objects.filter(taken_at__range=days_before, state=ChaseStep.State.FIRED)
    days = recent.order_by().annotate(day=TruncDate("taken_at")).values("day").annotate(fired=Count("pk"))
    most: int | None = days.aggregate(most=Max("fired"))["most"]
    return most or 0


def hold(regency: Regency, held: Held, *, now: datetime) -> None:
    """Remember why the chase of this regency stands still, once."""
    with applied(Scope(regency.pk)):
        if not is_held():
            ChaseHold.objects.create(count=held.count, usual=held.usual, held_at=now)


@transaction.atomic
def release(*, by: Actor, now: datetime) -> None:
    """Somebody looked: the next tick goes on, and for a day no batch is held. Raises NotHeld."""
    held = ChaseHold.objects.select_for_update().filter(released_at=None).first()
    if held is None:
        raise NotHeld("Penagihan tidak sedang ditahan.")
    held.released_at, held.released_by_name = now, by.name
    held.save(update_fields=["released_at", "released_by_name"])
    record("melanjutkan penagihan", held, by=by)
