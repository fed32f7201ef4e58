"""What rounds of delivery did, told to whoever keeps a record of it; registered at start, since they lie above."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from katingan_portal.outbox.models import Message

State = Message.State


@dataclass(frozen=True)
class Delivered:
    """One round: messages taken in hand, and of them those that left and those that will not arrive."""

    started_at: datetime
    taken: int
    sent: int
    failed: int


Observer = Callable[[Delivered], None]
_observers: list[Observer] = []
# How claims of this process ended since the last round was told; a worker's child delivers one round at a time.
_ended: Counter[str] = Counter()


def register_observer(observer: Observer) -> None:
    _observers.append(observer)


def note_end(state: State) -> None:
    _ended[state] += 1


def tell(started_at: datetime, taken: int) -> None:
    """Tell the observers of a round, and begin to count anew."""
    done = Delivered(started_at, taken, _ended[State.SENT], sum(_ended[state] for state in Message.DEAD))
    _ended.clear()
    for observer in _observers:
        observer(done)
