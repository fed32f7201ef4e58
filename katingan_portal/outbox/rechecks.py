"""The last look before a message leaves: is it still wanted?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied

Recheck = Callable[[Message], str | None]

_rechecks: dict[str, Recheck] = {}


def register_recheck(kind: str, check: Recheck) -> None:
    """Before a message of `kind` leaves, `check(message)` may give the reason (Indonesian) why it should not.

    It runs inside the message's regency, in a transaction of its own.
    """
    _rechecks[kind] = check


def reason_not_to_send(message: Message, now: datetime) -> str | None:
    if message.withdrawn_as:
        return message.reason
    if message.expires_at <= now:
        return "Sudah kedaluwarsa sebelum sempat dikirim."
    if message.recipient is not None and not message.recipient.is_active:
        return "Penerima tidak aktif lagi."
    check = _rechecks.get(message.kind)
    if check is None:
        return None
    with applied(Scope(cast(int, message.regency_id))):
        return check(message)
