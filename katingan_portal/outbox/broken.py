"""Addresses that refuse letters for good: noted once, told to who looks after them, and spared further tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from katingan_portal.accounts.models import User
from katingan_portal.outbox.actions import Draft, queue_many
from katingan_portal.outbox.contacts import contact_of, mark_email_broken, mark_whatsapp_broken
from katingan_portal.outbox.directory import directory
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, current_regency_id

NOTICE_LIVES = timedelta(days=30)
Channel = Message.Channel


def broken_contacts() -> QuerySet[Contact]:
    """Those of the running regency whose present address fails, longest first."""
    email = Q(email_broken_at__isnull=False, email_broken_address=F("user__email"))
    whatsapp = Q(whatsapp_broken_at__isnull=False)
    failing = Contact.objects.filter(email | whatsapp, user__is_active=True)
    return failing.select_related("user").order_by("email_broken_at", "whatsapp_broken_at", "pk")


def reason_not_to_try(message: Message) -> str | None:
    """Why a message cannot reach its address (Indonesian), or None. Enters the message's regency."""
    if message.recipient_id is None or message.channel == Channel.IN_APP:
        return None
    with applied(Scope(cast(int, message.regency_id))):
        contact = contact_of(message.recipient_id)
        since = broken_since(contact, message)
        if since is None:
            return None
        zone = Regency.objects.get(pk=current_regency_id()).zone
        return f"Alamat ini ditolak sejak {since.astimezone(zone):%d-%m-%Y}. Perbaiki alamatnya, lalu kirim ulang."


def broken_since(contact: Contact, message: Message) -> datetime | None:
    if message.channel == Channel.WHATSAPP:
        return contact.whatsapp_broken_at if contact.whatsapp_number == message.address else None
    return contact.email_broken_at if contact.email_is_broken(message.address) else None


def note(message: Message, error: str, *, now: datetime) -> None:
    """The address of `message` refuses for good. Within its regency and the transaction that ends it."""
    if message.recipient is None:
        return
    if _mark(message, error, now):
        _tell(message.recipient, message, error, now)


def _mark(message: Message, error: str, now: datetime) -> bool:
    user = cast(User, message.recipient)
    if message.channel == Channel.WHATSAPP:
        return mark_whatsapp_broken(user.pk, number=message.address, error=error, now=now)
    # A letter may be about an address that its owner left meanwhile.
    return message.address == user.email and mark_email_broken(user.pk, address=message.address, error=error, now=now)


def _tell(user: User, message: Message, error: str, now: datetime) -> None:
    """One notice in the portal to each caretaker, for each contact and day."""
    day = Regency.objects.get(pk=current_regency_id()).local(now).date()
    what = Channel(message.channel).label
    body = (
        f"{what} kepada {user} tidak dapat disampaikan lagi ke {message.address}. Jawaban yang diterima portal: {error}"
        "\n\nSampai alamatnya diperbaiki, pesan berikutnya lewat saluran ini tidak dicoba. Hubungi orangnya dengan "
        "cara lain."
    )
    queue_many(
        [
            Draft(
                key=f"contact:{user.pk}:{message.channel}:{day}:{caretaker.pk}",
                kind="contact",
                channel=Channel.IN_APP,
                recipient=caretaker,
                subject=f"{what} kepada {user} tidak sampai",
                body_text=body,
                link=reverse("outbox:broken"),
                expires_at=now + NOTICE_LIVES,
            )
            for caretaker in directory().caretakers(day)
        ],
        now=now,
    )
