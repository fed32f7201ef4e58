"""One step of the chase: set-based, idempotent, and all in one transaction with its messages.

PostgreSQL is the queue of record. `next_chase_at` says when to look at an obligation again; the unique key
(obligation, step) and the key of each message make a repeated or doubled run change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agencies.models import Membership
from agencies.queries import people_of
from katingan_portal.outbox.actions import queue
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseStep, LadderStep
from reporting.chasing.policy import Decision, Rung, next_step
from reporting.chasing.wording import word
from reporting.periods.calendar import chase_moment
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of, holiday_names
from reporting.periods.standing import is_owed

BATCH = 200
STALE_AFTER = timedelta(days=7)
CHASED_ROLES = ("operator", "head", "camat", "subdistrict_operator", "coordinator")


@dataclass(frozen=True)
class Taken:
    """What one pass over one regency did."""

    checked: int = 0
    messages: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.checked + other.checked, self.messages + other.messages)


def chase_regency(regency: Regency, *, now: datetime) -> Taken:
    """Take every step that is due in one regency by `now`, a batch and a short transaction at a time."""
    total = Taken()
    while True:
        done = chase_batch(regency, now=now)
        total += done
        if done.checked < BATCH:
            return total


def chase_batch(regency: Regency, *, now: datetime) -> Taken:
    with applied(Scope(regency.pk)):
        obligations = _claim(now)
        if not obligations:
            return Taken()
        ladder = list(LadderStep.objects.all())
        names = holiday_names()
        taken = _taken_steps(obligations)
        people = people_by_agency({o.agency_id for o in obligations}, regency.local(now).date())
        messages = 0
        for obligation in obligations:
            decision = next_step(
                rungs_of(obligation, ladder, names, regency),
                taken.get(obligation.pk, frozenset()),
                obligation.due_at,
                now,
            )
            messages += _carry_out(obligation, decision, ladder, people[obligation.agency_id], regency, now)
        Obligation.objects.bulk_update(obligations, ["next_chase_at"])
        return Taken(len(obligations), messages)


def rungs_of(
    obligation: Obligation, ladder: Iterable[LadderStep], names: dict[date, str], regency: Regency
) -> list[Rung]:
    calendar = calendar_of(obligation.agency, names)
    return [
        Rung(step.pk, step.offset, chase_moment(obligation.due_at, step.offset, calendar, regency.zone))
        for step in ladder
    ]


def people_by_agency(agency_ids: set[int], today: date) -> dict[int, list[Membership]]:
    """{agency id: its people whom the chase addresses today}, with an empty list for an agency without any."""
    grouped: dict[int, list[Membership]] = {agency_id: [] for agency_id in agency_ids}
    for membership in people_of(agency_ids, today).filter(role__in=CHASED_ROLES):
        if all(other.user_id != membership.user_id for other in grouped[membership.agency_id]):
            grouped[membership.agency_id].append(membership)
    return grouped


def still_owed(message: Message) -> str | None:
    """The recheck at the moment of sending: None, or why this chase must not go out any more."""
    obligation = Obligation.objects.filter(is_owed(), pk=message.thing_id).first()
    if obligation is None:
        return "sudah dikirim atau dibebaskan"
    regency = Regency.objects.get(pk=obligation.regency_id)
    today = regency.local(message.next_attempt_at).date()
    member = people_of({obligation.agency_id}, today).filter(user=message.recipient).exists()
    return None if member else "penerima tidak lagi bertugas di perangkat daerah ini"


def _claim(now: datetime) -> list[Obligation]:
    return list(
        Obligation.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(is_owed(), next_chase_at__lte=now)
        .select_related("agency", "form")
        .order_by("next_chase_at", "pk")[:BATCH]
    )


def _taken_steps(obligations: list[Obligation]) -> dict[int, frozenset[int]]:
    taken: dict[int, frozenset[int]] = {}
    rows = ChaseStep.objects.filter(obligation__in=obligations).values_list("obligation_id", "step_id")
    for obligation_id, step_id in rows:
        taken[obligation_id] = taken.get(obligation_id, frozenset()) | {step_id}
    return taken


def _carry_out(
    obligation: Obligation,
    decision: Decision,
    ladder: list[LadderStep],
    people: list[Membership],
    regency: Regency,
    now: datetime,
) -> int:
    """Record the decision's steps, write its messages, and set when to look again; returns the messages written."""
    steps = {step.pk: step for step in ladder}
    rows = [_row(obligation, rung, ChaseStep.State.SUPERSEDED, now, 0) for rung in decision.supersede]
    written = 0
    if decision.fire:
        written = _tell(obligation, steps[decision.fire.step_id], people, regency, now)
        state = ChaseStep.State.FIRED if people else ChaseStep.State.NOBODY
        rows.append(_row(obligation, decision.fire, state, now, len(people)))
    ChaseStep.objects.bulk_create(rows)
    obligation.next_chase_at = decision.next_at
    return written


def _row(obligation: Obligation, rung: Rung, state: str, now: datetime, recipients: int) -> ChaseStep:
    return ChaseStep(
        obligation=obligation,
        step_id=rung.step_id,
        state=state,
        planned_at=rung.at,
        taken_at=now,
        recipients=recipients,
    )


def _tell(obligation: Obligation, step: LadderStep, people: list[Membership], regency: Regency, now: datetime) -> int:
    """Queue the step's messages: in the portal for everyone, by e-mail for who has an address."""
    written = 0
    for membership in people:
        user = membership.user
        wording = word(obligation, step, str(user), regency, now)
        channels = [Message.Channel.IN_APP] + ([Message.Channel.EMAIL] if user.email else [])
        for channel in channels:
            message = queue(
                key=f"chase:{obligation.pk}:{step.code}:{user.pk}:{channel}",
                kind="chase",
                channel=channel,
                recipient=user,
                address=user.email,
                subject=wording.subject,
                body_text=wording.text,
                body_html=wording.html,
                link=wording.link,
                about=obligation,
                not_before=now,
                expires_at=now + STALE_AFTER,
            )
            written += message is not None
    return written
