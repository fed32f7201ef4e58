"""Repetitions taken before they were named by their days keep their place when the migration renames them."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseStep, LadderStep
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 15, 2, tzinfo=UTC)


@pytest.fixture
def taken(katingan, actor_for):
    """taken(number, offset, …) → a row as it was written when repetitions were numbered."""
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        report, step = Obligation.objects.first(), LadderStep.objects.filter(repeat_every__gt=0).first()

        def build(number: int, offset: int, round_: int = 0) -> ChaseStep:
            return ChaseStep.objects.create(
                obligation=report, step=step, clock=Clock.FILING, due_at=report.due_at + timedelta(days=round_),
                occurrence=number, state="fired", label="", offset=offset, tone="firm", planned_at=NOW, taken_at=NOW,
            )  # fmt: skip

        yield build


def renamed(rows: list[ChaseStep]) -> list[int]:
    migration = importlib.import_module("reporting.migrations.0097_repetitions_so_far")
    for statement in migration.FORWARDS:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    return [ChaseStep.objects.get(pk=row.pk).occurrence for row in rows]


def test_numbers_become_days_and_stay_so_when_it_runs_again(taken):
    """5 days apart, 10 would take the number 5's place if they were renamed one by one."""
    rows = [taken(number, 20 + 5 * number) for number in range(12)]
    assert renamed(rows) == [5 * number for number in range(12)]
    assert renamed(rows) == [5 * number for number in range(12)]


def test_each_round_counts_from_its_own_first_time(taken):
    rows = [taken(0, 20), taken(1, 25), taken(0, 22, round_=7), taken(1, 32, round_=7)]
    assert renamed(rows) == [0, 5, 0, 10]


def test_without_its_first_time_a_repetition_counts_from_the_step(taken):
    row = taken(2, 1000)
    assert renamed([row]) == [1000 - row.step.offset]


def test_two_rungs_of_one_day_stay_two(taken):
    rows = [taken(0, 20), taken(1, 30), taken(2, 30)]
    assert renamed(rows) == [0, 10, 1_000_002]
