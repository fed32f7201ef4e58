"""What a scope leaves behind: nothing, whether a transaction goes on around it or not."""

import pytest
from django.db import connection

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, ScopeRequired, applied


def seen_by_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM agencies_agency")
        return cursor.fetchone()[0]


def test_a_scope_ends_with_its_block_inside_and_outside_of_a_transaction(committed_db):
    with applied(Scope(Regency.objects.get(code="62.99").pk)):
        there = Agency.objects.count()
        with applied(Scope(Regency.objects.get(code="62.06").pk)):
            assert Agency.objects.count() not in (0, there)
        assert seen_by_the_database() == there
    assert seen_by_the_database() == 0
    with pytest.raises(ScopeRequired):
        Agency.objects.count()
