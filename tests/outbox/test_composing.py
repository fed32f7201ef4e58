"""Words that are written when the message leaves, together with what their composer notes down."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from katingan_portal.outbox import caps, composing, delivery
from katingan_portal.outbox.contacts import (
    NO_EMAIL,
    NO_NUMBER,
    WHATSAPP_OFF,
    contact_of,
    mark_email_broken,
    set_preferences,
)
from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Contact, Message
from tests.outbox.test_delivery import Relay, after

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_platform")]
State = Message.State
NUMBER = "+6281200000001"
WORDLESS = {"subject": "", "body_text": ""}


class Secretary:
    """A composer that numbers its letters and keeps a ledger of its own: a contact's digest hour."""

    def __init__(self, user_id: int, by) -> None:
        self.user_id, self.by = user_id, by
        self.asked = 0
        self.answer: str | Exception | None = None

    def __call__(self, message: Message, now) -> Letter | str:
        self.asked += 1
        chosen = {"email_reminders": True, "whatsapp_number": "", "whatsapp_on": False}
        set_preferences(self.user_id, digest_hour=8 + self.asked, away_from=None, away_until=None, by=self.by, **chosen)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or Letter(f"Surat\n{self.asked}", f"Isi {self.asked}", "<p>Isi</p>", f"/{self.asked}/")

    def noted(self) -> int:
        """How many of its letters are in the ledger."""
        return contact_of(self.user_id).digest_hour - 8


@pytest.fixture()
def secretary(monkeypatch, ani, actor_for) -> Secretary:
    secretary = Secretary(ani.pk, actor_for("ani"))
    monkeypatch.setattr(composing, "_composers", {})
    delivery.register_composer("account", secretary)
    return secretary


@pytest.fixture()
def relay(monkeypatch) -> Relay:
    relay = Relay()
    monkeypatch.setitem(delivery.CHANNELS, "email", relay)
    return relay


def words_of(message: Message) -> tuple[str, str, str, str]:
    return (message.subject, message.body_text, message.body_html, message.link)


FIRST, SECOND = ("Surat 1", "Isi 1", "<p>Isi</p>", "/1/"), ("Surat 2", "Isi 2", "<p>Isi</p>", "/2/")


def test_words_are_written_when_the_message_leaves(queued, relay, secretary):
    now, message = timezone.now(), queued(kind="account", **WORDLESS)
    assert (message.composed_at, str(message)) == (None, "(ditulis saat dikirim)")
    message = after(message, now, seconds=1)
    assert (message.state, words_of(message), secretary.noted()) == (State.SENT, FIRST, 1)
    assert now < message.composed_at < message.sent_at


def test_words_that_came_with_the_message_stay(queued, relay, secretary):
    message = queued(kind="account", subject="Sudah", body_text="ditulis")
    assert message.composed_at == message.created_at
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, message.subject, secretary.asked) == (State.SENT, "Sudah", 0)


def test_words_are_new_at_each_try_that_nobody_took(queued, relay, secretary):
    relay.script = ["later", "accept"]
    now, message = timezone.now(), queued(kind="account", **WORDLESS)
    message = after(message, now, seconds=1)
    assert (message.state, words_of(message)) == (State.PLANNED, FIRST)
    message = after(message, now, hours=1)
    assert (message.state, words_of(message)) == (State.SENT, SECOND)


def test_words_that_a_relay_may_have_go_again_as_they_are(queued, relay, secretary):
    relay.script = ["silence", "accept"]
    now, message = timezone.now(), queued(kind="account", **WORDLESS)
    message = after(message, now, seconds=1)
    assert (message.state, words_of(message)) == (State.UNKNOWN, FIRST)
    message = after(message, now, hours=1)
    assert (message.state, words_of(message), message.possibly_repeated) == (State.SENT, FIRST, True)
    assert secretary.asked == 1


def test_words_are_new_when_the_relay_says_that_it_never_had_them(queued, relay, secretary):
    delivery.register_oracle(relay.accepted)
    relay.script = ["silence", "accept"]
    now, message = timezone.now(), queued(kind="account", **WORDLESS)
    after(message, now, seconds=1)
    message = after(message, now, hours=1)
    assert (message.state, words_of(message), message.possibly_repeated) == (State.SENT, SECOND, False)


