"""The ladder, as data: what a district begins with, and how an administrator changes it.

A step is never deleted, since what was taken points to it. A change lets everything that follows the ladder be looked
at again; what that sends at once is told by `effects.told_at_once` before.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from katingan_portal.tenancy.models import Regency
from reporting.chasing.ladder_rules import Problem, in_order, problems_of, proposed_label
from reporting.chasing.models import Audience, Directive, LadderStep, Outside
from reporting.duties.models import ReportForm
from reporting.periods.actions import take_turns
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

SHIPPED = Path(__file__).with_name("data") / "ladder.toml"
COPIED = (
    "offset", "audiences", "channels", "label", "tone", "letter", "repeat_every", "is_mandatory", "is_urgent",
)  # fmt: skip
SHIPPED_FIELDS = ("offset", "audiences", "channels", "label", "tone", "letter", "repeat_every")
# What decides which rung comes when; other changes only matter for what is still to come.
TIMING = {"offset", "repeat_every", "is_active"}


class LadderRefused(Exception):
    """The ladder cannot be so, for reasons that are for the user."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Ladder:
    """The ladder of one clock: the district's, or one that a form has for itself."""

    clock: Clock
    form: ReportForm | None = None

    @classmethod
    def holding(cls, step: LadderStep) -> Ladder:
        return cls(Clock(step.clock), step.form)

    def steps(self) -> QuerySet[LadderStep]:
        """In force, by offset."""
        return LadderStep.objects.filter(clock=self.clock, form=self.form, is_active=True).order_by("offset")

    def __str__(self) -> str:
        return f"{self.clock.label} ({self.form or 'kabupaten'})"


def read_ladder() -> list[dict[str, Any]]:
    """The steps every district begins with."""
    steps: list[dict[str, Any]] = tomllib.loads(SHIPPED.read_text())["steps"]
    return steps


@transaction.atomic
def load_ladder(steps: Iterable[dict[str, Any]], *, by: Actor) -> int:
    """Make the steps that are missing; returns how many. A step that is there stays as an administrator left it."""
    made = 0
    for step in steps:
        row, created = LadderStep.objects.get_or_create(code=step["code"], defaults=_fields(step))
        if created:
            record("memuat tahap penagihan", row, by=by)
            made += 1
    return made


def _fields(step: dict[str, Any]) -> dict[str, Any]:
    plain = {name: step[name] for name in SHIPPED_FIELDS if name in step}
    return plain | {
        "clock": step.get("clock", Clock.FILING),
        "is_mandatory": step.get("mandatory", False),
        "is_urgent": step.get("urgent", False),
    }


@transaction.atomic
def add_step(
    ladder: Ladder, regency: Regency, *, by: Actor, now: datetime, catches_up: bool = True, **fields: Any
) -> LadderStep:
    """A new rung. catches_up=False: not for what it would have reached before now. Raises LadderRefused."""
    take_turns(regency)
    step = LadderStep(clock=ladder.clock, form=ladder.form, code=_code(ladder.clock))
    _put(step, fields)
    return _save(step, "menambah tahap penagihan", {}, by=by, now=now, catches_up=catches_up)


@transaction.atomic
def change_step(
    step: LadderStep, regency: Regency, *, by: Actor, now: datetime, catches_up: bool = True, **fields: Any
) -> LadderStep:
    """Change a rung; what was taken keeps what it was. Raises LadderRefused."""
    take_turns(regency)
    step.refresh_from_db()
    before = {name: getattr(step, name) for name in COPIED}
    _put(step, fields)
    changes = {name: [before[name], getattr(step, name)] for name in COPIED if before[name] != getattr(step, name)}
    if not changes:
        return step
    return _save(step, "mengubah tahap penagihan", changes, by=by, now=now, catches_up=catches_up)


@transaction.atomic
def retire_step(step: LadderStep, regency: Regency, *, by: Actor, now: datetime) -> LadderStep:
    """Out of force; it stays for what was taken. Raises LadderRefused where the ladder cannot do without it."""
    take_turns(regency)
    if step.form and Ladder.holding(step).steps().count() == 1:
        text = "Ini tahap terakhir tangga khusus ini. Kembalikan formulirnya ke tangga kabupaten bila tidak perlu lagi."
        raise LadderRefused(Problem(text))
    step.is_active = False
    return _save(step, "menghentikan tahap penagihan", {"is_active": [True, False]}, by=by, now=now)


