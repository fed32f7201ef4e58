"""Real senders, a real relay, real signals: whatever dies or freezes, each message arrives once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from katingan_portal.outbox import composing
from katingan_portal.outbox.actions import Draft, queue_many
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, platform_work
from tests.outbox import worker
from tests.outbox.sink import Sink
from tests.outbox.worker import LABELS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
FINAL = {Message.State.SENT, Message.State.FAILED}


class Senders:
    """The forked senders of tests/outbox/worker.py, and the means to harm them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.alive: list[int] = []

    def start(self, label: str = "-", fate: str = "-") -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{label} {fate}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.alive.append(pid)
        return pid

    def kill_one(self) -> None:
        pid = self.alive.pop(random.randrange(len(self.alive)))
        os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        for pid in self.alive:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def senders_with(oracle_log: str, sink: Sink) -> Iterator[Senders]:
    environment = os.environ | {"PORTAL_ROLE": "worker", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.worker", oracle_log],
        cwd=settings.BASE_DIR,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sink.log.with_suffix(".errors").open("w"),
    )
    senders = Senders(process)
    try:
        yield senders
    finally:
        senders.kill_all()
        process.kill()
        process.wait()


@pytest.fixture()
def write(committed_db, as_role, monkeypatch) -> Callable[..., list[str]]:
    """write(n) → commits n messages of two regencies by turns, returns their Message-IDs; late: without words."""
    monkeypatch.setattr(composing, "_composers", {"account": worker.compose})

    def build(count: int, *, late: bool = False) -> list[str]:
        ids = []
        for place, regency in enumerate(Regency.objects.order_by("code")[:2]):
            with applied(Scope(regency.pk)):
                # What the test world's own reports have to say would be sent, and counted, as well.
                Message.objects.filter(state=Message.State.PLANNED).update(state=Message.State.CANCELLED)
                drafts = [_draft(number, late) for number in range(place, count, 2)]
                ids += [message.message_id for message in queue_many(drafts)]
        as_role("worker")
        return ids

    return build


def _draft(number: int, late: bool) -> Draft:
    words = {} if late else {"subject": f"Surat {number}", "body_text": "Isi."}
    return Draft(
        key=f"fault:{number}",
        kind="account",
        channel=Message.Channel.EMAIL,
        recipient=None,
        address=f"r{number}@example.test",
        **words,
        expires_at=timezone.now() + timedelta(hours=1),
    )


def rows() -> list[Message]:
    with platform_work("look at the outcome"):
        return list(Message.across_regencies.filter(key__startswith="fault:"))


def wait_until_final(seconds: float) -> list[Message]:
    end = time.monotonic() + seconds
    while any(row.state not in FINAL for row in rows()) and time.monotonic() < end:
        time.sleep(0.1)
    return rows()


def test_senders_killed_at_random_deliver_each_message_once(write, tmp_path: Path):
    ids = write(300)
    chances = random.Random(7)
    actions = ["451 at RCPT"] * 5 + ["accept, then drop"] * 3 + ["discard, then drop"] * 3 + ["accept"] * 89
    with Sink(tmp_path / "log", slowness=0.03) as sink, senders_with(str(tmp_path / "log"), sink) as senders:
        sink.script = lambda recipient, times: chances.choice(actions)
        kills = 0
        for _ in range(4):
            senders.start()
        while kills < 40:
            time.sleep(chances.uniform(0.01, 0.12))
            senders.kill_one()
            senders.start()
            kills += 1
        left_when_quiet = sum(row.state not in FINAL for row in rows())
        outcome = wait_until_final(40)
        assert Counter(row.state for row in outcome) == {Message.State.SENT: 300}
        assert sink.accepted == Counter(ids)
    assert left_when_quiet > 0, "the killing ended after the work: it proved little"
    assert not any(row.possibly_repeated for row in outcome)
    assert {row.regency_id for row in outcome} == {regency.pk for regency in Regency.objects.order_by("code")[:2]}
    print(f"kills={kills} left={left_when_quiet} attempts={Counter(row.attempts for row in outcome)}")


@pytest.mark.parametrize("fate", ["SIGKILL", "SIGSTOP"])
@pytest.mark.parametrize("late", [False, True], ids=["words that came along", "words written late"])
def test_sender_struck_at_each_point_delivers_each_message_once(write, tmp_path: Path, fate: str, late: bool):
    """SIGSTOP freezes for longer than the lease, then wakes: the stale token must change nothing."""
    ids = write(60, late=late)
    with Sink(tmp_path / "log") as sink, senders_with(str(tmp_path / "log"), sink) as senders:
        struck = [senders.start(label, fate) for label in LABELS for _ in range(2)]
        time.sleep(5)
        if fate == "SIGSTOP":
            for pid in struck:
                os.kill(pid, signal.SIGCONT)
        senders.start()
        outcome = wait_until_final(40)
        assert Counter(row.state for row in outcome) == {Message.State.SENT: 60}
        assert sink.accepted == Counter(ids)
        subjects = Counter(message_from_bytes(letter)["Subject"] for letter in sink.letters)
    assert subjects == Counter(row.subject for row in outcome)
    assert {row.is_worded_late for row in outcome} == {late}
    assert any(row.attempts > 1 for row in outcome), "nobody was struck in the middle"


def test_without_oracle_a_doubtful_message_goes_once_more_and_says_so(write, tmp_path: Path):
    ids = write(60)
    with Sink(tmp_path / "log", slowness=0.01) as sink, senders_with("-", sink) as senders:
        for label in LABELS * 2:
            senders.start(label, "SIGKILL")
        time.sleep(1)
        senders.start()
        outcome = wait_until_final(40)
        accepted = sink.accepted
    assert {row.state for row in outcome} == {Message.State.SENT}
    assert set(accepted) == set(ids)
    assert max(accepted.values()) == 2, "no sender died between the answer and the mark"
    repeated = {row.message_id for row in outcome if row.possibly_repeated}
    assert {message_id for message_id, times in accepted.items() if times > 1} <= repeated


def test_relay_down_and_back_keeps_everything(write, tmp_path: Path):
    ids = write(20)
    with Sink(tmp_path / "log") as away:
        pass
    with senders_with(str(tmp_path / "log"), away) as senders:
        senders.start()
        time.sleep(1.5)
        assert {row.state for row in rows()} <= {Message.State.PLANNED, Message.State.SENDING}
        with Sink(tmp_path / "log", port=away.port) as back:
            outcome = wait_until_final(40)
            assert back.accepted == Counter(ids)
    assert {row.state for row in outcome} == {Message.State.SENT}
    assert {row.attempts for row in outcome} == {1}, "a relay that is away is not the message's fault"
