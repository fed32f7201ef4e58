"""The second wall: every URL × role, generated from the URL configuration; a new route cannot escape.

Each route is asked by every person of the cast with an object of Katingan, one of the other regency, and one that
does not exist. The foreign one must answer exactly as the missing one, and no answer may hold a foreign canary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from katingan_portal.tenancy.boot import tenant_models
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from tests.conftest import everything_of, person, signed_in

pytestmark = pytest.mark.django_db

CANARY = "KNR-62.99"
PEOPLE = [
    "anonymous", "ani", "budi", "citra", "eka", "feri", "gita", "hadi", "indra", "joko", "kiki", "lina", "mira",
    "oscar",
]  # fmt: skip

# Open to the world, each with its reason.
PUBLIC = {
    "health": "monitoring; answers with two words",
    "accounts:sign_in": "the door",
    "accounts:access_link": "the secret in the address is the key",
    "agencies:forgot_password": "asked by those who cannot sign in",
    "agencies:accept_invitation": "the secret in the address is the key",
    "outbox:whatsapp_webhook": "Meta's calls; a secret or a signature is the key, and nothing is shown",
    "ui:components": "development only; shows components with made-up texts",
}
# What a signed-in person without any membership may open: their own account, and nothing of any regency.
PERSONAL = re.compile(r"^(home|accounts:|agencies:(arrive|posts|switch_membership|forgot|accept_invitation))")


@dataclass(frozen=True)
class Route:
    name: str
    parameters: tuple[str, ...]


def walk(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        elif pattern.name and not namespace.startswith("admin:"):
            yield Route(f"{namespace}{pattern.name}", tuple(sorted(pattern.pattern.regex.groupindex)))


ROUTES = sorted(set(walk(get_resolver().url_patterns)), key=lambda r: (r.name, r.parameters))
ROUTES = [route for route in ROUTES if "format" not in route.parameters]
WITH_OBJECT = [route for route in ROUTES if route.parameters]


MISSING = {
    "pk": "999999999",
    "code": "tidak-ada",
    "number": "999",
    "public_id": "00000000-0000-4000-8000-000000000000",
}
# Parameters that name no row of a regency, each with its reason.
NO_OBJECT = {
    "secret": "a digest is looked up, never a row of a regency",
    "extension": "a file format",
    "key": "a kind of spreadsheet, the same in each regency",
}
FILLED_IN = {"note": "x", "reason": "x", "name": "x", "text": "x"}


def test_every_route_has_a_name():
    unnamed = [
        str(pattern.pattern)
        for pattern in get_resolver().url_patterns
        if isinstance(pattern, URLPattern) and not pattern.name
    ]
    assert unnamed == []


def as_person(name: str) -> Client:
    return Client() if name == "anonymous" else signed_in(person(name))


@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_without_an_object_shows_anything_of_another_regency(name):
    client = as_person(name)
    opened = 0
    for route in (route for route in ROUTES if not route.parameters):
        for verb in ("get", "post", "put", "patch", "delete"):
            response = getattr(client, verb)(reverse(route.name))
            assert response.status_code < 500, (route, verb)
            assert CANARY.encode() not in response.content, (route, verb)
            opened += response.status_code == 200
            if name == "anonymous" and route.name not in PUBLIC:
                assert response.status_code in (302, 401, 403, 404, 405), (route, verb, response.status_code)
            if name in ("mira", "kiki", "oscar") and route.name not in PUBLIC and not PERSONAL.match(route.name):
                assert response.status_code in (302, 401, 403, 404, 405), (route, verb, response.status_code)
        if route.name == "accounts:sign_out":
            client = as_person(name)
    assert opened or name == "anonymous"


def objects_of(route: Route, regency: Regency) -> list[dict[str, str]]:
    """Whatever the route's parameters could mean in a regency: the newest row of every model that can say them all.

    A row says its own key and code, or the code of what it belongs to: an assignment of the duty "x" fits x/12.
    """
    found: list[dict[str, str]] = []
    with applied(everything_of(regency)):
        for model in [*tenant_models(), apps.get_model("agencies.membership")]:
            row = model._base_manager.filter(regency_id=regency.pk).order_by("-pk").first()
            found += values_said_by(row, route.parameters) if row else []
    return [dict(values) for values in sorted({tuple(sorted(each.items())) for each in found})]


def values_said_by(row: Model, parameters: tuple[str, ...]) -> list[dict[str, str]]:
    combined: list[dict[str, str]] = [{}]
    for parameter in parameters:
        combined = [{**there, parameter: value} for there in combined for value in _said(row, parameter)]
    return combined


def _said(row: Model, parameter: str) -> list[str]:
    if parameter == "pk":
        return [str(row.pk)]
    own = [row, *(getattr(row, f.name) for f in row._meta.fields if f.is_relation and f.name != "regency")]
    return sorted({str(getattr(each, parameter)) for each in own if hasattr(each, parameter)})


def test_every_parameter_is_asked_with_foreign_rows(elsewhere):
    """A new kind of parameter must not slip through as a route that no foreign row is tried on."""
    for route in WITH_OBJECT:
        if not set(route.parameters) & set(NO_OBJECT):
            assert objects_of(route, elsewhere), route


def address(route: Route, values: dict[str, str]) -> str | None:
    try:
        return reverse(route.name, kwargs=values)
    except NoReverseMatch:
        return None


def masked(content: bytes, own_address: str, values: dict[str, str]) -> bytes:
    """The page without what differs by nature: the address itself, the CSRF token, the request's id and the time."""
    spoken_back = [value for value in values.values() if not value.isdigit()]
    for written in (own_address, quote(own_address, safe=""), *spoken_back):
        content = content.replace(written.encode(), b"?")
    content = re.sub(rb'(csrfmiddlewaretoken" value="|csrf-token" content=")[^"]+', rb"\1", content)
    return re.sub(rb"\b[0-9a-f]{12}\b", b"#", content)


