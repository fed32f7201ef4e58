from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.outbox.sink import Sink


@pytest.fixture()
def sink(tmp_path: Path, settings) -> Iterator[Sink]:
    with Sink(tmp_path / "accepted.log") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 0.5
        yield sink


@pytest.fixture()
def as_platform(in_katingan, settings) -> Iterator[None]:
    """Platform work inside a rolled-back test: the web role's own regency stands in for all of them."""
    from katingan_portal.tenancy.scope import platform_work

    settings.PORTAL_ROLE = "worker"
    with platform_work("test"):
        yield


@pytest.fixture()
def queued() -> Callable[..., Any]:
    """queued(key="a", kind=…) → a Message, by e-mail to nobody in particular unless told otherwise."""
    from katingan_portal.outbox.actions import queue
    from katingan_portal.outbox.models import Message

    def build(key: str = "test:1", **fields: Any) -> Message | None:
        given = {
            "kind": "chase",
            "channel": Message.Channel.EMAIL,
            "recipient": None,
            "address": "ani@example.test",
            "subject": "Laporan belum dikirim",
            "body_text": "Mohon segera dikirim.\n.titik di awal baris",
            "expires_at": timezone.now() + timedelta(days=7),
        }
        return queue(key=key, **(given | fields))

    return build


@pytest.fixture(autouse=True)
def no_rechecks(monkeypatch) -> None:
    """The rules of higher apps stay out; tests register their own. No oracle is known at first."""
    from katingan_portal.outbox import delivery, rechecks

    monkeypatch.setattr(rechecks, "_rechecks", {})
    monkeypatch.setattr(delivery, "_oracle", None)
