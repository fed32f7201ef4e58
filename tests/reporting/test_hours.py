"""When a digest leaves: at each hour of each day, on any calendar and in any zone of the country."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katingan_portal.outbox.models import Contact
from reporting.chasing.hours import OFFICE_CLOSES, digest_slot, next_slot
from reporting.periods.calendar import OfficeCalendar

WIB = ZoneInfo("Asia/Pontianak")
ZONES = [WIB, ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")]
PLAIN = OfficeCalendar()


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ((14, 3), (14, 8)),
        ((14, 8), (14, 8)),
        ((14, 15, 59), (14, 15, 59)),
        ((14, 16), (15, 8)),
        ((16, 20), (19, 8)),
        ((17, 9), (19, 8)),
    ],
)
def test_a_digest_leaves_in_office_hours(now, leaves):
    at = datetime(2026, 10, *leaves, tzinfo=WIB)
    assert digest_slot(datetime(2026, 10, *now, tzinfo=WIB), 8, PLAIN, WIB) == (at.date(), at)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
hours = st.integers(Contact.EARLIEST_HOUR, Contact.LATEST_HOUR)
calendars = st.builds(
    lambda closed, saturday: OfficeCalendar(dict.fromkeys(closed, "libur"), saturday),
    st.sets(st.integers(0, 730).map(lambda n: date(2026, 1, 1) + timedelta(days=n)), max_size=200),
    st.booleans(),
)


@given(moments, hours, calendars, st.sampled_from(ZONES))
def test_whatever_the_hour_it_is_a_working_morning_never_before_now_and_never_later_than_need_be(
    now, hour, calendar, zone
):
    day, moment = digest_slot(now, hour, calendar, zone)
    local = moment.astimezone(zone)
    assert moment >= now
    assert (local.date(), calendar.is_working_day(day)) == (day, True)
    assert hour <= local.hour < OFFICE_CLOSES.hour
    today = now.astimezone(zone)
    skipped = (today.date() + timedelta(days=n) for n in range((day - today.date()).days))
    assert not [each for each in skipped if calendar.is_working_day(each) and each > today.date()]
    if day > today.date() and calendar.is_working_day(today.date()):
        assert today.time() >= OFFICE_CLOSES
    # Everything that comes up until then goes into the same digest.
    assert digest_slot(moment, hour, calendar, zone) == (day, moment)


@given(moments, hours, calendars, st.sampled_from(ZONES))
def test_the_next_digest_is_that_of_the_next_working_day(now, hour, calendar, zone):
    day, _ = digest_slot(now, hour, calendar, zone)
    following, moment = next_slot(day, hour, calendar, zone)
    assert following == calendar.shift(day, 1)
    assert moment.astimezone(zone).replace(tzinfo=None) == datetime(
        following.year, following.month, following.day, hour
    )
