"""A relay that encrypts, from the first byte or by STARTTLS, and one that is not who it says it is."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from katingan_portal.outbox.channels import Email, Outcome
from tests.outbox.sink import Sink
from tests.outbox.test_channels import Steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]
WAYS = {"implicit": (False, True), "starttls": (True, False)}


@pytest.fixture()
def authority(tmp_path: Path, monkeypatch) -> trustme.CA:
    """The one authority that this machine trusts meanwhile."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


@contextmanager
def relay(tmp_path: Path, settings, tls: str, authority: trustme.CA, name: str = "127.0.0.1") -> Iterator[Sink]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with Sink(tmp_path / "accepted.log", tls=tls, context=context) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 2
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = WAYS.get(tls, (False, False))
        yield sink


@pytest.mark.parametrize("tls", WAYS)
def test_letter_goes_encrypted(queued, tmp_path: Path, settings, authority, tls: str):
    with relay(tmp_path, settings, tls, authority) as sink:
        assert Email().send(queued(), Steps()).outcome is Outcome.ACCEPTED
        assert len(sink.letters) == 1


@pytest.mark.parametrize("tls", WAYS)
def test_certificate_for_another_name_is_not_accepted(queued, tmp_path: Path, settings, authority, tls: str):
    with relay(tmp_path, settings, tls, authority, name="mail.else.example") as sink:
        report = Email().send(queued(), Steps())
        assert (report.outcome, sink.letters) == (Outcome.UNREACHABLE, [])
        assert "certificate" in report.detail.lower()


@pytest.mark.parametrize("tls", WAYS)
def test_certificate_of_an_unknown_authority_is_not_accepted(queued, tmp_path: Path, settings, authority, tls: str):
    with relay(tmp_path, settings, tls, trustme.CA()) as sink:
        assert (Email().send(queued(), Steps()).outcome, sink.letters) == (Outcome.UNREACHABLE, [])


@pytest.mark.parametrize("tls", WAYS)
def test_relay_that_offers_no_encryption_gets_no_letter(queued, tmp_path: Path, settings, authority, tls: str):
    """As when somebody in between takes the offer out."""
    with relay(tmp_path, settings, "", authority) as sink:
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = WAYS[tls]
        assert (Email().send(queued(), Steps()).outcome, sink.letters) == (Outcome.UNREACHABLE, [])
