"""Asks Postfix's log whether a letter was taken: the oracle where the relay is Postfix on the same machine.

A letter is Postfix's own once its queue manager has it: `cleanup` logs the Message-ID under a queue id as soon as it
reads the header, and only after the last dot and the flush to disk does `qmgr` log that id as "queue active".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

# The machine of the relay and the database's may differ by a little, and syslog cuts seconds.
SLACK = timedelta(minutes=2)
TAIL = 64 * 1024
STAMP = re.compile(rb"^(?:(?P<iso>\d{4}-\d\d-\d\dT\S+)|(?P<old>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)) ")
QUEUED = re.compile(rb"postfix[^ ]*/cleanup\[\d+\]: (?P<queue>[0-9A-Za-z]+): message-id=(?P<id><[^>\s]*>)")
ACTIVE = re.compile(rb"postfix[^ ]*/qmgr\[\d+\]: (?P<queue>[0-9A-Za-z]+): from=.*\(queue active\)")
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True)
class PostfixLog:
    """The log at `path`, and before it the one that was rotated away last (`path`.1, not compressed)."""

    path: Path

    def __call__(self, message_id: str, since: datetime) -> bool | None:
        """Whether Postfix took the letter since then; None where the log cannot be read or does not reach so far."""
        try:
            if taken(self._lines(), message_id.encode(), since - SLACK):
                return True
            return False if self._covers(since) else None
        except OSError:
            return None

    def _files(self) -> list[Path]:
        rotated = self.path.with_name(f"{self.path.name}.1")
        return [rotated, self.path] if rotated.exists() else [self.path]

    def _lines(self) -> Iterator[bytes]:
        for path in self._files():
            with path.open("rb") as file:
                yield from file

    def _covers(self, moment: datetime) -> bool:
        """Whether the log began before `moment` and went on after it: a letter that it does not know never came."""
        with self._files()[0].open("rb") as oldest, self.path.open("rb") as newest:
            first = stamp_of(oldest.readline())
            newest.seek(max(0, self.path.stat().st_size - TAIL))
            stamps = [stamp for line in newest.readlines() if (stamp := stamp_of(line))]
        # Our own connection left lines at that moment, so a log that ends before is one that is no longer written.
        return first is not None and first <= moment and bool(stamps) and stamps[-1] >= moment - SLACK


def taken(lines: Iterable[bytes], message_id: bytes, since: datetime) -> bool:
    """Whether a queue id under which the Message-ID was read became active, not earlier than `since`."""
    queues: set[bytes] = set()
    for line in lines:
        if message_id in line and (read := QUEUED.search(line)) and read["id"] == message_id and _is_new(line, since):
            queues.add(read["queue"])
        elif queues and (active := ACTIVE.search(line)) and active["queue"] in queues:
            return True
    return False


def _is_new(line: bytes, since: datetime) -> bool:
    stamp = stamp_of(line)
    return stamp is not None and stamp >= since


def stamp_of(line: bytes) -> datetime | None:
    """The moment of a line in either of syslog's manners; the old one knows neither year nor zone."""
    found = STAMP.match(line)
    if found is None:
        return None
    if found["iso"]:
        return _iso(found["iso"].decode("ascii", "replace"))
    return _old(found["old"])


def _iso(text: str) -> datetime | None:
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp if stamp.tzinfo else stamp.astimezone()


def _old(text: bytes) -> datetime | None:
    """`Nov  5 03:00:01`, in the machine's own zone, of this year or of the last."""
    month, day, clock = text.split()
    hour, minute, second = map(int, clock.split(b":"))
    now = timezone.now()
    for year in (now.astimezone().year, now.astimezone().year - 1):
        try:
            stamp = datetime(year, MONTHS.index(month) + 1, int(day), hour, minute, second).astimezone()
        except ValueError:
            continue
        if stamp <= now + timedelta(days=1):
            return stamp
    return None
