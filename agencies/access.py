"""From a signed-in person to the scope of their request: which membership, which regency, whose private rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from agencies.models import Agency, ApiToken, Membership
from katingan_portal.accounts.actions import digest_of
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, enter_scope

SESSION_KEY = "membership"


class PortalRequest(HttpRequest):
    """What the middleware adds to a request; for type checkers."""

    request_id: str
    membership: Membership | None
    actor: Actor
    regency: Regency | None


def active_memberships(user: User, now: datetime | None = None) -> QuerySet[Membership]:
    """Memberships in force today, oldest first. No join to the agency: that table is behind the wall."""
    today = timezone.localdate(now) if now else timezone.localdate()
    return Membership.objects.filter(user=user, user__is_active=True).on(today).order_by("starts_on", "pk")


def scope_of_request(request: HttpRequest) -> Scope | None:
    """Sets request.membership, request.regency and request.actor; returns the scope to run the request in.

    The membership comes from rows. The session only says which of the person's own they chose.
    """
    portal = cast(PortalRequest, request)
    portal.membership, portal.regency, portal.actor = None, None, Actor(name="tamu")
    if not request.user.is_authenticated:
        return None
    user = request.user
    membership = chosen_membership(user, request.session.get(SESSION_KEY))
    if membership is None:
        portal.actor = Actor(name=str(user), user_id=user.pk, request_id=portal.request_id)
        return None
    return adopt(portal, user, membership, source="web")


def chosen_membership(user: User, wanted: Any) -> Membership | None:
    memberships = list(active_memberships(user))
    return next((m for m in memberships if m.pk == wanted), memberships[0] if memberships else None)


def adopt(portal: PortalRequest, user: User, membership: Membership, *, source: str) -> Scope:
    portal.membership = membership
    portal.regency = Regency.objects.get(pk=membership.regency_id)
    with applied(Scope(membership.regency_id)):
        membership.agency = Agency.objects.get(pk=membership.agency_id)
        scope = scope_of(membership)
    portal.actor = actor_of(user, membership, source=source, request_id=portal.request_id)
    return scope


def scope_of(membership: Membership) -> Scope:
    """Own agency for writing; for reading every agency where the role reviews or oversees all."""
    role = membership.duties
    own = (membership.agency_id,) if Verb.READ_DRAFT in role.own_agency else ()
    if not role.reads_every_agency:
        return Scope(membership.regency_id, own, own)
    every = tuple(Agency.objects.order_by("pk").values_list("pk", flat=True))
    return Scope(membership.regency_id, every, every if Verb.REVIEW_REPORT in role.everywhere else own)


def actor_of(user: User, membership: Membership, *, source: str = "web", request_id: str = "") -> Actor:
    return Actor(
        name=str(user),
        user_id=user.pk,
        membership_id=membership.pk,
        agency_id=membership.agency_id,
        subdistrict_id=membership.agency.subdistrict_id,
        role=membership.role,
        source=source,
        request_id=request_id,
    )


def require(request: HttpRequest, verb: Verb, thing: object = None) -> Actor:
    """The request's actor if they may `verb` the thing; else 404, as if it were not there."""
    actor = cast(PortalRequest, request).actor
    if not may(actor, verb, thing):
        raise Http404
    return actor


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`. Token clients are strangers to the middleware, so the scope is entered here."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if len(words) != 2 or words[0].lower() != "token":
            return None
        token = (
            ApiToken.objects.select_related("membership__user")
            .filter(digest=digest_of(words[1]), revoked_at=None)
            .first()
        )
        if token is None or not active_memberships(token.membership.user).filter(pk=token.membership_id).exists():
            raise AuthenticationFailed("Kunci API tidak dikenal atau sudah tidak berlaku.")
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
        portal = cast(PortalRequest, request._request)
        enter_scope(adopt(portal, token.membership.user, token.membership, source="api"))
        return token.membership.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class HasScope(BasePermission):
    """Signed in with a membership in force."""

    message = "Masuklah sebagai anggota sebuah perangkat daerah, atau kirim kunci API."

    def has_permission(self, request: Request, view: Any) -> bool:
        return getattr(request._request, "membership", None) is not None
