"""The claim on one message, as the one who holds it sees it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings

from katingan_portal.outbox.channels.base import LeaseLost
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.rounds import note_end

State = Message.State


class HeldLease:
    """The claim on one message, with a clock that also counts while the machine or process sleeps."""

    def __init__(self, message: Message, claimed_at: datetime) -> None:
        self.message = message
        self.claimed_at = claimed_at
        self.until = cast(datetime, message.lease_until)
        self._started = time.clock_gettime(time.CLOCK_BOOTTIME)
        # What a relay may have from an earlier try, and whether that was already a repetition.
        self.doubt = message.handed_over_at
        self.was_repeated = message.possibly_repeated

    def now(self) -> datetime:
        return self.claimed_at + timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME) - self._started)

    def hand_over(self) -> None:
        """Two waits for the relay follow (DATA, the dot); they must fit into what is left of the lease."""
        self._must_remain(2 * settings.EMAIL_TIMEOUT)
        repeated = self.was_repeated or self.doubt is not None
        if not self.mark(handed_over_at=self.now(), possibly_repeated=repeated):
            raise LeaseLost
        # The commit itself may have hung.
        self._must_remain(2 * settings.EMAIL_TIMEOUT)

    def hold(self) -> None:
        self._must_remain(settings.EMAIL_TIMEOUT)

    def settled_doubt(self) -> None:
        """The relay never had it: this try is like the first."""
        self.doubt = None
        if not self.mark(handed_over_at=None):
            raise LeaseLost

    def mark(self, **fields: object) -> bool:
        """Write with the token; a stale one changes nothing and says so."""
        held = Message.across_regencies.filter(pk=self.message.pk, state=State.SENDING, token=self.message.token)
        return bool(held.update(**fields))

    def end(self, state: State, **fields: object) -> bool:
        """Leave "sending" for `state`, giving the lease back."""
        held = self.mark(state=state, token=None, lease_until=None, **fields)
        if held:
            note_end(state)
        return held

    def _must_remain(self, seconds: float) -> None:
        if self.now() + timedelta(seconds=seconds) > self.until:
            raise LeaseLost
