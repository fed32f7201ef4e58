"""Slow down guessing: after five failures each further one doubles the wait, up to an hour.

Counted per name and per network address, in the database, so that it holds across processes and restarts. A name
is blocked only together with its address: a stranger cannot lock out an official by typing their name.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from katingan_portal.accounts.models import SignInThrottle

FREE_TRIES = {"pair": 5, "address": 30}
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


def keys_for(name: str, address: str) -> dict[str, str]:
    return {"pair": f"{name.strip().lower()[:60]}|{address}", "address": f"|{address}"}


def blocked_until(name: str, address: str, now: datetime) -> datetime | None:
    """The moment until which this name and address must wait, or None."""
    return (
        SignInThrottle.objects.filter(key__in=keys_for(name, address).values(), blocked_until__gt=now)
        .order_by("-blocked_until")
        .values_list("blocked_until", flat=True)
        .first()
    )


def note_failure(name: str, address: str, now: datetime) -> None:
    SignInThrottle.objects.filter(last_failed_at__lt=now - FORGOTTEN_AFTER).delete()
    for kind, key in keys_for(name, address).items():
        row, created = SignInThrottle.objects.get_or_create(key=key, defaults={"last_failed_at": now, "failures": 1})
        if not created:
            SignInThrottle.objects.filter(pk=row.pk).update(failures=F("failures") + 1, last_failed_at=now)
            row.refresh_from_db()
        wait = wait_after(row.failures, FREE_TRIES[kind])
        if wait:
            SignInThrottle.objects.filter(pk=row.pk).update(blocked_until=now + wait)


def forget(name: str, address: str) -> None:
    SignInThrottle.objects.filter(key=keys_for(name, address)["pair"]).delete()


def wait_after(failures: int, free: int) -> timedelta:
    """0 for the free tries, then 30 s, 1 min, 2 min … at most an hour."""
    over = failures - free
    if over < 0:
        return timedelta(0)
    return min(timedelta(seconds=30 * 2 ** min(over, 12)), LONGEST_WAIT)
