"""The calendar changed: which due moments follow it, and which never do.

Only what is not yet due moves, by the rule frozen when it was raised. It never moves to a moment that has passed, and
never before an extension that was granted. What is waived or accepted stays. docs/decisions/0012 gives the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record_each
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.periods.actions import due_by_rule, words_of
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import DueChange, Obligation
from reporting.periods.queries import holiday_names

BATCH = 500


@dataclass(frozen=True)
class Move:
    """One obligation's due moment as the changed calendar wants it. `rule` has its sentence and skipped days anew."""

    obligation: Obligation
    old_due_at: datetime
    new_due_at: datetime
    rule: dict[str, object]

    @property
    def moves(self) -> bool:
        return self.new_due_at != self.old_due_at


@transaction.atomic
def redate(regency: Regency, *, reason: str, by: Actor, now: datetime) -> list[Move]:
    """Let what is not yet due follow the holidays as they are now; returns what moved. The chase looks again."""
    locked = movable(now).select_for_update(of=("self",))
    planned = plan(locked, holiday_names(), now)
    return carry_out(planned, regency, reason=reason, by=by, now=now)


def movable(now: datetime) -> QuerySet[Obligation]:
    """Not yet due, and still to be filed or reviewed; in the order in which everything locks several obligations."""
    rows = Obligation.objects.filter(due_at__gt=now, waived_at=None, accepted_at=None)
    return rows.select_related("agency", "form").order_by("pk")


def _as_read(row: Obligation) -> tuple[datetime, str, str, int]:
    return row.due_at, row.agency.kind, row.agency.code, row.pk


def plan(obligations: Iterable[Obligation], holidays: Mapping[date, str], now: datetime) -> list[Move]:
    """What the calendar with these holidays changes: due moments that move, and reasons that read differently.

    By due moment, then by agency.
    """
    rows = sorted(obligations, key=_as_read)
    granted = granted_until(rows)
    moves = [_move(row, holidays, granted.get(row.pk), now) for row in rows]
    return [move for move in moves if move and (move.moves or move.rule != move.obligation.rule)]


def granted_until(obligations: Iterable[Obligation]) -> dict[int, datetime]:
    """{obligation id: the latest moment that an extension gave it}, from what all staff may read."""
    changes = DueChange.objects.filter(obligation__in=list(obligations), cause=DueChange.Cause.EXTENSION)
    return dict(changes.values("obligation_id").annotate(until=Max("new_due_at")).values_list("obligation_id", "until"))


def carry_out(planned: list[Move], regency: Regency, *, reason: str, by: Actor, now: datetime) -> list[Move]:
    """Write the planned moves with a DueChange and an audit entry each."""
    for move in planned:
        row = move.obligation
        row.due_at, row.rule = move.new_due_at, move.rule
        if move.moves and running_clock(row) == (Clock.FILING, move.new_due_at):
            row.next_chase_at = now
    rows = [move.obligation for move in planned]
    Obligation.objects.bulk_update(rows, ["due_at", "rule", "next_chase_at"], batch_size=BATCH)
    moved = [move for move in planned if move.moves]
    DueChange.objects.bulk_create([_due_change(move, reason, by, now) for move in moved], batch_size=BATCH)
    changes = [(move.obligation, {"tenggat": _spoken(move, regency)}) for move in moved]
    record_each("tenggat dihitung ulang", changes, by=by, reason=reason)
    return moved


def _move(row: Obligation, holidays: Mapping[date, str], granted: datetime | None, now: datetime) -> Move | None:
    """None where the rule's new moment has passed already: then the date stays, with the reason it was given."""
    due = due_by_rule(row, holidays)
    new_due_at = max(due.moment, granted) if granted else due.moment
    if new_due_at <= max(now, row.first_submitted_at or now):
        return None
    return Move(row, row.due_at, new_due_at, row.rule | words_of(due))


def _due_change(move: Move, reason: str, by: Actor, now: datetime) -> DueChange:
    return DueChange(
        obligation=move.obligation,
        cause=DueChange.Cause.HOLIDAY,
        old_due_at=move.old_due_at,
        new_due_at=move.new_due_at,
        reason=reason[:500],
        made_at=now,
        made_by_name=by.name,
    )


def _spoken(move: Move, regency: Regency) -> list[str]:
    return [day(moment, regency.zone) for moment in (move.old_due_at, move.new_due_at)]
