from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.queries import unread_count
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture()
def person() -> Callable[[str, str, Regency], User]:
    """person("Ani", "operator", katingan) → somebody in an office of that regency."""

    def build(name: str, role: str, regency: Regency) -> User:
        user = User.objects.create_user(f"pesan-{name.lower()}", full_name=name, email=f"{name.lower()}@example.test")
        with applied(Scope(regency.pk)):
            agency = Agency.objects.create(
                kind=Agency.Kind.OPD, code=f"pesan-{name.lower()}", name="Dinas", short_name="D"
            )
        Membership.objects.create(regency=regency, user=user, agency=agency, role=role, starts_on=timezone.localdate())
        return user

    return build


@pytest.fixture()
def cast(person, katingan, elsewhere) -> dict[str, User]:
    return {
        "ani": person("Ani", "operator", katingan),
        "citra": person("Citra", "operator", katingan),
        "dewi": person("Dewi", "district_admin", elsewhere),
        "admin": person("Admin", "district_admin", katingan),
    }


@pytest.fixture()
def client_of(cast) -> Callable[[str], Client]:
    return lambda name: signed_in(cast[name])


@pytest.fixture()
def notice(cast, katingan, queued) -> Message:
    """Ani's, unread, in the portal."""
    with applied(Scope(katingan.pk)):
        return queued(channel="in_app", recipient=cast["ani"], subject="Rahasia Ani", link="/laporan/")


@pytest.fixture()
def mail(cast, katingan, queued) -> Message:
    """To Ani, failed."""
    with applied(Scope(katingan.pk)):
        message = queued(key="mail", recipient=cast["ani"], subject="Surat Ani", body_text="Mohon dikirim.")
        Message.objects.filter(pk=message.pk).update(state=State.FAILED, attempts=8, last_error="550 no such mailbox")
        return Message.objects.get(pk=message.pk)


def state_of(message: Message, katingan: Regency) -> Message:
    with applied(Scope(katingan.pk)):
        return Message.objects.get(pk=message.pk)


@pytest.mark.parametrize(("name", "count"), [("ani", 1), ("citra", 0), ("admin", 0), ("dewi", 0)])
def test_inbox_shows_a_person_their_own(notice, client_of, name: str, count: int):
    page = client_of(name).get(reverse("outbox:inbox"))
    assert page.status_code == 200
    assert page.content.count(b"Rahasia Ani") == count
    assert page.context["unread"] == count


@pytest.mark.parametrize(("name", "status"), [("ani", 200), ("citra", 404), ("admin", 404), ("dewi", 404)])
def test_message_is_for_its_recipient_only(notice, client_of, name: str, status: int):
    assert client_of(name).get(notice.get_absolute_url()).status_code == status


@pytest.mark.parametrize(("name", "read"), [("ani", True), ("citra", False), ("admin", False), ("dewi", False)])
def test_read_is_for_the_recipient_only(notice, client_of, katingan, name: str, read: bool):
    answer = client_of(name).post(reverse("outbox:read", args=[notice.public_id]))
    assert answer.status_code == (302 if read else 404)
    assert (state_of(notice, katingan).read_at is not None) == read


def test_read_leads_on_to_what_the_message_is_about(notice, client_of):
    answer = client_of("ani").post(reverse("outbox:read", args=[notice.public_id]), {"open": "1"})
    assert answer.headers["Location"] == "/laporan/"


def test_opening_a_message_does_not_mark_it(notice, client_of, katingan):
    client_of("ani").get(notice.get_absolute_url())
    assert state_of(notice, katingan).read_at is None


def test_read_all_marks_ones_own(notice, client_of, cast, katingan):
    client_of("citra").post(reverse("outbox:read_all"))
    with applied(Scope(katingan.pk)):
        assert unread_count(cast["ani"].pk) == 1
    client_of("ani").post(reverse("outbox:read_all"))
    with applied(Scope(katingan.pk)):
        assert unread_count(cast["ani"].pk) == 0


