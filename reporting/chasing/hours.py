"""When a person may be disturbed: office hours of the regency's own zone, on working days. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reporting.periods.calendar import OfficeCalendar

OFFICE_CLOSES = time(16, 0)


def digest_slot(now: datetime, hour: int, calendar: OfficeCalendar, zone: ZoneInfo) -> tuple[date, datetime]:
    """(day, moment) of the next digest: today from the person's hour until the office closes, else the next.

    The moment is never before now.
    """
    local = now.astimezone(zone)
    today = local.date()
    if calendar.is_working_day(today) and local.time() < OFFICE_CLOSES:
        return today, max(now, at_hour(today, hour, zone))
    return next_slot(today, hour, calendar, zone)


def next_slot(day: date, hour: int, calendar: OfficeCalendar, zone: ZoneInfo) -> tuple[date, datetime]:
    """The digest of the first working day after `day`."""
    following = day + timedelta(days=1)
    while not calendar.is_working_day(following):
        following += timedelta(days=1)
    return following, at_hour(following, hour, zone)


def at_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone)
