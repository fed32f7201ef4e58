"""The life of an obligation and its report, driven at random; see life/machine.py for what may happen.

`LIFE_RUNS` and `LIFE_STEPS` make it longer: docs/measurements.md has the figures of a long run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import applied
from reporting.duties.actions_forms import add_question, create_form, publish
from reporting.duties.models import Assignment, Indicator
from reporting.duties.queries_forms import draft_of, fingerprint_of_version
from reporting.duties.rules import PeriodType
from reporting.periods.holidays import add_grace, set_saturday_offices
from reporting.periods.models import Obligation
from tests.conftest import everything_of, person
from tests.reporting.life.machine import START, LifeOfAnObligation, World

BY = Actor.system("Uji")
AGENCIES = ("dinkes", "dinsos", "kecamatan-katingan-hilir")
GRACE = 2
# Explaining or shrinking a failure replays hundreds of runs; the steps of one run are read without.
PHASES = [Phase.generate]
RUNS, STEPS = int(os.environ.get("LIFE_RUNS", "40")), int(os.environ.get("LIFE_STEPS", "25"))


@pytest.fixture
def world(katingan, elsewhere, actor_for, scope_for) -> Iterator[World]:
    """Three agencies with two duties each: one open on Saturday, one with days of grace. Two forms."""
    people = {name: actor_for(name) for name in ("ani", "budi", "gita", "joko")}
    citra = scope_for("citra")
    foreign = everything_of(elsewhere)
    with applied(everything_of(katingan)):
        Obligation.objects.all().delete()
        Assignment.objects.exclude(agency__code__in=AGENCIES).delete()
        for agency in Agency.objects.filter(code__in=AGENCIES):
            kept = Assignment.objects.filter(agency=agency).order_by("duty__order").values("pk")[:2]
            Assignment.objects.filter(agency=agency).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
        set_saturday_offices(Agency.objects.filter(code="dinsos").values_list("pk", flat=True), by=BY)
        hilir = Agency.objects.get(code="kecamatan-katingan-hilir").subdistrict
        add_grace(hilir, working_days=GRACE, reason="Tanpa sinyal", starts_on=date(2026, 10, 1), by=BY)
        make_form()
        agencies = {row.pk: row for row in Agency.objects.filter(code__in=AGENCIES)}
        yield World(katingan, people, citra, foreign, agencies, GRACE, person("mira"))


def make_form() -> None:
    """Asked twice a month of everybody: a number, yes or no, and a table per village."""
    form = create_form(
        code="mesin", by=BY, name="Formulir mesin", period_type=PeriodType.TWICE_MONTHLY, due_count=4,
        collects_from=date(2026, 9, 1),
    )  # fmt: skip
    draft = draft_of(form)
    add_question(draft, by=BY, code="anggota", label="Anggota?", kind=Indicator.Kind.COUNT)
    add_question(draft, by=BY, code="rapat", label="Sudah rapat?", kind=Indicator.Kind.YES_NO)
    table = add_question(draft, by=BY, code="per-desa", label="Desa?", kind="village_table", is_required=False)
    add_question(draft, by=BY, parent=table, code="kk", label="KK?", kind=Indicator.Kind.COUNT)
    publish(draft, seen=fingerprint_of_version(draft), note="Pertama", by=BY, now=START)


@pytest.mark.timeout(300 + RUNS * STEPS)
def test_nothing_that_can_happen_breaks_a_promise(world, capsys):
    LifeOfAnObligation.world, LifeOfAnObligation.done = world, type(LifeOfAnObligation.done)()
    run_state_machine_as_test(
        LifeOfAnObligation,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, derandomize="LIFE_RUNS" not in os.environ,
            suppress_health_check=list(HealthCheck), database=None, phases=PHASES,
        ),
    )  # fmt: skip
    done = LifeOfAnObligation.done
    with capsys.disabled():
        print("", *(f"{count:6} {verb}" for verb, count in sorted(done.items())), sep="\n")
    assert done["runs"] >= RUNS
    for verb in ("submit", "accept", "return", "return as void", "reopen", "waive", "lift waiver", "close day"):
        assert done[verb] > 0, verb
