"""A person's calendar address: made, shown once, revoked, and found again by its secret. docs/decisions/0064."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from agencies.access import active_memberships
from agencies.models import Membership
from katingan_portal.accounts.actions import digest_of
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.reaching.models import CalendarFeed

READ_NOTED_EVERY = timedelta(hours=1)


@transaction.atomic
def make_feed(membership: Membership, *, by: Actor, now: datetime) -> str:
    """The secret of a new address, which is kept nowhere; the one before it is dead from now on."""
    Membership.objects.select_for_update().get(pk=membership.pk)
    revoke_feed(membership, by=by, now=now)
    secret = secrets.token_urlsafe(32)
    made = CalendarFeed.objects.create(
        membership=membership, digest=digest_of(secret), created_at=now, label=str(membership)
    )
    record("membuat langganan kalender", made, by=by)
    return secret


@transaction.atomic
def revoke_feed(membership: Membership, *, by: Actor, now: datetime) -> bool:
    """False when there was none."""
    feed = feed_of(membership)
    if feed is None:
        return False
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    record("mencabut langganan kalender", feed, by=by)
    return True


def feed_of(membership: Membership) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(membership=membership, revoked_at=None).first()


def feed_with(secret: str) -> CalendarFeed | None:
    """The feed of the running regency that this secret opens, while its membership is in force."""
    feed = CalendarFeed.objects.filter(digest=digest_of(secret), revoked_at=None).first()
    if feed is None:
        return None
    membership = Membership.objects.select_related("user").get(pk=feed.membership_id)
    is_in_force = active_memberships(membership.user).filter(pk=membership.pk).exists()
    feed.membership = membership
    return feed if is_in_force else None


def note_reading(feed: CalendarFeed, now: datetime) -> None:
    """When it was last read, to the hour: calendars come often, and a row need not be written each time."""
    if feed.last_read_at is None or feed.last_read_at < now - READ_NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)
