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
from reporting.duties.actions_forms import start_draft
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from tests.conftest import actor_of, everything_of, person, signed_in
from tests.reporting.filing import ask_everything

ROOM_TO_WRITE = 15_000  # ms: the page saves 2.5 s after a change, on a machine that others use too


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
    """A report of Dinas Kesehatan that Ani may still fill in, and a draft of its form that Joko is at work on."""
    katingan = Regency.objects.get(code="62.06")
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_of(person("joko")))
        start_draft(ReportForm.objects.get(code="laporan-bulanan"), by=actor_of(person("joko")))
        return Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")[0].pk


@pytest.fixture
def every_kind(obligation) -> int:
    """The same report, with a form that asks one question of every kind."""
    katingan = Regency.objects.get(code="62.06")
    scope = everything_of(katingan)
    with applied(scope):
        asked = Obligation.objects.select_related("agency", "form").get(pk=_second(obligation))
    ask_everything(asked, scope)
    return asked.pk


@pytest.fixture
def accepted_before(every_kind) -> None:
    """The month before was accepted with 10 members, so that 100 is a jump."""
    ani, gita, now = actor_of(person("ani")), actor_of(person("gita")), timezone.now()
    with applied(everything_of(Regency.objects.get(code="62.06"))):
        before = Obligation.objects.select_related("agency", "form").get(pk=every_kind).pk
        rows = Obligation.objects.select_related("agency", "form").filter(agency__code="dinkes").exclude(pk=before)
        earlier = rows.order_by("starts_on")[0]
        actions.save_draft(earlier, Contents({"anggota": 10, "rapat": True}), version=0, by=ani, now=now)
        review.accept(actions.submit(earlier, by=ani, now=now), by=gita, now=now)


@pytest.fixture
def new_session(committed_db, address) -> dict[str, str]:
    """A cookie of Ani's, as if she had signed in again."""
    cookie = signed_in(person("ani")).cookies[django_settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": address}


def _second(obligation: int) -> int:
    """The month after, of the same agency."""
    first = Obligation.objects.get(pk=obligation)
    rows = Obligation.objects.filter(agency_id=first.agency_id, form_id=first.form_id, starts_on__gt=first.starts_on)
    return rows.order_by("starts_on")[0].pk


@dataclass
class Visit:
    """One person's browser: the page, what the browser refused to run, and every address it asked for."""

    page: Page
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def asked_elsewhere(self, address: str) -> list[str]:
        return [each for each in self.asked if not each.startswith((address, "data:"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file; each person's context in it is as private as a browser of their own.

    Playwright's event loop stands still between its calls, yet counts as running, where Django refuses its database.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_as(address, committed_db, browser) -> Iterator[Callable[..., Visit]]:
    """open_as("ani", viewport=…, java_script_enabled=…): a browser signed in as a person, or "anonymous"."""
    cookies = _cookies()

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

    yield build
    for context in browser.contexts:
        context.close()


def _cookies() -> dict[str, dict[str, str]]:
    """Everybody's session."""
    made = {}
    for name in ("ani", "budi", "eka", "feri", "gita", "hadi", "indra", "joko", "kiki", "mira"):
        cookie = signed_in(person(name)).cookies[django_settings.SESSION_COOKIE_NAME]
        made[name] = {"name": cookie.key, "value": cookie.value}
    return made
