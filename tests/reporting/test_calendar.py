from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.duties.rules import DueKind, DueRule, DueShift, PeriodType
from reporting.periods.calendar import (
    Grace,
    OfficeCalendar,
    chase_moment,
    due_after,
    end_of_working_day,
    in_words,
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


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(-700, 700), st.booleans(), st.data())
def test_shift_far_away_lands_where_walking_day_by_day_does(day, offset, saturday, data):
    near = st.integers(-1200, 1200).map(lambda days: day + timedelta(days=days))
    calendar = OfficeCalendar(dict.fromkeys(data.draw(st.sets(near, max_size=60)), "libur"), saturday)
    walked, step = day, timedelta(days=1 if offset > 0 else -1)
    for _ in range(abs(offset)):
        walked += step
        while not calendar.is_working_day(walked):
            walked += step
    assert calendar.shift(day, offset) == walked


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


# --- every kind of period -------------------------------------------------------------------------------------------

TYPES = st.sampled_from(list(PeriodType))
LONG = st.dates(date(1950, 1, 1), date(2150, 12, 31))
GRACES = st.one_of(st.none(), st.builds(Grace, st.integers(1, 10), st.just("tanpa sinyal")))
LENGTHS = {
    PeriodType.WEEKLY: {7},
    PeriodType.TWICE_MONTHLY: {13, 14, 15, 16},
    PeriodType.MONTHLY: {28, 29, 30, 31},
    PeriodType.QUARTERLY: {90, 91, 92},
    PeriodType.HALF_YEARLY: {181, 182, 184},
    PeriodType.YEARLY: {365, 366},
}


@st.composite
def due_rules(draw):
    kind = draw(st.sampled_from(list(DueKind)))
    most = {DueKind.WEEKDAY: 7, DueKind.DAY_OF_MONTH: 31}.get(kind, 40)
    return DueRule(kind, draw(st.integers(1, most)), draw(st.sampled_from(list(DueShift))))


@st.composite
def offices(draw):
    holidays = draw(st.dictionaries(st.dates(date(2023, 12, 1), date(2026, 3, 1)), st.just("libur"), max_size=120))
    return OfficeCalendar(holidays, draw(st.booleans()))


@settings(max_examples=1500)
@given(TYPES, LONG)
def test_every_day_is_in_one_period_of_each_type_and_the_key_leads_back(kind, day):
    period = period_of(kind, day)
    assert period.starts_on <= day <= period.ends_on
    assert (period.ends_on - period.starts_on).days + 1 in LENGTHS[kind]
    assert period_from_key(period.key) == period
    assert {period_of(kind, each) for each in (period.starts_on, period.ends_on)} == {period}


@settings(max_examples=1500)
@given(TYPES, LONG)
def test_periods_follow_one_another_without_gap_or_overlap(kind, day):
    period = period_of(kind, day)
    assert period.next.starts_on == period.ends_on + timedelta(days=1)
    assert period.next.previous == period
    assert period.previous.next == period


@pytest.mark.parametrize("kind", PeriodType)
def test_a_century_is_covered_day_by_day_with_keys_and_labels_used_once(kind):
    periods = list(periods_between(kind, date(1999, 12, 27), date(2100, 1, 3)))
    covered = sum((p.ends_on - p.starts_on).days + 1 for p in periods)
    assert covered == (periods[-1].ends_on - periods[0].starts_on).days + 1
    assert len({p.key for p in periods}) == len({p.label for p in periods}) == len(periods)


def test_labels_of_different_types_are_never_the_same():
    labels = [p.label for kind in PeriodType for p in periods_between(kind, date(2020, 1, 1), date(2030, 12, 31))]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("day", "key", "first", "last", "label"),
    [
        (date(2020, 12, 31), "2020W53", date(2020, 12, 28), date(2021, 1, 3),
         "Minggu ke-53, 28 Desember 2020–3 Januari 2021"),
        (date(2021, 1, 3), "2020W53", date(2020, 12, 28), date(2021, 1, 3),
         "Minggu ke-53, 28 Desember 2020–3 Januari 2021"),
        (date(2026, 1, 1), "2026W01", date(2025, 12, 29), date(2026, 1, 4),
         "Minggu ke-1, 29 Desember 2025–4 Januari 2026"),
        (date(2026, 2, 1), "2026W05", date(2026, 1, 26), date(2026, 2, 1), "Minggu ke-5, 26 Januari–1 Februari 2026"),
        (date(2024, 12, 30), "2025W01", date(2024, 12, 30), date(2025, 1, 5),
         "Minggu ke-1, 30 Desember 2024–5 Januari 2025"),
    ],
)  # fmt: skip
def test_weeks_are_those_of_iso_also_over_the_year_end(day, key, first, last, label):
    period = period_of(PeriodType.WEEKLY, day)
    assert (period.key, period.starts_on, period.ends_on, period.label) == (key, first, last, label)


