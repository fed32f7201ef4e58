"""Many rows by one statement: what Python holds arrives in PostgreSQL unchanged."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.bulk import array_constant, insert_many
from tests.conftest import person

TEXT = st.one_of(
    st.none(),
    st.sampled_from(["", "NULL", "null", "{}", '"', "\\", ",", '\\"', "{a,b}", " ", "\n", "'; --", "%s", "100 %"]),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])),
)


def read_back(values, kind):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t (v, n) ORDER BY n", [array_constant(values)]
        )
        return [value for (value,) in cursor.fetchall()]


class AnyText(TestCase):
    @given(st.lists(TEXT, max_size=20))
    def test_any_text_arrives_unchanged_and_in_its_place(self, values):
        assert read_back(values, "text") == values


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, None, -(2**63), 2**63 - 1]),
        ("boolean", [True, False, None]),
        ("date", [date(2026, 2, 1), None, date(1, 1, 1), date(9999, 12, 31)]),
        ("timestamptz", [datetime(2026, 2, 1, 8, 0, 0, 123456, tzinfo=UTC), None]),
        ("uuid", [UUID(int=0), UUID(int=2**128 - 1), None]),
    ],
)
def test_values_of_every_kind_arrive_unchanged(kind, values):
    assert [str(value) for value in read_back(values, kind)] == [str(value) for value in values]


def letters(*keys: str) -> dict[str, list[object]]:
    return {
        "public_id": [UUID(int=number) for number, _ in enumerate(keys)],
        "key": list(keys),
        "message_id": [f"<{key}>" for key in keys],
        "recipient_id": [person("ani").pk] * len(keys),
        "channel": ["in_app"] * len(keys),
    }


def test_what_is_known_is_passed_over_or_refused_as_asked(in_katingan):
    now = datetime.now(UTC)
    fixed = {"kind": "chase", "created_at": now, "next_attempt_at": now, "expires_at": now}
    insert_many(Message, letters("a"), fixed)
    assert insert_many(
        Message, letters("a", "b") | {"public_id": [UUID(int=8), UUID(int=9)]}, fixed, returning=("key",)
    ) == [("b",)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(
            Message, letters("c", "a") | {"public_id": [UUID(int=6), UUID(int=7)]}, fixed, passing_over_known=False
        )
    assert sorted(Message.objects.filter(key__in="abc").values_list("key", flat=True)) == ["a", "b"]
