"""Which rung of the ladder comes next: pure, so that it can be tried on any calendar and any outage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rung:
    """A step of the ladder with its moment for one obligation."""

    step_id: int
    offset: int
    at: datetime


@dataclass(frozen=True)
class Decision:
    """fire: the rung to take now. supersede: rungs an outage has overtaken. next_at: when to look again."""

    fire: Rung | None
    supersede: tuple[Rung, ...]
    next_at: datetime | None


def next_step(rungs: Iterable[Rung], taken: frozenset[int], due_at: datetime, now: datetime) -> Decision:
    """After any outage the right step goes out once: the latest whose moment has come.

    A reminder that a report will fall due is no longer right once it is overdue, so it is superseded, not sent.
    """
    left = sorted((rung for rung in rungs if rung.step_id not in taken), key=lambda rung: rung.at)
    come = [rung for rung in left if rung.at <= now]
    ahead = [rung for rung in left if rung.at > now]
    latest = come[-1] if come else None
    fire = latest if latest and (latest.offset >= 0 or now <= due_at) else None
    return Decision(
        fire=fire,
        supersede=tuple(rung for rung in come if rung is not fire),
        next_at=ahead[0].at if ahead else None,
    )
