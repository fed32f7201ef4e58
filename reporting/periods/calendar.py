"""Periods and working days: pure functions, no database, no clock.

Keys are DHIS2's: 2026W05 (ISO week), 202601A and 202601B (to the 15th, from the 16th), 202601, 2026Q1, 2026S1, 2026.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from katingan_portal.ui.formats import MONTHS
from reporting.duties.rules import DueKind, DueRule, DueShift, PeriodType

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
ROMAN = ("I", "II", "III", "IV")
DUE_TIME = time(23, 59)
CHASE_TIME = time(8, 0)
SATURDAY = 5
ONE_DAY = timedelta(days=1)
# Above so many working days weeks are taken as a whole; below, looking through the holidays costs more than walking.
FAR = 60
MONTHS_IN = {PeriodType.MONTHLY: 1, PeriodType.QUARTERLY: 3, PeriodType.HALF_YEARLY: 6, PeriodType.YEARLY: 12}
KEY_SHAPES: tuple[tuple[PeriodType, str], ...] = (
    (PeriodType.WEEKLY, r"(\d{4})W(\d{2})"),
    (PeriodType.TWICE_MONTHLY, r"(\d{4})(\d{2})([AB])"),
    (PeriodType.MONTHLY, r"(\d{4})(\d{2})"),
    (PeriodType.QUARTERLY, r"(\d{4})Q(\d)"),
    (PeriodType.HALF_YEARLY, r"(\d{4})S(\d)"),
    (PeriodType.YEARLY, r"(\d{4})"),
)


@dataclass(frozen=True)
class Period:
    """A stretch of days that one report is about, with its key and its first and last day."""

    type: PeriodType
    key: str
    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        return _LABELS[self.type](self)

    @property
    def next(self) -> Period:
        return period_of(self.type, self.ends_on + ONE_DAY)

    @property
    def previous(self) -> Period:
        return period_of(self.type, self.starts_on - ONE_DAY)


def period_of(kind: PeriodType, day: date) -> Period:
    """The period of this kind that contains the day."""
    if kind == PeriodType.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(kind, f"{year:04d}W{week:02d}", monday, monday + timedelta(days=6))
    if kind == PeriodType.TWICE_MONTHLY:
        early = day.day <= 15
        first, last = (day.replace(day=1), day.replace(day=15)) if early else (day.replace(day=16), _month_end(day))
        return Period(kind, f"{_month(day)}{'A' if early else 'B'}", first, last)
    length = MONTHS_IN[kind]
    part = (day.month - 1) // length
    first = day.replace(month=part * length + 1, day=1)
    last = _month_end(first.replace(month=first.month + length - 1))
    return Period(kind, _key(kind, first, part + 1), first, last)


def period_from_key(key: str) -> Period:
    """Raises ValueError for what is no period key."""
    for kind, shape in KEY_SHAPES:
        found = re.fullmatch(shape, key, re.ASCII)
        if found:
            period = period_of(kind, _first_day(kind, [*found.groups()]))
            if period.key == key:
                return period
    raise ValueError(f"not a period: {key!r}")


def periods_between(kind: PeriodType, first: date, last: date) -> Iterator[Period]:
    """The periods from the one of `first` to the one of `last`, both included."""
    period = period_of(kind, first)
    while period.starts_on <= last:
        yield period
        period = period.next


@dataclass(frozen=True)
class OfficeCalendar:
    """The days on which an office works. holidays: {day: name} of closed days; Saturday only where it works then."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    works_saturday: bool = False

    def is_working_day(self, day: date) -> bool:
        return self.is_weekday(day) and day not in self.holidays

    def is_weekday(self, day: date) -> bool:
        return day.weekday() <= SATURDAY if self.works_saturday else day.weekday() < SATURDAY

    def shift(self, day: date, offset: int) -> date:
        """The day `offset` working days after (or, if negative, before) `day`; 0 is the day itself."""
        step, left = (ONE_DAY if offset > 0 else -ONE_DAY), abs(offset)
        while left > FAR:
            weeks = (left - 1) // (6 if self.works_saturday else 5)
            there = day + 7 * weeks * step
            left -= self._working_days_between(day, there, weeks)
            day = there
        for _ in range(left):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def _working_days_between(self, day: date, there: date, weeks: int) -> int:
        """After `day` up to and with `there`, whole weeks away in either direction."""
        first, last = (day + ONE_DAY, there) if day < there else (there, day - ONE_DAY)
        closed = sum(1 for holiday in self.holidays if first <= holiday <= last and self.is_weekday(holiday))
        return weeks * (6 if self.works_saturday else 5) - closed

    def closed_between(self, first: date, last: date) -> tuple[tuple[date, str], ...]:
        """(day, name) of the weekdays after `first` and before `last` on which the office is closed."""
        days = (first + timedelta(days=n) for n in range(1, (last - first).days))
        return tuple((day, self.holidays[day]) for day in days if day in self.holidays and self.is_weekday(day))


@dataclass(frozen=True)
class Grace:
    """Working days that are added for a stated reason, e.g. a kecamatan without signal."""

    working_days: int
    reason: str


@dataclass(frozen=True)
class Due:
    """A due moment and why: the sentence for the screen, and the closed days that were skipped on the way."""

    moment: datetime
    sentence: str
    skipped: tuple[tuple[date, str], ...]


