"""One tick of the chase in one regency: set-based, idempotent, and each batch one transaction with its messages.

PostgreSQL is the queue of record. `next_chase_at` says when to look at an obligation again; the unique keys of a step,
of a notice and of a message make a repeated or doubled run change nothing. Which rung comes is `policy.py`, asked once
for each due moment and not once for each obligation; who hears of it `directory.py`; what it says `digest.py`, worded
when it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.claims import Claimed, claim
from reporting.chasing.deciding import Desk, Move, decide
from reporting.chasing.holds import Held, hold, is_held, refuse_storm
from reporting.chasing.policy import Decision
from reporting.chasing.recording import break_promises, look_again, record_steps
from reporting.chasing.telling import tell
from reporting.periods.clocks import Clock

log = structlog.get_logger(__name__)

BATCH = 1000
# Deciding only reads what was read; a row that breaks it (a date out of all bounds) breaks it again until mended.
BROKEN_WAITS = timedelta(hours=1)


@dataclass(frozen=True)
class Done:
    """What one pass over one regency did: rows looked at, steps fired, notices written, rows that broke."""

    checked: int = 0
    steps: int = 0
    notices: int = 0
    failed: int = 0
    is_held: bool = False

    def __add__(self, other: Done) -> Done:
        return Done(
            self.checked + other.checked,
            self.steps + other.steps,
            self.notices + other.notices,
            self.failed + other.failed,
            self.is_held or other.is_held,
        )


def chase_regency(regency: Regency, *, now: datetime) -> Done:
    """Take every step that is due in one regency by `now`, a batch and a short transaction at a time."""
    total = Done()
    while True:
        try:
            done = chase_batch(regency, now=now, fired_before=total.steps)
        except Held as held:
            hold(regency, held, now=now)
            return total + Done(is_held=True)
        total += done
        if done.checked < BATCH:
            return total


def chase_batch(regency: Regency, *, now: datetime, limit: int = BATCH, fired_before: int = 0) -> Done:
    """One batch in one transaction. Raises Held, and changes nothing, when the tick grows far larger than usual."""
    with applied(Scope(regency.pk)):
        do_not_wait_for_the_disk()
        claimed = claim(now, limit)
        if not claimed:
            return Done()
        if is_held():
            return Done(is_held=True)
        desk = Desk.open(regency, now)
        moves, failed = _decide_each(claimed, desk)
        fired = sum(move.decision.fire is not None for move in moves)
        refuse_storm(fired_before + fired, now)
        break_promises(moves, now)
        notices = tell(record_steps(moves, desk), desk)
        look_again(claimed, moves)
        return Done(len(claimed), fired, notices, failed)


def _decide_each(claimed: list[Claimed], desk: Desk) -> tuple[list[Move], int]:
    """The moves, and how many rows broke. One that breaks is looked at again later; the others do not wait for it."""
    moves: list[Move] = []
    failed = 0
    for row in claimed:
        try:
            move = decide(row, desk)
        except Exception:
            log.exception("chase_row_broke", obligation=row.obligation_id, directive=row.directive_id)
            failed += 1
            move = Move(row, row.clock or Clock.FILING, row.due_at, Decision(next_at=desk.now + BROKEN_WAITS))
        if move:
            moves.append(move)
    return moves, failed


def do_not_wait_for_the_disk() -> None:
    """This transaction commits without waiting until it is written: on a busy disk the wait costs more than the work.

    A crash of the database may take the last moments of the chase with it, steps and messages together, and the next
    tick takes those steps again. Nothing of them can have been sent: a message is claimed by a commit that does wait,
    and PostgreSQL writes commits in their order.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
