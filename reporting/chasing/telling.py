"""Put what was taken into people's messages: the day's digest of each channel, or one apart if urgent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.digests import Envelope, open_digests
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.bulk import insert_many
from reporting.chasing.deciding import Desk, Way
from reporting.chasing.directory import Person
from reporting.chasing.hours import digest_slot, next_slot
from reporting.chasing.models import Audience, ChaseNotice, LadderStep, Outside, Tone
from reporting.chasing.recording import Fired

KIND = "chase"


class Telling(NamedTuple):
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

    In the portal always; by the step's other channels: by e-mail unless it is an ordinary reminder that the person does
    not want by e-mail, by WhatsApp where the district has an account for it and the person asked for it.
    """
    contact = desk.directory.contact_of(person)
    addresses: dict[str, str] = {Message.Channel.IN_APP: ""}
    wants = contact.email_reminders or step.is_mandatory or step.tone != Tone.REMINDER
    if Outside.EMAIL in step.channels and person.email and wants:
        addresses[Message.Channel.EMAIL] = person.email
    asked = contact.whatsapp_on and contact.whatsapp_number
    if Outside.WHATSAPP in step.channels and asked and whatsapp.is_configured():
        addresses[Message.Channel.WHATSAPP] = contact.whatsapp_number
    return addresses


def _told(fired: Fired, desk: Desk) -> Iterator[Telling]:
    for way in _ways(fired, desk):
        envelope = _apart(way.envelope, fired, desk) if fired.step.is_urgent else way.envelope
        yield Telling(fired.taken_id, way.person, way.audience, envelope)


def _ways(fired: Fired, desk: Desk) -> list[Way]:
    """By which people hear of a step; the same for all that one agency owes, so they are looked up once."""
    known = fired.step.pk, fired.move.clock, fired.move.row.agency_id
    if known not in desk.ways:
        people = desk.directory.recipients(fired.step.audiences, fired.move.clock, fired.move.row.agency_id)
        desk.ways[known] = [
            Way(person, audience, _digest(person, channel, address, desk))
            for person, audience in people.values()
            for channel, address in addresses_for(person, fired.step, desk).items()
        ]
    return desk.ways[known]


def _digest(person: Person, channel: str, address: str, desk: Desk) -> Envelope:
    known = person.user_id, channel, address
    if known not in desk.envelopes:
        hour, calendar = desk.directory.contact_of(person).digest_hour, desk.calendars[person.works_saturday]
        desk.envelopes[known] = Envelope(*known, *digest_slot(desk.now, hour, calendar, desk.zone))
    return desk.envelopes[known]


def _apart(envelope: Envelope, fired: Fired, desk: Desk) -> Envelope:
    today = desk.regency.local(desk.now).date()
    return replace(envelope, day=today, not_before=desk.now, apart=f"urgent:{fired.taken_id}")


def _put_off(told: Telling, desk: Desk) -> Telling:
    """To the next working day's digest: that of the day has left already."""
    contact, calendar = desk.directory.contact_of(told.person), desk.calendars[told.person.works_saturday]
    day, moment = next_slot(told.envelope.day, contact.digest_hour, calendar, desk.zone)
    return told._replace(envelope=replace(told.envelope, day=day, not_before=moment))


def _write(told: list[Telling], messages: dict[str, int]) -> int:
    if not told:
        return 0
    columns: dict[str, list[Any]] = {
        "taken_id": [each.taken_id for each in told],
        "recipient_id": [each.person.user_id for each in told],
        "audience": [each.audience.value for each in told],
        "channel": [each.envelope.channel for each in told],
        "message_id": [messages[each.envelope.key] for each in told],
    }
    return len(insert_many(ChaseNotice, columns, {}, passing_over_known=False))