@pytest.mark.parametrize("name", ["anonymous", "ani", "eka", "gita", "joko", "kiki"])
def test_a_foreign_object_answers_like_a_missing_one_and_nothing_of_it_changes(name, elsewhere):
    client = as_person(name)
    before = digest(elsewhere)
    tried = 0
    for route in WITH_OBJECT:
        missing_values = {parameter: MISSING.get(parameter, "0") for parameter in route.parameters}
        missing_address = address(route, missing_values)
        missing = client.get(missing_address) if missing_address else None
        foreign = [values for values in objects_of(route, elsewhere) if not _means_the_own_one(values)]
        for values in foreign:
            url = address(route, values)
            if url is None:
                continue
            tried += 1
            found = client.get(url)
            # Deleting is routed by the method alone, so one object a route is enough.
            answers = [found, client.post(url, FILLED_IN)] + ([client.delete(url)] if values is foreign[0] else [])
            for response in answers:
                verb = response.request["REQUEST_METHOD"]
                assert response.status_code in (302, 401, 403, 404, 405), (url, verb, response.status_code)
                assert CANARY.encode() not in response.content, (url, verb)
            if missing is not None and found.status_code == missing.status_code == 404:
                expected = masked(missing.content, missing_address, missing_values)
                assert masked(found.content, url, values) == expected, url
    assert tried > 300
    assert digest(elsewhere) == before


def _means_the_own_one(values: dict[str, str]) -> bool:
    """Codes such as "dinkes" name one agency in each regency: then the own one is what opens, which is right."""
    return "code" in values and values["code"] in _codes_of_katingan()


@cache
def _codes_of_katingan() -> frozenset[str]:
    katingan = Regency.objects.get(code="62.06")
    with applied(Scope(katingan.pk)):
        models = [model for model in tenant_models() if any(field.name == "code" for field in model._meta.fields)]
        return frozenset(code for model in models for code in model.objects.values_list("code", flat=True))


def digest(regency: Regency) -> dict[str, str]:
    digests = {}
    with applied(everything_of(regency)), connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY id)) FROM "{table}" t')
            digests[table] = cursor.fetchone()[0]
    return digests
