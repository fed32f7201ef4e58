"""Whether the clock can be believed: a jump writes to nobody, and the run says why."""

from datetime import UTC, datetime, timedelta

import pytest

from katingan_portal.tenancy.scope import Scope, applied, platform_work
from reporting.chasing import tasks, watch
from reporting.chasing.models import ChaseStep, JobRun

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
BACK = "Jam server mundur dibandingkan putaran sebelumnya; penagihan menunggu."
JUMPED = "Jam server melompat; penagihan menunggu sampai jam benar atau seseorang memastikannya."


@pytest.fixture
def machine(db, monkeypatch):
    """A machine whose hour and whose count of seconds since boot the test moves: machine(minutes, by_boot=…)."""
    state = {"uptime": 1000, "boot": "boot-1"}
    monkeypatch.setattr(watch, "uptime", lambda: state["uptime"])
    monkeypatch.setattr(watch, "boot_id", lambda: state["boot"])
    monkeypatch.setattr(watch, "database_now", lambda: NOW)

    def run(clock: timedelta, by_boot: timedelta | None = None, boot: str = "boot-1") -> str:
        state["uptime"] = 1000 + int((clock if by_boot is None else by_boot).total_seconds())
        state["boot"] = boot
        current = watch.start("tick", NOW + clock)
        note = watch.jumped(current)
        watch.finish(current, note=note)
        return note

    return run


MINUTE, MONTH = timedelta(minutes=1), timedelta(days=30)


def test_an_even_clock_is_believed_also_after_a_long_outage(machine):
    assert [machine(timedelta()), machine(MINUTE), machine(timedelta(days=14))] == ["", "", ""]


def test_a_jump_forward_stops_the_chase_until_the_clock_is_right_again(machine):
    machine(timedelta())
    assert machine(MONTH, by_boot=MINUTE) == JUMPED
    assert machine(MONTH + MINUTE, by_boot=2 * MINUTE) == JUMPED, "a second look does not get used to it"
    assert machine(3 * MINUTE) == ""


def test_a_clock_that_goes_back_stops_the_chase(machine):
    machine(MONTH)
    assert machine(timedelta()) == BACK
    assert machine(MONTH + MINUTE) == ""


def test_after_a_restart_of_the_machine_only_going_back_can_be_noticed(machine):
    machine(timedelta())
    assert machine(MONTH, by_boot=timedelta(), boot="boot-2") == ""
    assert machine(timedelta(), by_boot=timedelta(), boot="boot-3") == BACK


def test_a_person_can_say_that_the_clock_is_right_now(machine):
    machine(MONTH)
    assert machine(timedelta()) == BACK
    watch.believe("tick", NOW)
    assert machine(MINUTE) == ""


def test_a_tick_whose_clock_jumped_takes_no_step_and_is_no_complete_run(committed_db, as_role, monkeypatch):
    as_role("worker")
    JobRun.objects.create(
        job="tick", started_at=datetime(2036, 1, 1, tzinfo=UTC), finished_at=datetime(2036, 1, 1, tzinfo=UTC)
    )
    with platform_work("uji"):
        run = tasks.run_tick()
    assert (run.note, run.checked, run.finished_at is not None) == (BACK, 0, True)
    from katingan_portal.tenancy.models import Regency

    with applied(Scope(Regency.objects.get(code="62.06").pk)):
        assert not ChaseStep.objects.exists()
