"""What is to be looked at now, claimed row by row: the engine's only reading of obligations and directives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.policy import Keys
from reporting.periods.clocks import Clock

# The clock is `periods.clocks.clock_beneath` in SQL; tests/reporting/test_claims.py holds the two together.
OF_OBLIGATIONS = """
SELECT o.id, NULL::bigint, o.agency_id, o.form_id, o.promise_due_at,
    CASE WHEN o.waived_at IS NOT NULL OR o.accepted_at IS NOT NULL THEN NULL
         WHEN o.review_due_at IS NOT NULL THEN 'review'
         WHEN o.correction_due_at IS NOT NULL THEN 'correction'
         WHEN o.first_submitted_at IS NULL THEN 'filing' END,
    COALESCE(o.review_due_at, o.correction_due_at, o.due_at),
    ARRAY(SELECT concat_ws(' ', s.clock, s.step_id, s.occurrence, floor(extract(epoch FROM s.due_at)),
              floor(extract(epoch FROM s.taken_at)), s."offset")
          FROM reporting_chasestep s
          WHERE s.regency_id = o.regency_id AND s.obligation_id = o.id AND s.directive_id IS NULL ORDER BY s.id)
FROM reporting_obligation o
"""
# Rows that another tick holds are its own; rows that a page is changing come with the next tick.
OBLIGATIONS = f"""{OF_OBLIGATIONS}
WHERE o.regency_id = %s AND o.next_chase_at <= %s
ORDER BY o.next_chase_at, o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""
OF_DIRECTIVES = """
SELECT d.obligation_id, d.id, d.agency_id, NULL::bigint, NULL::timestamptz,
    CASE WHEN d.state = 'open' THEN 'directive' END, d.due_at,
    ARRAY(SELECT concat_ws(' ', s.clock, s.step_id, s.occurrence, floor(extract(epoch FROM s.due_at)),
              floor(extract(epoch FROM s.taken_at)), s."offset")
          FROM reporting_chasestep s WHERE s.regency_id = d.regency_id AND s.directive_id = d.id ORDER BY s.id)
FROM reporting_directive d
"""
DIRECTIVES = f"""{OF_DIRECTIVES}
WHERE d.regency_id = %s AND d.next_chase_at <= %s
ORDER BY d.next_chase_at, d.id LIMIT %s FOR UPDATE OF d SKIP LOCKED
"""
RUNNING = (
    f"{OF_OBLIGATIONS} WHERE o.regency_id = %s AND o.accepted_at IS NULL AND o.waived_at IS NULL ORDER BY o.id",
    f"{OF_DIRECTIVES} WHERE d.regency_id = %s AND d.state = 'open' ORDER BY d.id",
)


@dataclass(frozen=True)
class Taken:
    """The rungs once taken for an obligation or directive, as read: "clock step occurrence due taken_at offset"."""

    rows: tuple[str, ...]

    def of(self, clock: Clock, due_at: datetime) -> tuple[Keys, dict[tuple[int, int], datetime]]:
        """Of one clock: what was taken in this round, and when what in rounds before the due moment moved."""
        now: set[tuple[int, int]] = set()
        before: dict[tuple[int, int], datetime] = {}
        for row in self.rows:
            kind, step_id, occurrence, due, taken_at, _ = row.split(" ")
            key = int(step_id), int(occurrence)
            if kind == clock and int(due) == int(due_at.timestamp()):
                now.add(key)
            elif kind == clock:
                before[key] = datetime.fromtimestamp(int(taken_at), tz=UTC)
        return frozenset(now), before

    def reached(self, clock: Clock, due_at: datetime) -> int | None:
        """The highest offset taken in this round, as the steps were then."""
        split = [row.split(" ") for row in self.rows]
        due = str(int(due_at.timestamp()))
        return max((int(row[5]) for row in split if (row[0], row[3]) == (clock, due)), default=None)


@dataclass(frozen=True)
class Claimed:
    """One row to look at. clock: None when nothing is pursued any more. promise_due_at: the clock waits for it."""

    obligation_id: int
    directive_id: int | None
    agency_id: int
    form_id: int | None
    promise_due_at: datetime | None
    clock: Clock | None
    due_at: datetime
    taken: Taken


def claim(now: datetime, limit: int) -> list[Claimed]:
    """Lock up to `limit` obligations and as many directives whose next look has come, oldest first."""
    return [*_claimed(OBLIGATIONS, now, limit), *_claimed(DIRECTIVES, now, limit)]


def all_running() -> list[Claimed]:
    """Everything of the running regency that a ladder pursues, for a look ahead: nothing is locked."""
    with connection.cursor() as cursor:
        found = []
        for statement in RUNNING:
            cursor.execute(statement, [current_regency_id()])
            found += [_row(*row) for row in cursor.fetchall()]
    return found


def regencies_to_chase(now: datetime) -> list[int]:
    """Ids of the regencies where something is to be looked at. The worker's role only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_regencies_to_chase(%s)", [now])
        return [row[0] for row in cursor.fetchall()]


def _claimed(statement: str, now: datetime, limit: int) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_regency_id(), now, limit])
        return [_row(*row) for row in cursor.fetchall()]


def _row(
    obligation: int, directive: int | None, agency: int, form: int | None, promise: datetime | None, clock: str | None,
    due_at: datetime, taken: list[str],
) -> Claimed:  # fmt: skip
    running = Clock(clock) if clock else None
    return Claimed(obligation, directive, agency, form, promise, running, due_at, Taken(tuple(taken)))
