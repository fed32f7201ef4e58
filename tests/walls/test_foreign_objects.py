"""The second wall: a foreign object answers every person as a missing one does, and nothing of it changes.

Every route with a parameter is asked by every person of the cast. A route cannot escape: what its parameters may mean
in the other regency is taken from the newest row of every model, and all those rows share one key (`one_key.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from agencies.models import Membership
from katingan_portal.accounts.roles import ROLES
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from tests.conftest import everything_of
from tests.walls.one_key import (
    FOREIGN_KEY,
    MISSING_KEY,
    OWN_CODE,
    coded_models,
    give_the_newest_rows_one_key,
    models_with_foreign_rows,
    newest_rows,
)
from tests.walls.routes import CANARY, ONE_OF_EACH_ROLE, WITH_OBJECT, Route, address, as_person, nina

MISSING = {
    "pk": str(MISSING_KEY),
    "code": "tidak-ada",
    "number": "999",
    "public_id": "00000000-0000-4000-8000-000000000000",
}
# Parameters that name no row of a regency, each with its reason.
NO_OBJECT = {
    "secret": "a digest is looked up, never a row of a regency",
    "extension": "a file format",
    "key": "a kind of spreadsheet, the same in each regency",
    "series": "a run of letter numbers, the same in each regency",
    "letter_code": "open to the world; tests/letters asks it with the codes of other regencies",
}
FILLED_IN = {"note": "x", "reason": "x", "name": "x", "text": "x"}


@pytest.fixture
def foreign(committed_db: str) -> Regency:
    """The other regency, whose newest rows all have FOREIGN_KEY."""
    regency = Regency.objects.get(code="62.99")
    give_the_newest_rows_one_key(regency, committed_db)
    return regency


def test_one_key_names_a_foreign_row_of_every_model_and_no_own_one(foreign: Regency):
    assert {row.pk for row in newest_rows(foreign).values()} == {FOREIGN_KEY}
    katingan = Regency.objects.get(code="62.06")
    with applied(everything_of(katingan)):
        for model, path in models_with_foreign_rows().items():
            keys = {FOREIGN_KEY, MISSING_KEY}
            assert not model._base_manager.filter(**{path: katingan}, pk__in=keys).exists(), model


@pytest.fixture
def questions(foreign: Regency) -> dict[Route, list[dict[str, str]]]:
    """{route: what its parameters could mean in the other regency, as far as that makes an address}."""
    with applied(everything_of(foreign)):
        rows = list(newest_rows(foreign).values())
        asked = {route: foreign_values(route, rows) for route in WITH_OBJECT}
    return {route: [values for values in each if address(route, values)] for route, each in asked.items()}


def test_every_parameter_is_asked_with_foreign_rows(questions: dict[Route, list[dict[str, str]]]):
    """A new kind of parameter must not slip through as a route that no foreign row is tried on."""
    unasked = [route for route in WITH_OBJECT if not set(route.parameters) & set(NO_OBJECT) and not questions[route]]
    assert unasked == []


def test_one_code_names_an_own_row_of_every_model_that_has_codes(foreign: Regency):
    katingan = Regency.objects.get(code="62.06")
    with applied(everything_of(katingan)):
        assert [model.__name__ for model in coded_models() if not model.objects.filter(code=OWN_CODE).exists()] == []


def test_every_role_asks(foreign: Regency):
    nina()
    roles = Membership.objects.exclude(regency=foreign).filter(user__username__in=ONE_OF_EACH_ROLE)
    assert set(roles.values_list("role", flat=True)) == set(ROLES)


@pytest.mark.parametrize("half", [0, 1])  # so that no worker is left alone with a long one
@pytest.mark.parametrize("name", ONE_OF_EACH_ROLE)
def test_a_foreign_object_answers_like_a_missing_one_and_nothing_of_it_changes(name, half, foreign, questions):
    client = as_person(name)
    before = digest(foreign)
    for route, each in list(questions.items())[half::2]:
        for values in each:
            assert_answers_like_a_missing_one(client, route, values)
        if each:  # deleting is routed by the method alone, so one object a route is enough
            assert_refused(client.delete(address(route, each[0])), "DELETE")
    assert digest(foreign) == before


def foreign_values(route: Route, rows: list[Model]) -> list[dict[str, str]]:
    """What every row could say as the parameters of the route.

    A row says its own key and code, or the code of what it belongs to: an assignment of the duty "x" fits x/12. Many
    codes name something in each regency. Alone they open the own one, which is right, so they are not asked; beside a
    foreign key the one code that names an own row of every kind stands for them all.
    """
    found = [values for row in rows for values in values_said_by(row, route.parameters)]
    strange = [values for values in found if not names_an_own_object(values)]
    at_home = [{**values, "code": OWN_CODE} for values in found if {"code", "pk"} <= set(values)]
    return [dict(values) for values in sorted({tuple(sorted(values.items())) for values in [*strange, *at_home]})]


def values_said_by(row: Model, parameters: tuple[str, ...]) -> list[dict[str, str]]:
    combined: list[dict[str, str]] = [{}]
    for parameter in parameters:
        combined = [{**there, parameter: value} for there in combined for value in _said(row, parameter)]
    return combined


def _said(row: Model, parameter: str) -> list[str]:
    if parameter == "pk" or parameter.endswith("_pk"):
        return [str(row.pk)]
    own = [row, *(getattr(row, f.name) for f in row._meta.fields if f.is_relation and f.name != "regency")]
    return sorted({str(getattr(each, parameter)) for each in own if hasattr(each, parameter)})


def names_an_own_object(values: dict[str, str]) -> bool:
    return values.get("code") in _codes_of_katingan()


@cache
def _codes_of_katingan() -> frozenset[str]:
    katingan = Regency.objects.get(code="62.06")
    with applied(Scope(katingan.pk)):
        return frozenset(code for model in coded_models() for code in model.objects.values_list("code", flat=True))


def missing_beside(values: dict[str, str]) -> dict[str, str]:
    """The same address with nothing behind it; an own code stays, so that only the key differs."""
    stays = {"code": values["code"]} if names_an_own_object(values) else {}
    return {parameter: MISSING.get(parameter, "0") for parameter in values} | stays


def assert_answers_like_a_missing_one(client: Client, route: Route, values: dict[str, str]) -> None:
    url, nowhere = address(route, values), missing_beside(values)
    assert url
    found, missing_url = client.get(url), address(route, nowhere)
    assert_refused(found, url)
    assert_refused(client.post(url, FILLED_IN), url)
    if missing_url:
        missing = client.get(missing_url)
        assert found.status_code == missing.status_code, (url, missing_url)
        assert masked(found, url, values) == masked(missing, missing_url, nowhere), url


def assert_refused(response: HttpResponse, what: str) -> None:
    assert response.status_code in (302, 401, 403, 404, 405), (what, response.request, response.status_code)
    assert CANARY.encode() not in response.content, (what, response.request)


def masked(response: HttpResponse, own_address: str, values: dict[str, str]) -> bytes:
    """The answer, and where it leads, without what differs by nature: the address, the CSRF token, the request's id."""
    content = response.headers.get("Location", "").encode() + response.content
    for written in _spellings(own_address, values):
        content = content.replace(written.encode(), b"?")
    content = re.sub(rb'(csrfmiddlewaretoken" value="|csrf-token" content=")[^"]+', rb"\1", content)
    return re.sub(rb"\b[0-9a-f]{12}\b", b"#", content)


def _spellings(own_address: str, values: dict[str, str]) -> Iterator[str]:
    yield own_address
    yield quote(own_address, safe="")
    yield from (value for value in values.values() if not value.isdigit())


def digest(regency: Regency) -> dict[str, str]:
    """{table: a sum over all that the regency and its people have in it}."""
    digests = {}
    with applied(everything_of(regency)), connection.cursor() as cursor:
        for model, path in models_with_foreign_rows().items():
            table, keys = (
                model._meta.db_table,
                model._base_manager.filter(**{path: regency}).values_list("pk", flat=True),
            )
            text = f'SELECT md5(string_agg(t::text, chr(10) ORDER BY id)) FROM "{table}" t WHERE id = ANY(%s)'
            cursor.execute(text, [list(keys)])
            digests[table] = cursor.fetchone()[0]
    return digests
