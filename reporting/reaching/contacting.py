"""Chasing by hand, without a gateway: a ready text and a link that opens WhatsApp. The use is logged first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from agencies.models import Membership
from agencies.queries import people_of
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.contacts import contact_of, contacts_of
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.periods.calendar import period_from_key
from reporting.periods.clocks import Clock, clock_beneath
from reporting.periods.models import Obligation
from reporting.reaching.contact_log import ContactLog
from reporting.submissions.notices import AGENCY_ROLES

OF_THE_AGENCY = (Clock.FILING, Clock.CORRECTION)


class ContactRefused(Exception):
    """The step is not possible; the message is for the user."""


@dataclass(frozen=True)
class Reachable:
    """Somebody of the agency who can be written to; without a number the writer picks them in WhatsApp."""

    post: Membership
    has_number: bool


@transaction.atomic
def chase_by_whatsapp(
    obligation: Obligation, regency: Regency, *, post: Membership, by: Actor, now: datetime
) -> ContactLog:  # fmt: skip
    """Note that `by` takes the ready text to this person. Whether it is sent, only WhatsApp knows."""
    if not is_to_chase(obligation):
        raise ContactRefused("Laporan ini sedang tidak menunggu perangkat daerah, jadi tidak ada yang ditagih.")
    logged = ContactLog.objects.create(
        obligation=obligation, agency_id=obligation.agency_id, recipient=post.user, recipient_name=str(post.user),
        had_number=bool(contact_of(post.user_id).whatsapp_number), text=text_for(obligation, regency, post, by, now),
        made_at=now, made_by_id=by.user_id, made_by_name=by.name,
    )  # fmt: skip
    record("menagih lewat WhatsApp", logged, by=by, reason=f"kepada {logged.recipient_name}: {logged.text}")
    return logged


def is_to_chase(obligation: Obligation) -> bool:
    """It is the agency's turn: to file or to correct."""
    running = clock_beneath(obligation)
    waits = running is not None and running[0] in OF_THE_AGENCY
    return waits and not obligation.waived_at and not obligation.accepted_at


def people_to_contact(obligation: Obligation, now: datetime) -> list[Reachable]:
    """Who works on the agency's reports today, each once."""
    posts = people_of([obligation.agency_id], timezone.localdate(now)).filter(role__in=AGENCY_ROLES)
    each_once = {post.user_id: post for post in posts}
    contacts = contacts_of(each_once)
    return [Reachable(post, bool(contacts[user].whatsapp_number)) for user, post in each_once.items()]


def text_for(obligation: Obligation, regency: Regency, post: Membership, by: Actor, now: datetime) -> str:
    """Short, and nothing but who owes what by when, which all staff may know."""
    running = clock_beneath(obligation)
    assert running is not None
    clock, due_at = running
    what = f"{obligation.form.name} {period_from_key(obligation.period).label} dari {obligation.agency.name}"
    lead = "perbaikan " if clock == Clock.CORRECTION else ""
    late = max(1, (regency.local(now).date() - regency.local(due_at).date()).days)
    when = f"ditunggu sampai {day(due_at, regency.zone)}"
    if now > due_at:
        when = f"belum kami terima, sudah lewat {late} hari dari tenggat {day(due_at, regency.zone)}"
    if obligation.promise_due_at:
        when += f" (dijanjikan {day(obligation.promise_due_at, regency.zone)})"
    link = settings.PORTAL_BASE_URL.rstrip("/") + reverse("reporting:obligation", args=[obligation.pk])
    return (
        f"Yth. {post.user}, {lead}{what} {when}. Mohon diisi atau dijawab di portal: {link}\n\n"
        f"Terima kasih.\n{by.name}, Portal Koperasi Merah Putih {regency.name}"
    )


def whatsapp_link(logged: ContactLog, now: datetime) -> str:
    """To the person's chat, or to WhatsApp's own choice of whom to write to: without a known number, and once they no
    longer work there, when their number is nobody's business any more."""
    works_there = any(each.post.user_id == logged.recipient_id for each in people_to_contact(logged.obligation, now))
    number = contact_of(logged.recipient_id).whatsapp_number.removeprefix("+") if works_there else ""
    return f"https://wa.me/{number}?text={quote(logged.text, safe='')}"
