"""The pages of answers: who may open them, what everyone sees, and what strangers do not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from katingan_portal.tenancy.scope import applied
from reporting.chasing.models import Directive
from reporting.management.commands.load_test_world import PASSWORD
from reporting.periods.models import Disclaimer, Promise
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
    assert "Janji paling jauh 15 hari kerja" in answer.context["form"].errors["promised_on"][0]
    assert "Server rusak" in text(answer)


def test_a_refusal_stands_beside_the_field_that_is_to_blame(overdue, client_for, katingan):
    give = client_for("hadi").post(f"/laporan/{overdue.pk}/arahan/", {"text": "Segera.", "due_on": "2026-10-01"})
    assert give.context["form"].errors == {"due_on": ["Pilih hari ini atau sesudahnya sebagai batas jawaban."]}
    client_for("ani").post(f"/laporan/{overdue.pk}/bukan-tugas/", {"reason": "Milik dinas lain."})
    with applied(everything_of(katingan)):
        said = Disclaimer.objects.get(obligation=overdue)
    refuse = client_for("joko").post(f"/laporan/bukan-tugas/{said.pk}/", {"note": "", "refuse": "1"})
    assert list(refuse.context["form"].errors) == ["note"]


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


# --- not our duty -----------------------------------------------------------------------------------------------------

STRANGERS = ("citra", "eka", "feri", "gita", "hadi", "indra", "joko", "dewi")


def disclaimed(overdue, client_for, katingan):
    answered = client_for("ani").post(f"/laporan/{overdue.pk}/bukan-tugas/", {"reason": "Urusan PMD"}, follow=True)
    assert "Disampaikan kepada admin kabupaten" in text(answered)
    with applied(everything_of(katingan)):
        return Disclaimer.objects.get(obligation=overdue)


def test_an_administrator_finds_it_first_and_settles_it(overdue, client_for, katingan):
    said, joko = disclaimed(overdue, client_for, katingan), client_for("joko")
    assert "bukan tugas kami, September 2026" in text(joko.get("/"))
    assert "Urusan PMD" in text(joko.get("/laporan/bukan-tugas/"))
    page = f"/laporan/bukan-tugas/{said.pk}/"
    assert "/akhiri/" in text(joko.get(page))
    assert joko.post(page, {"note": "", "refuse": "1"}).status_code == 422
    settled = joko.post(page, {"note": "", "agree": "1"}, follow=True)
    assert "Disetujui; kewajiban periode ini dibebaskan." in text(settled)
    assert "Bukan tugas Dinkes, disetujui admin kabupaten" in text(client_for("ani").get(f"/laporan/{overdue.pk}/"))


def test_who_is_concerned_reads_it_and_other_agencies_do_not(overdue, client_for, katingan):
    disclaimed(overdue, client_for, katingan)
    shown = {
        name: "Urusan PMD" in text(client_for(name).get(f"/laporan/{overdue.pk}/"))
        for name in ("ani", "budi", "gita", "hadi", "joko", "citra", "eka", "indra")
    }
    assert shown == {
        "ani": True, "budi": True, "gita": True, "hadi": True, "joko": True, "citra": False, "eka": False,
        "indra": False,
    }  # fmt: skip


def test_strangers_neither_disclaim_nor_settle(overdue, client_for, katingan):
    for name in STRANGERS:
        answer = client_for(name).post(f"/laporan/{overdue.pk}/bukan-tugas/", {"reason": "x"})
        assert answer.status_code == 404, name
    said = disclaimed(overdue, client_for, katingan)
    for name in ("ani", "budi", "citra", "gita", "hadi", "indra", "dewi"):
        client = client_for(name)
        assert client.get("/laporan/bukan-tugas/").status_code == 404, name
        assert client.get(f"/laporan/bukan-tugas/{said.pk}/").status_code == 404, name
        assert client.post(f"/laporan/bukan-tugas/{said.pk}/", {"note": "x", "agree": "1"}).status_code == 404, name
    for name in STRANGERS:
        assert client_for(name).post(f"/laporan/bukan-tugas/{said.pk}/tarik/").status_code == 404, name
    assert client_for("budi").post(f"/laporan/bukan-tugas/{said.pk}/tarik/").status_code == 302


# --- directives -------------------------------------------------------------------------------------------------------

DIRECTIVE = {"text": "Kirim pekan ini.", "due_on": "2026-10-20"}


def directed(overdue, client_for, katingan):
    told = client_for("hadi").post(f"/laporan/{overdue.pk}/arahan/", DIRECTIVE, follow=True)
    assert "Arahan disampaikan kepada Dinas Kesehatan." in text(told)
    with applied(everything_of(katingan)):
        return Directive.objects.get(obligation=overdue)


def test_hadi_directs_budi_answers_and_hadi_closes(overdue, client_for, katingan):
    given, hadi, budi = directed(overdue, client_for, katingan), client_for("hadi"), client_for("budi")
    assert "Arahan Kantor Bupati: Laporan bulanan" in text(budi.get("/"))
    answered = budi.post(f"/arahan/{given.pk}/jawab/", {"text": "Besok kami kirim."}, follow=True)
    assert "Jawaban disampaikan kepada Kantor Bupati." in text(answered)
    assert "Dinkes menjawab arahan Anda" in text(hadi.get("/"))
    assert "Besok kami kirim." in text(hadi.get("/arahan/?tampil=dijawab"))
    closed = hadi.post(f"/arahan/{given.pk}/selesai/", follow=True)
    assert "Dinyatakan selesai oleh Hadi Pemantau" in text(closed)
    assert "Besok kami kirim." in text(hadi.get("/arahan/?tampil=selesai"))


def test_who_is_concerned_reads_a_directive_and_other_agencies_do_not(overdue, client_for, katingan):
    directed(overdue, client_for, katingan)
    people = ("ani", "budi", "gita", "hadi", "joko", "citra", "eka", "indra")
    readers = {name for name in people if "Kirim pekan ini." in text(client_for(name).get(f"/laporan/{overdue.pk}/"))}
    assert readers == {"ani", "budi", "gita", "hadi", "joko"}


def test_only_the_office_directs_and_only_the_agency_answers(overdue, client_for, katingan):
    for name in ("ani", "budi", "citra", "eka", "gita", "indra", "joko", "dewi"):
        client = client_for(name)
        assert client.post(f"/laporan/{overdue.pk}/arahan/", DIRECTIVE).status_code == 404, name
        assert client.get("/arahan/").status_code == 404, name
    given = directed(overdue, client_for, katingan)
    for name in STRANGERS:
        client = client_for(name)
        assert client.get(f"/arahan/{given.pk}/jawab/").status_code == 404, name
        assert client.post(f"/arahan/{given.pk}/jawab/", {"text": "x"}).status_code == 404, name
    for name in ("ani", "budi", "citra", "gita", "joko", "dewi"):
        for step in ("tarik", "selesai"):
            assert client_for(name).post(f"/arahan/{given.pk}/{step}/").status_code == 404, (name, step)
    assert client_for("hadi").post(f"/arahan/{given.pk}/tarik/").status_code == 302
