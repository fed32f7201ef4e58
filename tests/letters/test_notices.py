"""Who hears that a letter was issued, and when it is no longer said."""

import pytest

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting.letters import actions
from reporting.letters.models import LetterKind
from reporting.letters.notices import still_issued
from tests.letters.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(whole):
    def names() -> list[tuple[str, str]]:
        with applied(whole):
            rows = Message.objects.filter(kind="letter_issued").select_related("recipient").order_by("pk")
            return sorted({(row.recipient.username, row.subject) for row in rows})

    return names


def test_the_addressed_office_hears_of_an_issued_warning_and_nobody_else(draft, issue, told):
    letter = draft()
    assert told() == []
    issue(letter)
    assert told() == [(name, "Surat Teguran I untuk Dinkes") for name in ("ani", "budi", "lina")]


def test_a_note_to_the_leadership_tells_no_agency(draft, issue, told):
    issue(draft(kind=LetterKind.NOTA_DINAS))
    assert told() == []


def test_a_letter_voided_before_the_message_leaves_is_not_announced(draft, issue, whole, actor_for):
    issued = issue(draft())
    with applied(whole):
        message = Message.objects.filter(kind="letter_issued", channel="email")[0]
        assert still_issued(message) is None
        actions.void(issued, reason="Salah alamat", by=actor_for("gita"), now=NOW)
        assert still_issued(message) == "suratnya dibatalkan sebelum pesan ini berangkat"


def test_who_left_the_office_is_not_told(draft, issue, whole, ani):
    issue(draft())
    with applied(whole):
        message = Message.objects.filter(kind="letter_issued", channel="email", recipient=ani)[0]
        assert still_issued(message) is None
        ani.memberships.update(ends_on=NOW.date().replace(month=1))
        assert still_issued(message) == "penerima tidak lagi bertugas di sana"
