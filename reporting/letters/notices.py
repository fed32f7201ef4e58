"""The office that a letter is for hears that it was issued; the letter itself stays on its page."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from katingan_portal.accounts.permissions import Actor
from katingan_portal.outbox.actions import queue_many
from katingan_portal.outbox.framing import framed
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.letters.models import Letter
from reporting.periods.models import Obligation
from reporting.submissions.notices import agency_people, drafts_to

KIND = "letter_issued"
UNSIGNED = "Surat yang bertanda tangan disampaikan tersendiri; isinya sudah dapat dibaca di portal."


def tell_issued(letter: Letter, about: Obligation, *, regency: Regency, by: Actor, now: datetime) -> None:
    """To everyone at the addressed office who may read it. `about`: one of the reports it names, for the history."""
    what = f"{letter.get_kind_display()} Nomor {letter.full_number} tanggal {day(letter.issued_on)} telah diterbitkan."
    subject = f"{letter.get_kind_display()} untuk {letter.agency.short_name}"
    link = reverse("reporting:letter", args=[letter.pk])
    for user in agency_people(letter.agency_id, now):
        if user.pk != by.user_id:
            words = framed(
                subject, to=str(user), paragraphs=[what, UNSIGNED], link=link, link_label="Baca surat",
                place=regency.name,
            )  # fmt: skip
            queue_many(drafts_to(f"{KIND}:{letter.pk}", KIND, user, words, about, now), now=now)


def still_issued(message: Message) -> str | None:
    """Recheck: it was not voided before the message left, and its reader still works there."""
    letter = Letter.objects.filter(pk=message.key.split(":")[1]).first()
    if letter is None or letter.state != Letter.State.ISSUED:
        return "suratnya dibatalkan sebelum pesan ini berangkat"
    people = {user.pk for user in agency_people(letter.agency_id, message.next_attempt_at)}
    return None if message.recipient_id in people else "penerima tidak lagi bertugas di sana"
