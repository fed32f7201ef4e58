"""What must hold of one obligation and its report, in plain Python: no query and none of the portal's functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Pontianak")
OPEN = ("", "draft", "returned")


@dataclass
class Sent:
    """One submission: when, what, and whether the reviewer called it void."""

    at: datetime
    figures: dict[str, Any]
    is_nil: bool
    is_void: bool = False


@dataclass
class Life:
    """One obligation as the reference believes it to be. state: of the report, "" while there is none."""

    agency: str
    ends_on: date
    working_days: int
    saturday: bool
    due: datetime
    state: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    is_nil: bool = False
    is_whole: bool = False
    sent: list[Sent] = field(default_factory=list)
    is_waived: bool = False
    is_asked: bool = False
    granted: datetime | None = None
    answered: str = ""

    @property
    def first_sent_at(self) -> datetime | None:
        """The first submission that was not void stops the clock."""
        return next((each.at for each in self.sent if not each.is_void), None)

    @property
    def is_owed(self) -> bool:
        return self.first_sent_at is None and not self.is_waived

    @property
    def may_be_sent(self) -> bool:
        return self.state in ("draft", "returned") and self.is_whole and not self.is_waived

    @property
    def may_be_decided(self) -> bool:
        return self.state == "submitted" and not self.is_waived

    def may_ask(self, wanted_on: date, now: datetime) -> bool:
        later = datetime.combine(wanted_on, time(23, 59), WIB) > self.due
        return self.is_owed and now <= self.due and later and not self.is_asked

    def may_grant(self, granted_on: date, now: datetime) -> bool:
        ahead = datetime.combine(granted_on, time(23, 59), WIB) > max(self.due, now)
        return self.is_asked and self.is_owed and ahead

    def standing(self, now: datetime) -> str:
        if self.is_waived:
            return "waived"
        if self.first_sent_at:
            return "on_time" if self.first_sent_at <= self.due else "late"
        return "not_due" if now <= self.due else "overdue"

    def due_by_rule(self, closed: set[date]) -> datetime:
        day, left = self.ends_on, self.working_days
        while left:
            day += timedelta(days=1)
            left -= self.works_on(day, closed)
        return datetime.combine(day, time(23, 59), WIB)

    def works_on(self, day: date, closed: set[date]) -> bool:
        return day not in closed and day.weekday() < (6 if self.saturday else 5)

    def follow(self, closed: set[date], now: datetime) -> None:
        """The calendar changed: only what is not yet due moves, never into the past and never before a grant."""
        if self.is_waived or self.state == "accepted" or self.due <= now:
            return
        wanted = max(self.due_by_rule(closed), self.granted or self.due_by_rule(closed))
        if wanted > max(now, self.first_sent_at or now):
            self.due = wanted
