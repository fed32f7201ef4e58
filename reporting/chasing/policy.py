"""Which rung of the ladder comes next: pure, so that it can be tried on any calendar, any ladder and any outage."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

# A rung that repeats every working day through an outage of five years; beyond it nobody reads the answer.
MOST_REPEATS = 1300
# Of two rungs on one day the second is not sent after the first: no id of a step is as high.
ABOVE_ALL = 2**63


@dataclass(frozen=True)
class Step:
    """A step of a ladder: working days from the due day, and after how many it comes again (0: never).

    counts_from: moments before it are passed over, because the step was not yet in force then.
    """

    step_id: int
    offset: int
    repeat_every: int = 0
    counts_from: datetime | None = None


@dataclass(frozen=True)
class Rung:
    """A step, or a repetition of it, with its moment for one due moment.

    occurrence: 0 for the step's first time, else the working days between that and the repetition. Not a count: the
    third repetition would be another one once the step repeats at another pace, and taken for one that was sent.
    """

    step_id: int
    offset: int
    at: datetime
    occurrence: int = 0

    @property
    def key(self) -> tuple[int, int]:
        return self.step_id, self.occurrence

    @property
    def height(self) -> tuple[int, int]:
        return self.offset, self.step_id


@dataclass(frozen=True)
class Decision:
    """fire: the rung to take now. supersede: rungs an outage has overtaken. next_at: when to look again."""

    fire: Rung | None = None
    supersede: tuple[Rung, ...] = ()
    next_at: datetime | None = None


Keys = frozenset[tuple[int, int]]
NONE: Keys = frozenset()


def rungs_until(steps: Iterable[Step], moment_of: Callable[[int], datetime], now: datetime) -> list[Rung]:
    """The rungs that matter at `now`, by moment; `moment_of(offset)` knows the calendar.

    Of a step that repeats: its first time, the latest that has come, and the next. Repetitions that an outage swallowed
    leave no trace: nobody asks about them.
    """
    rungs = [rung for step in steps for rung in _of_step(step, moment_of, now) if rung.at > now or _counts(step, rung)]
    return sorted(rungs, key=_in_order)


def _of_step(step: Step, moment_of: Callable[[int], datetime], now: datetime) -> list[Rung]:
    first = Rung(step.step_id, step.offset, moment_of(step.offset))
    if not step.repeat_every or first.at > now:
        return [first]

    def again(times: int) -> Rung:
        later = times * step.repeat_every
        return Rung(step.step_id, step.offset + later, moment_of(step.offset + later), later)

    ahead = _first_ahead(again, now)
    latest = [again(ahead - 1)] if ahead > 1 else []
    return [first, *latest, again(ahead)]


def _first_ahead(again: Callable[[int], Rung], now: datetime) -> int:
    """Which repetition is the first after now; the last one if all have come.

    Doubled, then halved: a step that is years overdue asks the calendar a few times more than a young one, not
    hundreds of times, and never for a day that lies much further ahead than the step lies back.
    """
    last = MOST_REPEATS - 1
    bound = 1
    while bound < last and again(bound).at <= now:
        bound = min(2 * bound, last)
    candidates = range(max(bound // 2, 1), bound)
    return candidates.start + bisect_right(candidates, now, key=lambda times: again(times).at)


def _counts(step: Step, rung: Rung) -> bool:
    return step.counts_from is None or rung.at >= step.counts_from


def next_step(
    rungs: Iterable[Rung],
    due_at: datetime,
    now: datetime,
    *,
    taken: Keys = NONE,
    taken_before: Mapping[tuple[int, int], datetime] | None = None,
    reached: int | None = None,
    is_broken: bool = False,
) -> Decision:
    """After any outage the right step goes out once: the latest whose moment has come.

    A reminder that something will fall due is no longer right once it is overdue, and what climbed does not step down
    again: such rungs are superseded, not sent. taken: (step, occurrence) in this round. taken_before: when each was
    last taken in rounds before the due moment moved; such a rung comes again where its new moment lies after that.
    reached: the highest offset taken in this round by any step as it was then, so that an edited ladder, or another
    one, goes on where the old one stood and repeats nothing.
    is_broken: a promise was just broken, so the chase resumes one step higher than it would.
    """
    ordered = sorted(rungs, key=_in_order)
    highest = max((rung.height for rung in ordered if rung.key in taken), default=None)
    if reached is not None:
        highest = (reached, ABOVE_ALL)
    before = taken_before or {}
    done = taken | {rung.key for rung in ordered if rung.key in before and rung.at <= before[rung.key]}
    left = [rung for rung in ordered if rung.key not in done]
    come = [rung for rung in left if rung.at <= now]
    latest = come[-1] if come else None
    if is_broken:
        fire = _one_higher(left, latest, highest) or latest
    elif latest and _is_right(latest, due_at, now, highest):
        fire = latest
    else:
        fire = None
    ahead = [rung for rung in left if rung.at > now and rung is not fire]
    return Decision(
        fire=fire,
        supersede=tuple(rung for rung in come if rung is not fire),
        next_at=ahead[0].at if ahead else None,
    )


def _is_right(rung: Rung, due_at: datetime, now: datetime, highest: tuple[int, int] | None) -> bool:
    still_ahead = rung.offset > 0 or now <= due_at
    return still_ahead and (highest is None or rung.height > highest)


def _one_higher(left: list[Rung], latest: Rung | None, highest: tuple[int, int] | None) -> Rung | None:
    """The first rung after due above both what has come and what was ever taken."""
    reached = max(filter(None, [latest.height if latest else None, highest]), default=None)
    above = [rung for rung in left if rung.offset > 0 and (reached is None or rung.height > reached)]
    return above[0] if above else None


def _in_order(rung: Rung) -> tuple[datetime, int, int, int]:
    return rung.at, rung.offset, rung.step_id, rung.occurrence
