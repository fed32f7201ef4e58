from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporting.chasing.policy import Rung, next_step

DUE = datetime(2026, 11, 13, 16, 59, tzinfo=UTC)
LADDER = [
    Rung(1, -3, DUE - timedelta(days=3)),
    Rung(2, 1, DUE + timedelta(days=3)),
    Rung(3, 7, DUE + timedelta(days=11)),
]
NOTHING = frozenset()


def at(days):
    return DUE + timedelta(days=days)


def test_before_the_first_rung_only_the_next_look_is_set():
    decision = next_step(LADDER, NOTHING, DUE, at(-10))
    assert (decision.fire, decision.supersede, decision.next_at) == (None, (), LADDER[0].at)


def test_a_due_rung_fires_once_and_points_to_the_next():
    assert next_step(LADDER, NOTHING, DUE, at(-2)).fire == LADDER[0]
    again = next_step(LADDER, frozenset({1}), DUE, at(-2))
    assert (again.fire, again.next_at) == (None, LADDER[1].at)


def test_after_an_outage_only_the_right_step_fires():
    decision = next_step(LADDER, NOTHING, DUE, at(20))
    assert decision.fire == LADDER[2]
    assert decision.supersede == (LADDER[0], LADDER[1])
    assert decision.next_at is None


def test_a_reminder_is_superseded_once_the_report_is_overdue():
    decision = next_step(LADDER, NOTHING, DUE, at(1))
    assert (decision.fire, decision.supersede, decision.next_at) == (None, (LADDER[0],), LADDER[1].at)


@given(
    st.lists(st.integers(-20, 30), min_size=1, max_size=8, unique=True),
    st.lists(st.integers(-30, 60), min_size=1, max_size=15),
)
def test_whatever_the_outages_no_step_is_taken_twice_and_none_is_forgotten(offsets, looks):
    """Looks at random moments, each followed by what it decided: every come rung ends in exactly one state."""
    rungs = [Rung(n, offset, at(offset)) for n, offset in enumerate(sorted(offsets))]
    fired, superseded = [], []
    for moment in sorted(at(days) for days in looks):
        taken = frozenset(rung.step_id for rung in fired + superseded)
        decision = next_step(rungs, taken, DUE, moment)
        fired += [decision.fire] if decision.fire else []
        superseded += decision.supersede
        ids = [rung.step_id for rung in fired + superseded]
        assert len(ids) == len(set(ids))
        assert {rung.step_id for rung in rungs if rung.at <= moment} == set(ids)
        assert decision.next_at == min((rung.at for rung in rungs if rung.at > moment), default=None)
        assert decision.fire is None or decision.fire.offset >= 0 or moment <= DUE
    assert fired == sorted(fired, key=lambda rung: rung.at)
