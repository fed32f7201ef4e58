"""Every named route of the portal, generated from the URL configuration, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from katingan_portal.accounts.models import User
from katingan_portal.tenancy.models import Regency
from reporting.management.commands.load_test_world import make_person
from tests.conftest import person, signed_in

CANARY = "KNR-62.99"
PEOPLE = [
    "anonymous", "ani", "budi", "citra", "eka", "feri", "gita", "hadi", "indra", "joko", "kiki", "lina", "mira",
    "nina", "oscar",
]  # fmt: skip
# Citra has the role of Ani at another agency, Lina those of Ani and Budi; Mira has none, like Oscar, whose post ended.
ONE_OF_EACH_ROLE = [name for name in PEOPLE if name not in ("citra", "lina", "mira")]


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


def address(route: Route, values: dict[str, str]) -> str | None:
    try:
        return reverse(route.name, kwargs=values)
    except NoReverseMatch:
        return None


def as_person(name: str) -> Client:
    if name == "anonymous":
        return Client()
    return signed_in(nina() if name == "nina" else person(name))


def nina() -> User:
    """The deputy of Dinas Kesehatan. Not of the cast, where the chase would write to her in every test of it."""
    katingan = Regency.objects.get(code="62.06")
    return User.objects.filter(username="nina").first() or make_person(
        katingan, "nina", "Nina Wakil", "dinkes", "deputy", password=""
    )
