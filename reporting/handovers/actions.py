"""Hand a person's office to a successor: the old membership ends, the new one begins, and nothing open is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from agencies.actions_people import PeopleRefused, Seat, end_membership, invite, start_membership
from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.tenancy.scope import Scope, applied, current_regency_id
from reporting.handovers.models import Handover
from reporting.handovers.queries import open_items

REASON = "serah terima kepada pengganti"


@dataclass(frozen=True)
class Successor:
    """Somebody who has an account, or else a name and an address to invite."""

    user: User | None = None
    full_name: str = ""
    email: str = ""
    title: str = ""
    acting: str = ""


@transaction.atomic
def hand_over(
    leaving: Membership, successor: Successor, *, takes_over_on: date, note: str, by: Actor, now: datetime
) -> Handover:
    """The successor serves from takes_over_on, the other until the day before. Raises PeopleRefused.

    Drafts, obligations and requests belong to the agency and stay there; the row only says what was open.
    """
    last_day = takes_over_on - timedelta(days=1)
    locked = Membership.objects.select_for_update(of=("self",)).get(pk=leaving.pk)
    if locked.ends_on is not None and locked.ends_on < last_day:
        raise PeopleRefused("Masa tugas orang ini sudah berakhir sebelum tanggal itu.")
    if successor.user is not None and successor.user.pk == locked.user_id:
        raise PeopleRefused("Pengganti harus orang lain.")
    agency = Agency.objects.get(pk=locked.agency_id)
    # An administrator's own scope reads and writes nothing private of an agency; this one row is the agency's.
    with applied(Scope(current_regency_id(), (agency.pk,), (agency.pk,))):
        if Handover.objects.filter(leaving=locked).exists():
            raise PeopleRefused("Serah terima orang ini sudah tercatat.")
        handover = Handover(
            agency=agency, role=locked.role, leaving=locked, takes_over_on=takes_over_on, note=note,
            items=open_items(locked), made_at=now, made_by_name=by.name,
        )  # fmt: skip
        _seat(handover, successor, by, now)
        end_membership(locked, on=last_day, by=by, reason=REASON)
        handover.save()
    record("serah terima jabatan", handover, by=by, changes={"pengganti mulai": [None, str(takes_over_on)]})
    return handover


@transaction.atomic
def acknowledge(handover: Handover, membership: Membership, *, by: Actor, now: datetime) -> None:
    """The successor has read what is open; it leaves their home page."""
    claimed = Handover.objects.filter(pk=handover.pk, acknowledged_at=None).update(
        acknowledged_at=now, successor=membership
    )
    if claimed:
        record("membaca serah terima", handover, by=by)


def _seat(handover: Handover, successor: Successor, by: Actor, now: datetime) -> None:
    if successor.user is None:
        seat = Seat(successor.full_name, successor.email, handover.role, successor.title, successor.acting)
        handover.invitation = invite(handover.agency, seat, by=by, now=now)
        return
    held = Membership.objects.filter(user=successor.user, agency=handover.agency, role=handover.role, ends_on=None)
    handover.successor = held.first() or start_membership(
        handover.agency, successor.user, role=handover.role, title=successor.title, acting=successor.acting,
        starts_on=handover.takes_over_on, by=by,
    )  # fmt: skip
