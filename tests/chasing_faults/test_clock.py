"""A clock that is a month ahead and comes back: nobody is written to meanwhile, and afterwards everything is right."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.world import NOW, Size
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseHold, ChaseStep, JobRun
from reporting.chasing.watch import boot_id
from tests.chasing_faults.story import World, assert_ledger_is_right, forks_for
from tests.outbox.sink import Sink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]
SIZE = Size(regencies=2, forms=1, months=13, due=60)
MONTH = 30
AHEAD = "Jam server melompat; penagihan menunggu sampai jam benar atau seseorang memastikannya."
BEHIND = "Jam server mundur dibandingkan putaran sebelumnya; penagihan menunggu."


def holds(world: World) -> list[int]:
    found = []
    for regency in world.regencies:
        with applied(Scope(regency.pk)):
            found += ChaseHold.objects.filter(released_at=None).values_list("count", flat=True)
    return found


def forget_the_past(world: World) -> None:
    """The world's steps of yesterday are so many that today's were no storm."""
    for regency in world.regencies:
        with applied(Scope(regency.pk)):
            ChaseStep.objects.update(taken_at=NOW - timedelta(days=100))


def test_a_clock_a_month_ahead_takes_no_step_and_once_it_is_back_each_is_taken_once(committed_db: str, tmp_path: Path):
    world = World(SIZE)
    with Sink(tmp_path / "log") as sink, forks_for(world, sink) as forks:
        forks.run("tick", "claimed")
        forks.run("tick", days=MONTH)
        forks.run("tick", days=MONTH)
        assert world.written.steps.total() == 0
        # Killed before it can say anything, and with the wrong hour: not to be believed later.
        forks.run("tick", "started", days=MONTH)
        forks.run("tick")
    assert world.notes_of_ticks() == ["", AHEAD, AHEAD, AHEAD, ""]
    assert_ledger_is_right(world)
    assert sink.accepted.total() == 0


def test_a_machine_that_starts_a_month_ahead_is_held_by_the_storm_and_waits_for_the_right_hour(
    committed_db: str, tmp_path: Path
):
    """After a start no count of seconds tells that the hour is wrong; the storm that it would make does."""
    world = World(SIZE)
    forget_the_past(world)
    with Sink(tmp_path / "log") as sink, forks_for(world, sink) as forks:
        forks.run("tick", days=MONTH, hold_above=30)
        assert (world.written.steps.total(), len(holds(world))) == (0, 2)
        forks.run("tick", hold_above=30)
        assert world.notes_of_ticks() == ["", BEHIND]
        forks.run("believe")
        forks.run("tick", hold_above=30)
        assert (world.written.steps.total(), len(holds(world))) == (0, 2), "a person has to release it"
        forks.run("release")
        forks.run("tick", hold_above=30)
    assert_ledger_is_right(world)
    assert JobRun.objects.filter(job="tick").latest("pk").boot_id == boot_id()
