from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from reporting.chasing.ladders import Ladders
from reporting.chasing.models import ChaseNotice, ChaseStep, JobRun, LadderStep
from reporting.chasing.policy import rungs_until
from reporting.periods.calendar import chase_moment
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of


@dataclass(frozen=True)
class LadderLine:
    """One rung as the page of an obligation shows it: when, what, and what became of it."""

    step: LadderStep
    at: datetime
    taken: ChaseStep | None

    @property
    def label(self) -> str:
        return self.taken.label if self.taken else self.step.label


def ladder_of(obligation: Obligation, regency: Regency, now: datetime) -> list[LadderLine]:
    """The ladder of the running clock, past and to come, so that those it will reach see it beforehand.

    [] for what is settled. A step that repeats is shown up to its next time.
    """
    running = running_clock(obligation)
    if running is None:
        return []
    clock, due_at = running
    ladders = Ladders.load()
    _, steps = ladders.of(clock, obligation.form_id)
    moment_of = moments(obligation, clock, due_at, regency)
    taken = {
        (row.step_id, row.occurrence): row
        for row in steps_of(obligation)
        if row.clock == clock and row.due_at == due_at
    }
    return [
        LadderLine(ladders.steps[rung.step_id], rung.at, taken.get(rung.key))
        for rung in rungs_until(steps, moment_of, now)
    ]


def moments(obligation: Obligation, clock: Clock, due_at: datetime, regency: Regency) -> Callable[[int], datetime]:
    """When each offset of this clock comes, by the calendar of the party whose turn it is."""
    party = Agency.objects.filter(is_coordinator=True).first() if clock == Clock.REVIEW else None
    calendar = calendar_of(party or obligation.agency)
    return lambda offset: chase_moment(due_at, offset, calendar, regency.zone)


def steps_of(obligation: Obligation) -> QuerySet[ChaseStep]:
    """Every rung ever taken for the obligation, its directives' too, oldest first."""
    return ChaseStep.objects.filter(obligation=obligation).select_related("step", "directive")


def notices_about(obligation: Obligation) -> QuerySet[ChaseNotice]:
    """Who was told of what about the obligation and what became of each message, oldest first."""
    rows = ChaseNotice.objects.filter(taken__obligation=obligation)
    return rows.select_related("taken", "recipient", "message").order_by("taken__taken_at", "pk")


def last_complete_run(job: str) -> JobRun | None:
    """The last run that did its work: one that stopped because the clock cannot be believed did not."""
    return JobRun.objects.filter(job=job, finished_at__isnull=False, note="").first()
