from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from agencies.models import Agency, Membership
from agencies.queries import people_of
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import ROLES, Verb
from reporting.handovers.models import Handover
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Extension, Obligation
from reporting.periods.standing import is_owed
from reporting.submissions.models import Comment, Report

Item = dict[str, object]
HANDED_OVER = frozenset(role.key for role in ROLES.values() if Verb.FILE_REPORT in role.own_agency)


def may_hand_over(actor: Actor, membership: Membership) -> bool:
    """Only what the actor could give: a head hands over no role that reaches further than their own."""
    if membership.role not in HANDED_OVER or not may(actor, Verb.HAND_OVER, membership):
        return False
    return may(actor, Verb.MANAGE_PEOPLE, membership) or membership.duties.everywhere <= actor.duties.everywhere


def possible_successors(membership: Membership, actor: Actor) -> list[User]:
    """People of the agency; for who manages people, everybody who serves in the district."""
    today = timezone.localdate()
    agencies = [membership.agency_id]
    if may(actor, Verb.MANAGE_PEOPLE, membership):
        agencies = list(Agency.objects.values_list("pk", flat=True))
    people = {row.user_id: row.user for row in people_of(agencies, today) if row.user_id != membership.user_id}
    return sorted(people.values(), key=str)


def pending_for(membership: Membership) -> QuerySet[Handover]:
    """What this person takes over and has not acknowledged: named in it, or come by its invitation."""
    invited = Q(successor=None, invitation__accepted_at__isnull=False, role=membership.role)
    invited &= Q(made_at__date__lte=membership.starts_on)
    rows = Handover.objects.filter(agency_id=membership.agency_id, acknowledged_at=None)
    rows = rows.exclude(leaving=membership).filter(Q(successor=membership) | invited)
    return rows.select_related("leaving__user", "agency")


def open_items(membership: Membership) -> list[Item]:
    """What is open at the agency, in a scope that may read it; mentions are those of the person who leaves."""
    agency_id = membership.agency_id
    states = dict(
        Report.objects.filter(agency_id=agency_id, state__in=[Report.State.DRAFT, Report.State.RETURNED]).values_list(
            "obligation_id", "state"
        )
    )
    rows = Obligation.objects.filter(agency_id=agency_id, accepted_at=None, waived_at=None)
    rows = rows.filter(is_owed() | Q(pk__in=states)).select_related("form").order_by("due_at")
    items = [_item(states.get(row.pk, "obligation"), row) for row in rows]
    asked = Extension.objects.filter(agency_id=agency_id, state=Extension.State.ASKED)
    items += [_item("extension", each.obligation) for each in asked.select_related("obligation__form")]
    return items + [_item("mention", row) for row in _unanswered(membership)]


def _unanswered(membership: Membership) -> list[Obligation]:
    """Reports of the agency in whose conversation the person was named and did not write afterwards."""
    comments = Comment.objects.filter(agency_id=membership.agency_id).order_by("report_id", "written_at")
    rows = comments.annotate(obligation_id=F("report__obligation_id"))
    waiting: dict[int, bool] = {}
    for comment in rows:
        if comment.author_id == membership.user_id:
            waiting[comment.obligation_id] = False
        elif membership.user_id in comment.mentions:
            waiting[comment.obligation_id] = True
    keys = [pk for pk, is_waiting in waiting.items() if is_waiting]
    return list(Obligation.objects.filter(pk__in=keys).select_related("form"))


def _item(kind: str, obligation: Obligation) -> Item:
    text = f"{obligation.form.name} {period_from_key(obligation.period).label}"
    return {"kind": kind, "text": text, "obligation": obligation.pk}
