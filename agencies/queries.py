from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from agencies.models import Agency, Membership
from katingan_portal.accounts.roles import ROLES
from katingan_portal.tenancy.scope import current_regency_id
from villages.names import GOOD_ENOUGH, likeness


def people_of(agency_ids: Iterable[int], on: date) -> QuerySet[Membership]:
    """Memberships in force on a day at these agencies of the running regency, with their active users."""
    return (
        Membership.objects.filter(regency_id=current_regency_id(), agency_id__in=agency_ids, user__is_active=True)
        .on(on)
        .select_related("user")
        .order_by("agency_id", "role", "user_id")
    )


def leaders_of(agency_id: int, on: date) -> list[Membership]:
    """The agency's leaders in office on a day, one membership per person."""
    leading = [role.key for role in ROLES.values() if role.leads]
    return list({row.user_id: row for row in people_of({agency_id}, on).filter(role__in=leading)}.values())


def people_counts(on: date) -> Counter[int]:
    """{agency id: people in office on that day}, of the running regency."""
    rows = Membership.objects.filter(regency_id=current_regency_id(), user__is_active=True).on(on)
    return Counter(agency_id for agency_id, _ in rows.values_list("agency_id", "user_id").distinct())


def agencies_like(agencies: Iterable[Agency], typed: str) -> list[Agency]:
    """Those whose name, short name or alias is like what was typed, best first."""
    scored = [(max(likeness(typed, name) for name in names_of(agency)), agency) for agency in agencies]
    good = [pair for pair in scored if pair[0] >= GOOD_ENOUGH]
    return [agency for _, agency in sorted(good, key=lambda pair: -pair[0])]


def names_of(agency: Agency) -> list[str]:
    return [agency.name, agency.short_name, *agency.aliases]
