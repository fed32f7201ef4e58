"""What one batch decides with, and what it decides about each claimed row. Reads rows, writes none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from katingan_portal.outbox.digests import Envelope
from katingan_portal.tenancy.models import Regency
from reporting.chasing.claims import Claimed
from reporting.chasing.directory import Directory, Person
from reporting.chasing.ladders import Ladders
from reporting.chasing.models import Audience
from reporting.chasing.policy import Decision, next_step, rungs_until
from reporting.periods.calendar import OfficeCalendar, chase_moment
from reporting.periods.clocks import Clock
from reporting.periods.queries import holiday_names

# A promise is broken when the office opens on the working day after it.
BROKEN_AFTER = 1


@lru_cache(maxsize=20_000)
def moment_of_rung(due_at: datetime, offset: int, closed: frozenset[date], saturday: bool, zone: ZoneInfo) -> datetime:
    """`chase_moment`, counted once for all regencies that have the same closed days and hour."""
    return chase_moment(due_at, offset, _calendar(closed, saturday), zone)


@lru_cache(maxsize=100)
def _calendar(closed: frozenset[date], saturday: bool) -> OfficeCalendar:
    return OfficeCalendar(dict.fromkeys(closed, ""), saturday)


@dataclass(frozen=True)
class Move:
    """What becomes of one claimed row: the clock that decided, the decision, and whether a promise was just broken."""

    row: Claimed
    clock: Clock
    due_at: datetime
    decision: Decision
    broke_promise: bool = False


class Way(NamedTuple):
    """One person, as whom they hear of a step, and their digest by one channel."""

    person: Person
    audience: Audience
    envelope: Envelope


@dataclass
class Desk:
    """Everything one batch decides with, read once.

    `decided` keeps the policy's answers by what they depend on, `envelopes` the digest of each person and address,
    `ways` how people hear of a step (its id, the clock, the agency that owes).
    """

    regency: Regency
    now: datetime
    ladders: Ladders
    directory: Directory
    closed: frozenset[date]
    calendars: dict[bool, OfficeCalendar]
    decided: dict[object, Decision] = field(default_factory=dict)
    envelopes: dict[tuple[int, str, str], Envelope] = field(default_factory=dict)
    ways: dict[tuple[int, Clock, int], list[Way]] = field(default_factory=dict)

    @classmethod
    def open(cls, regency: Regency, now: datetime) -> Desk:
        closed = frozenset(holiday_names())
        calendars = {saturday: _calendar(closed, saturday) for saturday in (False, True)}
        return cls(regency, now, Ladders.load(), Directory.load(regency.local(now).date()), closed, calendars)

    @cached_property
    def zone(self) -> ZoneInfo:
        return self.regency.zone

    def moment(self, due_at: datetime, offset: int, agency_id: int) -> datetime:
        """08.00 so many working days from the due day, by the hours of an agency."""
        saturday = self.directory.agencies[agency_id].works_saturday
        return moment_of_rung(due_at, offset, self.closed, saturday, self.zone)


def decide(row: Claimed, desk: Desk) -> Move | None:
    """None for what is settled. While a promise is open only its own ladder counts; broken, the one beneath goes on."""
    if row.clock is None:
        return None
    if row.promise_due_at is None:
        return Move(row, row.clock, row.due_at, _decision(row, row.clock, row.due_at, desk))
    broken_at = desk.moment(row.promise_due_at, BROKEN_AFTER, row.agency_id)
    if desk.now < broken_at:
        waiting = _decision(row, Clock.PROMISE, row.promise_due_at, desk)
        next_at = min(filter(None, [waiting.next_at, broken_at]))
        return Move(row, Clock.PROMISE, row.promise_due_at, Decision(waiting.fire, waiting.supersede, next_at))
    is_overdue = row.due_at < desk.now
    decision = _decision(row, row.clock, row.due_at, desk, is_broken=is_overdue)
    return Move(row, row.clock, row.due_at, decision, broke_promise=True)


def _decision(row: Claimed, clock: Clock, due_at: datetime, desk: Desk, *, is_broken: bool = False) -> Decision:
    """The policy's answer; the same for all rows of one due moment, ladder and past."""
    party = desk.directory.party(clock, row.agency_id)
    ladder_key, steps = desk.ladders.of(clock, row.form_id)
    works_saturday = desk.directory.agencies[party].works_saturday
    key = (clock, ladder_key, due_at, works_saturday, row.taken, is_broken)
    if key not in desk.decided:
        rungs = rungs_until(steps, lambda offset: desk.moment(due_at, offset, party), desk.now)
        taken, before = row.taken.of(clock, due_at)
        desk.decided[key] = next_step(
            rungs, due_at, desk.now, taken=taken, taken_before=before, reached=row.taken.reached(clock, due_at),
            is_broken=is_broken,
        )  # fmt: skip
    return desk.decided[key]
