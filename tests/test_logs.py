"""Addresses that are keys stand in no line of the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from logging.config import DictConfigurator

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

SECRET = "q3-_Zk0Qm8ySecretSecretSecretSecretSecret00"


def line_of(message: str, error: Exception | None = None) -> str:
    """As the portal's handler writes it."""
    handlers = settings.LOGGING["handlers"]
    assert list(handlers) == ["stderr"], "another handler must hide keys as well"
    name = handlers["stderr"]["formatter"]
    formatter = DictConfigurator(settings.LOGGING).configure_formatter(settings.LOGGING["formatters"][name])
    exc_info = (type(error), error, None) if error else None
    return formatter.format(logging.LogRecord("django.request", logging.ERROR, "", 0, message, (), exc_info))


def secret_routes(resolver: URLResolver, names: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """(name of a route, its parameters) of all that have a secret in their path."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from secret_routes(pattern, (*names, *filter(None, [pattern.namespace])))
        elif isinstance(pattern, URLPattern) and "secret" in (keys := list(pattern.pattern.regex.groupindex)):
            yield ":".join([*names, str(pattern.name)]), keys


def test_no_route_with_a_secret_shows_it_in_the_log():
    routes = dict(secret_routes(get_resolver()))
    assert sorted(routes) == ["accounts:access_link", "agencies:accept_invitation", "reporting:calendar_ics"]
    for name, keys in routes.items():
        path = reverse(name, kwargs={key: SECRET if key == "secret" else "62.06" for key in keys})
        for said in (path, f"http://portal.example{path}?a=1", f"webcal://portal.example{path},", f"'{path.upper()}'"):
            assert SECRET.casefold() not in line_of(f"Internal Server Error: {said}").casefold()
        assert SECRET not in line_of("Internal Server Error", RuntimeError(f"no answer for {path}"))


def test_the_rest_of_a_line_stays():
    line = line_of(f"Not Found: /kalender/langganan/62.06/{SECRET}.ics (ani)")
    assert line.endswith("ERROR django.request Not Found: /kalender/langganan/62.06/… (ani)")
    assert line_of("Not Found: /kalender/langganan/").endswith("Not Found: /kalender/langganan/")


@pytest.mark.django_db
def test_an_error_behind_a_calendar_address_is_logged_without_its_key(client, monkeypatch):
    """What Django itself writes, through the portal's formatter."""
    from reporting.reaching import views_calendar

    monkeypatch.setattr(views_calendar, "get_object_or_404", lambda *args, **kwargs: 1 / 0)
    client.raise_request_exception = False
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(DictConfigurator(settings.LOGGING).configure_formatter(settings.LOGGING["formatters"]["line"]))
    logging.getLogger().addHandler(handler)
    try:
        assert client.get(f"/kalender/langganan/62.06/{SECRET}.ics").status_code == 500
    finally:
        logging.getLogger().removeHandler(handler)
    assert "ZeroDivisionError" in written.getvalue()
    assert "/kalender/langganan/62.06/…" in written.getvalue()
    assert SECRET not in written.getvalue()
