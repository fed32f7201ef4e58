"""Sign-ins and account changes go to the platform's history: accounts lies below audit and cannot call it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from katingan_portal.accounts.actions import address_of, in_person
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.signals import account_changed, sign_in_blocked
from katingan_portal.audit.actions import record_platform

# People type their password into the name field by mistake, so an unknown name is never written down.
NOBODY = User(pk=0, full_name="nama yang tidak dikenal")


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    record_platform("sign_in", user, by=in_person(user, request), reason=_from(request))


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record_platform("sign_out", user, by=in_person(user, request))


@receiver(user_login_failed)
def _refused(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    _record_refusal("refuse_sign_in", str(credentials.get("username", "")), request)


@receiver(sign_in_blocked)
def _blocked(sender: Any, name: str, request: HttpRequest, **kwargs: Any) -> None:
    _record_refusal("block_sign_in", name, request)


@receiver(account_changed)
def _changed(sender: Any, verb: str, user: User, by: Actor, changes: dict[str, Any], **kwargs: Any) -> None:
    record_platform(verb, user, by=by, changes=changes)


def _record_refusal(verb: str, name: str, request: HttpRequest | None) -> None:
    by = Actor(name="tamu", request_id=getattr(request, "request_id", ""))
    try:
        user = User.objects.get_by_natural_key(name)
    except User.DoesNotExist:
        user = NOBODY
    record_platform(verb, user, by=by, reason=_from(request))


def _from(request: HttpRequest | None) -> str:
    return f"dari {address_of(request)}" if request else ""
