"""Meta's webhook: nothing without its key, and statuses of our own messages only."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from katingan_portal.outbox.contacts import contact_of, set_preferences
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied

pytestmark = pytest.mark.django_db
State = Message.State
SECRET, NUMBER = "app-secret", "+6281234567890"
URL = "/pesan/whatsapp/"


@pytest.fixture(autouse=True)
def keys(settings) -> None:
    settings.PORTAL_WHATSAPP_APP_SECRET, settings.PORTAL_WHATSAPP_VERIFY_TOKEN = SECRET, "verify-me"


@pytest.fixture()
def note(katingan, queued, ani, actor_for) -> Message:
    """Sent to Ani by WhatsApp."""
    with applied(Scope(katingan.pk)):
        set_preferences(
            ani.pk, email_reminders=True, digest_hour=8, whatsapp_number=NUMBER, whatsapp_on=True,
            away_from=None, away_until=None, by=actor_for("ani"),
        )  # fmt: skip
        message = queued(channel="whatsapp", address=NUMBER, recipient=ani)
        sent_at = timezone.now() - timedelta(minutes=1)
        Message.objects.filter(pk=message.pk).update(
            state=State.SENT, sent_at=sent_at, handed_over_at=sent_at, provider_id="wamid.1"
        )
        message.refresh_from_db()
    return message


def about(message: Message, status: str = "delivered", **fields: Any) -> dict[str, Any]:
    """A status webhook as Meta documents it."""
    news = {
        "id": "wamid.1",
        "status": status,
        "timestamp": "1795575600",
        "recipient_id": "6281234567890",
        "biz_opaque_callback_data": f"{message.regency_id}:{message.public_id}",
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62536", "phone_number_id": "106540352242922"},
        "statuses": [news | fields],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def failed(message: Message, code: int, **fields: Any) -> dict[str, Any]:
    reason = {"code": code, "title": "Message undeliverable", "error_data": {"details": "Message Undeliverable."}}
    return about(message, "failed", errors=[reason], **fields)


def post(payload: Any, *, secret: str = SECRET, signature: str | None = None) -> int:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    own = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    client = Client(enforce_csrf_checks=True)
    headers = {"X-Hub-Signature-256": own if signature is None else signature}
    return client.post(URL, body, content_type="application/json", headers=headers).status_code


def now_is(message: Message) -> Message:
    with applied(Scope(message.regency_id)):
        return Message.objects.get(pk=message.pk)


def test_challenge_is_answered_to_who_knows_the_token(client):
    assert reverse("outbox:whatsapp_webhook") == URL
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
    answer = client.get(URL, asked)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"1158201444", "text/plain")
    assert client.get(URL, asked | {"hub.verify_token": "guess"}).status_code == 404
    assert client.get(URL).status_code == 404


def test_delivered_is_noted(note):
    assert post(about(note)) == 200
    told = now_is(note)
    assert (told.state, told.delivered_at) == (State.SENT, datetime.fromtimestamp(1795575600, UTC))


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "nonsense"])
def test_without_the_right_signature_nothing_happens(note, signature: str):
    assert post(about(note), signature=signature) == 404
    assert now_is(note).delivered_at is None
    assert post(about(note)) == 200


def test_until_it_is_configured_nothing_is_there(note, client, settings):
    settings.PORTAL_WHATSAPP_APP_SECRET = settings.PORTAL_WHATSAPP_VERIFY_TOKEN = ""
    assert post(about(note), secret="") == 404
    assert client.get(URL, {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}).status_code == 404
    assert now_is(note).delivered_at is None


def test_failed_bounces_the_message_and_marks_the_number(note, ani):
    assert post(failed(note, 131026)) == 200
    told = now_is(note)
    assert (told.state, told.sent_at) == (State.BOUNCED, note.sent_at)
    assert told.last_error == "131026 Message undeliverable Message Undeliverable."
    with applied(Scope(note.regency_id)):
        assert contact_of(ani.pk).whatsapp_broken_at is not None
        assert Message.objects.filter(kind="contact").count() == 1


def test_failed_for_another_reason_leaves_the_number(note, ani):
    assert post(failed(note, 131049)) == 200
    assert now_is(note).state == State.BOUNCED
    with applied(Scope(note.regency_id)):
        assert contact_of(ani.pk).whatsapp_broken_at is None


def test_news_of_a_doubtful_message_settles_the_doubt(note):
    with applied(Scope(note.regency_id)):
        Message.objects.filter(pk=note.pk).update(state=State.UNKNOWN, sent_at=None, provider_id="")
    assert post(about(note, "sent")) == 200
    told = now_is(note)
    assert (told.state, told.sent_at, told.provider_id) == (State.SENT, note.handed_over_at, "wamid.1")


def test_failure_that_overtakes_the_sender_is_asked_for_again(note):
    with applied(Scope(note.regency_id)):
        Message.objects.filter(pk=note.pk).update(
            state=State.SENDING, token="0" * 32, lease_until=timezone.now(), provider_id=""
        )
    assert post(failed(note, 131026)) == 503
    assert now_is(note).state == State.SENDING


def test_news_of_an_earlier_try_is_old(note):
    with applied(Scope(note.regency_id)):
        Message.objects.filter(pk=note.pk).update(provider_id="wamid.2")
    assert post(failed(note, 131026)) == 200
    assert now_is(note).state == State.SENT


def test_a_reference_into_another_regency_finds_nothing_there(note, elsewhere):
    assert post(about(note, biz_opaque_callback_data=f"{elsewhere.pk}:{note.public_id}")) == 200
    assert now_is(note).delivered_at is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no json",
        b"[]",
        {},
        {"entry": None},
        {"entry": [1]},
        {"entry": [{"changes": [{"value": {"statuses": 1}}]}]},
    ],
)
def test_what_makes_no_sense_is_taken_quietly(payload: Any):
    assert post(payload) == 200


@pytest.mark.parametrize("reference", ["", "1", "x:y", "1:2", "99999999999999:00000000-0000-4000-8000-000000000000"])
def test_a_reference_that_is_none_is_taken_quietly(note, reference: str):
    assert post(about(note, biz_opaque_callback_data=reference)) == 200
    assert now_is(note).delivered_at is None
