"""Periods and working days: pure functions, no database, no clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from katingan_portal.ui.formats import MONTHS

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
DUE_TIME = time(23, 59)
CHASE_TIME = time(8, 0)
SATURDAY = 5


@dataclass(frozen=True)
class Period:
    """A month, with its DHIS2-like key ("202610") and its first and last day."""

    key: str
    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        return f"{MONTHS[self.starts_on.month - 1]} {self.starts_on.year}"


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(f"{day:%Y%m}", first, day.replace(day=monthrange(day.year, day.month)[1]))


def month_from_key(key: str) -> Period:
    """Raises ValueError for what is no month key."""
    if len(key) != 6 or not key.isascii() or not key.isdigit():
        raise ValueError(f"not a month: {key!r}")
    return month_of(date(int(key[:4]), int(key[4:]), 1))


def months_between(first: date, last: date) -> Iterator[Period]:
    """The months from the one of `first` to the one of `last`, both included."""
    period = month_of(first)
    while period.starts_on <= last:
        yield period
        period = month_of(period.ends_on + timedelta(days=1))


@dataclass(frozen=True)
class Due:
    """A due moment and why: the sentence for the screen, and the closed days that were skipped on the way."""

    moment: datetime
    sentence: str
    skipped: tuple[tuple[date, str], ...]


def is_working_day(day: date, holidays: Mapping[date, str]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def shift_working_days(day: date, offset: int, holidays: Mapping[date, str]) -> date:
    """The day `offset` working days after (or, if negative, before) `day`; 0 is the day itself."""
    step = timedelta(days=1 if offset > 0 else -1)
    for _ in range(abs(offset)):
        day += step
        while not is_working_day(day, holidays):
            day += step
    return day


def due_after(period: Period, working_days: int, holidays: Mapping[date, str], zone: ZoneInfo) -> Due:
    """The end of the n-th working day after the period, 23.59 local time (PP 39/2006 counts in working days)."""
    day = shift_working_days(period.ends_on, working_days, holidays)
    between = [period.ends_on + timedelta(days=n) for n in range(1, (day - period.ends_on).days)]
    skipped = tuple((d, holidays[d]) for d in between if d in holidays and d.weekday() < SATURDAY)
    sentence = f"Hari kerja ke-{working_days} setelah {period.label} berakhir: {in_words(day)}, pukul 23.59."
    return Due(datetime.combine(day, DUE_TIME, tzinfo=zone), sentence, skipped)


def chase_moment(due_at: datetime, offset: int, holidays: Mapping[date, str], zone: ZoneInfo) -> datetime:
    """08.00 local time of the working day `offset` working days from the due day."""
    day = shift_working_days(due_at.astimezone(zone).date(), offset, holidays)
    return datetime.combine(day, CHASE_TIME, tzinfo=zone)


def in_words(day: date) -> str:
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"
