"""A portal on a port of its own, and people who open it in Debian's Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings as django_settings
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from tests.conftest import actor_of, person, signed_in


@pytest.fixture
def address(committed_db, settings) -> Iterator[str]:
    """The portal's address; its static files come from whitenoise, as they do in production."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", lambda handler: handler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def obligation(committed_db) -> int:
    """A report of Dinas Kesehatan that Ani may still fill in."""
    katingan = Regency.objects.get(code="62.06")
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_of(person("joko")))
        return Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")[0].pk


@dataclass
class Visit:
    """One person's browser: the page, what the browser refused to run, and every address it asked for."""

    page: Page
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def asked_elsewhere(self, address: str) -> list[str]:
        return [each for each in self.asked if not each.startswith((address, "data:"))]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_as(address, committed_db, request) -> Callable[..., Visit]:
    """open_as("ani", viewport=…, java_script_enabled=…): a browser signed in as a person, or "anonymous"."""
    cookies = _cookies()
    browser = request.getfixturevalue("browser")

    def build(name: str, **options) -> Visit:
        context = browser.new_context(locale="id-ID", **options)
        if name != "anonymous":
            context.add_cookies([{**cookies[name], "url": address}])
        page = context.new_page()
        visit = Visit(page)
        page.on("console", lambda said: visit.refused.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: visit.refused.append(str(error)))
        page.on("request", lambda asked: visit.asked.append(asked.url))
        return visit

    return build


def _cookies() -> dict[str, dict[str, str]]:
    """Everybody's session, made before Playwright's event loop runs, for Django refuses its database inside one."""
    made = {}
    for name in ("ani", "budi", "eka", "feri", "gita", "hadi", "indra", "joko", "kiki", "mira"):
        cookie = signed_in(person(name)).cookies[django_settings.SESSION_COOKIE_NAME]
        made[name] = {"name": cookie.key, "value": cookie.value}
    return made