@pytest.mark.parametrize(
    ("kind", "day", "key", "last"),
    [
        (PeriodType.TWICE_MONTHLY, date(2024, 2, 29), "202402B", date(2024, 2, 29)),
        (PeriodType.TWICE_MONTHLY, date(2026, 2, 15), "202602A", date(2026, 2, 15)),
        (PeriodType.MONTHLY, date(2000, 2, 29), "200002", date(2000, 2, 29)),
        (PeriodType.MONTHLY, date(2100, 2, 28), "210002", date(2100, 2, 28)),
        (PeriodType.QUARTERLY, date(2026, 12, 31), "2026Q4", date(2026, 12, 31)),
        (PeriodType.HALF_YEARLY, date(2026, 7, 1), "2026S2", date(2026, 12, 31)),
        (PeriodType.YEARLY, date(2024, 12, 31), "2024", date(2024, 12, 31)),
    ],
)
def test_leap_years_and_year_ends(kind, day, key, last):
    period = period_of(kind, day)
    assert (period.key, period.ends_on) == (key, last)


# --- due days -------------------------------------------------------------------------------------------------------


@settings(max_examples=1500)
@given(TYPES, st.dates(date(2024, 1, 1), date(2025, 12, 31)), due_rules(), offices(), ZONES, GRACES)
def test_due_falls_after_the_period_on_a_working_day_at_the_end_of_the_local_day(
    kind, day, rule, calendar, zone, grace
):
    period = period_of(kind, day)
    due = due_after(period, rule, calendar, zone, grace)
    on = due.moment.date()
    assert due.moment == datetime.combine(on, time(23, 59), tzinfo=zone)
    assert on > period.ends_on, "nobody reports about days that are still to come"
    if grace or rule.kind == DueKind.WORKING_DAYS or rule.shift != DueShift.NONE:
        assert calendar.is_working_day(on)
    assert due.sentence.endswith(f"{in_words(on)}, pukul 23.59.")
    assert all(period.ends_on < skipped < on and calendar.is_weekday(skipped) for skipped, _ in due.skipped)


@settings(max_examples=500)
@given(TYPES, st.dates(date(2024, 1, 1), date(2025, 12, 31)), due_rules(), offices(), ZONES)
def test_shifted_days_are_the_nearest_that_the_rule_allows(kind, day, rule, calendar, zone):
    period = period_of(kind, day)
    named = due_after(period, DueRule(rule.kind, rule.count, DueShift.NONE), calendar, zone).moment.date()
    due = due_after(period, rule, calendar, zone).moment.date()
    between = [named + timedelta(days=n) for n in range((due - named).days)]
    between += [due + timedelta(days=n + 1) for n in range((named - due).days)]
    assert not any(calendar.is_working_day(each) for each in between)


@given(st.dates(date(2024, 1, 1), date(2025, 12, 31)), st.integers(1, 20), offices())
def test_an_office_open_on_saturday_is_never_due_later_than_one_that_is_not(day, count, calendar):
    rule = DueRule(count=count)
    five, six = (OfficeCalendar(calendar.holidays, works) for works in (False, True))
    assert due_after(month(day), rule, six, WIB).moment <= due_after(month(day), rule, five, WIB).moment


@given(
    st.dates(date(2024, 1, 1), date(2025, 12, 31)), due_rules(), offices(), st.dates(date(2024, 1, 1), date(2026, 2, 1))
)
def test_one_holiday_more_never_brings_a_due_day_forward_unless_the_rule_says_so(day, rule, calendar, extra):
    more = OfficeCalendar({**calendar.holidays, extra: "libur"}, calendar.works_saturday)
    before, after = (due_after(month(day), rule, each, WIB).moment for each in (calendar, more))
    if rule.shift != DueShift.PREVIOUS or rule.kind == DueKind.WORKING_DAYS:
        assert after >= before


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        (ZoneInfo("Asia/Makassar"), "2026-01-15T16:59:59+00:00", "2026-01-15T17:00:00+00:00"),
        (ZoneInfo("Asia/Jayapura"), "2026-01-15T16:59:59+00:00", "2026-01-15T17:00:00+00:00"),
        (WIB, "2026-01-15T17:00:00+00:00", "2026-01-16T16:59:59+00:00"),
    ],
)
def test_two_moments_of_one_local_day_give_the_same_dates(zone, first, second):
    moments = [datetime.fromisoformat(each) for each in (first, second)]
    assert {m.astimezone(zone).date() for m in moments} == {date(2026, 1, 16)}
    assert len({chase_moment(m, 2, OfficeCalendar(), zone) for m in moments}) == 1
    assert len({end_of_working_day(m, 3, OfficeCalendar(), zone) for m in moments}) == 1


