from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from reporting.chasing.engine import rungs_of
from reporting.chasing.models import ChaseStep, JobRun, LadderStep
from reporting.periods.models import Obligation
from reporting.periods.queries import holiday_names


@dataclass(frozen=True)
class LadderLine:
    """One rung as the page of an obligation shows it: when, what, and what became of it."""

    label: str
    at: datetime
    taken: ChaseStep | None


def ladder_of(obligation: Obligation, regency: Regency) -> list[LadderLine]:
    """Every rung for this obligation, past and to come, so that those it will reach see it beforehand."""
    steps = {step.pk: step for step in LadderStep.objects.all()}
    taken = {row.step_id: row for row in ChaseStep.objects.filter(obligation=obligation)}
    rungs = rungs_of(obligation, steps.values(), holiday_names(), regency)
    return [
        LadderLine(steps[rung.step_id].label, rung.at, taken.get(rung.step_id))
        for rung in sorted(rungs, key=lambda rung: rung.at)
    ]


def messages_about(obligation: Obligation) -> QuerySet[Message]:
    return (
        Message.objects.filter(thing_type=obligation._meta.label_lower, thing_id=str(obligation.pk))
        .select_related("recipient")
        .order_by("created_at", "pk")
    )


def last_complete_run(job: str) -> JobRun | None:
    return JobRun.objects.filter(job=job, finished_at__isnull=False).first()
