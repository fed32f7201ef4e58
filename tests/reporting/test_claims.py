"""The clock of a claimed row: `claims.OBLIGATIONS` says in SQL what periods/clocks.py says in Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.claims import claim
from reporting.chasing.models import ChaseStep, Directive, LadderStep
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock, clock_beneath, running_clock
from reporting.periods.models import Obligation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 15, 2, tzinfo=UTC)
maybe = st.none() | st.integers(-50, 50).map(lambda days: NOW + timedelta(days=days))


@pytest.fixture
def report(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        Obligation.objects.update(next_chase_at=None)
        yield Obligation.objects.get(agency__code="dinkes", period="202609")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(submitted=maybe, accepted=maybe, waived=maybe, review=maybe, correction=maybe, promise=maybe)
def test_the_clock_in_sql_is_the_clock_in_python(report, submitted, accepted, waived, review, correction, promise):
    report.first_submitted_at, report.accepted_at, report.waived_at = submitted or accepted, accepted, waived
    report.waived_reason = "Tidak ada kegiatan." if waived else ""
    report.review_due_at, report.correction_due_at, report.promise_due_at = review, correction, promise
    report.next_chase_at = NOW
    report.save()
    (row,) = claim(NOW, 10)
    running = running_clock(report)
    if running is None:
        assert row.clock is None
        return
    beneath = clock_beneath(report)
    assert row.clock == (beneath[0] if beneath else None)
    if beneath:
        assert row.due_at == beneath[1]
    assert row.promise_due_at == promise
    if row.promise_due_at:
        assert running == (Clock.PROMISE, row.promise_due_at)


def test_what_was_taken_is_told_by_round(report):
    step = LadderStep.objects.get(code="tagihan-1")
    earlier = report.due_at - timedelta(days=7)
    for due_at, occurrence, taken_at in [(report.due_at, 0, NOW), (earlier, 1, NOW - timedelta(days=6))]:
        ChaseStep.objects.create(
            obligation=report, step=step, clock=Clock.FILING, due_at=due_at, occurrence=occurrence, state="fired",
            label="", offset=1, tone="firm", planned_at=taken_at, taken_at=taken_at,
        )  # fmt: skip
    Obligation.objects.filter(pk=report.pk).update(next_chase_at=NOW)
    (row,) = claim(NOW, 10)
    assert row.taken.of(Clock.FILING, report.due_at) == (
        frozenset({(step.pk, 0)}), {(step.pk, 1): NOW - timedelta(days=6)}
    )  # fmt: skip
    assert row.taken.of(Clock.REVIEW, report.due_at) == (frozenset(), {})


def test_a_directive_that_is_open_runs_beside_the_report(report):
    given = Directive.objects.create(
        obligation=report, agency=report.agency, text="Segera.", due_at=NOW, given_at=NOW, given_by_name="Hadi",
        next_chase_at=NOW,
    )  # fmt: skip
    (row,) = claim(NOW, 10)
    assert (row.obligation_id, row.directive_id, row.clock, row.due_at) == (report.pk, given.pk, Clock.DIRECTIVE, NOW)


def test_only_what_is_due_is_claimed_and_the_oldest_first(report):
    others = list(Obligation.objects.exclude(pk=report.pk).order_by("pk")[:3])
    for minutes, other in zip((3, 1, -1), others, strict=True):
        Obligation.objects.filter(pk=other.pk).update(next_chase_at=NOW - timedelta(minutes=minutes))
    assert [row.obligation_id for row in claim(NOW, 10)] == [others[0].pk, others[1].pk]
    assert [row.obligation_id for row in claim(NOW, 1)] == [others[0].pk]
