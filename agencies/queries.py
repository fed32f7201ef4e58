from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from agencies.models import Membership
from katingan_portal.tenancy.scope import current_regency_id


def people_of(agency_ids: Iterable[int], on: date) -> QuerySet[Membership]:
    """Memberships in force on a day at these agencies of the running regency, with their active users."""
    return (
        Membership.objects.filter(regency_id=current_regency_id(), agency_id__in=agency_ids, user__is_active=True)
        .on(on)
        .select_related("user")
        .order_by("agency_id", "role", "user_id")
    )
