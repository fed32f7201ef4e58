"""The second wall: every URL × role, generated from the URL configuration; a new route cannot escape.

Each route without a parameter is asked by every person of the cast; no answer may hold a word of the other regency.
Routes with one are asked in `test_foreign_objects.py`.
"""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.walls.routes import CANARY, PEOPLE, ROUTES, as_person

pytestmark = pytest.mark.django_db

# Open to the world, each with its reason.
PUBLIC = {
    "health": "monitoring; answers with two words",
    "deep_health": "a watch on another machine; answers with words of what is wrong, and no names",
    "metrics": "the token in the header is the key; without it there is no such page",
    "accounts:sign_in": "the door",
    "accounts:access_link": "the secret in the address is the key",
    "agencies:forgot_password": "asked by those who cannot sign in",
    "agencies:accept_invitation": "the secret in the address is the key",
    "outbox:whatsapp_webhook": "Meta's calls; a secret or a signature is the key, and nothing is shown",
    "reporting:letter_check": "the code in the address, 128 bits, stands on the letter, as does all that it shows",
    "reporting:calendar_ics": "calendar applications cannot sign in; the secret in the address is the key",
    "ui:components": "development only; shows components with made-up texts",
}
# What a signed-in person without any membership may open: their own account, and nothing of any regency.
PERSONAL = re.compile(r"^(home|accounts:|agencies:(arrive|posts|switch_membership|forgot|accept_invitation))")


def test_every_route_has_a_name():
    unnamed = [
        str(pattern.pattern)
        for pattern in get_resolver().url_patterns
        if isinstance(pattern, URLPattern) and not pattern.name
    ]
    assert unnamed == []


@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_without_an_object_shows_anything_of_another_regency(name):
    client = as_person(name)
    opened = 0
    for route in (route for route in ROUTES if not route.parameters):
        for verb in ("get", "post", "put", "patch", "delete"):
            response = getattr(client, verb)(reverse(route.name))
            # Monitoring reads 503 as "not well", which a test world without a worker is.
            assert response.status_code < 500 or route.name == "deep_health", (route, verb)
            assert CANARY.encode() not in response.content, (route, verb)
            opened += response.status_code == 200
            if name == "anonymous" and route.name not in PUBLIC:
                assert response.status_code in (302, 401, 403, 404, 405), (route, verb, response.status_code)
            if name in ("mira", "kiki", "oscar") and route.name not in PUBLIC and not PERSONAL.match(route.name):
                assert response.status_code in (302, 401, 403, 404, 405), (route, verb, response.status_code)
        if route.name == "accounts:sign_out":
            client = as_person(name)
    assert opened or name == "anonymous"
