from email import message_from_bytes, policy

import pytest

from katingan_portal.outbox.channels import Email, InApp, LeaseLost, Outcome
from katingan_portal.outbox.channels.email import compose
from katingan_portal.outbox.models import Message
from tests.outbox.sink import Sink, always, free_port

pytestmark = pytest.mark.django_db


class Steps:
    """A lease that notes how far the channel went, and can be lost at a step."""

    def __init__(self, lost_at: str = "") -> None:
        self.taken: list[str] = []
        self.lost_at = lost_at

    def hand_over(self) -> None:
        self._take("hand_over")

    def hold(self) -> None:
        self._take("hold")

    def _take(self, step: str) -> None:
        self.taken.append(step)
        if step == self.lost_at:
            raise LeaseLost


@pytest.mark.parametrize(
    ("action", "outcome", "steps"),
    [
        ("accept", Outcome.ACCEPTED, ["hand_over", "hold"]),
        ("421 at MAIL", Outcome.REFUSED_FOR_NOW, []),
        ("451 at RCPT", Outcome.REFUSED_FOR_NOW, []),
        ("550 at RCPT", Outcome.REFUSED, []),
        ("554 relay denied at RCPT", Outcome.REFUSED, []),
        ("hang at RCPT", Outcome.REFUSED_FOR_NOW, []),
        ("drop at RCPT", Outcome.REFUSED_FOR_NOW, []),
        ("451 after dot", Outcome.REFUSED_FOR_NOW, ["hand_over", "hold"]),
        ("554 after dot", Outcome.REFUSED, ["hand_over", "hold"]),
        ("accept, then drop", Outcome.UNKNOWN, ["hand_over", "hold"]),
        ("accept, then hang", Outcome.UNKNOWN, ["hand_over", "hold"]),
        ("discard, then drop", Outcome.UNKNOWN, ["hand_over", "hold"]),
    ],
)
def test_email_tells_what_the_relay_did(in_katingan, queued, sink: Sink, action: str, outcome: Outcome, steps: list):
    sink.script, sink.hang_for = always(action), 2.0
    lease = Steps()
    report = Email().send(queued(), lease)
    assert (report.outcome, lease.taken) == (outcome, steps)
    assert report.detail
    assert report.blames_address is (action == "550 at RCPT")
    assert sum(sink.accepted.values()) == (action.startswith("accept"))


@pytest.mark.parametrize("step", ["hand_over", "hold"])
def test_email_stops_without_a_trace_when_the_lease_is_lost(in_katingan, queued, sink: Sink, step: str):
    with pytest.raises(LeaseLost):
        Email().send(queued(), Steps(lost_at=step))
    assert not sink.accepted


def test_email_without_a_relay_is_unreachable(in_katingan, queued, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert Email().send(queued(), Steps()).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    "address", ["", "ani", "ani@example.test\r\nBcc: x@example.test", "añi@example.test", "a b@x.id"]
)
def test_email_refuses_an_address_that_is_none(in_katingan, queued, sink: Sink, address: str):
    report = Email().send(queued(address=address), Steps())
    assert (report.outcome, report.blames_address) == (Outcome.REFUSED, True)
    assert not sink.seen


def test_letter_arrives_as_it_was_written(in_katingan, queued, sink: Sink, settings):
    settings.PORTAL_BASE_URL, settings.DEFAULT_FROM_EMAIL = (
        "https://portal.example.test",
        "Portal Désa <p@example.test>",
    )
    text = ".titik di awal\n..dua titik\nbaris panjang " + "x" * 2000 + "\nKelurahan “Kasongan” – ya"
    message = queued(body_text=text, body_html="<p>Kasongan</p>", subject="Laporan é", link="/laporan/1/")
    assert Email().send(message, Steps()).outcome is Outcome.ACCEPTED
    letter = message_from_bytes(sink.letters[0], policy=policy.default)
    assert letter["Message-ID"] == message.message_id
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (letter["Subject"], letter["To"], letter["From"]) == (
        "Laporan é",
        "ani@example.test",
        "Portal Désa <p@example.test>",
    )
    assert letter["Date"].datetime == message.created_at.replace(microsecond=0)
    plain = letter.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert plain == f"{text}\n\nBuka di portal: https://portal.example.test/laporan/1/\n"
    assert "Kasongan" in letter.get_body(("html",)).get_content()
    assert letter.get_content_type() == "multipart/alternative"


def test_letter_cannot_be_given_a_header_of_its_own(in_katingan):
    injected = Message(
        address="ani@example.test", subject="Halo\nBcc: x@example.test", message_id="<1@x>", body_text=""
    )
    with pytest.raises(ValueError):
        compose(injected)


def test_in_app_is_there_by_being_written(in_katingan, queued):
    lease = Steps()
    assert InApp().send(queued(channel="in_app"), lease).outcome is Outcome.ACCEPTED
    assert lease.taken == []