def test_nothing_left_to_say_ends_the_message_and_keeps_the_ledger(queued, relay, secretary):
    secretary.answer = "semua sudah dikirim"
    message = after(queued(kind="account", **WORDLESS), timezone.now(), seconds=1)
    assert (message.state, message.reason, relay.holds) == (State.CANCELLED, "semua sudah dikirim", [])
    assert (message.composed_at, secretary.noted()) == (None, 1)


def test_a_reason_of_the_recheck_comes_before_any_words(queued, relay, secretary):
    delivery.register_recheck("account", lambda message: "tidak perlu lagi")
    message = after(queued(kind="account", **WORDLESS), timezone.now(), seconds=1)
    assert (message.state, message.reason, secretary.asked) == (State.CANCELLED, "tidak perlu lagi", 0)


@pytest.mark.parametrize("answer", [None, "semua sudah dikirim"])
def test_a_lost_lease_takes_the_ledger_back_with_the_words(queued, relay, secretary, answer: str | None):
    now, message = timezone.now(), queued(kind="account", **WORDLESS)
    claimed = delivery.claim(now + timedelta(seconds=1), 1)[0]
    Message.objects.filter(pk=message.pk).update(token=uuid.uuid4())
    secretary.answer = answer
    with pytest.raises(composing.LeaseLost):
        composing.compose_late(claimed, delivery.HeldLease(claimed, now))
    message.refresh_from_db()
    assert (message.state, message.composed_at, secretary.asked) == (State.SENDING, None, 1)
    assert not Contact.objects.exists()


def test_a_composer_that_breaks_delays_only_its_own_message_and_gives_up_in_the_end(queued, relay, secretary):
    secretary.answer = RuntimeError("rusak")
    now = timezone.now()
    broken, fine = queued(key="a", kind="account", not_before=now - timedelta(minutes=1), **WORDLESS), queued(key="b")
    assert delivery.deliver_one(now + timedelta(seconds=1)) is True
    assert after(fine, now, seconds=1).state == State.SENT
    broken.refresh_from_db()
    reason = "Isi pesan tidak dapat disusun: RuntimeError: rusak"
    assert (broken.state, broken.last_error) == (State.PLANNED, reason)
    while broken.state == State.PLANNED:
        broken = after(broken, broken.next_attempt_at)
    assert (broken.state, secretary.asked, secretary.noted()) == (State.FAILED, delivery.MAX_ATTEMPTS, 0)


def test_a_composer_that_was_mended_writes_the_message_after_all(queued, relay, secretary):
    secretary.answer = RuntimeError("rusak")
    message = after(queued(kind="account", **WORDLESS), timezone.now(), seconds=1)
    secretary.answer = None
    message = after(message, message.next_attempt_at)
    assert (message.state, message.last_error) == (State.SENT, "")


def test_a_portal_notice_without_words_is_composed_by_the_sender_too(queued, relay, secretary):
    message = queued(kind="account", channel="in_app", **WORDLESS)
    assert (message.state, message.sent_at) == (State.PLANNED, None)
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, words_of(message)) == (State.SENT, FIRST)


def test_a_message_without_words_needs_somebody_who_writes_them(queued, secretary):
    with pytest.raises(ValueError):
        queued(kind="chase", **WORDLESS)
    assert not Message.objects.exists()


def test_a_worker_that_does_not_know_the_composer_sends_no_empty_letter(queued, relay, secretary, monkeypatch):
    message = queued(kind="account", **WORDLESS)
    monkeypatch.setattr(composing, "_composers", {})
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, relay.holds) == (State.PLANNED, [])


def test_a_message_goes_where_its_person_is_reached_when_it_leaves(queued, relay, secretary, ani):
    """The address of the evening before may be somebody else's by the morning."""
    message = queued(kind="account", recipient=ani, address="lama@uji.example", **WORDLESS)
    assert message.address == "lama@uji.example"
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, message.address) == (State.SENT, ani.email)


def test_a_message_to_an_address_alone_stays_with_it(queued, relay, secretary):
    message = after(queued(kind="account", **WORDLESS), timezone.now(), seconds=1)
    assert (message.state, message.address) == (State.SENT, "ani@example.test")


@pytest.fixture()
def frank(monkeypatch) -> None:
    """A composer that writes nothing for itself."""
    monkeypatch.setattr(composing, "_composers", {})
    delivery.register_composer("account", lambda message, now: Letter("Surat", "Isi", "<p>Isi</p>", "/"))


