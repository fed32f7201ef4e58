"""Sign-in, passwords, sessions and one-time links: every change leaves its row."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from katingan_portal.accounts import throttle
from katingan_portal.accounts.models import AccessLink, User, UserSession
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.signals import account_changed, sign_in_blocked

LINK_LIVES = {AccessLink.Purpose.RESCUE: timedelta(hours=24), AccessLink.Purpose.RESET: timedelta(hours=2)}


class LinkRefused(Exception):
    """The one-time link is unknown, used, withdrawn or too old. The message is for the user."""


class TooManyTries(Exception):
    """Too many wrong passwords for this name from this address; `until` is when the next try is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, safe in a URL. Only its digest is stored."""
    return secrets.token_urlsafe(32)


def address_of(request: HttpRequest) -> str:
    """The client's address as the server saw it; a proxy in front must set REMOTE_ADDR itself."""
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104  (a value, no socket)


def in_person(user: User, request: HttpRequest | None = None) -> Actor:
    """The actor for what a person does to their own account, in no membership."""
    return Actor(name=str(user), user_id=user.pk, request_id=getattr(request, "request_id", ""))


def identify(request: HttpRequest, name: str, password: str, *, now: datetime | None = None) -> User | None:
    """The active user of this name (or e-mail) and password, or None. Counts failures; raises TooManyTries.

    Also asked before a signed-in person changes what guards their account, so that an open screen is no place to guess.
    """
    now = now or timezone.now()
    address = address_of(request)
    until = throttle.blocked_until(name, address, now)
    if until:
        sign_in_blocked.send(User, name=name, request=request)
        raise TooManyTries(until)
    user = authenticate(request, username=name, password=password)
    if user is None:
        throttle.note_failure(name, address, now)
    return user


@transaction.atomic
def sign_in(request: HttpRequest, user: User) -> None:
    """A new session for `user`, listed among their sessions; the failures of this name are forgotten."""
    login(request, user, backend="katingan_portal.accounts.backends.NameOrEmailBackend")
    if not request.session.session_key:
        request.session.save()
    _forget_dead_sessions(user)
    UserSession.objects.create(
        user=user,
        session_key=request.session.session_key or "",
        address=address_of(request),
        browser=request.headers.get("User-Agent", "")[:200],
    )
    for name in filter(None, (user.username, user.email)):
        throttle.forget(name, address_of(request))


def _forget_dead_sessions(user: User) -> None:
    rows = UserSession.objects.filter(user=user)
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows.exclude(session_key__in=living).delete()


@transaction.atomic
def sign_out(request: HttpRequest) -> None:
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)


@transaction.atomic
def end_session(session: UserSession, *, by: Actor) -> None:
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()
    account_changed.send(User, verb="end_session", user=session.user, by=by, changes={})


@transaction.atomic
def end_sessions(user: User, *, but: str | None = None) -> int:
    """End all sessions of `user` except the one with key `but`; returns how many ended."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


@transaction.atomic
def issue_link(
    user: User, purpose: AccessLink.Purpose, *, by: Actor, now: datetime | None = None
) -> tuple[AccessLink, str]:
    """A new one-time link and its secret; older open links of the user die.

    A reset that anybody can ask for leaves a rescue link alive, or a stranger could keep killing it.
    """
    now = now or timezone.now()
    older = AccessLink.objects.filter(user=user, used_at=None, withdrawn_at=None)
    if purpose == AccessLink.Purpose.RESET:
        older = older.filter(purpose=purpose)
    older.update(withdrawn_at=now)
    secret = new_secret()
    link = AccessLink.objects.create(
        user=user,
        purpose=purpose,
        digest=digest_of(secret),
        issued_by_id=by.user_id,
        created_at=now,
        expires_at=now + LINK_LIVES[purpose],
    )
    account_changed.send(User, verb=f"issue_{purpose}_link", user=user, by=by, changes={})
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
def use_link(secret: str, password: str, *, now: datetime | None = None, request: HttpRequest | None = None) -> User:
    """Set the password through a one-time link and end all sessions. Raises LinkRefused; of two, one wins."""
    now = now or timezone.now()
    link = open_link(secret, now)
    claimed = AccessLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None).update(used_at=now)
    if not claimed:
        raise LinkRefused("Tautan ini baru saja dipakai.")
    AccessLink.objects.filter(user=link.user, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    by = in_person(link.user, request)
    account_changed.send(User, verb=f"use_{link.purpose}_link", user=link.user, by=by, changes={})
    set_password(link.user, password, by=by)
    return link.user


@transaction.atomic
def set_password(user: User, password: str, *, by: Actor | None = None, keep_session: str | None = None) -> None:
    """A new password; all sessions end but the one to keep. Without `by` it is the person's own doing."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, but=keep_session)
    account_changed.send(User, verb="change_password", user=user, by=by or in_person(user), changes={})


@transaction.atomic
def change_password(request: HttpRequest, user: User, password: str) -> None:
    """The signed-in person's new password: this browser stays signed in under a new key, all others end."""
    old_key = request.session.session_key
    set_password(user, password, by=in_person(user, request), keep_session=old_key)
    update_session_auth_hash(request, user)
    UserSession.objects.filter(session_key=old_key).update(session_key=request.session.session_key)


@transaction.atomic
def change_profile(user: User, *, by: Actor, full_name: str, email: str, phone: str) -> None:
    after = {"full_name": full_name, "email": email.strip().lower(), "phone": phone}
    before = User.objects.select_for_update().get(pk=user.pk)
    changes: dict[str, Any] = {
        name: [getattr(before, name), value] for name, value in after.items() if getattr(before, name) != value
    }
    if not changes:
        return
    User.objects.filter(pk=user.pk).update(**after)
    account_changed.send(User, verb="change_profile", user=before, by=by, changes=changes)
