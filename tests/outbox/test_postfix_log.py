"""What Postfix writes for a letter that it took, one that it began to read, and one that never came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from katingan_portal.outbox import postfix_log
from katingan_portal.outbox.postfix_log import PostfixLog, stamp_of

SINCE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TAKEN, REFUSED, ABSENT = "<taken@portal.example>", "<refused@portal.example>", "<absent@portal.example>"
CUT, ANSWERED, OPEN = "<cut@portal.example>", "<answered@portal.example>", "<open@portal.example>"
# As Postfix 3.7 wrote them in a run of real_postfix.py, in the order in which it wrote them.
LINES = """\
09:50:00 postfix/postfix-script[1]: starting the Postfix mail system
10:00:01 postfix/smtpd[812]: connect from localhost[127.0.0.1]
10:00:01 postfix/smtpd[812]: 4YbXk13yz7zQ: client=localhost[127.0.0.1]
10:00:01 postfix/cleanup[815]: 4YbXk13yz7zQ: message-id=<taken@portal.example>
10:00:01 postfix/qmgr[702]: 4YbXk13yz7zQ: from=<p@portal.example>, size=812, nrcpt=1 (queue active)
10:00:01 postfix/smtpd[812]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 commands=4
10:00:02 postfix/smtpd[812]: 4YbXk23yz7zR: client=localhost[127.0.0.1]
10:00:02 postfix/cleanup[815]: 4YbXk23yz7zR: message-id=<refused@portal.example>
10:00:02 postfix/smtpd[812]: warning: 4YbXk23yz7zR: queue file size limit exceeded
10:00:02 postfix/smtpd[812]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5
10:00:03 postfix/smtpd[813]: A1DFD410020: client=localhost[127.0.0.1]
10:00:03 postfix/smtpd[813]: lost connection after DATA (44 bytes) from localhost[127.0.0.1]
10:00:03 postfix/smtpd[813]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4
10:00:03 postfix/cleanup[815]: A1DFD410020: message-id=<cut@portal.example>
10:00:04 postfix/smtpd[813]: C1108410021: client=localhost[127.0.0.1]
10:00:04 postfix/cleanup[816]: C1108410021: message-id=<answered@portal.example>
10:00:04 postfix/smtpd[813]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 commands=4
10:00:05 postfix/smtpd[814]: C1108410022: client=localhost[127.0.0.1]
10:00:05 postfix/cleanup[816]: C1108410022: message-id=<open@portal.example>
10:00:09 postfix/smtpd[812]: connect from localhost[127.0.0.1]
"""
ACTIVE = " postfix/qmgr[702]: C1108410022: from=<p@portal.example>, size=812, nrcpt=1 (queue active)"
NEW = "".join(f"2026-11-25T{line[:8]}.101+07:00 mail{line[8:]}\n" for line in LINES.splitlines())
OLD = "".join(f"Nov 25 {int(line[:2]) + 1:02}{line[2:8]} mail{line[8:]}\n" for line in LINES.splitlines())


@pytest.fixture(params=[NEW, OLD], ids=["RFC 5424 time", "old syslog time"])
def log(request, tmp_path: Path, monkeypatch, time_machine_at) -> Path:
    path = tmp_path / "mail.log"
    path.write_text(request.param)
    return path


@pytest.fixture()
def time_machine_at(monkeypatch):
    """The old manner means this year or the last, and the machine's zone: Makassar, while Django lives in Jakarta."""
    import time_machine

    monkeypatch.setattr(postfix_log, "LOCALTIME", files("tzdata.zoneinfo.Asia") / "Makassar")
    postfix_log.machine_zone.cache_clear()
    with time_machine.travel(SINCE + timedelta(hours=1), tick=False):
        yield
    postfix_log.machine_zone.cache_clear()


@pytest.mark.parametrize(
    ("message_id", "known"),
    [(TAKEN, True), (ANSWERED, True), (REFUSED, False), (CUT, False), (ABSENT, False), (OPEN, None)],
)
def test_log_knows_what_postfix_took(log: Path, message_id: str, known: bool | None):
    assert PostfixLog(log)(message_id, SINCE) is known


def test_what_lay_in_the_queue_of_a_postfix_that_died_is_known_when_it_is_back(log: Path):
    last = log.read_text().splitlines()[-1].partition(" mail")[0]
    with log.open("a") as file:
        file.write(f"{last} mail{ACTIVE}\n")
    assert PostfixLog(log)(OPEN, SINCE) is True


def test_of_two_letters_in_one_session_it_is_not_said_which_was_taken(log: Path):
    before = " data=0/1 commands=3/4"
    log.write_text(log.read_text().replace(before, " data=1/2 commands=4/5"))
    assert PostfixLog(log)(CUT, SINCE) is None


def test_log_does_not_count_an_earlier_letter_under_the_same_id(log: Path):
    """A message that bounced and was sent anew goes under the same Message-ID."""
    with log.open("a") as file:
        file.write(log.read_text().splitlines()[-1].replace("11:00:09", "12:00:00").replace("10:00:09", "11:00:00"))
    assert PostfixLog(log)(TAKEN, SINCE + timedelta(minutes=59)) is False


@pytest.mark.parametrize("moment", [SINCE - timedelta(hours=1), SINCE + timedelta(minutes=30)])
def test_log_that_does_not_reach_so_far_cannot_say(log: Path, moment: datetime):
    assert PostfixLog(log)(ABSENT, moment) is None


def test_log_that_was_just_rotated_is_read_with_the_one_before(log: Path):
    log.rename(log.with_name("mail.log.1"))
    last = log.with_name("mail.log.1").read_text().splitlines()[-1]
    log.write_text(f"{last}\n")
    assert PostfixLog(log)(TAKEN, SINCE) is True
    assert PostfixLog(log)(ABSENT, SINCE) is False


def test_log_that_cannot_be_read_cannot_say(tmp_path: Path):
    assert PostfixLog(tmp_path / "none")(TAKEN, SINCE) is None
    (tmp_path / "empty").touch()
    assert PostfixLog(tmp_path / "empty")(TAKEN, SINCE) is None
    (tmp_path / "noise").write_bytes(b"\xff\xfe no log at all\n")
    assert PostfixLog(tmp_path / "noise")(TAKEN, SINCE) is None


def test_old_stamps_of_december_are_read_in_january(time_machine_at):
    import time_machine

    with time_machine.travel(datetime(2027, 1, 2, tzinfo=UTC), tick=False):
        assert stamp_of(b"Dec 31 23:59:59 mail postfix") == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
        assert stamp_of(b"Jan  1 00:00:01 mail postfix") == datetime(2026, 12, 31, 16, 0, 1, tzinfo=UTC)
        assert stamp_of(b"Feb 30 00:00:01 mail postfix") is None


def test_a_machine_without_a_zone_counts_in_utc(time_machine_at, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(postfix_log, "LOCALTIME", tmp_path / "none")
    postfix_log.machine_zone.cache_clear()
    assert stamp_of(b"Nov 25 03:00:01 mail postfix") == SINCE + timedelta(seconds=1)
