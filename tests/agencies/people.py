"""More of the cast: an administrator, a camat with people of their own, and how a test reads the mail."""

from __future__ import annotations

import re
from datetime import date

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied


def katingan() -> Regency:
    return Regency.objects.get(code="62.06")


def office(kind: str = "", *, number: int = 0, regency: Regency | None = None, **wanted) -> Agency:
    """One of the agencies of a regency that is no slot, by kind or by field."""
    with applied(Scope((regency or katingan()).pk)):
        found = Agency.objects.filter(**({"kind": kind} if kind else {}), **{"is_slot": False, **wanted})
        return found.order_by("code")[number]


def newcomer(username: str, agency: Agency, role: str, **fields) -> User:
    user = User.objects.create_user(username, full_name=f"Uji {username}", email=f"{username}@uji.example", **fields)
    serve(user, agency, role)
    return user


def serve(user: User, agency: Agency, role: str, starts_on: date = date(2026, 1, 1)) -> Membership:
    return Membership.objects.create(
        regency_id=agency.regency_id, user=user, agency=agency, role=role, starts_on=starts_on
    )


def secret_in(text: str) -> str:
    """The secret of the one-time link in a mail or page."""
    return re.search(r"/(?:undangan|tautan)/([^/\s\"]+)/", text).group(1)


def mails(regency: Regency | None = None, **wanted) -> list[Message]:
    with applied(Scope((regency or katingan()).pk)):
        return list(Message.objects.filter(**wanted).order_by("id"))
