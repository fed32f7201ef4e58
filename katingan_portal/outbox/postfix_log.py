"""Asks Postfix's log whether a letter was taken: the oracle where the relay is Postfix on the same machine.

`cleanup` logs the Message-ID under a queue id as soon as it reads the header. That the letter is Postfix's own says
`qmgr`, "queue active", which may come a while after the answer to the last dot; or the session's end, which counts the
DATA commands that were answered with success. These processes write as they please, so no order is relied on. A letter
whose session has no end in the log may lie in the queue of a Postfix that died: of that nobody can speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

# The machine of the relay and the database's may differ by a little, and syslog cuts seconds.
SLACK = timedelta(minutes=2)
TAIL = 64 * 1024
STAMP = re.compile(rb"^(?:(?P<iso>\d{4}-\d\d-\d\dT\S+)|(?P<old>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)) ")
LINE = re.compile(rb" postfix[^ ]*/(?P<who>smtpd|cleanup|qmgr)\[(?P<pid>\d+)\]: (?P<what>.*)")
CLIENT = re.compile(rb"(?P<queue>[0-9A-Za-z]+): client=")
READ = re.compile(rb"(?P<queue>[0-9A-Za-z]+): message-id=(?P<id><[^>\s]*>)")
ACTIVE = re.compile(rb"(?P<queue>[0-9A-Za-z]+): from=.*\(queue active\)")
# "data=1" took one letter of one, "data=0/1" none of one.
ENDED = re.compile(rb"disconnect from .* data=(?P<taken>\d+)(?:/(?P<tried>\d+))?")
LOCALTIME = Path("/etc/localtime")
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True)
class PostfixLog:
    """The log at `path`, and before it the one that was rotated away last (`path`.1, not compressed)."""

    path: Path

    def __call__(self, message_id: str, since: datetime) -> bool | None:
        """Whether Postfix took the letter since then; None where the log cannot be read or does not say."""
        try:
            found = Sessions(message_id.encode(), since - SLACK)
            found.read(self._lines())
            if found.was_taken is not False:
                return found.was_taken
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


@dataclass
class Sessions:
    """What the log says of one Message-ID, not earlier than `since`.

    queues: the queue ids under which it was read. taken: whether the letter of a queue id became Postfix's own.
    open: the queue ids of each smtpd's present session, by process id.
    """

    message_id: bytes
    since: datetime
    queues: set[bytes] = field(default_factory=set)
    taken: dict[bytes, bool] = field(default_factory=dict)
    open: dict[bytes, list[bytes]] = field(default_factory=dict)

    @property
    def was_taken(self) -> bool | None:
        found = [self.taken.get(queue) for queue in self.queues]
        return True if True in found else None if None in found else False

    def read(self, lines: Iterable[bytes]) -> None:
        readers = {b"smtpd": self._smtpd, b"cleanup": self._cleanup, b"qmgr": self._qmgr}
        for line in lines:
            if found := LINE.search(line):
                readers[found["who"]](line, found)

    def _smtpd(self, line: bytes, found: re.Match[bytes]) -> None:
        pid, what = found["pid"], found["what"]
        if client := CLIENT.match(what):
            self.open.setdefault(pid, []).append(client["queue"])
        elif what.startswith(b"disconnect from "):
            self._end(self.open.pop(pid, []), ENDED.match(what))

    def _end(self, queues: list[bytes], counts: re.Match[bytes] | None) -> None:
        if counts is None:
            return
        taken, tried = int(counts["taken"]), int(counts["tried"] or counts["taken"])
        if taken in (0, tried):  # else it is not said which of them
            for queue in queues:
                self.taken.setdefault(queue, taken > 0)

    def _cleanup(self, line: bytes, found: re.Match[bytes]) -> None:
        read = READ.match(found["what"])
        if read and read["id"] == self.message_id and _is_new(line, self.since):
            self.queues.add(read["queue"])

    def _qmgr(self, line: bytes, found: re.Match[bytes]) -> None:
        if active := ACTIVE.match(found["what"]):
            self.taken[active["queue"]] = True


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
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=machine_zone())


def _old(text: bytes) -> datetime | None:
    """`Nov  5 03:00:01`, in the machine's own zone, of this year or of the last."""
    month, day, clock = text.split()
    hour, minute, second = map(int, clock.split(b":"))
    now, zone = timezone.now(), machine_zone()
    for year in (now.astimezone(zone).year, now.astimezone(zone).year - 1):
        try:
            stamp = datetime(year, MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=zone)
        except ValueError:
            continue
        if stamp <= now + timedelta(days=1):
            return stamp
    return None


@cache
def machine_zone() -> tzinfo:
    """What Postfix writes its times in. This process itself lives in Django's TIME_ZONE, whatever the machine's is."""
    try:
        with LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC
