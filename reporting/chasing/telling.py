"""Put what was taken into people's messages: the day's digest of each channel, or one apart if urgent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.digests import Envelope, open_digests
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.bulk import insert_many
from reporting.chasing.deciding import Desk
from reporting.chasing.directory import Person
from reporting.chasing.hours import digest_slot, next_slot
from reporting.chasing.models import Audience, ChaseNotice, LadderStep, Tone
from reporting.chasing.recording import Fired

KIND = "chase"


@dataclass(frozen=True)
class Told:
    """One notice to be written: who, as whom, about which step, and where it goes."""

    taken_id: int
    person: Person
    audience: Audience
    envelope: Envelope


def tell(fired: Iterable[Fired], desk: Desk) -> int:
    """Write the notices of these steps and open the messages they go into; returns how many notices."""
    told = [each for step in fired for each in _told(step, desk)]
    messages: dict[str, int] = {}
    while missing := {key: each.envelope for each in told if (key := each.envelope.key) not in messages}:
        messages |= open_digests(missing.values(), kind=KIND, now=desk.now)
        told = [each if each.envelope.key in messages else _put_off(each, desk) for each in told]
    return _write(told, messages)


def addresses_for(person: Person, step: LadderStep, desk: Desk) -> dict[str, str]:
    """{channel: address} by which one person hears of a step.

    In the portal always; by e-mail unless it is an ordinary reminder that the person does not want by e-mail; by
    WhatsApp where the district has an account for it and the person asked for it.
    """
    contact = desk.directory.contacts[person.user_id]
    addresses: dict[str, str] = {Message.Channel.IN_APP: ""}
    wants = contact.email_reminders or step.is_mandatory or step.tone != Tone.REMINDER
    if person.email and wants:
        addresses[Message.Channel.EMAIL] = person.email
    if contact.whatsapp_on and contact.whatsapp_number and whatsapp.is_configured():
        addresses[Message.Channel.WHATSAPP] = contact.whatsapp_number
    return addresses


def _told(fired: Fired, desk: Desk) -> Iterator[Told]:
    row = fired.move.row
    people = desk.directory.recipients(fired.step.audiences, fired.move.clock, row.agency_id)
    for person, audience in people.values():
        for channel, address in addresses_for(person, fired.step, desk).items():
            yield Told(fired.taken_id, person, audience, _envelope(fired, person, channel, address, desk))


def _envelope(fired: Fired, person: Person, channel: str, address: str, desk: Desk) -> Envelope:
    if fired.step.is_urgent:
        today = desk.regency.local(desk.now).date()
        return Envelope(person.user_id, channel, address, today, desk.now, apart=f"urgent:{fired.taken_id}")
    known = person.user_id, channel, address
    if known not in desk.envelopes:
        hour, calendar = desk.directory.contacts[person.user_id].digest_hour, desk.calendars[person.works_saturday]
        desk.envelopes[known] = Envelope(*known, *digest_slot(desk.now, hour, calendar, desk.zone))
    return desk.envelopes[known]


def _put_off(told: Told, desk: Desk) -> Told:
    """To the next working day's digest: that of the day has left already."""
    contact, calendar = desk.directory.contacts[told.person.user_id], desk.calendars[told.person.works_saturday]
    day, moment = next_slot(told.envelope.day, contact.digest_hour, calendar, desk.zone)
    return replace(told, envelope=replace(told.envelope, day=day, not_before=moment))


def _write(told: list[Told], messages: dict[str, int]) -> int:
    if not told:
        return 0
    columns: dict[str, list[Any]] = {
        "taken_id": [each.taken_id for each in told],
        "recipient_id": [each.person.user_id for each in told],
        "audience": [each.audience.value for each in told],
        "channel": [each.envelope.channel for each in told],
        "message_id": [messages[each.envelope.key] for each in told],
    }
    return len(insert_many(ChaseNotice, columns, {}))
