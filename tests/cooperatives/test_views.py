"""The register's pages for each role, in few queries, with each figure's source and day."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cooperatives.models import Cooperative, Figure, Milestone
from katingan_portal.tenancy.scope import Scope, applied
from villages.models import Village

pytestmark = pytest.mark.django_db

GALINGGANG = "/koperasi/62.06.01.2001/"
KASONGAN_LAMA = "/koperasi/62.06.02.1004/"
STAFF = ["ani", "budi", "citra", "eka", "feri", "gita", "hadi", "indra", "joko", "lina"]
DEED = {"kind": "akta", "achieved_on": "16/05/2026", "document_number": "Nomor 12"}


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("name", STAFF)
def test_all_staff_read_the_register_and_each_cooperative(client_for, name):
    client = client_for(name)
    listed = client.get("/koperasi/")
    assert (listed.status_code, listed.context["page"].paginator.count) == (200, 161)
    assert client.get(GALINGGANG).status_code == 200


@pytest.mark.parametrize("path", ["/koperasi/", GALINGGANG, "/koperasi/unduh.xlsx"])
def test_a_stranger_is_sent_to_sign_in(path):
    response = Client().get(path)
    assert (response.status_code, response.url) == (302, f"/masuk/?next={path}")


def test_the_list_shows_totals_with_source_day_median_and_trading_village(client_for):
    page = text(client_for("ani").get("/koperasi/"))
    for part in ("Rp8.300.000", "Rp6.370.000", "Rp2.057.007.000", "1.124.125", "107 anggota", "104 anggota"):
        assert part in page
    assert "nilai tengah (median) per koperasi Rp0" in page
    assert "Jaya Makmur</a>: Rp2.057.007.000 dari 1.124.125 transaksi" in page
    source = "Sumber: SIMKOPDES, dasbor publik Kementerian Koperasi · per 31 Agustus 2026"
    assert page.count(source) == 2, "once below the sums, once with savings and transactions"


@pytest.mark.parametrize("name", ["gita", "hadi", "joko"])
def test_the_overview_shows_the_same_totals_and_nib_per_kecamatan(client_for, name):
    page = text(client_for(name).get("/gambaran/"))
    section = page[page.index('<section id="koperasi"') :]
    for part in ('47 <span class="stat-of">dari 161', "Rp8.300.000", "median", "7 dari 8", "/kecamatan/62.06.02/"):
        assert part in section
    assert section.count('class="bar-cell"') == 13
    assert section.count("per 31 Agustus 2026") == 3, "below the sums, the transactions, and the bars"


def test_the_overview_says_what_to_do_while_no_figure_is_there(client_for, in_katingan):
    Figure.objects.all().delete()
    page = text(client_for("gita").get("/gambaran/"))
    assert "Belum ada angka koperasi" in page
    assert "mengunggahnya di halaman Impor" in page


@pytest.mark.parametrize(
    ("name", "own", "other"),
    [
        ("ani", 404, 404),
        ("hadi", 404, 404),
        ("joko", 404, 404),
        ("eka", 302, 404),
        ("feri", 302, 404),
        ("gita", 302, 302),
        ("indra", 302, 302),
    ],
)
def test_who_may_record_a_milestone_and_where(client_for, name, own, other):
    client = client_for(name)
    answers = [client.post(f"{path}tonggak/", DEED).status_code for path in (KASONGAN_LAMA, GALINGGANG)]
    assert answers == [own, other]
    offered = ["Catat tonggak" in text(client.get(path)) for path in (KASONGAN_LAMA, GALINGGANG)]
    assert offered == [own == 302, other == 302]


def test_a_recorded_milestone_shows_its_day_number_and_who_entered_it(client_for, in_katingan):
    client = client_for("eka")
    client.post(f"{KASONGAN_LAMA}tonggak/", DEED)
    page = text(client.get(KASONGAN_LAMA))
    for part in ("16 Mei 2026", "Nomor 12", "Eka Camat"):
        assert part in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "rat"}, "Tulis tahun buku yang dibahas RAT ini, misalnya 2025."),
        ({"kind": "rat", "book_year": "1999"}, "Tahun buku antara 2000 dan"),
        (
            {"achieved_on": "12/31/2025"},
            "Tanggal ini tidak dikenali. Tulis hari, bulan, lalu tahun, misalnya 23/11/2026.",
        ),
    ],
)
def test_a_milestone_that_cannot_be_is_refused_in_words(client_for, change, message, in_katingan):
    before = Milestone.objects.count()
    response = client_for("eka").post(f"{KASONGAN_LAMA}tonggak/", DEED | change)
    assert (response.status_code, Milestone.objects.count()) == (422, before)
    assert message in text(response)


def test_a_milestone_of_tomorrow_is_refused(client_for):
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = client_for("eka").post(f"{KASONGAN_LAMA}tonggak/", DEED | {"achieved_on": f"{tomorrow:%d/%m/%Y}"})
    assert response.status_code == 422
    assert "belum lewat. Tonggak dicatat setelah terjadi." in text(response)


def test_withdrawing_needs_a_reason_and_leaves_history(client_for, in_katingan):
    client = client_for("eka")
    client.post(f"{KASONGAN_LAMA}tonggak/", DEED)
    milestone = Milestone.objects.get(kind="akta", cooperative__village__code="62.06.02.1004")
    url = f"{KASONGAN_LAMA}tonggak/{milestone.pk}/batalkan/"
    assert client.post(url, {"reason": ""}).status_code == 200
    assert Milestone.objects.filter(pk=milestone.pk).exists()
    assert client.post(url, {"reason": "Nomor salah ketik"}).status_code == 302
    assert not Milestone.objects.filter(pk=milestone.pk).exists()
    assert "Nomor salah ketik" in text(client.get(KASONGAN_LAMA))


def test_a_second_cooperative_of_a_village_has_a_page_of_its_own(client_for, in_katingan):
    village = Village.objects.get(code="62.06.01.2001")
    Cooperative.objects.create(village=village, number=2, name="Koperasi Karya Bersama")
    client = client_for("ani")
    assert "Koperasi Karya Bersama" in text(client.get(f"{GALINGGANG}?nomor=2"))
    assert client.get(f"{GALINGGANG}?nomor=3").status_code == 404


@pytest.mark.parametrize(("query", "count"), [("tonggak=nib", 47), ("tonggak=nib&keadaan=belum", 114),
                                              ("kecamatan=62.06.02", 8), ("kecamatan=99", 161)])  # fmt: skip
def test_the_list_is_filtered(client_for, query, count):
    assert client_for("ani").get(f"/koperasi/?{query}").context["page"].paginator.count == count


def test_the_csv_has_a_row_for_each_and_its_source(client_for):
    response = client_for("ani").get("/koperasi/unduh.csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 162
    assert lines[1].startswith("62.06.01.2001;Galinggang;Kamipang;Koperasi Desa Merah Putih Galinggang;")
    assert lines[1].endswith("SIMKOPDES, dasbor publik Kementerian Koperasi;31/08/2026")


def test_a_cooperative_of_another_regency_is_not_there(client_for):
    ours = client_for("ani").get("/koperasi/62.99.01.2001/")
    theirs = client_for("dewi").get("/koperasi/62.99.01.2001/")
    assert (ours.status_code, theirs.status_code) == (404, 200)
    assert client_for("dewi").get(GALINGGANG).status_code == 404


def with_rows(elsewhere, count):
    with applied(Scope(elsewhere.pk)):
        for village in Village.objects.order_by("code")[1:count]:
            cooperative = Cooperative.objects.create(village=village, name=f"Koperasi {village}")
            example = Milestone.objects.filter(kind="nib").first()
            Milestone.objects.create(cooperative=cooperative, kind="nib", source=example.source, entered_by="Uji")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_questions_whatever_its_length(client_for, elsewhere, rows):
    with_rows(elsewhere, rows)
    client = client_for("dewi")
    client.get("/koperasi/")
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/koperasi/")
    assert response.context["page"].paginator.count == rows
    assert len(asked) == 29
