"""Entries as iCalendar (RFC 5545): whole days, a reminder the morning before, and a hint how often to come again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vDuration

from katingan_portal.tenancy.models import Regency
from reporting.reaching.due_dates import Entry

COME_AGAIN = timedelta(hours=6)
# 08.00 of the day before: sixteen hours before the day begins. A whole day before it would ring at midnight.
MORNING_BEFORE = timedelta(hours=-16)


def as_ics(entries: Iterable[Entry], *, name: str, regency: Regency) -> bytes:
    """The same bytes for the same entries, so that an ETag can tell that nothing changed."""
    calendar = Calendar()
    calendar.add("prodid", "-//Portal Koperasi Merah Putih//Tenggat//ID")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", regency.time_zone)
    again = vDuration(COME_AGAIN)
    again.params["VALUE"] = "DURATION"
    calendar.add("refresh-interval", again)
    calendar.add("x-published-ttl", vDuration(COME_AGAIN))
    for entry in entries:
        calendar.add_component(_event(entry, regency))
    return bytes(calendar.to_ical())


def _event(entry: Entry, regency: Regency) -> Event:
    base = settings.PORTAL_BASE_URL.rstrip("/")
    changed = entry.changed_at.astimezone(UTC)
    event = Event()
    event.add("uid", f"{entry.uid}.{regency.code}@{urlsplit(base).hostname or 'localhost'}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", entry.moves)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", legible(entry.title))
    event.add("description", f"{legible(entry.text)}\n{base}{entry.link}")
    event.add("url", base + entry.link)
    event.add("transp", "TRANSPARENT")
    event.add_component(_alarm(entry))
    return event


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Besok: {legible(entry.title)}")
    alarm.add("trigger", MORNING_BEFORE)
    return alarm


def legible(text: str) -> str:
    """Without control signs, for which a calendar may refuse the whole file (RFC 5545, 3.1), nor any that turn the
    direction of what follows."""
    return "".join(each for each in text if each == "\n" or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))
