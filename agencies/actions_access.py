"""Ways back into an account, and keys for machines."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from agencies.access import active_memberships
from agencies.mails import rescue_notice, reset_mail
from agencies.models import ApiToken, Membership
from katingan_portal.accounts.actions import digest_of, issue_link, new_secret
from katingan_portal.accounts.models import AccessLink, User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import queue
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied

RESETS_AN_HOUR = 3
NOTICE_LIVES = timedelta(days=30)


@transaction.atomic
def mail_reset_link(typed: str, *, request_id: str = "", now: datetime | None = None) -> None:
    """Mail a reset link to the account of this user name or e-mail, if there is one that mail can reach.

    Says nothing about the outcome: whether an account exists is nobody's business who is not signed in.
    """
    now = now or timezone.now()
    user = User.objects.filter(is_active=True).exclude(email="").filter(**_named(typed)).select_for_update().first()
    membership = active_memberships(user).first() if user else None
    if user is None or membership is None or _resets_since(user, now - timedelta(hours=1)) >= RESETS_AN_HOUR:
        return
    with applied(Scope(membership.regency_id)):
        by = Actor(name="permintaan lupa kata sandi", request_id=request_id)
        link, secret = issue_link(user, AccessLink.Purpose.RESET, by=by, now=now)
        regency = Regency.objects.get(pk=membership.regency_id)
        mail = reset_mail(user, secret, link.expires_at, regency)
        queue(
            key=f"reset:{link.pk}",
            kind="password_reset",
            channel=Message.Channel.EMAIL,
            recipient=user,
            address=user.email,
            subject=mail.subject,
            body_text=mail.body,
            expires_at=link.expires_at,
        )


def _named(typed: str) -> dict[str, str]:
    name = typed.strip().lower()
    return {"email": name} if "@" in name else {"username": name}


def _resets_since(user: User, moment: datetime) -> int:
    return AccessLink.objects.filter(user=user, purpose=AccessLink.Purpose.RESET, created_at__gt=moment).count()


@transaction.atomic
def rescue(membership: Membership, *, by: Actor) -> tuple[AccessLink, str]:
    """A one-time link for somebody without e-mail or password, and its secret, which is shown once.

    The caller has asked `may_rescue`. The old password works until the link is used; the person is told.
    """
    user, now = membership.user, timezone.now()
    link, secret = issue_link(user, AccessLink.Purpose.RESCUE, by=by, now=now)
    record("issue_access_link", membership, by=by)
    notice = rescue_notice(user, by.name, now, Regency.objects.get(pk=membership.regency_id))
    queue(
        key=f"rescue:{link.pk}",
        kind="account",
        channel=Message.Channel.IN_APP,
        recipient=user,
        address="",
        subject=notice.subject,
        body_text=notice.body,
        expires_at=now + NOTICE_LIVES,
    )
    return link, secret


@transaction.atomic
def create_api_token(membership: Membership, *, label: str, by: Actor) -> tuple[ApiToken, str]:
    """A key for reading the API as this membership, and its text, which is shown once."""
    secret = new_secret()
    token = ApiToken.objects.create(membership=membership, label=label, digest=digest_of(secret))
    record("create_api_token", token, by=by, changes={"label": [None, label]})
    return token, secret


@transaction.atomic
def revoke_api_token(token: ApiToken, *, by: Actor) -> None:
    """Recorded in the regency of the token's membership, whatever the person is working as just now."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        return
    with applied(Scope(token.membership.regency_id)):
        record("revoke_api_token", token, by=by)
