"""What agencies tell the outbox about people; registered in `apps.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.roles import ROLES, Verb
from katingan_portal.outbox.directory import Place
from katingan_portal.tenancy.scope import current_regency_id

CARING = [role.key for role in ROLES.values() if Verb.VIEW_OUTBOX in role.everywhere]


class Memberships:
    """The outbox's `Directory`."""

    def caretakers(self, on: date) -> list[User]:
        memberships = _in_force(on).filter(role__in=CARING).order_by("user_id")
        return list({membership.user_id: membership.user for membership in memberships}.values())

    def places(self, user_ids: Iterable[int], on: date) -> dict[int, Place]:
        memberships = list(_in_force(on).filter(user_id__in=list(user_ids)).order_by("-starts_on", "-pk"))
        agencies = Agency.objects.in_bulk({membership.agency_id for membership in memberships})
        return {m.user_id: _place(m, agencies[m.agency_id]) for m in memberships}


def _in_force(on: date) -> QuerySet[Membership]:
    in_regency = Membership.objects.filter(regency_id=current_regency_id(), user__is_active=True)
    return in_regency.on(on).select_related("user")


def _place(membership: Membership, agency: Agency) -> Place:
    return Place(agency.short_name or agency.name, reverse("agencies:membership", args=[agency.code, membership.pk]))
