"""Write the rungs that were taken, and when to look at each row again. A statement each, however many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from katingan_portal.tenancy.bulk import array_constant, insert_many
from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.claims import Claimed
from reporting.chasing.deciding import Desk, Move
from reporting.chasing.models import ChaseStep, LadderStep
from reporting.chasing.policy import Rung
from reporting.periods.clocks import break_many
from reporting.periods.models import Obligation

LOOK_AGAIN = """
UPDATE {table} t SET next_chase_at = given.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, at)
WHERE t.regency_id = %s AND t.id = given.id
"""


@dataclass(frozen=True)
class Fired:
    """A step that was taken just now and is to be told."""

    taken_id: int
    move: Move
    step: LadderStep


def record_steps(moves: list[Move], desk: Desk) -> list[Fired]:
    """Write the rungs taken and superseded; returns those fired."""
    rows = [_Row(move, rung, ChaseStep.State.SUPERSEDED) for move in moves for rung in move.decision.supersede]
    rows += [_fired(move, move.decision.fire, desk) for move in moves if move.decision.fire]
    if not rows:
        return []
    steps = [desk.ladders.steps[row.rung.step_id] for row in rows]
    columns: dict[str, list[Any]] = {
        "obligation_id": [row.move.row.obligation_id for row in rows],
        "directive_id": [row.move.row.directive_id for row in rows],
        "clock": [row.move.clock for row in rows],
        "due_at": [row.move.due_at for row in rows],
        "step_id": [row.rung.step_id for row in rows],
        "occurrence": [row.rung.occurrence for row in rows],
        "offset": [row.rung.offset for row in rows],
        "planned_at": [row.rung.at for row in rows],
        "state": [row.state for row in rows],
        "label": [step.label for step in steps],
        "tone": [step.tone for step in steps],
        "letter": [step.letter for step in steps],
        "audiences": [",".join(step.audiences) for step in steps],
        "channels": [",".join(step.channels) for step in steps],
        "after_broken_promise": [row.move.broke_promise and row.rung is row.move.decision.fire for row in rows],
        "recipients": [row.reached for row in rows],
    }
    returning = ("id", "obligation_id", "directive_id", "step_id", "occurrence")
    written = insert_many(ChaseStep, columns, {"taken_at": desk.now}, returning=returning)
    ids = {row[1:]: row[0] for row in written}
    return [
        Fired(ids[row.key], row.move, desk.ladders.steps[row.rung.step_id])
        for row in rows
        if row.state == ChaseStep.State.FIRED and row.key in ids
    ]


class _Row(NamedTuple):
    """A rung to be written down; reached: how many people hear of it."""

    move: Move
    rung: Rung
    state: ChaseStep.State
    reached: int = 0

    @property
    def key(self) -> tuple[int, int | None, int, int]:
        return self.move.row.obligation_id, self.move.row.directive_id, self.rung.step_id, self.rung.occurrence


def _fired(move: Move, rung: Rung, desk: Desk) -> _Row:
    audiences = desk.ladders.steps[rung.step_id].audiences
    reached = len(desk.directory.recipients(audiences, move.clock, move.row.agency_id))
    return _Row(move, rung, ChaseStep.State.FIRED if reached else ChaseStep.State.NOBODY, reached)


def break_promises(moves: list[Move], now: datetime) -> None:
    """The rows are locked by the claim."""
    break_many([move.row.obligation_id for move in moves if move.broke_promise], now=now)


def look_again(claimed: list[Claimed], moves: list[Move]) -> None:
    """Set when to look at each claimed row again; never for what is settled."""
    next_at = {(move.row.obligation_id, move.row.directive_id): move.decision.next_at for move in moves}
    obligations = [row for row in claimed if row.directive_id is None]
    directives = [row for row in claimed if row.directive_id is not None]
    _set_next(
        Obligation._meta.db_table, [(row.obligation_id, next_at.get((row.obligation_id, None))) for row in obligations]
    )
    _set_next(
        "reporting_directive",
        [(row.directive_id, next_at.get((row.obligation_id, row.directive_id))) for row in directives],
    )


def _set_next(table: str, pairs: list[tuple[int | None, datetime | None]]) -> None:
    if not pairs:
        return
    ids, moments = (array_constant(column) for column in zip(*pairs, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AGAIN.format(table=table), [ids, moments, current_regency_id()])
