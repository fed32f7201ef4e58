"""The API's page in a real browser, under the same policy as every page: it draws, and nothing is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import sync_playwright

from tests.conftest import person, signed_in


@pytest.fixture
def address(committed_db, settings) -> Iterator[str]:
    """A portal on a port of its own; its static files come from whitenoise, as they do in production."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", lambda handler: handler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


def test_the_page_draws_itself_and_the_policy_refuses_nothing(address, settings):
    cookie = signed_in(person("ani")).cookies[settings.SESSION_COOKIE_NAME]
    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/api/")
        page.wait_for_selector("text=/api/v1/obligations/", timeout=20_000)
        drawn = page.locator(".opblock-get").count()
        browser.close()
    assert drawn == 8, "a list and a row of each of the four"
    assert [each for each in said if "Content Security Policy" in each] == []
    assert [each for each in asked if not each.startswith((address, "data:"))] == []
