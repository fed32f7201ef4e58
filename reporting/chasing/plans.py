"""What will happen if nothing is done: each step of a ladder at its real date, whom it reaches, and in what words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from agencies.models import Agency, Membership
from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.framing import Letter
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.directory import Directory, Person
from reporting.chasing.ladder_rules import SHORT_AUDIENCES, when_words
from reporting.chasing.ladders import Ladders
from reporting.chasing.models import Audience, ChaseNotice, ChaseStep, LadderStep, Outside, Tone
from reporting.chasing.policy import Rung, Step, rungs_until
from reporting.chasing.wording import OF_THE_PARTY, Wording, word
from reporting.periods.calendar import OfficeCalendar, chase_moment
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation
from reporting.periods.queries import holiday_names

# Whether the reader may see by name whom an audience is, rather than only by position.
MayName = Callable[[Audience], bool]


@dataclass(frozen=True)
class Reach:
    """One audience of a step. people: by name or position; is_above: all of them hear of it as another audience."""

    label: str
    people: tuple[str, ...]
    is_above: bool = False


@dataclass(frozen=True)
class PlannedStep:
    """One step at its moment. skipped: the named closed days on the way from the due day."""

    number: int
    step: LadderStep
    at: datetime
    when: str
    skipped: tuple[tuple[date, str], ...]
    reach: tuple[Reach, ...]
    letter: Letter
    repeats: bool
    taken: ChaseStep | None = None

    @property
    def why_then(self) -> str:
        """The distance from the due day, unless the name says it; and that it comes again."""
        said = "" if self.when in self.step.label else f"{self.when[0].upper()}{self.when[1:]}. "
        again = f"Diulang tiap {self.step.repeat_every} hari kerja sampai selesai. " if self.repeats else ""
        return f"{said}{again}"

    @property
    def channels(self) -> str:
        """How it comes; what a person may choose is said, so that nobody is surprised."""
        how = "saat itu juga" if self.step.is_urgent else "dalam ringkasan harian"
        outside = [words for channel, words in self._outside.items() if channel in self.step.channels]
        return ", ".join(["lewat portal", *outside, how])

    @property
    def _outside(self) -> dict[str, str]:
        is_fixed = self.step.is_mandatory or self.step.tone != Tone.REMINDER
        mail = "e-mail (tidak bisa dimatikan)" if is_fixed else "e-mail kecuali dimatikan penerimanya"
        connected: dict[str, str] = (
            {Outside.WHATSAPP: "WhatsApp bila diminta penerimanya"} if whatsapp.is_configured() else {}
        )
        return {Outside.EMAIL: mail, **connected}


@dataclass(frozen=True)
class Plan:
    """A ladder laid on the calendar around one due moment."""

    clock: Clock
    due_at: datetime
    steps: tuple[PlannedStep, ...]
    calendar: OfficeCalendar

    def coming(self, now: datetime) -> PlannedStep | None:
        """The first step that is not taken yet and whose moment has not passed."""
        return next((line for line in self.steps if not line.taken and line.at > now), None)


@dataclass(frozen=True)
class Subject:
    """What a plan is about: an obligation (perhaps only an example, unsaved), its clock and due moment."""

    obligation: Obligation
    clock: Clock
    due_at: datetime


def plan_for(subject: Subject, regency: Regency, now: datetime, *, may_name: MayName) -> Plan:
    """The ladder of the subject's clock; what repeats is shown with its next times. Queries: a handful, always."""
    ladders, directory = Ladders.load(), Directory.load(regency.local(now).date())
    agency_id = subject.obligation.agency_id
    party = directory.agencies[directory.party(subject.clock, agency_id)]
    calendar = OfficeCalendar(holiday_names(), party.works_saturday)
    _, steps = ladders.of(subject.clock, subject.obligation.form_id)

    def moment_of(offset: int) -> datetime:
        return chase_moment(subject.due_at, offset, calendar, regency.zone)

    taken = _taken(subject)
    rungs = _rungs(steps, moment_of, now)
    shown = [rung for rung in rungs if not rung.occurrence or rung.at > now or rung.key in taken]
    names = _Names(directory, subject, may_name)
    lines = [
        _line(number, rung, ladders.steps[rung.step_id], subject, regency, calendar, names, taken.get(rung.key))
        for number, rung in enumerate(shown, 1)
    ]
    return Plan(subject.clock, subject.due_at, tuple(lines), calendar)


