"""The ladders of one regency: the district's own, and those of forms that have one."""

from __future__ import annotations

from dataclasses import dataclass

from reporting.chasing.models import LadderStep
from reporting.chasing.policy import Step
from reporting.periods.clocks import Clock


@dataclass(frozen=True)
class Ladders:
    """steps: {id: step}, those out of force too. rungs: {(clock, form id or None): its active steps for the policy}."""

    steps: dict[int, LadderStep]
    rungs: dict[tuple[Clock, int | None], list[Step]]

    @classmethod
    def load(cls) -> Ladders:
        steps = {step.pk: step for step in LadderStep.objects.order_by("offset", "pk")}
        rungs: dict[tuple[Clock, int | None], list[Step]] = {}
        for step in steps.values():
            if step.is_active:
                ladder = rungs.setdefault((Clock(step.clock), step.form_id), [])
                ladder.append(Step(step.pk, step.offset, step.repeat_every, step.counts_from))
        return cls(steps, rungs)

    def of(self, clock: Clock, form_id: int | None) -> tuple[int | None, list[Step]]:
        """(the form whose own ladder it is, or None for the district's; its steps by offset)."""
        own = self.rungs.get((clock, form_id)) if form_id else None
        return (form_id, own) if own else (None, self.rungs.get((clock, None), []))
