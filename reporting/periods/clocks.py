"""Which clock of an obligation runs, and the one place that starts and stops them.

An obligation waits for one party at a time: its agency (filing, then perhaps a correction, or what it promised), or
the reviewer. The chase follows that clock: whoever changes whose turn it is calls `restart`, and nothing else needs
to know that a chase exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import models

from reporting.periods.models import Obligation, Promise

FIELDS = ("review_due_at", "correction_due_at", "promise_due_at", "broken_promises", "next_chase_at")


class Clock(models.TextChoices):
    """What the chase pursues. A directive has its own row and clock; the others are an obligation's."""

    FILING = "filing", "pengiriman laporan"
    CORRECTION = "correction", "perbaikan laporan"
    REVIEW = "review", "pemeriksaan laporan"
    PROMISE = "promise", "janji"
    DIRECTIVE = "directive", "arahan"


def running_clock(obligation: Obligation) -> tuple[Clock, datetime] | None:
    """The clock that runs and its due moment; None for what is accepted or waived. In SQL: chasing/claims.py."""
    if obligation.waived_at or obligation.accepted_at:
        return None
    if obligation.promise_due_at:
        return Clock.PROMISE, obligation.promise_due_at
    return clock_beneath(obligation)


def clock_beneath(obligation: Obligation) -> tuple[Clock, datetime] | None:
    """The clock that a promise made wait."""
    if obligation.review_due_at:
        return Clock.REVIEW, obligation.review_due_at
    if obligation.correction_due_at:
        return Clock.CORRECTION, obligation.correction_due_at
    return None if obligation.first_submitted_at else (Clock.FILING, obligation.due_at)


def restart(
    obligation: Obligation,
    *,
    now: datetime,
    review_due_at: datetime | None = None,
    correction_due_at: datetime | None = None,
) -> tuple[str, ...]:
    """Whose turn it is has changed: set the clocks (not saved), end an open promise, let the chase look again.

    Returns the fields to save. Everything that settles an obligation comes through here, so a settled one has no
    next look. Call it after first_submitted_at, accepted_at and waived_at are set.
    """
    if obligation.promise_due_at:
        _end_promise(obligation, now, sent=review_due_at is not None)
    obligation.review_due_at, obligation.correction_due_at = review_due_at, correction_due_at
    obligation.next_chase_at = now if running_clock(obligation) else None
    return FIELDS


def restart_many(obligations: Iterable[Obligation], *, now: datetime) -> tuple[str, ...]:
    """As `restart` without a clock of review or correction, e.g. for what is waived."""
    for obligation in obligations:
        restart(obligation, now=now)
    return FIELDS


def wait_for_promise(obligation: Obligation, due_at: datetime, *, now: datetime) -> tuple[str, ...]:
    """The chase waits for what was promised. Not saved; returns the fields to save."""
    obligation.promise_due_at, obligation.next_chase_at = due_at, now
    return "promise_due_at", "next_chase_at"


def take_promise_back(obligation: Obligation, *, now: datetime) -> tuple[str, ...]:
    """The agency does not promise any more: the clock beneath runs again. Not saved; returns the fields to save."""
    _end(obligation, Promise.State.MOOT, now)
    obligation.next_chase_at = now
    return "promise_due_at", "next_chase_at"


def break_promise(obligation: Obligation, *, now: datetime) -> None:
    """The promised moment passed and nothing came: it counts, and the clock beneath runs again. Not saved."""
    _end(obligation, Promise.State.BROKEN, now)
    obligation.broken_promises += 1


def break_many(obligation_ids: Collection[int], *, now: datetime) -> None:
    """As `break_promise`, for rows that the caller has locked; writes them."""
    if obligation_ids:
        kept_waiting = Promise.objects.filter(obligation__in=obligation_ids, state=Promise.State.OPEN)
        kept_waiting.update(state=Promise.State.BROKEN, ended_at=now)
        rows = Obligation.objects.filter(pk__in=obligation_ids)
        rows.update(promise_due_at=None, broken_promises=models.F("broken_promises") + 1)


def _end_promise(obligation: Obligation, now: datetime, *, sent: bool) -> None:
    assert obligation.promise_due_at is not None
    if not sent:
        _end(obligation, Promise.State.MOOT, now)
    elif now <= obligation.promise_due_at:
        _end(obligation, Promise.State.KEPT, now)
    else:
        break_promise(obligation, now=now)


def _end(obligation: Obligation, state: Promise.State, now: datetime) -> None:
    Promise.objects.filter(obligation=obligation, state=Promise.State.OPEN).update(state=state, ended_at=now)
    obligation.promise_due_at = None
