"""What a change of a ladder would send at once, found by making the change and taking it back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from katingan_portal.tenancy.models import Regency
from reporting.chasing.claims import all_running
from reporting.chasing.deciding import Desk, decide

# (obligation, directive, clock, offset) of a rung that the next tick would fire.
Fire = tuple[int, int | None, str, int]


class _TakeBack(Exception):
    """Ends the rehearsal."""


def told_at_once(change: Callable[[], object], regency: Regency, now: datetime) -> list[int]:
    """Ids of the obligations for which the next tick would fire a rung because of `change`, which is not kept.

    What waits for the next tick anyway is not counted. Whatever `change` raises comes through.
    """
    with suppress(_TakeBack), transaction.atomic():
        before = fires(regency, now)
        change()
        new = fires(regency, now) - before
        raise _TakeBack
    return sorted({fire[0] for fire in new})


def fires(regency: Regency, now: datetime) -> set[Fire]:
    """Every rung that the next tick would fire, were everything that runs looked at now."""
    desk = Desk.open(regency, now)
    moves = (decide(row, desk) for row in all_running())
    return {
        (move.row.obligation_id, move.row.directive_id, move.clock, move.decision.fire.offset)
        for move in moves
        if move and move.decision.fire
    }


def fingerprint(ids: Iterable[int]) -> str:
    """What an administrator has seen: if it differs when they confirm, it is shown anew instead of done."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:24]
