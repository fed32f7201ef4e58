"""An address that refuses for good, from the relay's answer to the next message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from katingan_portal.outbox import broken, contacts, delivery
from katingan_portal.outbox.actions import resend
from katingan_portal.outbox.models import Message
from tests.outbox.sink import Sink, always

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_platform")]
State = Message.State


@pytest.fixture()
def refused(queued, sink: Sink, ani):
    """A letter to Ani that the relay refused at RCPT a moment ago."""
    sink.script = always("550 at RCPT")
    return deliver(queued(recipient=ani, address=ani.email))


def deliver(message: Message, minutes: int = 1) -> Message:
    delivery.deliver_one(timezone.now() + timedelta(minutes=minutes))
    message.refresh_from_db()
    return message


def test_refused_address_marks_the_contact_with_the_message(refused, ani):
    assert (refused.state, refused.last_error) == (State.FAILED, "550 5.1.1 no such mailbox")
    contact = contacts.contact_of(ani.pk)
    assert (contact.email_broken_address, contact.email_error) == (ani.email, "550 5.1.1 no such mailbox")
    assert [each.user for each in broken.broken_contacts()] == [ani]


def test_caretakers_are_told_once(refused, queued, ani):
    notices = Message.objects.filter(kind="contact")
    assert [(notice.recipient.username, notice.link) for notice in notices] == [("joko", "/pesan/keluar/kontak/")]
    contacts.mark_email_broken(ani.pk, address="lain@uji.example", error="x", now=timezone.now())
    broken.note(refused, "550 lagi", now=timezone.now())
    assert notices.count() == 1


def test_next_letters_are_spared_and_say_why(refused, queued, sink: Sink, ani):
    sink.script = always("accept")
    message = deliver(queued(key="next", recipient=ani, address=ani.email))
    day = timezone.localdate().strftime("%d-%m-%Y")
    assert (message.state, message.attempts) == (State.FAILED, 1)
    assert message.reason == f"Alamat ini ditolak sejak {day}. Perbaiki alamatnya, lalu kirim ulang."
    assert sink.seen.total() == 1


def test_notices_in_the_portal_and_other_people_go_on(refused, queued, sink: Sink, ani, budi):
    sink.script = always("accept")
    notice = queued(key="notice", channel="in_app", recipient=ani, not_before=timezone.now() + timedelta(seconds=1))
    assert deliver(notice).state == State.SENT
    assert deliver(queued(key="budi", recipient=budi, address=budi.email)).state == State.SENT


@pytest.mark.parametrize("mended", ["address", "button"])
def test_mended_address_gets_the_failed_letter_when_it_is_sent_anew(
    refused, sink: Sink, ani, actor_for, django_user_model, mended: str
):
    sink.script = always("accept")
    if mended == "address":
        django_user_model.objects.filter(pk=ani.pk).update(email="ani.baru@uji.example")
        refused.recipient.refresh_from_db()
    else:
        contacts.try_again(contacts.contact_of(ani.pk), by=actor_for("joko"))
    assert not broken.broken_contacts().exists()
    resend(refused, by=actor_for("joko"))
    message = deliver(refused)
    wanted = "ani.baru@uji.example" if mended == "address" else ani.email
    assert (message.state, message.address, list(sink.seen)[-1]) == (State.SENT, wanted, wanted)


def test_relay_that_refuses_us_marks_nobody(queued, sink: Sink, ani):
    """A relay of ours that is badly set up answers so to every recipient."""
    sink.script = always("554 relay denied at RCPT")
    message = deliver(queued(recipient=ani, address=ani.email))
    assert message.state == State.FAILED
    assert not broken.broken_contacts().exists()


def test_letter_to_nobody_in_particular_marks_nobody(queued, sink: Sink):
    sink.script = always("550 at RCPT")
    assert deliver(queued()).state == State.FAILED
    assert not Message.objects.filter(kind="contact").exists()


def test_lost_lease_takes_the_mark_back(queued, sink: Sink, ani, monkeypatch):
    """Marking the message and the contact is one fact."""
    sink.script = always("550 at RCPT")
    message = queued(recipient=ani, address=ani.email)
    monkeypatch.setattr(delivery.HeldLease, "end", lambda self, state, **fields: False)
    assert deliver(message).state == State.SENDING
    assert not broken.broken_contacts().exists()


def test_broken_contacts_leaves_out_who_left(refused, ani, django_user_model):
    django_user_model.objects.filter(pk=ani.pk).update(is_active=False)
    assert not broken.broken_contacts().exists()
