"""Who works for an agency, and who may help whom back into their account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from agencies.models import Agency, ApiToken, Invitation, Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, current_regency_id

ADMIN_ROLES = ("import_admin", "district_admin")
ROLES_OF_KIND = {
    Agency.Kind.OPD: ("operator", "head"),
    Agency.Kind.SUBDISTRICT: ("camat", "subdistrict_operator"),
    Agency.Kind.BUMD: ("operator", "head"),
    Agency.Kind.LEADERSHIP: ("executive", *ADMIN_ROLES),
}


def roles_offered(agency: Agency) -> tuple[str, ...]:
    """The roles that make sense at this agency; the one that receives the reports also has those who review."""
    roles = ROLES_OF_KIND[Agency.Kind(agency.kind)]
    return (*roles, "coordinator", *ADMIN_ROLES) if agency.is_coordinator else roles


def may_see_people(actor: Actor, agency: Agency) -> bool:
    """Those who manage or rescue people, the agency itself, and who reads all agencies' work and may need to call."""
    return any(may(actor, verb, agency) for verb in (Verb.MANAGE_PEOPLE, Verb.ISSUE_ACCESS_LINK, Verb.READ_DRAFT))


def not_ended(users: Iterable[int], today: date) -> QuerySet[Membership]:
    """Memberships of these users in force and those to come, in every regency."""
    return Membership.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), user__in=users)


def may_rescue(actor: Actor, user: User, regency_id: int) -> bool:
    """Whether `actor` may issue a way into this account: only if everything it opens lies within their own reach.

    One password opens all of a person's memberships, those of other regencies and those to come included.
    """
    return _may_open(actor, user, list(not_ended([user.pk], timezone.localdate())), regency_id)


def _may_open(actor: Actor, user: User, memberships: list[Membership], regency_id: int) -> bool:
    if not memberships or user.pk == actor.user_id or user.is_platform_admin or not user.is_active:
        return False
    return all(each.regency_id == regency_id and _reaches(actor, each) for each in memberships)


def _reaches(actor: Actor, membership: Membership) -> bool:
    if not may(actor, Verb.ISSUE_ACCESS_LINK, membership):
        return False
    whole_regency = Verb.ISSUE_ACCESS_LINK in actor.duties.everywhere
    return whole_regency or membership.duties.everywhere <= actor.duties.everywhere


@dataclass(frozen=True)
class Member:
    membership: Membership
    seen_at: datetime | None
    may_rescue: bool

    @property
    def is_over(self) -> bool:
        ends_on = self.membership.ends_on
        return ends_on is not None and ends_on < timezone.localdate()


def members_of(agency: Agency, *, seen_by: Actor) -> list[Member]:
    """Everybody who works or has worked for the agency: those in office first, then by name."""
    rows = list(
        Membership.objects.filter(regency_id=current_regency_id(), agency=agency)
        .select_related("user")
        .annotate(session_seen_at=Max("user__portal_sessions__seen_at"))
        .order_by("user__full_name", "starts_on")
    )
    opened: dict[int, list[Membership]] = defaultdict(list)
    for each in not_ended([row.user_id for row in rows], timezone.localdate()):
        opened[each.user_id].append(each)
    members = [
        Member(
            row,
            max(filter(None, (row.session_seen_at, row.user.last_login)), default=None),
            _may_open(seen_by, row.user, opened[row.user_id], row.regency_id),
        )
        for row in rows
    ]
    return sorted(members, key=lambda member: member.is_over)


def open_invitations(agency: Agency) -> QuerySet[Invitation]:
    """Offered and neither accepted nor withdrawn; those that expired stay, so that they can be sent again."""
    return Invitation.objects.filter(agency=agency, accepted_at=None, withdrawn_at=None)


def administrators(regency_id: int) -> QuerySet[Membership]:
    """The district admins in force, now or to come."""
    today = timezone.localdate()
    return Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), regency_id=regency_id, role="district_admin"
    )


@dataclass(frozen=True)
class Post:
    """One membership of a person, named across regencies."""

    membership: Membership
    agency_name: str
    regency_name: str
    is_active: bool


def posts_of(user: User) -> list[Post]:
    """All memberships of a person, the newest first, each read inside its own regency."""
    active = set(Membership.objects.filter(user=user).on(timezone.localdate()).values_list("pk", flat=True))
    regencies = Regency.objects.in_bulk()
    return [
        Post(each, agency_name(each), regencies[each.regency_id].name, each.pk in active)
        for each in Membership.objects.filter(user=user).order_by("-starts_on", "-pk")
    ]


def agency_name(membership: Membership) -> str:
    with applied(Scope(membership.regency_id)):
        return Agency.objects.values_list("name", flat=True).get(pk=membership.agency_id)


def api_tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(membership__user=user).select_related("membership").order_by("-created_at")