@pytest.fixture()
def by_whatsapp(monkeypatch, frank, queued, ani, actor_for):
    """A message to Ani's number without words, and the channel that would carry it."""
    channel = Relay()
    monkeypatch.setitem(delivery.CHANNELS, "whatsapp", channel)
    choose(ani, actor_for, whatsapp_number=NUMBER, whatsapp_on=True)
    message = queued(kind="account", channel="whatsapp", recipient=ani, address=NUMBER, **WORDLESS)
    return message, channel


def choose(user, actor_for, **chosen) -> None:
    defaults = {"email_reminders": True, "digest_hour": 8, "away_from": None, "away_until": None}
    set_preferences(user.pk, **defaults | chosen, by=actor_for("ani"))


def test_a_message_does_not_go_to_an_address_that_was_removed(queued, relay, frank, ani, django_user_model):
    message = queued(kind="account", recipient=ani, address=ani.email, **WORDLESS)
    notice = queued(key="notice", kind="account", channel="in_app", recipient=ani, **WORDLESS)
    django_user_model.objects.filter(pk=ani.pk).update(email="")
    now = timezone.now()
    message, notice = after(message, now, seconds=1), after(notice, now, seconds=2)
    assert (message.state, message.reason, relay.holds) == (State.CANCELLED, NO_EMAIL, [])
    assert notice.state == State.SENT


@pytest.mark.parametrize(
    ("chosen", "outcome"),
    [
        ({"whatsapp_number": NUMBER, "whatsapp_on": True}, (State.SENT, "", NUMBER)),
        ({"whatsapp_number": "+6281200000002", "whatsapp_on": True}, (State.SENT, "", "+6281200000002")),
        ({"whatsapp_number": NUMBER, "whatsapp_on": False}, (State.CANCELLED, WHATSAPP_OFF, NUMBER)),
        ({"whatsapp_number": "", "whatsapp_on": False}, (State.CANCELLED, NO_NUMBER, NUMBER)),
    ],
)  # fmt: skip
def test_a_chat_message_goes_to_the_number_that_is_wanted_now(by_whatsapp, ani, actor_for, chosen, outcome):
    message, channel = by_whatsapp
    choose(ani, actor_for, **chosen)
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, message.reason, message.address) == outcome
    assert len(channel.holds) == (message.state == State.SENT)


@pytest.mark.parametrize("address", ["ani.baru@uji.example", ""])
def test_a_doubtful_letter_is_not_repeated_to_an_address_that_was_left(
    queued, relay, frank, ani, django_user_model, address: str
):
    relay.script = ["silence", "accept"]
    now, message = timezone.now(), queued(kind="account", recipient=ani, address=ani.email, **WORDLESS)
    assert after(message, now, seconds=1).state == State.UNKNOWN
    django_user_model.objects.filter(pk=ani.pk).update(email=address)
    message = after(message, now, hours=1)
    if address:
        assert (message.state, message.address, message.possibly_repeated) == (State.SENT, address, True)
    else:
        assert (message.state, message.reason, len(relay.holds)) == (State.FAILED, NO_EMAIL, 0)


def test_a_mended_address_is_tried_though_the_old_one_fails(queued, relay, frank, ani, django_user_model):
    """What is judged is where it will go, not where it would have gone."""
    message = queued(kind="account", recipient=ani, address=ani.email, **WORDLESS)
    mark_email_broken(ani.pk, address=ani.email, error="550", now=timezone.now())
    django_user_model.objects.filter(pk=ani.pk).update(email="ani.baru@uji.example")
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, message.address, message.reason) == (State.SENT, "ani.baru@uji.example", "")


def test_an_address_that_fails_is_spared_though_the_message_was_queued_for_another(queued, relay, frank, ani):
    message = queued(kind="account", recipient=ani, address="lama@uji.example", **WORDLESS)
    mark_email_broken(ani.pk, address=ani.email, error="550", now=timezone.now())
    message = after(message, timezone.now(), seconds=1)
    assert (message.state, message.address, relay.holds) == (State.FAILED, ani.email, [])


def test_the_share_of_a_domain_counts_where_the_letter_goes(queued, relay, frank, ani, settings):
    settings.PORTAL_MAIL_PER_DOMAIN_A_DAY = 1
    now = timezone.now()
    after(queued(key="first", address=ani.email), now, seconds=1)
    moved = queued(key="moved", kind="account", recipient=ani, address="lama@lain.example", **WORDLESS)
    moved = after(moved, now, seconds=1)
    assert (moved.state, moved.reason, moved.address) == (State.PLANNED, caps.REASON, ani.email)
