"""The chase of the demo year, by the real engine at the moments it would have run; nothing of it is mailed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min

from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from reporting.chasing.digest import compose
from reporting.chasing.engine import chase_regency
from reporting.periods.models import Obligation
from reporting.periods.standing import is_owed

BEFORE_DUE = timedelta(days=14)


def replay_the_chase(regency: Regency, *, now: datetime) -> int:
    """Chase what is still missing as if the portal had run all year; returns at how many moments something was due.

    What waits for a reviewer or a correction is left to the first real tick.
    """
    Obligation.objects.filter(next_chase_at__isnull=False).exclude(is_owed()).update(next_chase_at=now)
    Obligation.objects.filter(is_owed()).update(next_chase_at=F("due_at") - BEFORE_DUE)
    moments = 0
    while (moment := _next_moment()) and moment < now:
        chase_regency(regency, now=moment)
        _deliver_in_the_demo(now)
        moments += 1
    return moments


def _next_moment() -> datetime | None:
    moment: datetime | None = Obligation.objects.aggregate(next=Min("next_chase_at"))["next"]
    return moment


def _deliver_in_the_demo(now: datetime) -> None:
    """Word what left before `now` as it was worded then, and call it sent: no mailbox shall get a year at once."""
    due = Message.objects.filter(kind="chase", state=Message.State.PLANNED, next_attempt_at__lt=now)
    for message in due.select_related("recipient"):
        at = message.next_attempt_at
        Message.objects.filter(pk=message.pk).update(**_outcome(compose(message, at), at))


def _outcome(words: Letter | str, at: datetime) -> dict[str, Any]:
    if isinstance(words, str):
        return {"state": Message.State.CANCELLED, "reason": words}
    worded = {"subject": words.subject, "body_text": words.text, "body_html": words.html, "link": words.link}
    return worded | {"state": Message.State.SENT, "sent_at": at, "composed_at": at, "read_at": at}
