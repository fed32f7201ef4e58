"""Write messages in the transaction of what causes them; withdraw, resend and read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.composing import has_composer
from katingan_portal.outbox.contacts import Unreachable, present_address
from katingan_portal.outbox.doorbell import doorbell
from katingan_portal.outbox.kinds import KINDS
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import current_regency_id

State = Message.State
UNDELIVERED = (State.PLANNED, State.SENDING, State.UNKNOWN)
RESENT_LIVES = timedelta(days=2)


class ResendRefused(Exception):
    """The message cannot be sent again. The message is for the user."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to queue. `key` says what it is about so exactly that a second one would be a repetition.

    Without subject and body its kind's composer writes them when it leaves.
    """

    key: str
    kind: str
    channel: str
    recipient: User | None
    address: str = ""
    subject: str = ""
    body_text: str = ""
    body_html: str = ""
    link: str = ""
    about: models.Model | None = None
    not_before: datetime | None = None
    expires_at: datetime

    @property
    def is_worded_late(self) -> bool:
        return not (self.subject or self.body_text)


def queue(
    *,
    key: str,
    kind: str,
    channel: str,
    recipient: User | None,
    address: str = "",
    subject: str = "",
    body_text: str = "",
    body_html: str = "",
    link: str = "",
    about: models.Model | None = None,
    not_before: datetime | None = None,
    expires_at: datetime,
) -> Message | None:
    """Queue one message in the caller's transaction and scope; None when its key was queued before.

    An in-app message whose time has come is delivered by being written, unless its words are written late.
    Raises KeyError for an unknown kind, ValueError for no words where nobody composes any.
    """
    draft = Draft(
        key=key,
        kind=kind,
        channel=channel,
        recipient=recipient,
        address=address,
        subject=subject,
        body_text=body_text,
        body_html=body_html,
        link=link,
        about=about,
        not_before=not_before,
        expires_at=expires_at,
    )
    written = queue_many([draft])
    return written[0] if written else None


@transaction.atomic
def queue_many(drafts: Iterable[Draft], *, now: datetime | None = None) -> list[Message]:
    """Queue those whose key was never queued, with one statement; returns what was written."""
    moment = now or timezone.now()
    rows = [_row(draft, moment) for draft in drafts]
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    # ON CONFLICT DO NOTHING does not tell what it did; the random ids do.
    written = list(Message.objects.filter(public_id__in=[row.public_id for row in rows]).order_by("id"))
    if any(message.state == State.PLANNED for message in written):
        doorbell.ring_on_commit()
    return written


def cancel_about(thing: models.Model, reason: str) -> int:
    """Withdraw what has not left yet about `thing`: settled, revoked. Returns how many messages it concerned."""
    return _withdraw(messages_about(thing), State.CANCELLED, reason)


def supersede(thing: models.Model, *, kind: str, reason: str) -> int:
    """Withdraw the undelivered messages of `kind` about `thing`, because a newer one is about to be queued."""
    return _withdraw(messages_about(thing).filter(kind=kind), State.SUPERSEDED, reason)


def messages_about(thing: models.Model) -> QuerySet[Message]:
    return Message.objects.filter(thing_type=thing._meta.label_lower, thing_id=str(thing.pk))


@transaction.atomic
def resend(message: Message, *, by: Actor, now: datetime | None = None) -> None:
    """Start a dead message anew, under the same Message-ID, to the person's present address.

    Raises ResendRefused; of two presses one wins.
    """
    moment = now or timezone.now()
    if KINDS[message.kind].confidential and message.expires_at <= moment:
        raise ResendRefused("Tautan di dalam pesan ini sudah tidak berlaku. Buatlah undangan atau tautan baru.")
    try:
        address = present_address(message)
    except Unreachable as unreachable:
        raise ResendRefused(str(unreachable)) from unreachable
    restarted = Message.objects.filter(pk=message.pk, state__in=Message.DEAD).update(
        state=State.PLANNED,
        address=address,
        attempts=0,
        next_attempt_at=moment,
        expires_at=max(message.expires_at, moment + RESENT_LIVES),
        **dict.fromkeys(("handed_over_at", "sent_at", "delivered_at", "bounced_at")),
        **dict.fromkeys(("withdrawn_as", "reason", "provider_id"), ""),
    )
    if not restarted:
        raise ResendRefused("Pesan ini tidak sedang gagal, jadi tidak dikirim ulang.")
    record("resend_message", message, by=by, changes={"state": [message.state, State.PLANNED.value]})
    doorbell.ring_on_commit()


def resend_many(messages: Iterable[Message], *, by: Actor, now: datetime | None = None) -> tuple[int, list[str]]:
    """`resend` for each; how many were started anew, and why the others were not."""
    done, refusals = 0, []
    for message in messages:
        try:
            resend(message, by=by, now=now)
            done += 1
        except ResendRefused as refusal:
            refusals.append(f"{message}: {refusal}")
    return done, refusals


def mark_read(message: Message, *, now: datetime | None = None) -> None:
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=now or timezone.now())


def mark_all_read(user_id: int, *, now: datetime | None = None) -> int:
    return Message.objects.filter(recipient_id=user_id, state=State.SENT, read_at=None).update(
        read_at=now or timezone.now()
    )


def message_id_of(regency_id: int, key: str) -> str:
    """The same for ever, so that relays, catchers and mailboxes can recognise a repetition.

    Keyed with our secret: whoever could guess it could make up a bounce and silence a person's letters.
    """
    digest = salted_hmac("outbox.message_id", f"{regency_id}:{key}", algorithm="sha256").hexdigest()[:40]
    return f"<{digest}@{urlsplit(settings.PORTAL_BASE_URL).hostname or 'localhost'}>"


def _withdraw(messages: QuerySet[Message], end: State, reason: str) -> int:
    # One statement: between two, a message in flight could come back to "planned" and be missed. What is in flight
    # keeps its state and is ended by the sender when it comes back.
    return messages.filter(state__in=UNDELIVERED).update(
        state=Case(When(state=State.PLANNED, then=Value(end)), default=F("state")),
        withdrawn_as=end,
        reason=reason[:300],
        **{field: _unless_secret_and_planned(field) for field in ("body_text", "body_html", "link")},
    )


def _unless_secret_and_planned(field: str) -> Case:
    return Case(
        When(state=State.PLANNED, confidential=True, then=Value("")), default=F(field), output_field=models.TextField()
    )


def _row(draft: Draft, now: datetime) -> Message:
    if draft.is_worded_late and not has_composer(draft.kind):
        raise ValueError(f"a message of kind {draft.kind} needs its words: nobody composes them")
    regency_id = current_regency_id()
    not_before = draft.not_before or now
    at_once = draft.channel == Message.Channel.IN_APP and not_before <= now and not draft.is_worded_late
    return Message(
        regency_id=regency_id,
        key=draft.key,
        kind=draft.kind,
        confidential=KINDS[draft.kind].confidential,
        channel=draft.channel,
        recipient=draft.recipient,
        address=draft.address,
        subject=" ".join(draft.subject.split())[:200],
        body_text=draft.body_text,
        body_html=draft.body_html,
        link=draft.link,
        thing_type=draft.about._meta.label_lower if draft.about else "",
        thing_id=str(draft.about.pk) if draft.about else "",
        message_id=message_id_of(regency_id, draft.key),
        created_at=now,
        composed_at=None if draft.is_worded_late else now,
        next_attempt_at=not_before,
        expires_at=draft.expires_at,
        state=State.SENT if at_once else State.PLANNED,
        sent_at=now if at_once else None,
    )
