"""What the chase owes, row by row from the pure policy; and whether the ledger says exactly that, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from agencies.models import Agency
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.directory import Directory
from reporting.chasing.ladders import Ladders
from reporting.chasing.models import ChaseNotice, ChaseStep, Directive, LadderStep, Tone
from reporting.chasing.policy import Decision, next_step, rungs_until
from reporting.periods.calendar import chase_moment
from reporting.periods.clocks import Clock, clock_beneath, running_clock
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of

Step = tuple[int, int | None, int, int, str]  # obligation, directive, step, occurrence, state
Notice = tuple[int, int | None, int, int, str]  # obligation, directive, step, recipient, channel


@dataclass
class Ledger:
    steps: Counter[Step] = field(default_factory=Counter)
    notices: Counter[Notice] = field(default_factory=Counter)

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(self.steps + other.steps, self.notices + other.notices)

    def lost(self, found: Ledger) -> int:
        return sum((self.steps - found.steps).values()) + sum((self.notices - found.notices).values())

    def too_many(self, found: Ledger) -> int:
        return found.lost(self)


def owed(regencies: Iterable[Regency], now: datetime) -> Ledger:
    """Every step and notice that the tick owes at `now`."""
    total = Ledger()
    for regency in regencies:
        with applied(Scope(regency.pk)):
            total += Owed(regency, now).ledger()
    return total


def written(regencies: Iterable[Regency], since: datetime) -> Ledger:
    total = Ledger()
    for regency in regencies:
        with applied(Scope(regency.pk)):
            steps = ChaseStep.objects.filter(taken_at__gte=since)
            total.steps.update(steps.values_list("obligation", "directive", "step", "occurrence", "state"))
            notices = ChaseNotice.objects.filter(taken__taken_at__gte=since)
            total.notices.update(
                notices.values_list("taken__obligation", "taken__directive", "taken__step", "recipient", "channel")
            )
    return total


def still_to_look_at(regencies: Iterable[Regency], now: datetime) -> int:
    count = 0
    for regency in regencies:
        with applied(Scope(regency.pk)):
            count += Obligation.objects.filter(next_chase_at__lte=now).count()
            count += Directive.objects.filter(next_chase_at__lte=now).count()
    return count


class Owed:
    """One regency. Plain and slow on purpose: a row at a time, with the policy and nothing else of the engine."""

    def __init__(self, regency: Regency, now: datetime) -> None:
        self.regency, self.now = regency, now
        self.ladders = Ladders.load()
        self.directory = Directory.load(regency.local(now).date())
        self.agencies = {agency.pk: agency for agency in Agency.objects.all()}
        self.calendars = {saturday: calendar_of(Agency(works_saturday=saturday)) for saturday in (False, True)}

    def ledger(self) -> Ledger:
        found = Ledger()
        for obligation in Obligation.objects.filter(next_chase_at__lte=self.now):
            self._write(found, obligation, None, self._decide(obligation))
        for directive in Directive.objects.filter(next_chase_at__lte=self.now, state=Directive.State.OPEN):
            decision = self._of(Clock.DIRECTIVE, directive.due_at, directive.agency_id, None, directive=directive)
            self._write(found, directive.obligation, directive, (Clock.DIRECTIVE, decision))
        return found

    def _decide(self, obligation: Obligation) -> tuple[Clock, Decision] | None:
        running = running_clock(obligation)
        if running is None:
            return None
        clock, due_at = running
        is_broken = False
        if clock == Clock.PROMISE and self.now >= self._moment(due_at, 1, obligation.agency_id):
            beneath = clock_beneath(obligation)
            assert beneath is not None
            clock, due_at = beneath
            is_broken = due_at < self.now
        form, agency = obligation.form_id, obligation.agency_id
        return clock, self._of(clock, due_at, agency, form, obligation=obligation, is_broken=is_broken)

    def _of(
        self, clock: Clock, due_at: datetime, agency_id: int, form_id: int | None, *,
        obligation: Obligation | None = None, directive: Directive | None = None, is_broken: bool = False,
    ) -> Decision:  # fmt: skip
        party = self._party(clock, agency_id)
        _, steps = self.ladders.of(clock, form_id)
        rungs = rungs_until(steps, lambda offset: self._moment(due_at, offset, party), self.now)
        rows = ChaseStep.objects.filter(obligation=obligation, directive=directive, clock=clock)
        taken = frozenset(rows.filter(due_at=due_at).values_list("step_id", "occurrence"))
        return next_step(rungs, due_at, self.now, taken=taken, is_broken=is_broken)

    def _moment(self, due_at: datetime, offset: int, agency_id: int) -> datetime:
        calendar = self.calendars[self.agencies[agency_id].works_saturday]
        return chase_moment(due_at, offset, calendar, self.regency.zone)

    def _party(self, clock: Clock, agency_id: int) -> int:
        return self.directory.party(clock, agency_id)

    def _write(
        self,
        ledger: Ledger,
        obligation: Obligation,
        directive: Directive | None,
        decided: tuple[Clock, Decision] | None,
    ) -> None:
        if decided is None:
            return
        clock, decision = decided
        key = obligation.pk, directive.pk if directive else None
        for rung in decision.supersede:
            ledger.steps[*key, rung.step_id, rung.occurrence, ChaseStep.State.SUPERSEDED.value] += 1
        if decision.fire is None:
            return
        step = self.ladders.steps[decision.fire.step_id]
        agency = directive.agency_id if directive else obligation.agency_id
        notices = list(self._notices(step, clock, agency))
        state = ChaseStep.State.FIRED if notices else ChaseStep.State.NOBODY
        ledger.steps[*key, step.pk, decision.fire.occurrence, state.value] += 1
        ledger.notices.update((*key, step.pk, user, channel) for user, channel in notices)

    def _notices(self, step: LadderStep, clock: Clock, agency_id: int) -> Iterator[tuple[int, str]]:
        for user_id, (person, _) in self.directory.recipients(step.audiences, clock, agency_id).items():
            yield user_id, Message.Channel.IN_APP.value
            wants = self.directory.contact_of(person).email_reminders
            if "email" in step.channels and (wants or step.is_mandatory or step.tone != Tone.REMINDER):
                yield user_id, Message.Channel.EMAIL.value
