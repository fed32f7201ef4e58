from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from katingan_portal.outbox.models import Message

State = Message.State


def inbox_of(user_id: int, channel: str = Message.Channel.IN_APP) -> QuerySet[Message]:
    """What reached one person in this regency by `channel`, newest first."""
    reached = Message.objects.filter(recipient_id=user_id, channel=channel, state=State.SENT)
    return reached.order_by("-sent_at", "-id")


def unread_count(user_id: int) -> int:
    """Unread notices in the portal. E-mails are read elsewhere, and mostly say the same."""
    return inbox_of(user_id).filter(read_at=None).count()


def messages_matching(
    state: str = "", kind: str = "", words: str = "", recipient: int | None = None
) -> QuerySet[Message]:
    """The regency's messages for who looks after the outbox; an empty parameter filters nothing.

    The state "dead" means all that a person must do something about.
    """
    messages = Message.objects.select_related("recipient").order_by("-created_at", "-id")
    if state:
        messages = messages.filter(state__in=Message.DEAD) if state == "dead" else messages.filter(state=state)
    if kind:
        messages = messages.filter(kind=kind)
    if recipient:
        messages = messages.filter(recipient=recipient)
    for word in words.split():
        messages = messages.filter(
            Q(subject__icontains=word) | Q(address__icontains=word) | Q(recipient__full_name__icontains=word)
        )
    return messages


def dead_of(user_ids: Iterable[int]) -> QuerySet[Message]:
    """What did not reach these people and nobody has sent again."""
    return Message.objects.filter(recipient__in=list(user_ids), state__in=Message.DEAD).order_by()


def count_by_state() -> dict[str, int]:
    rows = Message.objects.order_by().values_list("state").annotate(Count("id"))
    return dict(rows)
