"""One message per person, channel and day, opened empty: it is worded when it is sent, from whatever belongs to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from katingan_portal.outbox.actions import message_id_of
from katingan_portal.outbox.doorbell import doorbell
from katingan_portal.outbox.kinds import KINDS
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.bulk import insert_many
from katingan_portal.tenancy.scope import current_regency_id

LIVES = timedelta(days=7)


@dataclass(frozen=True)
class Envelope:
    """Where something is to be put: a person's message of a day by one channel, not sent before a moment."""

    user_id: int
    channel: str
    address: str
    day: date
    not_before: datetime
    apart: str = ""

    @cached_property
    def key(self) -> str:
        """`apart` names what is urgent and goes by itself."""
        return f"digest:{self.user_id}:{self.channel}:{self.apart or self.day.isoformat()}"


def open_digests(envelopes: Iterable[Envelope], *, kind: str, now: datetime) -> dict[str, int]:
    """{key: message id} of those that still can take something in; makes what is missing, and locks them all.

    A key that is absent from the answer has been sent or is being sent: use the next day's envelope.
    """
    by_key = {envelope.key: envelope for envelope in envelopes}
    wanted = [by_key[key] for key in sorted(by_key)]
    if not wanted:
        return {}
    made = _insert(wanted, kind, now)
    doorbell.ring_on_commit()
    return made | _lock_waiting(by_key.keys() - made.keys())


def _lock_waiting(keys: Set[str]) -> dict[str, int]:
    """Those that were there before; nobody else can see, let alone send, what this transaction made."""
    if not keys:
        return {}
    waiting = Message.objects.filter(key__in=keys, state=Message.State.PLANNED, withdrawn_as="")
    return dict(waiting.order_by("pk").select_for_update().values_list("key", "pk"))


def _insert(envelopes: list[Envelope], kind: str, now: datetime) -> dict[str, int]:
    """{key: message id} of those that were not there yet."""
    regency_id = current_regency_id()
    columns: dict[str, list[Any]] = {
        "public_id": [uuid.uuid4() for _ in envelopes],
        "key": [envelope.key for envelope in envelopes],
        "message_id": [message_id_of(regency_id, envelope.key) for envelope in envelopes],
        "recipient_id": [envelope.user_id for envelope in envelopes],
        "channel": [envelope.channel for envelope in envelopes],
        "address": [envelope.address for envelope in envelopes],
        "next_attempt_at": [envelope.not_before for envelope in envelopes],
        "expires_at": [envelope.not_before + LIVES for envelope in envelopes],
    }
    fixed = {"kind": kind, "created_at": now, "confidential": KINDS[kind].confidential}
    return dict(insert_many(Message, columns, fixed, returning=("key", "id")))
