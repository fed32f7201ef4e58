"""Words written at the moment of leaving, for messages that would be stale if they were written when queued."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, cast

from katingan_portal.outbox.channels import LeaseLost
from katingan_portal.outbox.contacts import Unreachable, present_address
from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied

Composer = Callable[[Message, datetime], Letter | str]

_composers: dict[str, Composer] = {}


class Lease(Protocol):
    """What composing needs to know of the claim; both writes answer False when somebody else holds it."""

    def now(self) -> datetime: ...

    def mark(self, **fields: object) -> bool: ...

    def end(self, state: Message.State, **fields: object) -> bool: ...


class NotComposed(Exception):
    """A composer broke, or this process knows none. Tried again later: a mended one writes it after all."""


def register_composer(kind: str, compose: Composer) -> None:
    """`compose(message, now)` words a message of `kind` that was queued without words, or gives the reason
    (Indonesian) why nothing is left to say.

    It runs at each try, inside the message's regency, as long as no relay may have the message; what it writes by
    itself commits together with the words.
    """
    _composers[kind] = compose


def has_composer(kind: str) -> bool:
    return kind in _composers


def readdress(message: Message, lease: Lease) -> str | None:
    """Point a message that is worded late to where its person is reached now; the reason why not, if nowhere.

    Before anything that judges its address, and also while a relay may have it: a repetition to a mailbox that its
    person left would reach whoever has it now. Raises LeaseLost.
    """
    if not message.is_worded_late:
        return None
    try:
        with applied(Scope(cast(int, message.regency_id))):
            address = present_address(message)
    except Unreachable as unreachable:
        return str(unreachable)
    if address != message.address:
        message.address = address
        if not lease.mark(address=address):
            raise LeaseLost
    return None


def compose_late(message: Message, lease: Lease) -> bool:
    """Freeze the words of a message that waits for them; False when it ended, since nothing is left to say.

    Raises LeaseLost and NotComposed.
    """
    if not message.is_worded_late:
        return True
    now = lease.now()
    with applied(Scope(cast(int, message.regency_id))):
        words = _words_for(message, now)
        held = _freeze(message, words, now, lease) if isinstance(words, Letter) else _end(words, lease)
        if not held:
            # Inside the block, so that what the composer wrote goes as well.
            raise LeaseLost
    return isinstance(words, Letter)


def _words_for(message: Message, now: datetime) -> Letter | str:
    try:
        return _composers[message.kind](message, now)
    except Exception as error:
        raise NotComposed(f"{type(error).__name__}: {error}") from error


def _freeze(message: Message, words: Letter, now: datetime, lease: Lease) -> bool:
    fields = {
        "subject": " ".join(words.subject.split())[:200],
        "body_text": words.text,
        "body_html": words.html,
        "link": words.link,
        "composed_at": now,
    }
    for name, value in fields.items():
        setattr(message, name, value)
    return lease.mark(**fields)


def _end(reason: str, lease: Lease) -> bool:
    return lease.end(Message.State.CANCELLED, reason=reason[:300])