@transaction.atomic
def restore_step(
    step: LadderStep, regency: Regency, *, by: Actor, now: datetime, catches_up: bool = True
) -> LadderStep:
    """In force again, as it was. Raises LadderRefused."""
    take_turns(regency)
    step.is_active = True
    changes = {"is_active": [False, True]}
    return _save(step, "memberlakukan lagi tahap penagihan", changes, by=by, now=now, catches_up=catches_up)


@transaction.atomic
def begin_own_ladder(ladder: Ladder, regency: Regency, *, by: Actor, now: datetime) -> int:
    """Give a form a ladder of its own, which begins as a copy of the district's; returns its length. LadderRefused."""
    take_turns(regency)
    assert ladder.form is not None
    if ladder.steps().exists():
        raise LadderRefused(Problem("Formulir ini sudah punya tangga sendiri."))
    steps = list(Ladder(ladder.clock).steps())
    if not steps:
        raise LadderRefused(Problem("Tangga kabupaten masih kosong, jadi belum ada yang bisa disalin."))
    for step in steps:
        copied = {name: getattr(step, name) for name in (*COPIED, "counts_from")}
        LadderStep.objects.create(clock=ladder.clock, form=ladder.form, code=_code(ladder.clock), **copied)
    record("membuat tangga penagihan khusus", ladder.form, by=by, reason=ladder.clock.label)
    look_again_along(ladder, now)
    return len(steps)


@transaction.atomic
def end_own_ladder(ladder: Ladder, regency: Regency, *, by: Actor, now: datetime) -> None:
    """The form follows the district's ladder again, from where its own had come to. Raises LadderRefused."""
    take_turns(regency)
    assert ladder.form is not None
    if not ladder.steps().update(is_active=False):
        raise LadderRefused(Problem("Formulir ini memang sudah mengikuti tangga kabupaten."))
    record("kembali ke tangga penagihan kabupaten", ladder.form, by=by, reason=ladder.clock.label)
    look_again_along(ladder, now)


def look_again_along(ladder: Ladder, now: datetime) -> int:
    """Let the next tick look at everything that follows this ladder; returns how many. The tick knows what is right."""
    if ladder.clock == Clock.DIRECTIVE:
        return Directive.objects.filter(state=Directive.State.OPEN).update(next_chase_at=now)
    rows = Obligation.objects.filter(RUNS[ladder.clock], accepted_at=None, waived_at=None)
    if ladder.form:
        rows = rows.filter(form=ladder.form)
    # Every action that locks several obligations does so by ascending key.
    ids = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return Obligation.objects.filter(pk__in=ids).update(next_chase_at=now)


# Where each clock runs, as `periods.clocks.running_clock` says it.
RUNS = {
    Clock.FILING: Q(review_due_at=None, correction_due_at=None, first_submitted_at=None, promise_due_at=None),
    Clock.CORRECTION: Q(review_due_at=None, correction_due_at__isnull=False, promise_due_at=None),
    Clock.REVIEW: Q(review_due_at__isnull=False, promise_due_at=None),
    Clock.PROMISE: Q(promise_due_at__isnull=False),
}


def _put(step: LadderStep, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(step, name, value)
    step.audiences = in_order(step.audiences, Audience)
    step.channels = in_order(step.channels, Outside)
    step.label = step.label or proposed_label(Clock(step.clock), step.offset, step.letter)


def _save(
    step: LadderStep, verb: str, changes: dict[str, Any], *, by: Actor, now: datetime, catches_up: bool = True
) -> LadderStep:
    ladder = Ladder.holding(step)
    others = list(ladder.steps().exclude(pk=step.pk))
    problems = problems_of([*others, step] if step.is_active else others, ladder.clock)
    if problems:
        raise LadderRefused(*problems)
    if not step.pk or TIMING & changes.keys():
        step.counts_from = None if catches_up else now
    step.save()
    record(verb, step, by=by, changes=changes or changed_fields(LadderStep(), _state(step)))
    look_again_along(ladder, now)
    return step


def _state(step: LadderStep) -> dict[str, Any]:
    return {name: getattr(step, name) for name in COPIED}


def _code(clock: Clock) -> str:
    """A name that no step of the regency ever had; none is deleted, so their number grows."""
    return f"{clock}-{LadderStep.objects.count() + 1}"
