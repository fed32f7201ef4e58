"""A Maildir of bounces: what it says is done once, whatever dies in between."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from katingan_portal.outbox import bounces
from katingan_portal.outbox.contacts import contact_of
from katingan_portal.outbox.models import Message
from tests.outbox.test_dsn import sample

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_platform")]
State = Message.State


@pytest.fixture()
def letter(queued, ani) -> Message:
    """To Ani, sent an hour ago."""
    message = queued(recipient=ani, address=ani.email)
    sent_at = timezone.now() - timedelta(hours=1)
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=sent_at, handed_over_at=sent_at)
    message.refresh_from_db()
    return message


@pytest.fixture()
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def report_about(message: Message, name: str = "postfix", **changes: str) -> bytes:
    text = sample(name).replace(b"<MESSAGE-ID@portal.example>", message.message_id.encode())
    for before, after in changes.items():
        text = text.replace({"status": b"Status: 5.1.1", "who": b"ani@uji.example"}[before], after.encode())
    return text


def drop(maildir: Path, content: bytes, name: str = "1764039603.1.mail") -> None:
    (maildir / "new" / name).write_bytes(content)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["postfix", "exchange"])
def test_bounce_marks_the_message_and_the_contact(letter, maildir: Path, ani, name: str):
    drop(maildir, report_about(letter, name))
    now = timezone.now()
    assert bounces.read_maildir(maildir, now) == 1
    sent_at = letter.sent_at
    letter.refresh_from_db()
    assert (letter.state, letter.sent_at, letter.bounced_at) == (State.BOUNCED, sent_at, now)
    assert letter.last_error.startswith("5.1.1")
    assert contact_of(ani.pk).email_is_broken(ani.email)
    assert (names(maildir / "new"), names(maildir / "cur")) == ([], ["1764039603.1.mail:2,S"])


def test_bounce_is_told_to_each_caretaker_once(letter, maildir: Path, ani):
    drop(maildir, report_about(letter))
    bounces.read_maildir(maildir, timezone.now())
    (notice,) = Message.objects.filter(kind="contact")
    assert (notice.recipient.username, notice.state, notice.subject) == (
        "joko",
        State.SENT,
        "E-mail kepada Ani Operator tidak sampai",
    )
    assert "User unknown" in notice.body_text


def test_bounce_that_is_read_twice_changes_nothing_more(letter, maildir: Path):
    """As when the process dies between the mark and the move."""
    drop(maildir, report_about(letter))
    assert bounces.read_maildir(maildir, timezone.now()) == 1
    drop(maildir, report_about(letter), "again")
    assert bounces.read_maildir(maildir, timezone.now() + timedelta(days=1)) == 0
    assert Message.objects.filter(kind="contact").count() == 1


@pytest.mark.parametrize("status", ["Status: 5.7.1", "Status: 4.4.1"])
def test_bounce_that_is_not_the_addresses_fault_leaves_the_contact(letter, maildir: Path, ani, status: str):
    drop(maildir, report_about(letter, status=status))
    assert bounces.read_maildir(maildir, timezone.now()) == 1
    letter.refresh_from_db()
    assert letter.state == State.BOUNCED
    assert not contact_of(ani.pk).email_is_broken(ani.email)


def test_bounce_settles_a_doubt(letter, maildir: Path):
    Message.objects.filter(pk=letter.pk).update(state=State.UNKNOWN, sent_at=None)
    drop(maildir, report_about(letter))
    assert bounces.read_maildir(maildir, timezone.now()) == 1
    handed_over_at = letter.handed_over_at
    letter.refresh_from_db()
    assert (letter.state, letter.sent_at) == (State.BOUNCED, handed_over_at)


def test_bounce_that_overtakes_the_sender_waits_for_it(letter, maildir: Path):
    Message.objects.filter(pk=letter.pk).update(state=State.SENDING, token="0" * 32, lease_until=timezone.now())
    drop(maildir, report_about(letter))
    assert bounces.read_maildir(maildir, timezone.now()) == 0
    assert names(maildir / "new") == ["1764039603.1.mail"]
    Message.objects.filter(pk=letter.pk).update(state=State.SENT, token=None, lease_until=None)
    assert bounces.read_maildir(maildir, timezone.now()) == 1


def test_bounce_about_another_address_is_not_believed(letter, maildir: Path):
    drop(maildir, report_about(letter, who="somebody@else.example"))
    assert bounces.read_maildir(maildir, timezone.now()) == 0
    letter.refresh_from_db()
    assert letter.state == State.SENT


def test_whatever_lies_in_the_folder_is_put_away(letter, maildir: Path):
    for number, content in enumerate([b"", b"\xff\xfe", b"Subject: spam\n\nx", b"x" * (bounces.LARGEST_LETTER + 1)]):
        drop(maildir, content, str(number))
    assert bounces.read_maildir(maildir, timezone.now()) == 0
    assert (names(maildir / "new"), len(names(maildir / "cur"))) == ([], 4)


def test_task_reads_nothing_until_a_folder_is_configured(letter, maildir: Path, settings):
    from katingan_portal.outbox.tasks import read_bounces

    drop(maildir, report_about(letter))
    assert read_bounces.run() == 0
    settings.PORTAL_BOUNCE_MAILDIR = str(maildir)
    assert read_bounces.run() == 1


def test_command_reads_a_folder_or_one_letter_of_a_pipe(letter, maildir: Path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(report_about(letter))))
    call_command("read_bounces", "-")
    assert capsys.readouterr().out.splitlines()[-1] == "1 messages came back."
    drop(maildir, report_about(letter))
    call_command("read_bounces", str(maildir))
    assert capsys.readouterr().out.splitlines()[-1] == "0 messages came back."
    with pytest.raises(CommandError):
        call_command("read_bounces", str(maildir / "none"))


def test_command_asks_the_pipe_to_come_again_while_the_sender_is_at_it(letter, monkeypatch):
    Message.objects.filter(pk=letter.pk).update(state=State.SENDING, token="0" * 32, lease_until=timezone.now())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(report_about(letter))))
    with pytest.raises(CommandError) as stopped:
        call_command("read_bounces", "-")
    assert stopped.value.returncode == 75
