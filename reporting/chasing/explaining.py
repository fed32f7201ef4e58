"""Why something was sent about an obligation, or was not: answered from rows, years later too.

The words of each rung are in `explaining_words.py`; here is what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from agencies.models import Agency, Membership
from katingan_portal.outbox.contacts import contacts_of
from katingan_portal.outbox.models import Contact
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.ladders import Ladders
from reporting.chasing.models import ChaseHold, ChaseNotice, ChaseStep, Directive, JobRun, LadderStep
from reporting.chasing.policy import Rung, rungs_until
from reporting.chasing.queries import last_complete_run, notices_about, steps_of
from reporting.periods.calendar import OfficeCalendar, chase_moment
from reporting.periods.clocks import Clock, clock_beneath
from reporting.periods.models import Obligation, Promise
from reporting.periods.queries import holiday_names

Key = tuple[int | None, Clock, datetime]


@dataclass(frozen=True)
class Coming:
    """A rung of the ladder that has not been taken: still ahead, or passed over because its step is younger."""

    step: LadderStep
    rung: Rung
    is_passed_over: bool = False


@dataclass
class Round:
    """One clock around one due moment: what was taken, and, while it runs, what comes."""

    clock: Clock
    due_at: datetime
    directive: Directive | None = None
    is_running: bool = False
    taken: list[ChaseStep] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """Everything that is known about the chase of one obligation, read in a number of queries that never grows."""

    obligation: Obligation
    regency: Regency
    now: datetime
    agencies: dict[int, Agency]
    rounds: list[Round]
    notices: dict[int, list[ChaseNotice]]
    promises: list[Promise]
    holds: list[ChaseHold]
    people: list[Membership]
    contacts: dict[int, Contact]
    holidays: OfficeCalendar
    saturdays: OfficeCalendar
    last_tick: JobRun | None
    last_complete: JobRun | None

    @classmethod
    def load(cls, obligation: Obligation, regency: Regency, now: datetime) -> Facts:
        names = holiday_names()
        agencies = {row.pk: row for row in Agency.objects.filter(Q(pk=obligation.agency_id) | Q(is_coordinator=True))}
        notices: dict[int, list[ChaseNotice]] = {}
        for notice in notices_about(obligation):
            notices.setdefault(notice.taken_id, []).append(notice)
        people = list(_ever_of(agencies))
        told = {notice.recipient_id for group in notices.values() for notice in group}
        facts = cls(
            obligation, regency, now, agencies, [], notices,
            promises=list(Promise.objects.filter(obligation=obligation).order_by("made_at")),
            holds=list(ChaseHold.objects.order_by("held_at")),
            people=people,
            contacts=contacts_of({row.user_id for row in people} | told),
            holidays=OfficeCalendar(names), saturdays=OfficeCalendar(names, works_saturday=True),
            last_tick=JobRun.objects.filter(job="tick", finished_at__isnull=False).first(),
            last_complete=last_complete_run("tick"),
        )  # fmt: skip
        facts.rounds.extend(_rounds(facts))
        return facts

    def party(self, clock: Clock) -> Agency:
        """Whose turn it is under this clock: the coordinator reviews, the agency does everything else."""
        reviewers = (row for row in self.agencies.values() if row.is_coordinator)
        own = self.agencies[self.obligation.agency_id]
        return next(reviewers, own) if clock == Clock.REVIEW else own

    def calendar(self, clock: Clock) -> OfficeCalendar:
        return self.saturdays if self.party(clock).works_saturday else self.holidays

    def moment(self, clock: Clock, due_at: datetime, offset: int) -> datetime:
        return chase_moment(due_at, offset, self.calendar(clock), self.regency.zone)

    @property
    def open_hold(self) -> ChaseHold | None:
        return next((hold for hold in self.holds if hold.released_at is None), None)


def _ever_of(agencies: dict[int, Agency]) -> Iterable[Membership]:
    """Everybody who was ever of these agencies, the newest post of each first."""
    rows = Membership.objects.filter(regency_id=current_regency_id(), agency_id__in=agencies)
    return rows.select_related("user").order_by("agency_id", "user__full_name", "-starts_on", "-pk")


def _rounds(facts: Facts) -> list[Round]:
    """By their due moments; a running one has its coming rungs too."""
    rounds: dict[Key, Round] = {}
    for step in steps_of(facts.obligation):
        key = (step.directive_id, Clock(step.clock), step.due_at)
        rounds.setdefault(key, Round(Clock(step.clock), step.due_at, step.directive)).taken.append(step)
    ladders = Ladders.load()
    for clock, due_at, directive in _running(facts.obligation):
        found = rounds.setdefault((directive.pk if directive else None, clock, due_at), Round(clock, due_at, directive))
        found.is_running = True
        found.coming = _coming(found, ladders, facts)
    return sorted(rounds.values(), key=lambda each: (each.due_at, each.directive is not None))


def _running(obligation: Obligation) -> Iterable[tuple[Clock, datetime, Directive | None]]:
    if not obligation.waived_at and not obligation.accepted_at:
        beneath = clock_beneath(obligation)
        if beneath:
            yield *beneath, None
        if obligation.promise_due_at:
            yield Clock.PROMISE, obligation.promise_due_at, None
    for directive in Directive.objects.filter(obligation=obligation, state=Directive.State.OPEN):
        yield Clock.DIRECTIVE, directive.due_at, directive


def _coming(found: Round, ladders: Ladders, facts: Facts) -> list[Coming]:
    form_id = None if found.directive else facts.obligation.form_id
    _, steps = ladders.of(found.clock, form_id)
    taken = {(step.step_id, step.occurrence) for step in found.taken}

    def moment_of(offset: int) -> datetime:
        return facts.moment(found.clock, found.due_at, offset)

    ahead = [rung for rung in rungs_until(steps, moment_of, facts.now) if rung.key not in taken]
    known = {rung.key for rung in ahead} | taken
    passed = [
        Rung(step.step_id, step.offset, moment_of(step.offset))
        for step in steps
        if (step.step_id, 0) not in known and step.counts_from and moment_of(step.offset) < step.counts_from
    ]
    lines = [Coming(ladders.steps[rung.step_id], rung) for rung in ahead]
    lines += [Coming(ladders.steps[rung.step_id], rung, is_passed_over=True) for rung in passed]
    return sorted(lines, key=lambda each: (each.rung.at, each.rung.offset))
