"""What one batch decides with, and what it decides about each claimed row. Reads rows, writes none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from katingan_portal.tenancy.models import Regency
from reporting.chasing.claims import Claimed
from reporting.chasing.directory import Directory
from reporting.chasing.ladders import Ladders
from reporting.chasing.policy import Decision, next_step, rungs_until
from reporting.periods.calendar import OfficeCalendar, chase_moment
from reporting.periods.clocks import Clock
from reporting.periods.queries import holiday_names

# A promise is broken when the office opens on the working day after it.
BROKEN_AFTER = 1


@dataclass(frozen=True)
class Move:
    """What becomes of one claimed row: the clock that decided, the decision, and whether a promise was just broken."""

    row: Claimed
    clock: Clock
    due_at: datetime
    decision: Decision
    broke_promise: bool = False


@dataclass
class Desk:
    """Everything one batch decides with, read once. `decided` keeps the policy's answers by what they depend on."""

    regency: Regency
    now: datetime
    ladders: Ladders
    directory: Directory
    calendars: dict[bool, OfficeCalendar]
    decided: dict[object, Decision] = field(default_factory=dict)

    @classmethod
    def open(cls, regency: Regency, now: datetime) -> Desk:
        names = holiday_names()
        calendars = {saturday: OfficeCalendar(names, saturday) for saturday in (False, True)}
        return cls(regency, now, Ladders.load(), Directory.load(regency.local(now).date()), calendars)

    @property
    def zone(self) -> ZoneInfo:
        return self.regency.zone

    def calendar_of(self, agency_id: int) -> OfficeCalendar:
        return self.calendars[self.directory.agencies[agency_id].works_saturday]


def decide(row: Claimed, desk: Desk) -> Move | None:
    """None for what is settled. While a promise is open only its own ladder counts; broken, the one beneath goes on."""
    if row.clock is None:
        return None
    if row.promise_due_at is None:
        return Move(row, row.clock, row.due_at, _decision(row, row.clock, row.due_at, desk))
    calendar = desk.calendar_of(row.agency_id)
    broken_at = chase_moment(row.promise_due_at, BROKEN_AFTER, calendar, desk.zone)
    if desk.now < broken_at:
        waiting = _decision(row, Clock.PROMISE, row.promise_due_at, desk)
        next_at = min(filter(None, [waiting.next_at, broken_at]))
        return Move(row, Clock.PROMISE, row.promise_due_at, Decision(waiting.fire, waiting.supersede, next_at))
    is_overdue = row.due_at < desk.now
    decision = _decision(row, row.clock, row.due_at, desk, is_broken=is_overdue)
    return Move(row, row.clock, row.due_at, decision, broke_promise=True)


def _decision(row: Claimed, clock: Clock, due_at: datetime, desk: Desk, *, is_broken: bool = False) -> Decision:
    """The policy's answer; the same for all rows of one due moment, ladder and past."""
    calendar = desk.calendar_of(desk.directory.party(clock, row.agency_id))
    ladder_key, steps = desk.ladders.of(clock, row.form_id)
    key = (clock, ladder_key, due_at, calendar.works_saturday, row.taken, is_broken)
    if key not in desk.decided:
        rungs = rungs_until(steps, lambda offset: chase_moment(due_at, offset, calendar, desk.zone), desk.now)
        taken, before = row.taken.of(clock, due_at)
        desk.decided[key] = next_step(
            rungs, due_at, desk.now, taken=taken, taken_before=before, reached=row.taken.reached(clock, due_at),
            is_broken=is_broken,
        )  # fmt: skip
    return desk.decided[key]
