"""The pages of answers: who may open them, what everyone sees, and what strangers do not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from katingan_portal.tenancy.scope import applied
from reporting.management.commands.load_test_world import PASSWORD
from reporting.periods.models import Promise
from tests.answering.conftest import OVERDUE
from tests.conftest import everything_of

pytestmark = pytest.mark.django_db
PROMISE = {"promised_on": "2026-10-20", "reason": "Server rusak"}


@pytest.fixture
def overdue(september):
    with time_machine.travel(OVERDUE, tick=True):
        yield september


def text(response):
    return response.content.decode()


def test_ani_answers_from_the_page_of_the_report(overdue, client_for):
    page, ani = f"/laporan/{overdue.pk}/", client_for("ani")
    for label in ("Isi laporan", "Kirim nihil", "Janjikan tanggal"):
        assert label in text(ani.get(page))
    assert "Minta perpanjangan" not in text(ani.get(page)), "too late for that"
    answered = ani.post(f"{page}janji/", PROMISE, follow=True)
    assert "Penagihan menunggu sampai 20 Oktober 2026." in text(answered)
    assert "Anda menjanjikan laporan ini" in text(answered)
    assert "Tarik janji" in text(answered)


def test_everyone_who_may_see_the_report_sees_the_promise_and_nobody_else_its_buttons(overdue, client_for):
    page = f"/laporan/{overdue.pk}/"
    client_for("ani").post(f"{page}janji/", PROMISE)
    for name in ("citra", "eka", "gita", "hadi", "indra", "joko"):
        shown = text(client_for(name).get(page))
        assert "Akan dikirim paling lambat 20 Oktober 2026" in shown, name
        assert "Server rusak" in shown, name
        for button in ("Tarik janji", "Janjikan tanggal", "Jawaban Anda"):
            assert button not in shown, name


def test_the_overview_the_list_and_the_grid_show_what_was_promised(overdue, client_for):
    client_for("ani").post(f"/laporan/{overdue.pk}/janji/", PROMISE)
    hadi = client_for("hadi")
    assert "Janji: dikirim 20 Okt 2026, karena Server rusak" in text(hadi.get("/gambaran/?period=semua"))
    assert "dijanjikan 20 Okt 2026" in text(hadi.get("/laporan/?whose=semua"))
    assert "dijanjikan 20 Okt 2026" in text(hadi.get("/gambaran/kisi/"))


def test_strangers_neither_promise_nor_take_a_promise_back(overdue, client_for, katingan):
    page = f"/laporan/{overdue.pk}/janji/"
    for name in ("citra", "eka", "feri", "gita", "hadi", "indra", "joko", "dewi"):
        client = client_for(name)
        assert (client.get(page).status_code, client.post(page, PROMISE).status_code) == (404, 404), name
    assert client_for("ani").post(page, PROMISE).status_code == 302
    with applied(everything_of(katingan)):
        made = Promise.objects.get(obligation=overdue)
    for name in ("citra", "eka", "feri", "gita", "hadi", "indra", "joko", "dewi"):
        assert client_for(name).post(f"/janji/{made.pk}/tarik/").status_code == 404, name
    assert client_for("budi").post(f"/janji/{made.pk}/tarik/").status_code == 302


def test_a_refusal_keeps_what_was_typed(overdue, client_for):
    answer = client_for("ani").post(f"/laporan/{overdue.pk}/janji/", PROMISE | {"promised_on": "2027-01-20"})
    assert answer.status_code == 422
    assert "Janji paling jauh 15 hari kerja" in text(answer)
    assert "Server rusak" in text(answer)


def test_the_link_of_a_message_opened_before_signing_in_leads_back_to_it(overdue, client, ani):
    page = f"/laporan/{overdue.pk}/"
    turned_away = client.get(page)
    assert turned_away.status_code == 302
    door = turned_away.headers["Location"]
    assert f"next={page}" in door
    came = client.post(door, {"name": "ani", "password": PASSWORD, "next": page}, follow=True)
    assert came.redirect_chain[-1] == (page, 302)
    assert "Jawaban Anda" in text(came)


def test_the_link_shows_nothing_to_a_person_of_another_district_and_no_answer_to_another_agency(overdue, client_for):
    page = f"/laporan/{overdue.pk}/"
    assert client_for("dewi").get(page).status_code == 404
    assert "Jawaban Anda" not in text(client_for("citra").get(page))
    assert client_for("citra").get(f"{page}isi/").status_code == 404


def test_opening_a_link_changes_nothing(overdue, client_for):
    before = timezone.now() - timedelta(days=1)
    client_for("ani").get(f"/laporan/{overdue.pk}/janji/?promised_on=2026-10-20&reason=x")
    overdue.refresh_from_db()
    assert (overdue.promise_due_at, Promise.objects.filter(made_at__gt=before).count()) == (None, 0)
