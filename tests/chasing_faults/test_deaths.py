"""Engines and senders killed at every point where they might be: each step and each message of the chase, once."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.world import Size
from katingan_portal.outbox.models import Message
from tests.chasing_faults.forks import ENGINE_LABELS, SENDER_LABELS
from tests.chasing_faults.story import (
    World,
    assert_each_was_sent_once,
    assert_ledger_is_right,
    assert_no_notice_is_left,
    forks_for,
    is_alive,
    settle,
    until,
)
from tests.outbox.sink import Sink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
BOTH = Size(regencies=2, forms=1, months=13, due=260)
SMALL = Size(regencies=1, forms=1, months=2, due=30)


def test_the_world_owes_what_was_meant(committed_db: str):
    world = World(BOTH)
    steps, notices = world.ledger.steps, world.ledger.notices
    assert (max(steps.values()), max(notices.values())) == (1, 1)
    assert len({obligation for obligation, *_ in steps}) >= 500
    assert {state for *_, state in steps} == {"fired", "superseded"}
    assert {each.time_zone for each in world.regencies} == {"Asia/Jakarta", "Asia/Makassar"}


def test_engine_killed_at_each_point_takes_each_step_once(committed_db: str, tmp_path: Path):
    world = World(BOTH)
    with Sink(tmp_path / "log") as sink, forks_for(world, sink) as forks:
        for label in ENGINE_LABELS:
            before = world.left
            forks.run("tick", label)
            assert world.left == before - (40 if label == "after commit" else 0), label
        for label in ENGINE_LABELS:
            forks.run("tick", label, nth=2)
        assert world.left > 0, "the killing ended after the work: it proved little"
        forks.run("tick")
    assert_ledger_is_right(world)


def test_step_and_messages_are_one_transaction_behind_each_statement(committed_db: str, tmp_path: Path):
    world = World(SMALL)
    nothing = world.counts()
    with Sink(tmp_path / "log") as sink, forks_for(world, sink) as forks:
        deaths = 0
        while world.left and deaths < 80:
            deaths += 1
            assert world.counts() == nothing, f"half of it was kept behind statement {deaths - 1}"
            forks.run("tick", "statement", nth=deaths)
    assert 10 < deaths < 80
    assert_ledger_is_right(world)


def test_engines_and_senders_killed_on_the_same_rows_say_everything_once(committed_db: str, tmp_path: Path):
    """Two engines always at once, senders dying at each point, and at random: with the relay's log as oracle."""
    world, chances = World(BOTH), random.Random(11)
    with Sink(tmp_path / "log") as sink, forks_for(world, sink) as forks:
        for label in ENGINE_LABELS:
            engines = [forks.start("tick", label, nth=chances.randint(1, 3)) for _ in range(2)]
            forks.start("deliver", chances.choice(SENDER_LABELS))
            until(lambda engines=engines: not any(map(is_alive, engines)), 60, "both engines have ended")
        for label in SENDER_LABELS:
            forks.start("deliver", label)
        forks.start("tick on")
        until(lambda: world.left == 0, 60, "everything is looked at")
        forks.start("deliver")
        forks.start("deliver")
        messages = settle(world)
    assert_ledger_is_right(world)
    assert_each_was_sent_once(messages, sink)
    assert not any(message.possibly_repeated for message in messages)
    assert any(message.attempts > 1 for message in messages), "nobody was struck in the middle"


def test_without_an_oracle_only_what_nobody_answered_goes_once_more_and_says_so(committed_db: str, tmp_path: Path):
    world = World(SMALL)
    with Sink(tmp_path / "log") as sink, forks_for(world, sink, oracle=False) as forks:
        forks.run("tick")
        for label in SENDER_LABELS:
            forks.run("deliver", label)
        forks.start("deliver")
        messages = settle(world)
    assert_ledger_is_right(world)
    assert {message.state for message in messages} == {Message.State.SENT}
    assert_no_notice_is_left(messages)
    emails = {message.message_id: message for message in messages if message.is_email}
    assert set(sink.accepted) == set(emails)
    twice = {message_id for message_id, times in sink.accepted.items() if times > 1}
    assert max(sink.accepted.values()) == 2, "no sender died between the answer and the mark"
    assert twice <= {message_id for message_id, message in emails.items() if message.possibly_repeated}
    assert Counter(message.possibly_repeated for message in messages)[True] <= len(SENDER_LABELS)
