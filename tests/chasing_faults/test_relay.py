"""A mail relay that misbehaves in every way while the digests leave: each arrives once, and nothing hangs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.world import Size
from katingan_portal.outbox.models import Message
from tests.chasing_faults.story import (
    Forks,
    World,
    assert_each_was_sent_once,
    assert_ledger_is_right,
    forks_for,
    settle,
    until,
)
from tests.outbox.sink import FULL, Sink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]
SIZE = Size(regencies=2, forms=1, months=2, due=12)
# By turns over the people, each at their first try.
FOR_NOW = (
    "451 at RCPT", "452 full at RCPT", "drop at RCPT", "hang at RCPT", "451 after dot", "452 full after dot",
    "discard, then drop", "accept, then drop", "accept",
)  # fmt: skip


class FullSink(Sink):
    """A relay whose disk is full: it writes to /dev/full, and answers what a relay answers then."""

    def _accept(self, content: bytes) -> None:
        with Path("/dev/full").open("ab", buffering=0) as disk:
            disk.write(content)

    async def handle_DATA(self, server, session, envelope) -> str:
        try:
            return await super().handle_DATA(server, session, envelope)
        except OSError:
            return FULL


@contextmanager
def told(world: World, sink: Sink) -> Iterator[Forks]:
    """Everything is taken and waits to be sent."""
    with forks_for(world, sink) as forks:
        forks.run("tick")
        assert_ledger_is_right(world)
        yield forks


def test_each_digest_arrives_once_whatever_the_relay_does_at_first(committed_db: str, tmp_path: Path):
    world = World(SIZE)
    with Sink(tmp_path / "log", hang_for=2) as sink, told(world, sink) as forks:
        turns: dict[str, str] = {}

        def act(recipient: str, times: int) -> str:
            turn = turns.setdefault(recipient, FOR_NOW[len(turns) % len(FOR_NOW)])
            return turn if times == 1 else "accept"

        sink.script = act
        for _ in range(3):
            forks.start("deliver")
        messages = settle(world)
    assert set(turns.values()) == set(FOR_NOW)
    assert_each_was_sent_once(messages, sink)


def test_a_relay_that_refuses_for_good_fails_its_letter_and_no_other(committed_db: str, tmp_path: Path):
    world = World(SIZE)
    with Sink(tmp_path / "log") as sink, told(world, sink) as forks:
        refused = min(message.address for message in world.messages() if message.is_email)
        sink.script = lambda recipient, times: "550 at RCPT" if recipient == refused else "accept"
        forks.start("deliver")
        messages = settle(world)
    failed = {(row.address, row.channel) for row in messages if row.state == Message.State.FAILED}
    assert failed == {(refused, Message.Channel.EMAIL)}
    letters = {row.message_id for row in messages if row.is_email and row.address != refused}
    assert (set(sink.accepted), sink.accepted.total()) == (letters, len(letters))


@pytest.mark.parametrize("fault", ["closing", "gone", "full"])
def test_while_the_relay_is_no_use_everything_waits_and_then_arrives(committed_db: str, tmp_path: Path, fault: str):
    world = World(SIZE)
    kind = FullSink if fault == "full" else Sink
    with kind(tmp_path / "log") as bad, forks_for(world, bad) as forks:
        forks.run("tick")
        emails = [row for row in world.messages() if row.is_email]
        if fault == "closing":
            bad.script = lambda recipient, times: "421 at MAIL"
        if fault == "gone":
            bad.close()
        forks.start("deliver")
        until(lambda: any(row.last_error for row in world.messages()), 30, "the sender has met the fault")
        until(
            lambda: all(row.state == "sent" for row in world.messages() if not row.is_email), 30, "the portal's own go"
        )
        assert bad.accepted.total() == 0
        bad.close()
        with Sink(tmp_path / "log", port=bad.port) as good:
            messages = settle(world)
            assert_each_was_sent_once(messages, good)
    assert len(emails) == good.accepted.total()