def _rungs(steps: Iterable[Step], moment_of: Callable[[int], datetime], now: datetime) -> list[Rung]:
    """The rungs that matter now, and of what repeats also its first two repetitions."""
    steps = list(steps)
    ahead = [moment_of(step.offset + step.repeat_every) for step in steps if step.repeat_every]
    found = {rung.key: rung for at in (now, *ahead) for rung in rungs_until(steps, moment_of, at)}
    return sorted(found.values(), key=lambda rung: (rung.at, rung.offset))


def _line(
    number: int, rung: Rung, step: LadderStep, subject: Subject, regency: Regency, calendar: OfficeCalendar,
    names: _Names, taken: ChaseStep | None,
) -> PlannedStep:  # fmt: skip
    return PlannedStep(
        number=number,
        step=step,
        at=rung.at,
        when=when_words(subject.clock, rung.offset),
        skipped=skipped_days(subject.due_at, rung.at, calendar, regency),
        reach=names.reach(step),
        letter=words_of(step, rung.at, subject, regency),
        repeats=bool(step.repeat_every),
        taken=taken,
    )


def skipped_days(
    due_at: datetime, at: datetime, calendar: OfficeCalendar, regency: Regency
) -> tuple[tuple[date, str], ...]:
    """The closed days with a name between the due day and the step's: the reason why it is not sooner or later."""
    due, day = regency.local(due_at).date(), regency.local(at).date()
    return calendar.closed_between(min(due, day), max(due, day))


def words_of(step: LadderStep, at: datetime, subject: Subject, regency: Regency) -> Letter:
    """What the first audience would read, from the same words as the real message."""
    obligation = subject.obligation
    taken = ChaseStep(
        obligation=obligation, clock=subject.clock, due_at=subject.due_at, tone=step.tone, letter=step.letter,
        offset=step.offset, label=step.label,
    )  # fmt: skip
    notice = ChaseNotice(taken=taken, audience=step.audiences[0])
    return word(Wording("Bapak/Ibu", regency, at, [notice]))


def _taken(subject: Subject) -> dict[tuple[int, int], ChaseStep]:
    if subject.obligation.pk is None:
        return {}
    rows = ChaseStep.objects.filter(
        obligation=subject.obligation.pk, directive=None, clock=subject.clock, due_at=subject.due_at
    )
    return {(row.step_id, row.occurrence): row for row in rows}


class _Names:
    """Who stands behind each audience, told by name only where the reader may know."""

    def __init__(self, directory: Directory, subject: Subject, may_name: MayName) -> None:
        self.directory, self.subject, self.may_name = directory, subject, may_name
        self.posts = posts_of({person.user_id for group in directory.people.values() for person in group}, directory)

    def reach(self, step: LadderStep) -> tuple[Reach, ...]:
        seen: set[int] = set()
        reached = []
        for audience in map(Audience, step.audiences):
            people = self._people(audience)
            new = [person for person in people if person.user_id not in seen]
            seen |= {person.user_id for person in people}
            told = tuple(self._said(person, audience) for person in new)
            reached.append(Reach(SHORT_AUDIENCES[audience], told, is_above=bool(people and not new)))
        return tuple(reached)

    def _people(self, audience: Audience) -> list[Person]:
        found = self.directory.recipients([audience], self.subject.clock, self.subject.obligation.agency_id)
        return [person for person, _ in found.values()]

    def _said(self, person: Person, audience: Audience) -> str:
        post = self.posts[person.user_id]
        away = ", sedang tidak bertugas" if self.directory.is_away(person) else ""
        return f"{post.user} ({post.position}{away})" if self.may_name(audience) else post.position


def posts_of(user_ids: set[int], directory: Directory) -> dict[int, Membership]:
    """{user id: one of their memberships in force}, with the person."""
    rows = Membership.objects.filter(regency_id=current_regency_id(), user_id__in=user_ids).on(directory.today)
    return {row.user_id: row for row in rows.select_related("user").order_by("-starts_on", "-pk")}


def names_all(audience: Audience) -> bool:
    return True


def names_own_party(audience: Audience) -> bool:
    return audience in OF_THE_PARTY


def names_nobody(audience: Audience) -> bool:
    return False


def example_of(agency: Agency, now: datetime, obligations: list[Obligation]) -> Obligation | None:
    """The next obligation to fall due of those given, or else the latest."""
    ahead = sorted((row for row in obligations if row.due_at > now), key=lambda row: row.due_at)
    return ahead[0] if ahead else max(obligations, key=lambda row: row.due_at, default=None)
