"""People come to an agency and leave it: invitations and memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.mails import invitation_mail
from agencies.models import Agency, Invitation, Membership
from agencies.queries_people import administrators, open_invitations, roles_offered
from katingan_portal.accounts.actions import LinkRefused, digest_of, new_secret
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from katingan_portal.outbox.actions import cancel_about, queue, supersede
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, current_regency_id

INVITATION_LIVES = timedelta(days=7)


class PeopleRefused(Exception):
    """The step makes no sense as things stand. The message is for the user."""


@dataclass(frozen=True)
class Seat:
    """What is offered: a role at an agency, to a person."""

    full_name: str
    email: str
    role: str
    title: str = ""
    acting: str = ""


@transaction.atomic
def invite(agency: Agency, seat: Seat, *, by: Actor, now: datetime | None = None) -> Invitation:
    """Offer a seat by e-mail. Raises PeopleRefused for a slot, a role out of place, or somebody already there."""
    now = now or timezone.now()
    email = seat.email.strip().lower()
    _refuse_senseless(agency, seat, email)
    secret = _secret_in(current_regency_id())
    invitation = Invitation.objects.create(
        agency=agency,
        full_name=seat.full_name,
        email=email,
        role=seat.role,
        title=seat.title,
        acting=seat.acting,
        digest=digest_of(secret),
        invited_by_id=by.user_id,
        created_at=now,
        expires_at=now + INVITATION_LIVES,
    )
    record("invite", invitation, by=by, changes={"role": [None, seat.role], "email": [None, email]})
    _mail(invitation, secret, by)
    return invitation


def _refuse_senseless(agency: Agency, seat: Seat, email: str) -> None:
    if agency.is_slot:
        raise PeopleRefused("Perangkat daerah ini belum dinamai, jadi belum ada orang yang dapat diundang.")
    if seat.role not in roles_offered(agency):
        raise PeopleRefused("Peran itu tidak ada di perangkat daerah ini.")
    if open_invitations(agency).filter(email=email, role=seat.role).exists():
        raise PeopleRefused("Undangan untuk alamat dan peran ini masih terbuka. Kirim ulang undangan itu.")
    serving = Membership.objects.filter(regency_id=current_regency_id(), agency=agency, role=seat.role)
    if serving.filter(user__email=email, ends_on__isnull=True).exists():
        raise PeopleRefused("Orang dengan alamat e-mail ini sudah memegang peran itu di sini.")


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: Actor, now: datetime | None = None) -> None:
    """A fresh link and a week more; the earlier link dies."""
    now = now or timezone.now()
    secret = _secret_in(current_regency_id())
    claimed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
        digest=digest_of(secret), expires_at=now + INVITATION_LIVES
    )
    if not claimed:
        raise PeopleRefused("Undangan ini sudah diterima atau ditarik.")
    invitation.refresh_from_db()
    record("resend_invitation", invitation, by=by)
    supersede(invitation, kind="invitation", reason="diganti undangan yang lebih baru")
    _mail(invitation, secret, by)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Actor) -> None:
    claimed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    if not claimed:
        raise PeopleRefused("Undangan ini sudah diterima atau ditarik.")
    record("withdraw_invitation", invitation, by=by)
    cancel_about(invitation, "undangan ditarik")


@dataclass(frozen=True)
class Offer:
    """An open invitation as its link shows it, read inside its own regency."""

    invitation: Invitation
    regency: Regency


def open_invitation(secret: str) -> Offer:
    """The open invitation of this secret. Raises LinkRefused.

    The secret begins with its regency, because without a scope no invitation can be seen at all.
    """
    prefix, _, _ = secret.partition(".")
    regency = Regency.objects.filter(pk=int(prefix)).first() if prefix.isdecimal() and len(prefix) < 10 else None
    if regency is None:
        raise LinkRefused("Undangan ini tidak dikenal. Periksa apakah tautannya tersalin utuh.")
    with applied(Scope(regency.pk)):
        invitation = Invitation.objects.select_related("agency", "invited_by").filter(digest=digest_of(secret)).first()
    if invitation is None:
        raise LinkRefused("Undangan ini tidak dikenal, atau sudah diganti dengan undangan yang lebih baru.")
    if invitation.accepted_at:
        raise LinkRefused("Undangan ini sudah diterima. Silakan masuk dengan akun Anda.")
    if not invitation.is_open:
        raise LinkRefused("Undangan ini sudah ditarik atau lewat masa berlakunya. Mintalah undangan baru.")
    return Offer(invitation, regency)


def accept_as_new_user(offer: Offer, *, username: str, password: str, request_id: str = "") -> User:
    """Create the account and take the seat. Raises LinkRefused when too late, PeopleRefused for a taken name."""
    invitation = offer.invitation
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password, full_name=invitation.full_name, email=invitation.email)
            _take_seat(offer, user, request_id)
    except IntegrityError:
        raise PeopleRefused("Nama pengguna itu baru saja dipakai orang lain. Pilih yang lain.") from None
    return user


@transaction.atomic
def accept_as(offer: Offer, user: User, *, request_id: str = "") -> Membership:
    """Add the seat to an existing account. Raises LinkRefused, or PeopleRefused when they hold it already."""
    held = Membership.objects.filter(user=user, agency_id=offer.invitation.agency_id, role=offer.invitation.role)
    if held.filter(ends_on__isnull=True).exists():
        raise PeopleRefused("Akun Anda sudah memegang peran ini.")
    return _take_seat(offer, user, request_id)


def _take_seat(offer: Offer, user: User, request_id: str) -> Membership:
    """Claimed by a conditional update: of two who accept at once, one wins."""
    invitation, now = offer.invitation, timezone.now()
    with applied(Scope(offer.regency.pk)):
        still_open = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest, expires_at__gt=now)
        if not still_open.filter(accepted_at=None, withdrawn_at=None).update(accepted_at=now):
            raise LinkRefused("Undangan ini baru saja dipakai atau ditarik.")
        membership = Membership.objects.create(
            regency=offer.regency,
            user=user,
            agency_id=invitation.agency_id,
            role=invitation.role,
            title=invitation.title,
            acting=invitation.acting,
            starts_on=timezone.localdate(now),
        )
        by = Actor(
            name=str(user), user_id=user.pk, membership_id=membership.pk, role=membership.role, request_id=request_id
        )
        record("accept_invitation", invitation, by=by)
        record("start_membership", membership, by=by, changes={"role": [None, membership.role]})
    return membership


@transaction.atomic
def start_membership(
    agency: Agency, user: User, *, role: str, title: str, acting: str, starts_on: date, by: Actor
) -> Membership:
    """Give somebody who has an account a role at the agency. Raises PeopleRefused for a role out of place."""
    if role not in roles_offered(agency):
        raise PeopleRefused("Peran itu tidak ada di perangkat daerah ini.")
    membership = Membership.objects.create(
        regency_id=current_regency_id(), user=user, agency=agency, role=role, title=title, acting=acting,
        starts_on=starts_on,
    )  # fmt: skip
    record("start_membership", membership, by=by, changes={"role": [None, role]})
    return membership


@transaction.atomic
def change_position(membership: Membership, *, title: str, acting: str, by: Actor) -> None:
    after = {"title": title, "acting": acting}
    changes = changed_fields(membership, after)
    if not changes:
        return
    Membership.objects.filter(pk=membership.pk).update(**after)
    record("change_position", membership, by=by, changes=changes)


@transaction.atomic
def end_membership(membership: Membership, *, on: date, by: Actor, reason: str = "") -> None:
    """`on` is the last day in force. Raises PeopleRefused before its start, or for the last district admin."""
    if on < membership.starts_on:
        raise PeopleRefused("Tanggal berakhir tidak boleh sebelum tanggal mulai.")
    if membership.role == "district_admin" and not _another_admin(membership):
        raise PeopleRefused("Ini admin kabupaten terakhir. Undang admin lain lebih dahulu.")
    changes = changed_fields(membership, {"ends_on": on})
    Membership.objects.filter(pk=membership.pk).update(ends_on=on)
    record("end_membership", membership, by=by, changes=changes, reason=reason)


def _another_admin(membership: Membership) -> bool:
    """Another district admin without an end date; locked, so that two admins cannot end each other at once."""
    lasting = administrators(membership.regency_id).filter(ends_on__isnull=True, user__is_active=True)
    rows = list(lasting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return any(pk != membership.pk for pk in rows)


@transaction.atomic
def appoint_first_admin(regency: Regency, *, username: str, full_name: str, email: str, by: Actor) -> Membership:
    """A district admin at the coordinator's office, or else the first leadership office. Raises PeopleRefused."""
    office = Agency.objects.filter(is_coordinator=True, is_slot=False).first()
    office = office or Agency.objects.filter(kind=Agency.Kind.LEADERSHIP, is_slot=False).first()
    if office is None:
        raise PeopleRefused("Perangkat daerah kabupaten ini belum dimuat.")
    user = User.objects.create_user(username, full_name=full_name, email=email)
    membership = Membership.objects.create(
        regency=regency, user=user, agency=office, role="district_admin", starts_on=timezone.localdate()
    )
    record("start_membership", membership, by=by, changes={"role": [None, "district_admin"]})
    return membership


def _secret_in(regency_id: int) -> str:
    return f"{regency_id}.{new_secret()}"


def _mail(invitation: Invitation, secret: str, by: Actor) -> None:
    mail = invitation_mail(invitation, secret, Regency.objects.get(pk=current_regency_id()), by.name)
    queue(
        key=f"invitation:{invitation.pk}:{invitation.digest[:16]}",
        kind="invitation",
        channel=Message.Channel.EMAIL,
        recipient=None,
        address=invitation.email,
        subject=mail.subject,
        body_text=mail.body,
        about=invitation,
        expires_at=invitation.expires_at,
    )
