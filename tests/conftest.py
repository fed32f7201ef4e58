"""The ground of every test: a copy of the template database, met as the unprivileged role, and the cast.

Ani owns (operator of Dinas Kesehatan), Budi shares (its head), Citra is of another agency (Dinas Sosial), Dewi of
another regency and must see nothing. One more person per role: see `load_test_world`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from whitenoise.base import WhiteNoise

# Time says nothing here: the machine runs other things beside the tests.
hypothesis_settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("shared")

# Collecting the tests makes many objects and little garbage; with Python's own 700 a sixth of it is looking for that.
gc.set_threshold(50_000, 20, 100)

TEMPLATE = os.environ.get("TEST_TEMPLATE", "portal_template")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that kill and wait for real processes go first, so that the other workers compute meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("faults") is None)


def pytest_collection_finish() -> None:
    """Garbage is not looked for among 3,000 tests and all modules again and again: an eighth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def static_files_read_once() -> Iterator[None]:
    """Every client builds WhiteNoise anew, which asks for size and date of each file again: a fifth of the time.

    A folder that a test makes for itself has another name, so it is read.
    """
    found: dict[tuple[str, str], dict] = {}
    original = WhiteNoise.update_files_dictionary

    def update(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in found:
            before = self.files
            self.files = {}
            original(self, root, prefix)
            found[root, prefix], self.files = self.files, before
        self.files.update(found[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", update)
        yield


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def copy_template(name: str) -> None:
    run_as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')


def run_as_superuser(*statements: str) -> None:
    connection = psycopg2.connect(os.environ["TEST_SUPERUSER_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def use_database(name: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name
    for variable in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        os.environ[variable] = with_database(os.environ[variable], name)


@pytest.fixture(scope="session")
def test_database_name(worker_id: str) -> str:
    return f"portal_test_{worker_id}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, test_database_name: str) -> Iterator[None]:
    with django_db_blocker.unblock():
        copy_template(test_database_name)
        use_database(test_database_name)
        yield
        connections["default"].close()
        run_as_superuser(f'DROP DATABASE IF EXISTS "{test_database_name}" WITH (FORCE)')


@pytest.fixture
def committed_db(django_db_setup, django_db_blocker, test_database_name: str) -> Iterator[str]:
    """A fresh copy of the template for tests that commit or start other processes; yields its name.

    The environment's DATABASE_*_URL point to it meanwhile, so a subprocess inherits it.
    """
    name = f"{test_database_name}_committed"
    with django_db_blocker.unblock():
        copy_template(name)
        use_database(name)
        yield name
        use_database(test_database_name)
        run_as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def as_role(committed_db: str) -> Iterator[Callable[[str], None]]:
    """Reconnect as another of the portal's database roles ("worker", "owner") within a `committed_db` test."""
    connection = connections["default"]
    before = connection.settings_dict["USER"], settings.PORTAL_ROLE

    def switch(role: str) -> None:
        connection.close()
        connection.settings_dict["USER"] = f"portal_{role}"
        settings.PORTAL_ROLE = role

    yield switch
    connection.close()
    connection.settings_dict["USER"], settings.PORTAL_ROLE = before


@pytest.fixture
def katingan(db):
    from katingan_portal.tenancy.models import Regency

    return Regency.objects.get(code="62.06")


@pytest.fixture
def elsewhere(db):
    """The other regency, with data that could leak."""
    from katingan_portal.tenancy.models import Regency

    return Regency.objects.get(code="62.99")


@pytest.fixture
def in_katingan(katingan) -> Iterator[None]:
    from katingan_portal.tenancy.scope import Scope, applied

    with applied(Scope(katingan.pk)):
        yield


def everything_of(regency):
    """A scope that may read and write what every agency of the regency keeps private."""
    from agencies.models import Agency
    from katingan_portal.tenancy.scope import Scope, applied

    with applied(Scope(regency.pk)):
        agencies = tuple(Agency.objects.values_list("pk", flat=True))
    return Scope(regency.pk, agencies, agencies)


def person(username: str):
    from katingan_portal.accounts.models import User

    return User.objects.get(username=username)


@pytest.fixture
def ani(db):
    return person("ani")


@pytest.fixture
def budi(db):
    return person("budi")


@pytest.fixture
def citra(db):
    return person("citra")


@pytest.fixture
def dewi(db):
    return person("dewi")


def actor_of(user, source: str = "web"):
    from agencies.access import active_memberships
    from agencies.access import actor_of as build
    from agencies.models import Agency
    from katingan_portal.tenancy.scope import Scope, applied

    membership = active_memberships(user).first()
    with applied(Scope(membership.regency_id)):
        membership.agency = Agency.objects.get(pk=membership.agency_id)
        return build(user, membership, source=source)


@pytest.fixture
def actor_for(db):
    """actor_for("ani") → the Actor of that person's first membership."""
    return lambda name: actor_of(person(name))


@pytest.fixture
def scope_for(db):
    """scope_for("ani") → the Scope their requests run in."""
    from agencies.access import active_memberships, scope_of
    from katingan_portal.tenancy.scope import Scope, applied

    def build(name: str):
        membership = active_memberships(person(name)).first()
        with applied(Scope(membership.regency_id)):
            return scope_of(membership)

    return build


def signed_in(user) -> Client:
    from katingan_portal.accounts.models import UserSession

    client = Client()
    client.force_login(user)
    UserSession.objects.create(user=user, session_key=client.session.session_key, seen_at=timezone.now())
    return client


@pytest.fixture
def client_for(db):
    """client_for("ani") → a Django test client signed in as that person."""
    return lambda name: signed_in(person(name))
