from datetime import timedelta

import pytest
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.queries import history_of
from katingan_portal.outbox import actions
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied

pytestmark = pytest.mark.django_db
State = Message.State
ADMIN = Actor(name="Admin", source="web")


def test_queue_writes_one_row_per_key(in_katingan, queued):
    first = queued(key="a")
    assert first.state == State.PLANNED
    assert queued(key="a", subject="Lain") is None
    assert queued(key="b").key == "b"
    assert list(Message.objects.values_list("key", "subject").order_by("key")) == [
        ("a", "Laporan belum dikirim"),
        ("b", "Laporan belum dikirim"),
    ]


def test_queue_keeps_the_keys_of_regencies_apart(katingan, elsewhere, queued):
    with applied(Scope(katingan.pk)):
        ours = queued(key="a")
    with applied(Scope(elsewhere.pk)):
        theirs = queued(key="a")
        assert list(Message.objects.filter(key="a")) == [theirs]
    assert ours.message_id != theirs.message_id


def test_queue_belongs_to_the_callers_transaction(in_katingan, queued):
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queued(key="a")
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_queue_delivers_in_app_messages_by_writing_them(in_katingan, queued):
    now = timezone.now()
    at_once = queued(key="a", channel="in_app", not_before=now - timedelta(minutes=1))
    later = queued(key="b", channel="in_app", not_before=now + timedelta(hours=1))
    assert (at_once.state, at_once.sent_at is not None) == (State.SENT, True)
    assert (later.state, later.sent_at) == (State.PLANNED, None)


def test_queue_folds_a_line_break_in_the_subject(in_katingan, queued):
    assert queued(subject="Laporan\r\nBcc: x@example.test").subject == "Laporan Bcc: x@example.test"


def test_queue_refuses_a_kind_nobody_described(in_katingan, queued):
    with pytest.raises(KeyError):
        queued(kind="tidak ada")


def test_queue_rings_once_per_transaction_and_not_for_what_was_there(
    in_katingan, queued, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(actions.doorbell, "ring", ring := lambda: rung.append(True))
    assert ring == actions.doorbell.ring
    with django_capture_on_commit_callbacks(execute=True):
        queued(key="a")
        queued(key="b")
    with django_capture_on_commit_callbacks(execute=True):
        queued(key="a")
    assert len(rung) == 1


def test_message_id_is_the_same_for_ever_and_names_our_host(settings):
    settings.PORTAL_BASE_URL = "https://portal.example.test:8443/x"
    own = actions.message_id_of(1, "chase:1")
    assert own == actions.message_id_of(1, "chase:1")
    assert own.endswith("@portal.example.test>")
    assert len({own, actions.message_id_of(2, "chase:1"), actions.message_id_of(1, "chase:2")}) == 3


def test_cancel_about_ends_what_waits_and_marks_what_is_on_its_way(in_katingan, queued, katingan):
    thing = Regency.objects.get(pk=katingan.pk)
    waiting = queued(key="a", about=thing)
    flying = queued(key="b", about=thing)
    other = queued(key="c", about=None)
    now = timezone.now()
    Message.objects.filter(pk=flying.pk).update(
        state=State.SENDING, token="0" * 32, lease_until=now, handed_over_at=now
    )
    assert actions.cancel_about(thing, "sudah dikirim") == 2
    states = dict(Message.objects.values_list("key", "state"))
    assert states == {"a": State.CANCELLED, "b": State.SENDING, "c": State.PLANNED}
    flying.refresh_from_db()
    assert (flying.withdrawn_as, flying.reason) == (State.CANCELLED, "sudah dikirim")
    waiting.refresh_from_db()
    assert waiting.reason == "sudah dikirim"
    assert actions.cancel_about(thing, "lagi") == 1, "what ended stays as it ended"
    assert other.state == State.PLANNED


def test_supersede_ends_only_its_kind(in_katingan, queued, katingan):
    queued(key="a", about=katingan)
    queued(key="b", about=katingan, kind="account")
    actions.supersede(katingan, kind="chase", reason="tahap berikutnya")
    assert dict(Message.objects.values_list("key", "state")) == {"a": State.SUPERSEDED, "b": State.PLANNED}


def test_withdrawn_secrets_are_wiped(in_katingan, queued, katingan):
    queued(key="a", kind="invitation", about=katingan, body_text="https://portal/undangan/rahasia")
    actions.cancel_about(katingan, "ditarik")
    assert Message.objects.get().body_text == ""


def test_resend_starts_a_failed_message_anew_and_leaves_a_trace(in_katingan, queued):
    message = queued()
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, attempts=8, expires_at=timezone.now())
    message.refresh_from_db()
    actions.resend(message, by=ADMIN)
    message_id = message.message_id
    message.refresh_from_db()
    assert (message.state, message.attempts, message.message_id) == (State.PLANNED, 0, message_id)
    assert message.expires_at > timezone.now()
    assert [event.verb for event in history_of(message)] == ["resend_message"]


def test_resend_refuses_what_has_not_failed(in_katingan, queued):
    message = queued()
    with pytest.raises(actions.ResendRefused):
        actions.resend(message, by=ADMIN)
    assert not history_of(message).exists()


def test_resend_refuses_a_secret_that_died(in_katingan, queued):
    message = queued(kind="password_reset", expires_at=timezone.now() - timedelta(minutes=1))
    Message.objects.filter(pk=message.pk).update(state=State.FAILED)
    with pytest.raises(actions.ResendRefused):
        actions.resend(message, by=ADMIN)


def test_resend_refuses_who_has_no_address_any_more(in_katingan, queued, ani, django_user_model):
    """The old mailbox may be somebody else's by now."""
    message = queued(recipient=ani, address="lama@uji.example")
    Message.objects.filter(pk=message.pk).update(state=State.FAILED)
    django_user_model.objects.filter(pk=ani.pk).update(email="")
    message = Message.objects.get(pk=message.pk)
    with pytest.raises(actions.ResendRefused, match="alamat e-mail"):
        actions.resend(message, by=ADMIN)
    assert not history_of(message).exists()


def test_mark_read_keeps_the_first_moment(in_katingan, queued):
    message = queued(channel="in_app")
    first = timezone.now()
    actions.mark_read(message, now=first)
    actions.mark_read(message, now=first + timedelta(days=1))
    message.refresh_from_db()
    assert message.read_at == first
