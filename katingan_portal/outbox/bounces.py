"""Letters that come back after the relay took them: a folder of bounces, read again and again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import structlog
from django.conf import settings

from katingan_portal.outbox import broken
from katingan_portal.outbox.dsn import Bounce, bounces_in
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.status import blames_address
from katingan_portal.tenancy.scope import Scope, applied

log = structlog.get_logger(__name__)

State = Message.State
# A bounce quotes headers, or a letter of ours; whatever is larger is neither.
LARGEST_LETTER = 1024 * 1024


def read_configured(now: datetime) -> int:
    """Read the Maildir of the settings; nothing where none is set. Returns how many messages came back."""
    return read_maildir(Path(settings.PORTAL_BOUNCE_MAILDIR), now) if settings.PORTAL_BOUNCE_MAILDIR else 0


def read_maildir(folder: Path, now: datetime) -> int:
    """Take every letter in `new` and move it to `cur` once it is dealt with; a crash between is harmless.

    Raises FileNotFoundError when there is no such Maildir.
    """
    count = 0
    for path in sorted((folder / "new").iterdir()):
        if path.stat().st_size <= LARGEST_LETTER:
            done = [apply_bounce(bounce, now) for bounce in bounces_in(path.read_bytes())]
            if None in done:
                # The sender has not written down yet that the letter left: the next round knows.
                continue
            count += sum(map(bool, done))
        path.rename(folder / "cur" / f"{path.name}:2,S")
    return count


def apply_bounce(bounce: Bounce, now: datetime) -> bool | None:
    """Whether a message of ours is marked as come back; None when it is on its way just now."""
    message = _message_of(bounce)
    if message is None:
        log.info("bounce_of_nobody", recipient=bounce.recipient, status=bounce.status)
        return False
    if message.state == State.SENDING:
        return None
    with applied(Scope(cast(int, message.regency_id))):
        return _mark(message, bounce, now)


def _message_of(bounce: Bounce) -> Message | None:
    """Only a letter to that very address: a forwarding host may report one that we never wrote to."""
    found = Message.across_regencies.filter(message_id__in=bounce.message_ids, channel=Message.Channel.EMAIL)
    return next((message for message in found if message.address.lower() == bounce.recipient), None)


def _mark(message: Message, bounce: Bounce, now: datetime) -> bool:
    error = " ".join(filter(None, [bounce.status, bounce.diagnostic])) or "Dikembalikan tanpa alasan."
    came_back = Message.objects.filter(pk=message.pk, state__in=[State.SENT, State.UNKNOWN]).update(
        state=State.BOUNCED, sent_at=message.sent_at or message.handed_over_at, bounced_at=now, last_error=error[:500]
    )
    if came_back and blames_address(bounce.status):
        broken.note(message, error, now=now)
    return bool(came_back)
