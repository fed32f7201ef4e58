"""A report of Dinas Kesehatan that is open, and evidence kept in a folder of the test's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.test.testcases import LiveServerThread
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions.evidence.actions import Upload, attach
from tests.conftest import actor_of, everything_of, person


@pytest.fixture(autouse=True)
def store(tmp_path, settings):
    """The folder under which evidence lies."""
    options = {"BACKEND": "reporting.submissions.evidence.storage.DurableFiles", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**django_settings.STORAGES, "evidence": options}
    return tmp_path


def open_obligation(agency: str = "dinkes", index: int = 0) -> Obligation:
    katingan = Regency.objects.get(code="62.06")
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_of(person("joko")))
        rows = (
            Obligation.objects.filter(agency__code=agency).select_related("agency", "form").order_by("starts_on", "pk")
        )
        return rows[index]


@pytest.fixture
def obligation(db) -> Obligation:
    return open_obligation()


@pytest.fixture
def attached(katingan):
    """attached(obligation, content, name="foto.jpg", by="ani"): the row, attached by that person's own action."""

    def build(obligation, content: bytes, name: str = "foto.jpg", by: str = "ani", **more):
        with applied(everything_of(katingan)):
            upload = Upload(name=name, content=content, **more)
            return attach(obligation, upload, by=actor_of(person(by)), now=timezone.now() - timedelta(seconds=1))

    return build


def send(client: Client, obligation: Obligation, *files, **data):
    """POST files as the form does; `files` are SimpleUploadedFile."""
    return client.post(f"/laporan/{obligation.pk}/bukti/", {"files": list(files), **data})


@pytest.fixture
def live_address(committed_db, settings):
    """(host, port) of a portal that answers on a socket, over the same database."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", lambda handler: handler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield "127.0.0.1", server.port
    server.terminate()
