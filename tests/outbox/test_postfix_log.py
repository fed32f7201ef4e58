"""What Postfix writes for a letter that it took, one that it began to read, and one that never came."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from katingan_portal.outbox.postfix_log import PostfixLog, stamp_of

SINCE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TAKEN, READ, ABSENT = "<taken@portal.example>", "<read@portal.example>", "<absent@portal.example>"
NEW = """\
2026-11-25T09:50:00.000001+07:00 mail postfix/postfix-script[1]: starting the Postfix mail system
2026-11-25T10:00:01.101+07:00 mail postfix/smtpd[812]: connect from localhost[127.0.0.1]
2026-11-25T10:00:01.140+07:00 mail postfix/smtpd[812]: 4YbXk13yz7zQ: client=localhost[127.0.0.1]
2026-11-25T10:00:01.151+07:00 mail postfix/cleanup[815]: 4YbXk13yz7zQ: message-id=<taken@portal.example>
2026-11-25T10:00:01.160+07:00 mail postfix/qmgr[702]: 4YbXk13yz7zQ: from=<p@portal.example>, size=812, nrcpt=1 (queue active)
2026-11-25T10:00:02.151+07:00 mail postfix/cleanup[815]: 4YbXk23yz7zR: message-id=<read@portal.example>
2026-11-25T10:00:02.200+07:00 mail postfix/cleanup[815]: 4YbXk23yz7zR: milter-reject: END-OF-MESSAGE from localhost: 5.7.1
2026-11-25T10:00:02.300+07:00 mail postfix/qmgr[702]: 4YbXk99999zz: from=<x@portal.example>, size=812, nrcpt=1 (queue active)
2026-11-25T10:00:09.000+07:00 mail postfix/smtpd[812]: disconnect from localhost[127.0.0.1]
"""  # noqa: E501
OLD = """\
Nov 25 02:50:00 mail postfix/postfix-script[1]: starting the Postfix mail system
Nov 25 03:00:01 mail postfix/cleanup[815]: 1A2B3C4D5E: message-id=<taken@portal.example>
Nov 25 03:00:01 mail postfix/qmgr[702]: 1A2B3C4D5E: from=<p@portal.example>, size=812, nrcpt=1 (queue active)
Nov 25 03:00:02 mail postfix/cleanup[815]: 2A2B3C4D5E: message-id=<read@portal.example>
Nov 25 03:00:09 mail postfix/smtpd[812]: disconnect from localhost[127.0.0.1]
"""


@pytest.fixture(params=[NEW, OLD], ids=["RFC 5424 time", "old syslog time"])
def log(request, tmp_path: Path, monkeypatch, time_machine_at) -> Path:
    path = tmp_path / "mail.log"
    path.write_text(request.param)
    return path


@pytest.fixture()
def time_machine_at(monkeypatch):
    """The old manner means the machine's zone, and this year or the last: both are held still."""
    import time

    import time_machine

    monkeypatch.setitem(os.environ, "TZ", "UTC")
    time.tzset()
    with time_machine.travel(SINCE + timedelta(hours=1), tick=False):
        yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("message_id", "known"), [(TAKEN, True), (READ, False), (ABSENT, False)])
def test_log_knows_what_postfix_took(log: Path, message_id: str, known: bool):
    assert PostfixLog(log)(message_id, SINCE) is known


def test_log_does_not_count_an_earlier_letter_under_the_same_id(log: Path):
    """A message that bounced and was sent anew goes under the same Message-ID."""
    with log.open("a") as file:
        file.write(log.read_text().splitlines()[-1].replace("03:00:09", "04:00:00").replace("10:00:09", "11:00:00"))
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
        assert stamp_of(b"Dec 31 23:59:59 mail postfix") == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert stamp_of(b"Jan  1 00:00:01 mail postfix") == datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)
        assert stamp_of(b"Feb 30 00:00:01 mail postfix") is None
