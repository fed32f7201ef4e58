"""What became of a WhatsApp message after Meta took it, as its webhook tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from katingan_portal.outbox import broken
from katingan_portal.outbox.channels.whatsapp import UNDELIVERABLE
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied

State = Message.State
ARRIVED = ("delivered", "read")


class StillSending(Exception):
    """The news overtook the sender, which has not written down yet that it sent."""


def apply_statuses(payload: dict[str, Any]) -> int:
    """Apply each status that is about a message of ours; returns how many. Raises StillSending: tell us again."""
    return sum(_apply(status) for status in _statuses(payload))


def _statuses(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _dicts(payload.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            yield from _dicts(value.get("statuses")) if isinstance(value, dict) else ()


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _apply(status: dict[str, Any]) -> bool:
    """A status carries back the reference that we sent along: the regency and the message's public id."""
    regency, _, public_id = str(status.get("biz_opaque_callback_data", "")).partition(":")
    try:
        scope, wanted = Scope(int(regency)), UUID(public_id)
    except ValueError:
        return False
    with applied(scope):
        found = Message.objects.select_for_update(of=("self",)).filter(
            public_id=wanted, channel=Message.Channel.WHATSAPP
        )
        message = found.first()
        if message is None or not _is_about(message, status):
            return False
        return _failed(message, status) if status.get("status") == "failed" else _went(message, status)


def _is_about(message: Message, status: dict[str, Any]) -> bool:
    """Not about an earlier try of a message that was sent anew."""
    return not message.provider_id or message.provider_id == status.get("id")


def _went(message: Message, status: dict[str, Any]) -> bool:
    if status.get("status") not in ("sent", *ARRIVED):
        return False
    fields: dict[str, Any] = {"provider_id": str(status.get("id", ""))[:150]}
    if status["status"] in ARRIVED and message.delivered_at is None:
        fields["delivered_at"] = _moment(status)
    if message.state == State.UNKNOWN:
        # The doubt is settled: Meta has it.
        fields |= {"state": State.SENT, "sent_at": message.handed_over_at, "last_error": ""}
    return bool(Message.objects.filter(pk=message.pk).update(**fields))


def _failed(message: Message, status: dict[str, Any]) -> bool:
    if message.state == State.SENDING:
        raise StillSending
    if message.state not in (State.SENT, State.UNKNOWN):
        return False
    code, text = _error(status)
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(
        state=State.BOUNCED,
        sent_at=message.sent_at or message.handed_over_at,
        bounced_at=now,
        last_error=text[:500],
        provider_id=str(status.get("id", ""))[:150],
    )
    if code in UNDELIVERABLE:
        broken.note(message, text, now=now)
    return True


def _error(status: dict[str, Any]) -> tuple[int, str]:
    for error in _dicts(status.get("errors")):
        data = error.get("error_data")
        details = data.get("details", "") if isinstance(data, dict) else ""
        parts = [error.get("code", ""), error.get("title", ""), details]
        code = error.get("code")
        return (code if isinstance(code, int) else 0, " ".join(str(part) for part in parts if part))
    return 0, "WhatsApp tidak menyampaikannya, tanpa alasan."


def _moment(status: dict[str, Any]) -> datetime:
    text = str(status.get("timestamp", ""))
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and len(text) <= 10 else timezone.now()
