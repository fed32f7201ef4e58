"""How people want to be reached, and where reaching them fails; each in one regency."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from katingan_portal.outbox.models import Contact, Message

WRONG_NUMBER = "Tulis nomor WhatsApp dengan angka, misalnya 0812 3456 7890."
NO_EMAIL = "Penerima tidak lagi mempunyai alamat e-mail di portal."
NO_NUMBER = "Penerima tidak lagi mempunyai nomor WhatsApp di portal."
WHATSAPP_OFF = "Penerima sudah mematikan pesan lewat WhatsApp."
WORKS_AGAIN: dict[str, Any] = {"email_broken_at": None, "email_broken_address": "", "email_error": ""}
WHATSAPP_WORKS_AGAIN: dict[str, Any] = {"whatsapp_broken_at": None, "whatsapp_error": ""}


class Unreachable(Exception):
    """The person has no address for a channel, or does not want it. The message (Indonesian) says which."""


def contacts_of(user_ids: Iterable[int]) -> dict[int, Contact]:
    """{user id: their contact in this regency}, with an unsaved default for who never chose anything."""
    wanted = set(user_ids)
    known = chosen_contacts(wanted)
    return {user_id: known.get(user_id) or Contact(user_id=user_id) for user_id in wanted}


def chosen_contacts(user_ids: Iterable[int]) -> dict[int, Contact]:
    """{user id: their contact in this regency} of those who ever chose something."""
    return {contact.user_id: contact for contact in Contact.objects.filter(user__in=set(user_ids))}


def contact_of(user_id: int) -> Contact:
    return contacts_of([user_id])[user_id]


def present_address(message: Message) -> str:
    """Where the message's person is reached by its channel now: what was known when it was written may be mended.

    Raises Unreachable when they have no such address any more, or do not want to be reached by it.
    """
    if message.recipient is None or message.channel == Message.Channel.IN_APP:
        return message.address
    if message.channel == Message.Channel.WHATSAPP:
        return _wanted_number(contact_of(message.recipient.pk))
    if not message.recipient.email:
        raise Unreachable(NO_EMAIL)
    return message.recipient.email


def _wanted_number(contact: Contact) -> str:
    if not contact.whatsapp_number:
        raise Unreachable(NO_NUMBER)
    if not contact.whatsapp_on:
        raise Unreachable(WHATSAPP_OFF)
    return contact.whatsapp_number


def e164(typed: str) -> str:
    """ "0812-3456 7890", "62812…" or "+62 812…" as "+62812…"; empty stays empty. Raises ValidationError."""
    text = re.sub(r"[\s().-]", "", typed)
    if not text:
        return ""
    number = re.sub(r"^(\+|00)?", "+", text) if re.match(r"\+|00|62", text) else re.sub(r"^0?", "+62", text)
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", number):
        raise ValidationError(WRONG_NUMBER)
    return number


@transaction.atomic
def set_preferences(
    user_id: int,
    *,
    email_reminders: bool,
    digest_hour: int,
    whatsapp_number: str,
    whatsapp_on: bool,
    away_from: date | None,
    away_until: date | None,
    by: Actor,
) -> Contact:
    """What a person chose. Another number is a new try. Raises ValidationError."""
    contact = _locked(user_id)
    after: dict[str, Any] = {
        "email_reminders": email_reminders,
        "digest_hour": digest_hour,
        "whatsapp_number": e164(whatsapp_number),
        "whatsapp_on": whatsapp_on,
        "away_from": away_from,
        "away_until": away_until,
    }
    changes = changed_fields(contact, after)
    if "whatsapp_number" in changes:
        after |= WHATSAPP_WORKS_AGAIN
        # History is read more widely than a number should be.
        changes["whatsapp_number"] = [_masked(number) for number in changes["whatsapp_number"]]
    _write(contact, after)
    if changes:
        record("set_message_preferences", contact, by=by, changes=changes)
    return contact


@transaction.atomic
def mark_email_broken(user_id: int, *, address: str, error: str, now: datetime) -> bool:
    """Letters to `address` were refused for good. False when that was known already."""
    contact = _locked(user_id)
    if contact.email_is_broken(address):
        return False
    _write(contact, {"email_broken_at": now, "email_broken_address": address, "email_error": error[:500]})
    return True


@transaction.atomic
def mark_whatsapp_broken(user_id: int, *, number: str, error: str, now: datetime) -> bool:
    """WhatsApp cannot reach `number`. False when that was known already, or it is no longer theirs."""
    contact = _locked(user_id)
    if contact.whatsapp_broken_at is not None or contact.whatsapp_number != number:
        return False
    _write(contact, {"whatsapp_broken_at": now, "whatsapp_error": error[:500]})
    return True


@transaction.atomic
def try_again(contact: Contact, *, by: Actor) -> None:
    """Forget that the person's addresses failed: the next message is a new try."""
    before = [contact.email_broken_address, contact.whatsapp_error]
    _write(contact, WORKS_AGAIN | WHATSAPP_WORKS_AGAIN)
    record("try_contact_again", contact, by=by, changes={"broken": [" ".join(filter(None, before)), ""]})


def _locked(user_id: int) -> Contact:
    contact, _ = Contact.objects.select_for_update().get_or_create(user_id=user_id)
    return contact


def _write(contact: Contact, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(contact, name, value)
    contact.full_clean(exclude=["user", "regency"])
    contact.save(update_fields=fields)


def _masked(number: str) -> str:
    return f"…{number[-4:]}" if number else ""
