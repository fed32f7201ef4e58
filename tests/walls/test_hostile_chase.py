"""What a hostile hand types into the chase: the end of time, signs that no database keeps, numbers without end."""

from __future__ import annotations

import pytest
import time_machine

from reporting.chasing.models import Directive
from reporting.periods.models import Disclaimer
from tests.answering.conftest import OVERDUE
from tests.answering.conftest import september as september

pytestmark = pytest.mark.django_db


@pytest.fixture
def overdue(september):
    with time_machine.travel(OVERDUE, tick=True):
        yield september


@pytest.mark.parametrize(
    ("due_on", "status"), [("2027-10-15", 302), ("2027-10-20", 422), ("9999-12-31", 422), ("0001-01-01", 422)]
)
def test_a_directive_is_answered_within_a_year(due_on, status, overdue, client_for):
    """One due in the year 9999 had no day after it: the tick, the page of reasons and calendars broke on it."""
    given = client_for("hadi").post(f"/laporan/{overdue.pk}/arahan/", {"text": "Segera", "due_on": due_on})
    assert (given.status_code, Directive.objects.count()) == (status, int(status == 302))
    assert client_for("ani").get(f"/laporan/{overdue.pk}/penagihan/").status_code == 200


@pytest.mark.parametrize(("on", "shown"), [("2027-03-01", True), ("9999-12-31", False), ("0001-01-01", False)])
def test_a_ladder_is_shown_around_a_day_within_reach(on, shown, overdue, client_for):
    page = client_for("joko").get(f"/tangga/kalender/?jam=filing&tanggal={on}")
    assert (page.status_code, page.context["form"]["tanggal"].value() == on) == (200, shown)


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01"])
def test_a_promise_for_the_end_of_time_is_refused(on, overdue, client_for):
    answer = client_for("ani").post(f"/laporan/{overdue.pk}/janji/", {"promised_on": on, "reason": "x"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/surat/cek/62.06/%00/", "/surat/cek/%00/abc/", "/kalender/langganan/%00/abc.ics", "/healthz?x=%00", "/?%00=1"],
)
def test_an_address_with_a_nul_is_refused(path, client, overdue):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/tangga/?formulir=%00", "/pesan/keluar/?q=%00", "/pesan/keluar/?state=a&state=%00"])
def test_a_question_with_a_nul_is_refused(path, overdue, client_for):
    joko = client_for("joko")
    assert (joko.get(path).status_code, joko.get(path.replace("%00", "xx")).status_code) in [(400, 200), (400, 404)]


HUGE = "9" * 26


@pytest.mark.parametrize(
    "path",
    [
        f"/laporan/{HUGE}/penagihan/", f"/arahan/{HUGE}/jawab/", f"/surat/{HUGE}/", f"/kontak/{HUGE}/",
        f"/tangga/tahap/{HUGE}/", f"/laporan/bukan-tugas/{HUGE}/",
    ],
)  # fmt: skip
def test_a_key_beyond_every_row_is_not_there(path, overdue, client_for):
    assert client_for("joko").get(path).status_code == 404


@pytest.mark.parametrize("digits", [26, 5000])
def test_a_number_without_end_is_refused(digits, overdue, client_for):
    typed = {"mulai-teguran-number": "9" * digits, "mulai-teguran-reason": "x"}
    assert client_for("joko").post("/surat/pengaturan/teguran/mulai/", typed).status_code == 422


@pytest.mark.parametrize(
    "number",
    ["\u0660\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", "0812\u0663\u0664\u0665\u0666\u0667"],
)
def test_a_whatsapp_number_has_only_the_digits_that_dial(number, overdue, client_for):
    chosen = {"digest_hour": "8", "away_from": "", "away_until": "", "whatsapp_number": number}
    assert client_for("ani").post("/pesan/pengaturan/", chosen).status_code < 500
    assert client_for("ani").get("/pesan/pengaturan/").context["contact"].whatsapp_number == ""


def test_what_an_agency_said_is_not_its_duty_stays_with_those_concerned(overdue, client_for):
    """Its reason became the reason of the waiver, which every agency of the district reads."""
    page = f"/laporan/{overdue.pk}/"
    client_for("ani").post(f"{page}bukan-tugas/", {"reason": "Berkasnya ada pada Sari"})
    said = Disclaimer.objects.get(obligation=overdue)
    client_for("joko").post(f"/laporan/bukan-tugas/{said.pk}/", {"note": ""})
    assert "Berkasnya ada pada Sari" in client_for("budi").get(page).content.decode()
    shown = client_for("citra").get(page).content.decode()
    assert "Bukan tugas Dinkes, disetujui admin kabupaten" in shown
    assert "Berkasnya ada pada Sari" not in shown


@pytest.mark.parametrize(
    ("pattern", "status"),
    [("500.3/{nomor:3}/{unit}/{bulan_romawi}/{tahun}", 302), ("x" * 60 + "{unit}{unit}{nomor}{tahun}", 422)],
)
def test_a_pattern_whose_number_may_be_too_long_is_refused(pattern, status, overdue, client_for):
    """Such a pattern was accepted; then each page of a draft broke on the number that it could not write."""
    joko, gita = client_for("joko"), client_for("gita")
    joko.post("/surat/pengaturan/", {"unit": "U" * 40})
    assert joko.post("/surat/pengaturan/teguran/pola/", {"teguran-pattern": pattern}).status_code == status
    drafted = gita.post("/surat/untuk/dinkes/", {"kind": "teguran_1", "items": [str(overdue.pk)]})
    assert gita.get(drafted["Location"]).status_code == 200