@pytest.mark.parametrize("page", ["browse", "detail", "resend"])
@pytest.mark.parametrize(("name", "status"), [("admin", 200), ("ani", 404), ("citra", 404)])
def test_outbox_is_for_who_looks_after_it(mail, client_of, page: str, name: str, status: int):
    args = [] if page == "browse" else [mail.public_id]
    assert client_of(name).get(reverse(f"outbox:{page}", args=args)).status_code == status


@pytest.mark.parametrize("page", ["detail", "resend"])
def test_outbox_of_another_regency_is_not_there(mail, client_of, page: str):
    dewi = client_of("dewi")
    assert b"Surat Ani" not in dewi.get(reverse("outbox:browse")).content
    assert dewi.get(reverse(f"outbox:{page}", args=[mail.public_id])).status_code == 404
    assert dewi.get(reverse(f"outbox:{page}", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("page", ["inbox", "browse"])
def test_strangers_sign_in_first(client, page: str):
    answer = client.get(reverse(f"outbox:{page}"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Rahasia Ani", "Surat Ani"}),
        ("state=failed", {"Surat Ani"}),
        ("kind=chase&state=sent", {"Rahasia Ani"}),
        ("kind=invitation", set()),
        ("q=surat", {"Surat Ani"}),
        ("q=ani+surat", {"Surat Ani"}),
        ("state=nonsense&page=x", set()),
        ("recipient=99999999999999999999999", set()),
        ("recipient=x", {"Rahasia Ani", "Surat Ani"}),
    ],
)
def test_browse_filters(notice, mail, client_of, query: str, shown: set):
    page = client_of("admin").get(f"{reverse('outbox:browse')}?{query}")
    assert {message.subject for message in page.context["page"]} == shown


def test_browse_does_not_ask_more_for_more_rows(client_of, katingan, cast, queued):
    admin = client_of("admin")
    counts = []
    for number in (1, 2, 3):
        with applied(Scope(katingan.pk)):
            queued(key=str(number), recipient=cast["ani"])
        with CaptureQueriesContext(connection) as captured:
            admin.get(reverse("outbox:browse"))
        counts.append(len(captured))
    assert counts[0] == counts[2]


def test_detail_tells_what_happened(mail, client_of):
    page = client_of("admin").get(reverse("outbox:detail", args=[mail.public_id])).content.decode()
    assert "550 no such mailbox" in page
    assert "Mohon dikirim." in page


def test_detail_never_shows_a_secret(client_of, katingan, queued):
    with applied(Scope(katingan.pk)):
        message = queued(kind="password_reset", body_text="https://portal/tautan/s3cret/", link="/tautan/s3cret/")
    page = client_of("admin").get(reverse("outbox:detail", args=[message.public_id]))
    assert page.status_code == 200
    assert b"s3cret" not in page.content


def test_resend_asks_first_and_then_plans_anew(mail, client_of, katingan):
    admin, url = client_of("admin"), reverse("outbox:resend", args=[mail.public_id])
    assert admin.get(url).status_code == 200
    assert state_of(mail, katingan).state == State.FAILED
    assert admin.post(url).headers["Location"] == reverse("outbox:detail", args=[mail.public_id])
    assert (state_of(mail, katingan).state, state_of(mail, katingan).attempts) == (State.PLANNED, 0)
    page = admin.get(reverse("outbox:detail", args=[mail.public_id])).content.decode()
    assert "mengirim ulang" in page


@pytest.mark.parametrize("name", ["ani", "citra", "dewi"])
def test_resend_is_refused_to_others(mail, client_of, katingan, name: str):
    assert client_of(name).post(reverse("outbox:resend", args=[mail.public_id])).status_code == 404
    assert state_of(mail, katingan).state == State.FAILED


def test_resend_of_what_has_not_failed_says_so(notice, client_of, katingan):
    answer = client_of("admin").post(reverse("outbox:resend", args=[notice.public_id]), follow=True)
    assert "tidak sedang gagal" in answer.content.decode()
    assert state_of(notice, katingan).state == State.SENT
