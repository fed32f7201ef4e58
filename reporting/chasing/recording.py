"""Write the rungs that were taken, and when to look at each row again. A statement each, however many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from katingan_portal.tenancy.bulk import insert_many
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
    rows = [(move, rung, ChaseStep.State.SUPERSEDED) for move in moves for rung in move.decision.supersede]
    rows += [(move, move.decision.fire, _state(move, desk)) for move in moves if move.decision.fire]
    if not rows:
        return []
    steps = [desk.ladders.steps[rung.step_id] for _, rung, _ in rows]
    columns: dict[str, list[Any]] = {
        "obligation_id": [move.row.obligation_id for move, _, _ in rows],
        "directive_id": [move.row.directive_id for move, _, _ in rows],
        "clock": [move.clock for move, _, _ in rows],
        "due_at": [move.due_at for move, _, _ in rows],
        "step_id": [rung.step_id for _, rung, _ in rows],
        "occurrence": [rung.occurrence for _, rung, _ in rows],
        "offset": [rung.offset for _, rung, _ in rows],
        "planned_at": [rung.at for _, rung, _ in rows],
        "state": [state for _, _, state in rows],
        "label": [step.label for step in steps],
        "tone": [step.tone for step in steps],
        "letter": [step.letter for step in steps],
        "audiences": [",".join(step.audiences) for step in steps],
        "after_broken_promise": [move.broke_promise and rung is move.decision.fire for move, rung, _ in rows],
        "recipients": [_reached(move, rung, state, desk) for move, rung, state in rows],
    }
    returning = ("id", "obligation_id", "directive_id", "step_id", "occurrence")
    written = insert_many(ChaseStep, columns, {"taken_at": desk.now}, returning=returning)
    ids = {row[1:]: row[0] for row in written}
    return [
        Fired(ids[key], move, desk.ladders.steps[rung.step_id])
        for move, rung, state in rows
        if state == ChaseStep.State.FIRED and (key := _key(move, rung)) in ids
    ]


def _key(move: Move, rung: Rung) -> tuple[int, int | None, int, int]:
    return move.row.obligation_id, move.row.directive_id, rung.step_id, rung.occurrence


def _state(move: Move, desk: Desk) -> ChaseStep.State:
    assert move.decision.fire is not None
    reached = _reached(move, move.decision.fire, ChaseStep.State.FIRED, desk)
    return ChaseStep.State.FIRED if reached else ChaseStep.State.NOBODY


def _reached(move: Move, rung: Rung, state: ChaseStep.State, desk: Desk) -> int:
    if state == ChaseStep.State.SUPERSEDED:
        return 0
    audiences = desk.ladders.steps[rung.step_id].audiences
    return len(desk.directory.recipients(audiences, move.clock, move.row.agency_id))


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
    ids, moments = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AGAIN.format(table=table), [ids, moments, current_regency_id()])
