"""What every channel says of a message it was given, and what it may ask of the claim. It never guesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from katingan_portal.outbox.models import Message


class Outcome(Enum):
    ACCEPTED = "the relay answered for it"
    REFUSED_FOR_NOW = "4xx, or the connection broke before the last dot: nobody has it"
    REFUSED = "5xx: nobody has it and nobody will take it"
    UNREACHABLE = "no working connection or sign-in; says nothing about the message"
    UNKNOWN = "no answer after the last dot: the relay may have it"


@dataclass(frozen=True)
class Report:
    """What became of one try.

    blames_address: the refusal is about the recipient's address, so further messages to it would fail too.
    wait: how long the other side asks to be left alone, at least.
    provider_id: the other side's own name for what it accepted.
    """

    outcome: Outcome
    detail: str = ""
    blames_address: bool = False
    wait: timedelta = timedelta()
    provider_id: str = ""


class LeaseLost(Exception):
    """Somebody else took the message over, or too little time is left to send it safely."""


class Lease(Protocol):
    """What a channel needs to know of the claim. Both raise LeaseLost."""

    def hand_over(self) -> None:
        """Commits that a relay may have the message from now on."""

    def hold(self) -> None:
        """The last look before there is no way back."""


class Channel(Protocol):
    def send(self, message: Message, lease: Lease) -> Report: ...
