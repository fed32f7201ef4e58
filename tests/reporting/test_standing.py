"""One definition of late: Python, SQL, the measures, the API and the chase agree on a corpus of cases."""

from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import Scope, applied
from reporting.dashboards.measures import Dimension, Slice, late_list, rates_by, rates_of
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import (
    Standing,
    days_late_in_sql,
    days_late_of,
    is_late,
    is_overdue,
    standing_of,
    with_standing,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
WIB = ZoneInfo("Asia/Pontianak")
ALL = Slice(NOW, WIB)
SECOND = timedelta(seconds=1)
OFFSETS = [None, *(timedelta(days=d) for d in (-40, -1)), -SECOND, timedelta(0), SECOND, timedelta(days=3)]


@pytest.fixture
def corpus(katingan, scope_for):
    """Every mix of due, submitted and waived moments around now, midnight and each other: 7 × 7 × 2 × 3 cases."""
    with applied(scope_for("gita")):
        Obligation.objects.all().delete()
        form = ReportForm.objects.get(code="laporan-bulanan")
        version = form.versions.get()
        agencies = list(Agency.objects.filter(is_slot=False)[:3])
        number = 0
        for agency in agencies:
            for due in OFFSETS[1:]:
                for sent in OFFSETS:
                    for waived in (False, True):
                        due_at = NOW + due
                        first = None if sent is None else due_at + sent
                        number += 1
                        Obligation.objects.create(
                            agency=agency, form=form, form_version=version, rule={},
                            period=f"{2000 + number // 12}{number % 12 + 1:02d}",
                            raised_at=NOW, starts_on="2026-10-01", ends_on="2026-10-31",
                            due_at=due_at, original_due_at=due_at, first_submitted_at=first,
                            waived_at=NOW if waived else None, waived_reason="uji" if waived else "",
                        )  # fmt: skip
        yield list(Obligation.objects.order_by("pk"))


def test_python_and_sql_and_measures_agree(corpus):
    assert len(corpus) >= 200
    in_sql = {o.pk: o.standing for o in with_standing(Obligation.objects.all(), NOW, WIB)}
    in_python = {o.pk: standing_of(o, NOW) for o in corpus}
    assert in_sql == in_python
    by_standing = {s: [pk for pk, found in in_python.items() if found == s] for s in Standing}
    assert all(by_standing.values()), "the corpus has every standing"
    assert set(by_standing[Standing.OVERDUE]) == set(late_list(ALL).values_list("pk", flat=True))
    assert set(by_standing[Standing.OVERDUE]) == set(
        Obligation.objects.filter(is_overdue(NOW)).values_list("pk", flat=True)
    )


def test_days_late_agree_in_python_and_sql_and_in_the_median(corpus):
    in_sql = dict(
        Obligation.objects.annotate(days=days_late_in_sql(NOW, WIB)).values_list("pk", "days"),
    )
    in_python = {o.pk: days_late_of(o, NOW, WIB) for o in corpus}
    assert in_sql == in_python
    late = [days for days in in_python.values() if days]
    assert len(late) == Obligation.objects.filter(is_late(NOW)).count()
    assert rates_of(ALL).median_days_late == median(late)


def test_rates_count_what_is_due_and_leave_out_what_is_waived(corpus):
    rates = rates_of(ALL)
    due = [o for o in corpus if o.due_at < NOW and not o.waived_at]
    on_time = [o for o in due if standing_of(o, NOW) == Standing.ON_TIME]
    assert rates.expected == len(due)
    assert rates.on_time == len(on_time)
    assert rates.completeness == rates.received / rates.expected


@pytest.mark.parametrize("dimension", [Dimension.AGENCY, Dimension.FORM, Dimension.PERIOD])
def test_the_lines_of_a_dimension_add_up_to_the_whole(corpus, dimension):
    whole = rates_of(ALL)
    lines = rates_by(dimension, ALL)
    for name in ("expected", "received", "on_time", "accepted", "overdue", "waived", "not_due"):
        assert sum(getattr(line.rates, name) for line in lines) == getattr(whole, name)


@pytest.fixture
def raised(katingan, scope_for):
    """The real decree's obligations as of now."""
    with applied(scope_for("gita")):
        raise_obligations(katingan, now=NOW, by=Actor.system("uji"))
    return katingan


def test_kecamatan_lines_hold_the_offices_of_kecamatan_only(raised, scope_for):
    with applied(scope_for("gita")):
        lines = rates_by(Dimension.SUBDISTRICT, ALL)
        assert len(lines) == 13
        office = Agency.objects.get(code="kecamatan-katingan-hilir")
        own = rates_of(Slice(NOW, WIB, agency_id=office.pk))
        assert next(line for line in lines if line.key == office.subdistrict_id).rates == own


def test_an_obligation_counts_under_each_duty_it_was_raised_for(raised, scope_for):
    with applied(scope_for("gita")):
        lines = {line.key: line.rates for line in rates_by(Dimension.DUTY, ALL)}
        for duty_id, rates in lines.items():
            rows = [o for o in Obligation.objects.all() if duty_id in o.rule["duties"]]
            assert rates.expected + rates.not_due + rates.waived == len(rows)
        assert lines
        assert len(lines) == len({duty for o in Obligation.objects.all() for duty in o.rule["duties"]})


def test_an_empty_rate_is_no_rate(katingan):
    with applied(Scope(katingan.pk)):
        empty = rates_of(Slice(datetime(2020, 1, 1, tzinfo=UTC), WIB))
        assert (empty.completeness, empty.median_days_late) == (None, None)


@pytest.mark.parametrize(
    ("due", "came", "days"),
    [
        ("2026-11-13 23:59", "2026-11-13 23:59", 0),
        ("2026-11-13 23:59", "2026-11-13 23:59:30", 1),
        ("2026-11-13 23:59", "2026-11-14 00:00", 1),
        ("2026-11-13 23:59", "2026-11-16 08:00", 3),
        ("2026-12-31 23:59", "2027-01-01 00:00", 1),
    ],
)
def test_days_late_follow_the_local_calendar(due, came, days):
    due_at, came_at = (datetime.fromisoformat(each).replace(tzinfo=WIB) for each in (due, came))
    obligation = Obligation(regency_id=1, due_at=due_at, first_submitted_at=came_at)
    assert days_late_of(obligation, NOW, WIB) == days


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([period_from_key(f"2026{m:02d}").key for m in range(1, 13)]), st.integers(-5, 5))
def test_a_submission_exactly_at_the_due_moment_is_on_time(key, seconds):
    obligation = Obligation(regency_id=1, period=key, due_at=NOW, first_submitted_at=NOW + timedelta(seconds=seconds))
    assert (standing_of(obligation, NOW) == Standing.ON_TIME) == (seconds <= 0)
