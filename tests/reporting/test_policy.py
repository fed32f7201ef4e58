"""The pure policy, on examples and on random ladders, calendars, outages, moved due moments and broken promises."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from reporting.chasing.policy import MOST_REPEATS, Rung, Step, next_step, rungs_until
from reporting.periods.calendar import OfficeCalendar, chase_moment, end_of_day

DUE = datetime(2026, 11, 13, 16, 59, tzinfo=UTC)
WIB = ZoneInfo("Asia/Pontianak")


def at(days):
    return DUE + timedelta(days=days)


REMINDER, FIRST, SECOND = LADDER = [Rung(1, -3, at(-3)), Rung(2, 1, at(3)), Rung(3, 7, at(11))]


def keys(*rungs):
    return frozenset(rung.key for rung in rungs)


def test_before_the_first_rung_only_the_next_look_is_set():
    decision = next_step(LADDER, DUE, at(-10))
    assert (decision.fire, decision.supersede, decision.next_at) == (None, (), REMINDER.at)


def test_a_due_rung_fires_once_and_points_to_the_next():
    assert next_step(LADDER, DUE, at(-2)).fire == REMINDER
    again = next_step(LADDER, DUE, at(-2), taken=keys(REMINDER))
    assert (again.fire, again.next_at) == (None, FIRST.at)


def test_after_an_outage_only_the_right_step_fires():
    decision = next_step(LADDER, DUE, at(20))
    assert (decision.fire, decision.supersede, decision.next_at) == (SECOND, (REMINDER, FIRST), None)


def test_a_reminder_is_superseded_once_the_report_is_overdue():
    decision = next_step(LADDER, DUE, at(1))
    assert (decision.fire, decision.supersede, decision.next_at) == (None, (REMINDER,), FIRST.at)


def test_what_climbed_does_not_step_down_again():
    decision = next_step(LADDER, DUE, at(4), taken=keys(SECOND))
    assert (decision.fire, decision.supersede, decision.next_at) == (None, (REMINDER, FIRST), None)


def test_a_broken_promise_resumes_one_step_higher():
    assert next_step(LADDER, DUE, at(4), taken=keys(REMINDER), is_broken=True).fire == SECOND
    assert next_step(LADDER, DUE, at(4), taken=keys(REMINDER)).fire == FIRST


def test_a_broken_promise_at_the_top_says_the_top_if_it_was_not_said():
    assert next_step(LADDER, DUE, at(12), taken=keys(REMINDER, FIRST), is_broken=True).fire == SECOND
    assert next_step(LADDER, DUE, at(12), taken=keys(*LADDER), is_broken=True).fire is None


def test_a_moved_due_moment_repeats_only_what_lies_ahead_again():
    moved = [Rung(1, -3, at(-1)), Rung(2, 1, at(5)), Rung(3, 7, at(13))]
    later = next_step(moved, at(2), at(0), taken_before={REMINDER.key: at(-3)})
    assert (later.fire, later.next_at) == (moved[0], moved[1].at)
    earlier = next_step(moved, at(2), at(0), taken_before={REMINDER.key: at(-1)})
    assert (earlier.fire, earlier.supersede, earlier.next_at) == (None, (), moved[1].at)


def test_a_step_that_repeats_comes_again_until_it_is_settled():
    rungs = rungs_until([Step(1, 2, repeat_every=5)], at, at(13))
    assert [(rung.occurrence, rung.offset) for rung in rungs] == [(0, 2), (10, 12), (15, 17)]
    decision = next_step(rungs, DUE, at(13), taken=frozenset({(1, 0)}))
    assert (decision.fire, decision.supersede, decision.next_at) == (rungs[1], (), at(17))


def naively(step: Step, moment_of, now):
    """Each repetition counted: the first time, the latest that has come, and the next."""
    rungs = [Rung(step.step_id, step.offset, moment_of(step.offset))]
    for times in range(1, MOST_REPEATS if step.repeat_every else 0):
        if rungs[-1].at > now:
            break
        later = times * step.repeat_every
        rungs.append(Rung(step.step_id, step.offset + later, moment_of(step.offset + later), later))
    return rungs if len(rungs) < 4 else [rungs[0], *rungs[-2:]]


closed_years = st.sets(st.integers(0, 1500).map(lambda n: date(2026, 9, 1) + timedelta(days=n)), max_size=80)


@given(st.integers(-5, 40), st.integers(0, 60), closed_years, st.booleans(), st.integers(-60, 1400))
def test_a_step_is_seen_as_if_each_repetition_were_counted(offset, repeat, holidays, saturday, age):
    calendar, step = OfficeCalendar(dict.fromkeys(holidays, "libur"), saturday), Step(1, offset, repeat)
    due = end_of_day(date(2026, 11, 13), WIB)

    def moment_of(days):
        return chase_moment(due, days, calendar, WIB)

    assert rungs_until([step], moment_of, due + timedelta(days=age)) == naively(
        step, moment_of, due + timedelta(days=age)
    )


def test_where_repetitions_end_is_the_same_as_well():
    step, end = Step(1, 0, 2), 2 * (MOST_REPEATS - 1)
    for age in (end - 1, end, end + 1, 10 * end):
        assert rungs_until([step], at, at(age)) == naively(step, at, at(age))


def test_a_step_that_is_years_overdue_asks_the_calendar_hardly_more_often_than_a_young_one():
    def asked(age: int) -> int:
        days: list[int] = []
        rungs_until([Step(1, 1, 5)], lambda offset: days.append(offset) or at(offset), at(age))
        assert max(days) <= 2 * age + 10, "looked far ahead"
        return len(days)

    # 13 doublings and halvings more for 866 repetitions instead of 3.
    assert asked(365 * 12) <= asked(16) + 20


ladders = st.lists(
    st.tuples(st.integers(-20, 40), st.sampled_from([0, 0, 0, 1, 3, 5])),
    min_size=1,
    max_size=8,
    unique_by=lambda s: s[0],
).map(lambda steps: [Step(n, offset, repeat if offset > 0 else 0) for n, (offset, repeat) in enumerate(sorted(steps))])
closed_days = st.sets(st.integers(0, 200).map(lambda n: date(2026, 9, 1) + timedelta(days=n)), max_size=60)
looks_at = st.lists(st.integers(-24 * 40, 24 * 90), min_size=1, max_size=25)


@given(ladders, closed_days, st.booleans(), looks_at)
def test_whatever_the_ladder_calendar_and_outages_each_rung_has_one_end_and_the_right_one_fires(
    steps, holidays, saturday, hours
):
    calendar = OfficeCalendar(dict.fromkeys(holidays, "libur"), saturday)
    due = end_of_day(date(2026, 11, 13), WIB)
    fired, superseded = [], []
    for now in sorted(due + timedelta(hours=hour) for hour in hours):
        rungs = rungs_until(steps, lambda offset: chase_moment(due, offset, calendar, WIB), now)
        decision = next_step(rungs, due, now, taken=keys(*fired, *superseded))
        come = {rung.key for rung in rungs if rung.at <= now}
        if decision.fire:
            assert decision.fire.at <= now
            assert decision.fire.offset > 0 or now <= due, "a reminder of what is overdue"
            assert decision.fire == max(
                (r for r in rungs if r.key in come), key=lambda r: (r.at, r.offset, r.step_id)
            ), "not the latest"
            assert not fired or decision.fire.height > fired[-1].height, "stepped down"
        fired += [decision.fire] if decision.fire else []
        superseded += decision.supersede
        ends = [rung.key for rung in fired + superseded]
        assert len(ends) == len(set(ends)), "a rung has two ends"
        assert come <= set(ends), "a rung was forgotten"
        assert decision.next_at == min((rung.at for rung in rungs if rung.at > now), default=None)
        assert next_step(rungs, due, now, taken=frozenset(ends)).fire is None, "a second look repeats it"


@given(ladders, st.integers(1, 24 * 60), st.integers(0, 24 * 60), looks_at)
def test_a_broken_promise_climbs_at_least_one_step_and_nothing_is_said_twice(steps, made, waited, hours):
    fired, superseded = [], []
    broken_at = at(0) + timedelta(hours=made + waited)
    is_broken = True
    for now in sorted([at(0) + timedelta(hours=made), broken_at, *(at(0) + timedelta(hours=hour) for hour in hours)]):
        if at(0) + timedelta(hours=made) < now < broken_at:
            continue
        rungs = rungs_until(steps, at, now)
        breaks = is_broken and now >= broken_at
        highest = max((rung.height for rung in fired), default=None)
        decision = next_step(rungs, DUE, now, taken=keys(*fired, *superseded), is_broken=breaks)
        if breaks and decision.fire and any(r.offset > 0 and r.at > now for r in rungs):
            left = [r for r in rungs if r.at <= now and r.key not in keys(*fired, *superseded)]
            assert decision.fire.height > max([highest or (-99, 0), *(r.height for r in left)]), "no step higher"
        is_broken = is_broken and not breaks
        fired += [decision.fire] if decision.fire else []
        superseded += decision.supersede
        ends = [rung.key for rung in fired + superseded]
        assert len(ends) == len(set(ends))


def test_a_step_that_is_younger_than_its_moment_is_passed_over():
    rungs = rungs_until([Step(1, 2, repeat_every=5, counts_from=at(8))], at, at(8))
    assert [(rung.occurrence, rung.offset) for rung in rungs] == [(10, 12)]
    assert rungs_until([Step(1, 2, counts_from=at(2))], at, at(8)) == [Rung(1, 2, at(2))]
    assert rungs_until([Step(1, 9, counts_from=at(20))], at, at(8)) == [Rung(1, 9, at(9))], "what is ahead is ahead"


def test_what_was_reached_under_another_ladder_is_not_sent_again():
    assert next_step(LADDER, DUE, at(20), reached=7).fire is None
    assert next_step(LADDER, DUE, at(20), reached=6).fire == SECOND
    assert next_step(LADDER, DUE, at(4), reached=1, is_broken=True).fire == SECOND


@given(ladders, ladders, closed_days, st.integers(-24 * 40, 24 * 90), looks_at)
def test_whatever_a_ladder_becomes_it_goes_on_above_what_was_reached(before, after, holidays, edited, hours):
    calendar = OfficeCalendar(dict.fromkeys(holidays, "libur"))
    due = end_of_day(date(2026, 11, 13), WIB)
    other = [Step(step.step_id + 100, step.offset, step.repeat_every) for step in after]
    taken, sent = {}, []
    for hour in sorted(hours):
        now = due + timedelta(hours=hour)
        ladder = before if hour < edited else other
        rungs = rungs_until(ladder, lambda offset: chase_moment(due, offset, calendar, WIB), now)
        reached = max(taken.values(), default=None)
        decision = next_step(rungs, due, now, taken=frozenset(taken), reached=reached)
        if decision.fire:
            assert reached is None or decision.fire.offset > reached, "sent again, or stepped down"
            sent.append(decision.fire.offset)
        taken |= {rung.key: rung.offset for rung in [*decision.supersede, *filter(None, [decision.fire])]}
        assert {rung.key for rung in rungs if rung.at <= now} <= set(taken), "a rung was forgotten"
    assert sent == sorted(set(sent))


@given(st.integers(1, 10), st.integers(1, 12), st.integers(1, 12), closed_days, st.integers(0, 24 * 90), looks_at)
def test_a_step_that_repeats_at_another_pace_skips_no_repetition(offset, before, after, holidays, edited, hours):
    calendar = OfficeCalendar(dict.fromkeys(holidays, "libur"))
    due = end_of_day(date(2026, 11, 13), WIB)
    taken = {}
    for hour in sorted(hours):
        now = due + timedelta(hours=hour)
        step = Step(1, offset, before if hour < edited else after)
        rungs = rungs_until([step], lambda days: chase_moment(due, days, calendar, WIB), now)
        reached = max(taken.values(), default=None)
        decision = next_step(rungs, due, now, taken=frozenset(taken), reached=reached)
        come = [rung for rung in rungs if rung.at <= now]
        is_new = bool(come) and (reached is None or come[-1].offset > reached)
        assert decision.fire == (come[-1] if is_new else None), "skipped, or sent again"
        assert decision.next_at == rungs[-1].at, "not looked at when the next repetition comes"
        taken |= {rung.key: rung.offset for rung in [*decision.supersede, *filter(None, [decision.fire])]}