def test_the_second_before_local_midnight_belongs_to_the_day_before():
    before, after = (datetime.fromisoformat(f"2026-01-15T{each}+00:00") for each in ("16:59:59", "17:00:00"))
    assert end_of_working_day(before, 1, OfficeCalendar(), WIB).date() == date(2026, 1, 16)
    assert end_of_working_day(after, 1, OfficeCalendar(), WIB).date() == date(2026, 1, 19)


@pytest.mark.parametrize(
    ("key", "rule", "sentence"),
    [
        ("202601", DueRule(count=10), "Hari kerja ke-10 setelah Januari 2026 berakhir: Jumat, 13 Februari 2026"),
        ("2026W05", DueRule(count=2),
         "Hari kerja ke-2 setelah minggu 26 Januari–1 Februari 2026 berakhir: Selasa, 3 Februari 2026"),
        ("202601A", DueRule(DueKind.CALENDAR_DAYS, 2),
         "Hari ke-2 setelah periode 1–15 Januari 2026 berakhir jatuh pada Sabtu, 17 Januari 2026, saat kantor tutup, "
         "jadi diundur ke hari kerja berikutnya: Senin, 19 Januari 2026"),
        ("202601", DueRule(DueKind.CALENDAR_DAYS, 7, DueShift.PREVIOUS),
         "Hari ke-7 setelah Januari 2026 berakhir jatuh pada Sabtu, 7 Februari 2026, saat kantor tutup, "
         "jadi dimajukan ke hari kerja sebelumnya: Jumat, 6 Februari 2026"),
        ("202601", DueRule(DueKind.CALENDAR_DAYS, 7, DueShift.NONE),
         "Hari ke-7 setelah Januari 2026 berakhir: Sabtu, 7 Februari 2026"),
        ("202601", DueRule(DueKind.CALENDAR_DAYS, 1, DueShift.PREVIOUS),
         "Hari ke-1 setelah Januari 2026 berakhir jatuh pada Minggu, 1 Februari 2026, saat kantor tutup, "
         "jadi diundur ke hari kerja berikutnya: Senin, 2 Februari 2026"),
        ("2026Q1", DueRule(DueKind.DAY_OF_MONTH, 10),
         "Tanggal 10 bulan berikutnya setelah triwulan I 2026 berakhir: Jumat, 10 April 2026"),
        ("202601", DueRule(DueKind.DAY_OF_MONTH, 31, DueShift.NONE),
         "Hari terakhir bulan berikutnya setelah Januari 2026 berakhir (bulan itu tidak sampai tanggal 31): "
         "Sabtu, 28 Februari 2026"),
        ("2025S2", DueRule(DueKind.WEEKDAY, 5),
         "Jumat pertama setelah semester II 2025 berakhir: Jumat, 2 Januari 2026"),
        ("2025", DueRule(count=1), "Hari kerja ke-1 setelah tahun 2025 berakhir: Kamis, 1 Januari 2026"),
    ],
)  # fmt: skip
def test_the_sentence_reads_well_for_every_rule(key, rule, sentence):
    due = due_after(period_from_key(key), rule, OfficeCalendar(), WIB)
    assert due.sentence == f"{sentence}, pukul 23.59."


def test_the_sentence_names_the_grace_and_its_reason():
    grace = Grace(3, "sebagian besar desa tanpa sinyal")
    due = due_after(period_from_key("202601"), DueRule(), OfficeCalendar(), WIB, grace)
    assert due.sentence == (
        "Hari kerja ke-10 setelah Januari 2026 berakhir, ditambah 3 hari kerja (sebagian besar desa tanpa sinyal): "
        "Rabu, 18 Februari 2026, pukul 23.59."
    )
