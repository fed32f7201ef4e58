"""Sign-in, passwords, sessions and one-time links: every change leaves its row."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from katingan_portal.accounts import throttle
from katingan_portal.accounts.models import AccessLink, User, UserSession
from katingan_portal.accounts.permissions import Actor

LINK_LIVES = {AccessLink.Purpose.RESCUE: timedelta(hours=24), AccessLink.Purpose.RESET: timedelta(hours=2)}


class LinkRefused(Exception):
    """The one-time link is unknown, used, withdrawn or too old. The message is for the user."""


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, safe in a URL. Only its digest is stored."""
    return secrets.token_urlsafe(32)


def address_of(request: HttpRequest) -> str:
    """The client's address as the server saw it; a proxy in front must set REMOTE_ADDR itself."""
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104  (a value, no socket)


@transaction.atomic
def sign_in(request: HttpRequest, user: User) -> None:
    """A new session for `user`, listed among their sessions; the failures of this name are forgotten."""
    login(request, user, backend="katingan_portal.accounts.backends.NameOrEmailBackend")
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.create(
        user=user,
        session_key=request.session.session_key,
        address=address_of(request),
        browser=request.headers.get("User-Agent", "")[:200],
    )
    throttle.forget(user.username, address_of(request))
    throttle.forget(user.email, address_of(request))


@transaction.atomic
def end_session(session: UserSession) -> None:
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()


@transaction.atomic
def end_sessions(user: User, *, but: str | None = None) -> int:
    """End all sessions of `user` except the one with key `but`; returns how many ended."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


@transaction.atomic
def issue_link(user: User, purpose: AccessLink.Purpose, *, by: Actor, now: datetime | None = None) -> tuple[AccessLink, str]:
    """A new one-time link and its secret; older open links of the user die."""
    now = now or timezone.now()
    AccessLink.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    secret = new_secret()
    link = AccessLink.objects.create(
        user=user,
        purpose=purpose,
        digest=digest_of(secret),
        issued_by_id=by.user_id,
        created_at=now,
        expires_at=now + LINK_LIVES[purpose],
    )
    return link, secret


def open_link(secret: str, now: datetime | None = None) -> AccessLink:
    """The living link of this secret. Raises LinkRefused."""
    link = AccessLink.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if link is None or not link.user.is_active:
        raise LinkRefused("Tautan ini tidak dikenal. Periksa apakah tautannya tersalin utuh.")
    if link.used_at or link.withdrawn_at:
        raise LinkRefused("Tautan ini sudah dipakai atau sudah diganti dengan yang lebih baru.")
    if link.expires_at <= (now or timezone.now()):
        raise LinkRefused("Tautan ini sudah lewat masa berlakunya. Mintalah tautan baru.")
    return link


@transaction.atomic
def use_link(secret: str, password: str, *, now: datetime | None = None) -> User:
    """Set the password through a one-time link and end all sessions. Raises LinkRefused; of two, one wins."""
    now = now or timezone.now()
    link = open_link(secret, now)
    claimed = AccessLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None).update(used_at=now)
    if not claimed:
        raise LinkRefused("Tautan ini baru saja dipakai.")
    set_password(link.user, password)
    return link.user


@transaction.atomic
def set_password(user: User, password: str, *, keep_session: str | None = None) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, but=keep_session)
