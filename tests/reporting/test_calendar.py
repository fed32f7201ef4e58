from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.duties.rules import DueRule, PeriodType
from reporting.periods.calendar import (
    OfficeCalendar,
    chase_moment,
    due_after,
    period_from_key,
    period_of,
    periods_between,
)

MONTHLY = PeriodType.MONTHLY


def month(day):
    return period_of(MONTHLY, day)


WIB = ZoneInfo("Asia/Pontianak")
ZONES = st.sampled_from([WIB, ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")])
DAYS = st.dates(date(2020, 1, 1), date(2050, 12, 31))
HOLIDAYS = st.dictionaries(DAYS, st.just("libur"), max_size=40)


@given(DAYS)
def test_month_of_a_day_contains_it_and_survives_its_key(day):
    period = month(day)
    assert period.starts_on <= day <= period.ends_on
    assert period_from_key(period.key) == period
    assert month(period.ends_on + timedelta(days=1)).starts_on == period.ends_on + timedelta(days=1)


@pytest.mark.parametrize(
    "key", ["202613", "2026-1", "20261", "", "２０２６１０", "2026W54", "2026Q5", "202601C", "0000", "2026S0"]
)
def test_period_from_key_refuses_what_is_no_period(key):
    with pytest.raises(ValueError):
        period_from_key(key)


def test_months_between_counts_over_the_year_end():
    assert [p.key for p in periods_between(MONTHLY, date(2025, 11, 30), date(2026, 2, 1))] == [
        "202511",
        "202512",
        "202601",
        "202602",
    ]


@given(DAYS, st.integers(1, 30), HOLIDAYS)
def test_shift_counts_exactly_the_working_days(day, offset, holidays):
    there = OfficeCalendar(holidays).shift(day, offset)
    between = [day + timedelta(days=n) for n in range(1, (there - day).days + 1)]
    assert OfficeCalendar(holidays).is_working_day(there)
    assert sum(OfficeCalendar(holidays).is_working_day(d) for d in between) == offset


@given(DAYS, st.integers(1, 20), HOLIDAYS)
def test_shift_back_mirrors_shift_forward_from_a_working_day(day, offset, holidays):
    calendar = OfficeCalendar(holidays)
    start = calendar.shift(day, 1)
    assert calendar.shift(calendar.shift(start, offset), -offset) == start


@given(DAYS, st.integers(1, 20), HOLIDAYS, ZONES)
def test_due_is_the_end_of_a_working_day_in_local_time(day, working_days, holidays, zone):
    due = due_after(month(day), DueRule(count=working_days), OfficeCalendar(holidays), zone)
    assert due.moment.tzinfo is zone
    assert due.moment.time() == time(23, 59)
    assert OfficeCalendar(holidays).is_working_day(due.moment.date())


def test_due_says_why_and_which_days_were_skipped():
    holidays = {date(2025, 12, 25): "Hari Raya Natal", date(2026, 1, 1): "Tahun Baru", date(2026, 1, 16): "Isra Mikraj"}
    due = due_after(period_from_key("202512"), DueRule(), OfficeCalendar(holidays), WIB)
    assert due.moment == datetime(2026, 1, 15, 23, 59, tzinfo=WIB)
    assert due.sentence == "Hari kerja ke-10 setelah Desember 2025 berakhir: Kamis, 15 Januari 2026, pukul 23.59."
    assert due.skipped == ((date(2026, 1, 1), "Tahun Baru"),)


def test_chase_moment_is_eight_in_the_morning_of_the_working_day():
    friday = datetime(2026, 11, 13, 23, 59, tzinfo=WIB)
    assert chase_moment(friday, 1, OfficeCalendar(), WIB) == datetime(2026, 11, 16, 8, 0, tzinfo=WIB)
    assert chase_moment(friday, -3, OfficeCalendar({date(2026, 11, 11): "libur"}), WIB) == datetime(
        2026, 11, 9, 8, 0, tzinfo=WIB
    )
