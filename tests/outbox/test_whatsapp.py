"""The Cloud API's channel against a local server that speaks its contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from katingan_portal.outbox import delivery
from katingan_portal.outbox.channels import Outcome, WhatsAppCloud
from katingan_portal.outbox.channels.whatsapp import LONGEST_PARAMETER
from katingan_portal.outbox.contacts import contact_of
from katingan_portal.outbox.models import Contact, Message
from tests.outbox.graph import PHONE_NUMBER_ID, TOKEN, Answer, Graph, error
from tests.outbox.sink import free_port
from tests.outbox.test_channels import Steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]
State = Message.State
NUMBER = "+6281234567890"


@pytest.fixture()
def graph(settings, monkeypatch) -> Iterator[Graph]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Graph() as graph:
        settings.PORTAL_WHATSAPP_URL = graph.url
        settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = TOKEN, PHONE_NUMBER_ID
        settings.PORTAL_BASE_URL, settings.EMAIL_TIMEOUT = "https://portal.example.test", 0.8
        yield graph


@pytest.fixture()
def note(queued, ani) -> Message:
    return queued(channel="whatsapp", address=NUMBER, recipient=ani, link="/laporan/1/", subject="Laporan\tterlambat")


def test_whatsapp_sends_plain_text_with_the_link(graph, note):
    lease = Steps()
    report = WhatsAppCloud().send(note, lease)
    assert (report.outcome, report.provider_id, lease.taken) == (
        Outcome.ACCEPTED,
        "wamid.6281234567890",
        ["hand_over"],
    )
    assert graph.requests == [
        (
            f"/v24.0/{PHONE_NUMBER_ID}/messages",
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "6281234567890",
                "biz_opaque_callback_data": f"{note.regency_id}:{note.public_id}",
                "type": "text",
                "text": {
                    "preview_url": False,
                    "body": "Mohon segera dikirim.\n.titik di awal baris\n\nhttps://portal.example.test/laporan/1/",
                },
            },
        )
    ]


def test_whatsapp_fills_the_template_without_what_meta_refuses(graph, note, settings):
    settings.PORTAL_WHATSAPP_TEMPLATE = "pengingat_laporan"
    note.subject = "Baris satu\nbaris     dua " + "x" * 2000
    assert WhatsAppCloud().send(note, Steps()).outcome is Outcome.ACCEPTED
    (_, body) = graph.requests[0]
    assert (body["type"], body["template"]["name"], body["template"]["language"]) == (
        "template",
        "pengingat_laporan",
        {"code": "id"},
    )
    (component,) = body["template"]["components"]
    texts = [parameter["text"] for parameter in component["parameters"]]
    assert texts[0::2] == ["Ani Operator", "https://portal.example.test/laporan/1/"]
    assert texts[1].startswith("Baris satu baris dua xxx")
    assert len(texts[1]) == LONGEST_PARAMETER


@pytest.mark.parametrize(
    ("answer", "outcome", "blames", "wait"),
    [
        (Answer(429, error(130429, "(#{}) Rate limit hit"), {"Retry-After": "7200"}), "REFUSED_FOR_NOW", False, 7200),
        (Answer(400, error(131056, "(#{}) Pair rate limit hit")), "REFUSED_FOR_NOW", False, 0),
        (Answer(500, error(131000, "(#{}) Something went wrong")), "REFUSED_FOR_NOW", False, 0),
        (Answer(503, "Service Unavailable", {"Retry-After": "nonsense"}), "REFUSED_FOR_NOW", False, 0),
        (Answer(429, "slow down", {"Retry-After": "999999999"}), "REFUSED_FOR_NOW", False, 86400),
        (Answer(401, error(190, "Error validating access token")), "UNREACHABLE", False, 0),
        (Answer(403, error(131031, "Account has been locked")), "UNREACHABLE", False, 0),
        (Answer(404, "<html>a proxy's page</html>"), "UNREACHABLE", False, 0),
        (Answer(400, error(131026, "Message undeliverable")), "REFUSED", True, 0),
        (Answer(400, error(131047, "Re-engagement message")), "REFUSED", False, 0),
        (Answer(400, error(132001, "Template name does not exist")), "REFUSED", False, 0),
        (Answer(400, error(100, "(#{}) Invalid parameter")), "REFUSED", False, 0),
        (Answer(502, "Bad Gateway"), "UNKNOWN", False, 0),
        (Answer(200, "<html>a proxy's page</html>"), "UNKNOWN", False, 0),
        (Answer(200, {"messages": []}), "UNKNOWN", False, 0),
        (Answer(act="hang"), "UNKNOWN", False, 0),
        (Answer(act="drop"), "UNKNOWN", False, 0),
    ],
    ids=lambda value: f"{value.status} {value.act}" if isinstance(value, Answer) else None,
)
def test_whatsapp_tells_what_meta_said(graph, note, answer: Answer, outcome: str, blames: bool, wait: int):
    graph.answer = lambda body: answer
    report = WhatsAppCloud().send(note, Steps())
    assert (report.outcome.name, report.blames_address, report.wait) == (outcome, blames, timedelta(seconds=wait))
    assert report.detail
    assert len(graph.requests) == 1


def test_whatsapp_without_a_server_is_unreachable(graph, note, settings):
    settings.PORTAL_WHATSAPP_URL = f"http://127.0.0.1:{free_port()}"
    assert WhatsAppCloud().send(note, Steps()).outcome is Outcome.UNREACHABLE


def test_whatsapp_with_a_wrong_token_is_unreachable_not_refused(graph, note, settings):
    settings.PORTAL_WHATSAPP_TOKEN = "old"
    assert WhatsAppCloud().send(note, Steps()).outcome is Outcome.UNREACHABLE
    assert graph.requests == []


def test_whatsapp_that_nobody_set_up_refuses(note):
    report = WhatsAppCloud().send(note, Steps())
    assert (report.outcome, report.blames_address) == (Outcome.REFUSED, False)


@pytest.fixture()
def sender(settings, ani) -> Contact:
    settings.PORTAL_ROLE = "worker"
    return Contact.objects.create(user=ani, whatsapp_number=NUMBER, whatsapp_on=True)


def test_sender_keeps_the_providers_number(as_platform, graph, note, sender):
    delivery.deliver_one(timezone.now() + timedelta(seconds=1))
    note.refresh_from_db()
    assert (note.state, note.provider_id) == (State.SENT, "wamid.6281234567890")


def test_sender_waits_as_long_as_meta_asks(as_platform, graph, note, sender):
    graph.answer = lambda body: Answer(429, error(130429), {"Retry-After": "7200"})
    now = timezone.now()
    delivery.deliver_one(now + timedelta(seconds=1))
    note.refresh_from_db()
    assert note.state == State.PLANNED
    assert timedelta(hours=2) <= note.next_attempt_at - now <= timedelta(hours=2.6)


def test_number_without_whatsapp_is_marked_and_spared_the_next_message(as_platform, graph, note, sender, queued, ani):
    graph.answer = lambda body: Answer(400, error(131026, "Message undeliverable"))
    now = timezone.now()
    delivery.deliver_one(now + timedelta(seconds=1))
    note.refresh_from_db()
    assert (note.state, note.last_error) == (State.FAILED, "131026 Message undeliverable")
    assert contact_of(ani.pk).whatsapp_broken_at is not None
    second = queued(key="second", channel="whatsapp", address=NUMBER, recipient=ani)
    delivery.deliver_one(now + timedelta(minutes=1))
    second.refresh_from_db()
    assert second.state == State.FAILED
    assert second.reason.startswith("Alamat ini ditolak sejak ")
    assert len(graph.requests) == 1


def test_silence_is_followed_by_one_repetition_that_says_so(as_platform, graph, note, sender):
    graph.answer = lambda body: Answer(act="drop")
    now = timezone.now()
    delivery.deliver_one(now + timedelta(seconds=1))
    note.refresh_from_db()
    assert (note.state, note.possibly_repeated) == (State.UNKNOWN, False)
    graph.answer = lambda body: Answer()
    delivery.deliver_one(now + timedelta(minutes=5))
    note.refresh_from_db()
    assert (note.state, note.possibly_repeated, len(graph.requests)) == (State.SENT, True, 2)


def test_a_channel_that_is_away_does_not_hold_up_the_others(as_platform, graph, note, sender, queued, monkeypatch):
    """The WhatsApp message is older; with its token expired, the notice behind it still goes in the same round."""
    graph.answer = lambda body: Answer(401, error(190))
    now = timezone.now()
    notice = queued(key="notice", channel="in_app", not_before=now + timedelta(seconds=1))
    away: set[str] = set()
    while delivery.deliver_next(now + timedelta(seconds=2), away):
        pass
    notice.refresh_from_db()
    note.refresh_from_db()
    assert (note.state, note.attempts, notice.state, away) == (State.PLANNED, 0, State.SENT, {"whatsapp"})