def due_after(
    period: Period, rule: DueRule, calendar: OfficeCalendar, zone: ZoneInfo, grace: Grace | None = None
) -> Due:
    """23.59 local time of the day that the rule names after the period, plus the grace."""
    day, words = _due_day(period, rule, calendar)
    if grace:
        day = calendar.shift(day, grace.working_days)
        words += f", ditambah {grace.working_days} hari kerja ({grace.reason})"
    sentence = f"{words}: {in_words(day)}, pukul 23.59."
    return Due(end_of_day(day, zone), sentence, calendar.closed_between(period.ends_on, day))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23.59 local time, when everything of the portal falls due."""
    return datetime.combine(day, DUE_TIME, tzinfo=zone)


def chase_moment(due_at: datetime, offset: int, calendar: OfficeCalendar, zone: ZoneInfo) -> datetime:
    """08.00 local time of the working day `offset` working days from the due day."""
    day = calendar.shift(due_at.astimezone(zone).date(), offset)
    return datetime.combine(day, CHASE_TIME, tzinfo=zone)


def end_of_working_day(moment: datetime, working_days: int, calendar: OfficeCalendar, zone: ZoneInfo) -> datetime:
    """23.59 local time of the n-th working day after the local day of `moment`."""
    day = calendar.shift(moment.astimezone(zone).date(), working_days)
    return end_of_day(day, zone)


def in_words(day: date) -> str:
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _due_day(period: Period, rule: DueRule, calendar: OfficeCalendar) -> tuple[date, str]:
    ended = f"setelah {_spoken(period)} berakhir"
    if rule.kind == DueKind.WORKING_DAYS:
        return calendar.shift(period.ends_on, rule.count), f"Hari kerja ke-{rule.count} {ended}"
    if rule.kind == DueKind.CALENDAR_DAYS:
        day, words = period.ends_on + timedelta(days=rule.count), f"Hari ke-{rule.count} {ended}"
    elif rule.kind == DueKind.DAY_OF_MONTH:
        day, words = _day_of_next_month(period, rule.count)
    else:
        ahead = (rule.count - 1 - (period.ends_on + ONE_DAY).weekday()) % 7
        day, words = period.ends_on + timedelta(days=1 + ahead), f"{DAYS[rule.count - 1]} pertama {ended}"
    return _shifted(day, period, rule.shift, calendar, words)


def _day_of_next_month(period: Period, count: int) -> tuple[date, str]:
    """The day `count` of the month after the one the period ends in; its last day where it is shorter."""
    last = _month_end(_month_end(period.ends_on) + ONE_DAY)
    day = last.replace(day=min(count, last.day))
    after = f"bulan berikutnya setelah {_spoken(period)} berakhir"
    if day.day == count:
        return day, f"Tanggal {count} {after}"
    return day, f"Hari terakhir {after} (bulan itu tidak sampai tanggal {count})"


def _shifted(day: date, period: Period, shift: DueShift, calendar: OfficeCalendar, words: str) -> tuple[date, str]:
    """Earlier only as far as the period is over: nobody reports about days that are still to come."""
    if shift == DueShift.NONE or calendar.is_working_day(day):
        return day, words
    closed = f"{words} jatuh pada {in_words(day)}, saat kantor tutup"
    if shift == DueShift.PREVIOUS:
        earlier = calendar.shift(day, -1)
        if earlier > period.ends_on:
            return earlier, f"{closed}, jadi dimajukan ke hari kerja sebelumnya"
    return calendar.shift(day, 1), f"{closed}, jadi diundur ke hari kerja berikutnya"


def _spoken(period: Period) -> str:
    """The period inside a sentence: "Januari 2026", "periode 1–15 Januari 2026", "minggu 5–11 Januari 2026"."""
    if period.type == PeriodType.WEEKLY:
        return f"minggu {_span(period)}"
    label = period.label
    if period.type == PeriodType.TWICE_MONTHLY:
        return f"periode {label}"
    return label if period.type == PeriodType.MONTHLY else f"{label[0].lower()}{label[1:]}"


def _month(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}"


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _key(kind: PeriodType, first: date, part: int) -> str:
    year = f"{first.year:04d}"
    return {
        PeriodType.MONTHLY: _month(first),
        PeriodType.QUARTERLY: f"{year}Q{part}",
        PeriodType.HALF_YEARLY: f"{year}S{part}",
        PeriodType.YEARLY: year,
    }[kind]


def _first_day(kind: PeriodType, parts: list[str]) -> date:
    year = int(parts[0])
    if kind == PeriodType.WEEKLY:
        return date.fromisocalendar(year, int(parts[1]), 1)
    if kind == PeriodType.TWICE_MONTHLY:
        return date(year, int(parts[1]), 1 if parts[2] == "A" else 16)
    number = int(parts[1]) if len(parts) > 1 else 1
    return date(year, (number - 1) * MONTHS_IN[kind] + 1, 1)


def _month_year(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _week_label(period: Period) -> str:
    return f"Minggu ke-{int(period.key[5:])}, {_span(period)}"


def _span(period: Period) -> str:
    """ "5–11 Januari 2026", "26 Januari–1 Februari 2026", "29 Desember 2025–4 Januari 2026"."""
    first, last = period.starts_on, period.ends_on
    start = f"{first.day}" if first.month == last.month else f"{first.day} {MONTHS[first.month - 1]}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{start}{year}–{last.day} {_month_year(last)}"


_LABELS = {
    PeriodType.WEEKLY: _week_label,
    PeriodType.TWICE_MONTHLY: lambda p: f"{p.starts_on.day}–{p.ends_on.day} {_month_year(p.starts_on)}",
    PeriodType.MONTHLY: lambda p: _month_year(p.starts_on),
    PeriodType.QUARTERLY: lambda p: f"Triwulan {ROMAN[int(p.key[-1]) - 1]} {p.starts_on.year}",
    PeriodType.HALF_YEARLY: lambda p: f"Semester {ROMAN[int(p.key[-1]) - 1]} {p.starts_on.year}",
    PeriodType.YEARLY: lambda p: f"Tahun {p.starts_on.year}",
}
