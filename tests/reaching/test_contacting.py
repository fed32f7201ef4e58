"""Chasing by WhatsApp without a gateway: the text, the link, and that the use is written down first."""

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from agencies.models import Membership
from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Contact
from katingan_portal.tenancy.scope import applied
from reporting.answering.promises import promise
from reporting.periods.waivers import waive
from reporting.reaching.contact_log import ContactLog, contacts_about
from reporting.reaching.contacting import (
    ContactRefused,
    chase_by_whatsapp,
    people_to_contact,
    whatsapp_link,
)
from tests.answering.conftest import BEFORE, OVERDUE, october
from tests.conftest import everything_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(september, budi):
    return Membership.objects.select_related("user").get(user=budi)


@pytest.fixture
def write(september, katingan, post, actor_for):
    return lambda now=OVERDUE: chase_by_whatsapp(september, katingan, post=post, by=actor_for("gita"), now=now)


def test_the_use_is_logged_with_its_text_and_audited(september, write, settings):
    settings.PORTAL_BASE_URL = "https://portal.example"
    logged = write()
    assert [each.pk for each in contacts_about(september)] == [logged.pk]
    assert (logged.recipient_name, logged.made_by_name, logged.channel, logged.made_at, logged.had_number) == (
        "Budi Kepala", "Gita Koordinator", "whatsapp", OVERDUE, False,
    )  # fmt: skip
    assert logged.text == (
        "Yth. Budi Kepala, Laporan bulanan Koperasi Merah Putih September 2026 dari Dinas Kesehatan belum kami terima,"
        " sudah lewat 1 hari dari tenggat 14 Oktober 2026. Mohon diisi atau dijawab di portal:"
        f" https://portal.example/laporan/{september.pk}/\n\n"
        "Terima kasih.\nGita Koordinator, Portal Koperasi Merah Putih Kabupaten Katingan"
    )
    assert history_of(logged)[0].verb == "menagih lewat WhatsApp"


def test_before_due_and_after_a_promise_the_text_says_so(september, write, katingan, actor_for):
    assert "ditunggu sampai 14 Oktober 2026. Mohon" in write(BEFORE).text
    on = october(20).date()
    promise(september, katingan, promised_on=on, reason="Rahasia", by=actor_for("ani"), now=OVERDUE)
    september.refresh_from_db()
    assert "(dijanjikan 20 Oktober 2026)" in write().text


@pytest.mark.parametrize(("number", "place"), [("+6281234567890", "/6281234567890"), ("", "/")])
def test_the_link_opens_the_chat_of_the_number_or_lets_whatsapp_ask(write, budi, number, place):
    Contact.objects.create(user=budi, whatsapp_number=number)
    logged = write()
    link = urlsplit(whatsapp_link(logged, OVERDUE))
    assert (link.scheme, link.netloc, link.path) == ("https", "wa.me", place)
    assert parse_qs(link.query) == {"text": [logged.text]}
    assert logged.had_number == bool(number)


def test_the_number_of_somebody_who_left_is_shown_no_more(write, post, budi):
    Contact.objects.create(user=budi, whatsapp_number="+6281234567890")
    logged = write()
    assert urlsplit(whatsapp_link(logged, OVERDUE)).path == "/6281234567890"
    Membership.objects.filter(pk=post.pk).update(ends_on=BEFORE.date())
    assert urlsplit(whatsapp_link(logged, OVERDUE)).path == "/"


def test_what_is_not_the_agencys_turn_is_not_chased(september, write, actor_for):
    waive(september, reason="x", by=actor_for("joko"), now=OVERDUE)
    september.refresh_from_db()
    with pytest.raises(ContactRefused, match="tidak menunggu perangkat daerah"):
        write()
    assert ContactLog.objects.count() == 0


def test_those_who_work_on_the_reports_of_the_agency_can_be_written_to(september):
    names = [each.post.user.username for each in people_to_contact(september, OVERDUE)]
    assert sorted(names) == ["ani", "budi", "lina"]


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def overdue(september, post):
    with time_machine.travel(OVERDUE, tick=True):
        yield september


def text(response):
    return response.content.decode()


def test_gita_writes_and_everyone_concerned_reads_that_she_did(overdue, post, client_for):
    page, gita = f"/laporan/{overdue.pk}/", client_for("gita")
    assert "Tagih lewat WhatsApp" in text(gita.get(page))
    ready = gita.post(f"{page}whatsapp/{post.pk}/", follow=True)
    assert "Buka WhatsApp" in text(ready)
    assert 'href="https://wa.me/?text=Yth.%20Budi%20Kepala' in text(ready)
    readers = {
        name
        for name in ("ani", "gita", "hadi", "joko", "citra", "eka", "indra")
        if "menagih Budi Kepala lewat WhatsApp" in text(client_for(name).get(page))
    }
    assert readers == {"ani", "gita", "hadi", "joko"}
    assert "menulis lewat WhatsApp kepada Budi Kepala" in text(client_for("ani").get(f"{page}penagihan/"))


def test_only_who_reviews_directs_or_administers_writes_and_only_to_people_of_the_agency(overdue, post, client_for):
    page = f"/laporan/{overdue.pk}/"
    for name in ("ani", "budi", "citra", "eka", "feri", "indra", "dewi"):
        assert client_for(name).post(f"{page}whatsapp/{post.pk}/").status_code == 404, name
        assert "Tagih lewat WhatsApp" not in text(client_for(name).get(page)), name
    for name in ("gita", "hadi", "joko"):
        assert client_for(name).post(f"{page}whatsapp/{post.pk}/").status_code == 302, name
    other = Membership.objects.get(user__username="citra")
    assert client_for("gita").post(f"{page}whatsapp/{other.pk}/").status_code == 404


def test_a_ready_text_is_shown_to_its_writer_only(overdue, post, client_for, katingan):
    client_for("gita").post(f"/laporan/{overdue.pk}/whatsapp/{post.pk}/")
    with applied(everything_of(katingan)):
        logged = ContactLog.objects.get()
    shown = {
        name: client_for(name).get(f"/kontak/{logged.pk}/").status_code for name in ("gita", "hadi", "ani", "dewi")
    }
    assert shown == {"gita": 200, "hadi": 404, "ani": 404, "dewi": 404}
