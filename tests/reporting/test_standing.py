"""One definition of late: Python, SQL, the measures, the API and the chase agree on a corpus of cases."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Agency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.dashboards.measures import district_rates, late_list, rates_by_agency
from reporting.duties.models import ReportForm
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, is_overdue, standing_of, with_standing

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
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
                            agency=agency, form=form, form_version=version, period=f"{number:06d}", rule={},
                            raised_at=NOW, starts_on="2026-10-01", ends_on="2026-10-31",
                            due_at=due_at, original_due_at=due_at, first_submitted_at=first,
                            waived_at=NOW if waived else None, waived_reason="uji" if waived else "",
                        )  # fmt: skip
        yield list(Obligation.objects.order_by("pk"))


def test_python_and_sql_and_measures_agree(corpus):
    assert len(corpus) >= 200
    in_sql = {o.pk: o.standing for o in with_standing(Obligation.objects.all(), NOW)}
    in_python = {o.pk: standing_of(o, NOW) for o in corpus}
    assert in_sql == in_python
    by_standing = {s: [pk for pk, found in in_python.items() if found == s] for s in Standing}
    assert all(by_standing.values()), "the corpus has every standing"
    assert set(by_standing[Standing.OVERDUE]) == set(late_list(NOW).values_list("pk", flat=True))
    assert set(by_standing[Standing.OVERDUE]) == set(
        Obligation.objects.filter(is_overdue(NOW)).values_list("pk", flat=True)
    )


def test_rates_count_what_is_due_and_leave_out_what_is_waived(corpus):
    rates = district_rates(NOW)
    due = [o for o in corpus if o.due_at < NOW and not o.waived_at]
    on_time = [o for o in due if standing_of(o, NOW) == Standing.ON_TIME]
    assert rates.expected == len(due)
    assert rates.on_time == len(on_time)
    assert rates.completeness == rates.received / rates.expected
    assert sum(line.rates.overdue for line in rates_by_agency(NOW)) == rates.overdue


def test_an_empty_rate_is_no_rate(katingan):
    with applied(Scope(katingan.pk)):
        assert district_rates(datetime(2020, 1, 1, tzinfo=UTC)).completeness is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([period_from_key(f"2026{m:02d}").key for m in range(1, 13)]), st.integers(-5, 5))
def test_a_submission_exactly_at_the_due_moment_is_on_time(key, seconds):
    obligation = Obligation(regency_id=1, period=key, due_at=NOW, first_submitted_at=NOW + timedelta(seconds=seconds))
    assert (standing_of(obligation, NOW) == Standing.ON_TIME) == (seconds <= 0)
