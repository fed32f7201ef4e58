"""A report as PDF and as a workbook: who gets it, what stands in it, and that what people wrote stays text."""

import io
import time
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from katingan_portal.tenancy.scope import applied
from reporting.periods.models import Obligation
from reporting.submissions import review
from reporting.submissions.files import pdf
from reporting.submissions.files.papers import paper_for
from reporting.submissions.files.pdf import NotTypeset, pdf_of, printable
from reporting.submissions.files.workbooks import workbook_of
from tests.files.conftest import EVIL, NOW, SECRET

pytestmark = pytest.mark.django_db

NAMES = ["salinan.pdf", "salinan.xlsx"]


def url_of(obligation, name):
    return f"/laporan/{obligation.pk}/{name}"


def text_of(content: bytes) -> str:
    """The words of a PDF, with one blank between them."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def cells_of(content: bytes) -> dict[str, list[list[object]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


@pytest.fixture
def copy_for(obligation, scope_for, actor_for):
    """copy_for(pdf_of, "ani") → the bytes that this person would get."""

    def make(writer, name="ani", now=NOW):
        with applied(scope_for(name)):
            there = Obligation.objects.select_related("agency", "form", "regency").get(pk=obligation.pk)
            return writer(paper_for(there, by=actor_for(name), now=now))

    return make


# who gets it

BEFORE_ACCEPTANCE = {
    "ani": 200, "budi": 200, "gita": 200, "hadi": 200, "citra": 404, "eka": 404, "joko": 404, "indra": 404, "dewi": 404,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("reader", "status"), BEFORE_ACCEPTANCE.items())
def test_a_draft_is_copied_by_its_agency_and_its_reviewers_only(name, reader, status, obligation, draft, client_for):
    draft()
    answer = client_for(reader).get(url_of(obligation, name))
    assert answer.status_code == status
    if status == 404:
        assert SECRET.encode() not in answer.content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reader", ["ani", "gita", "citra", "eka", "joko", "indra"])
def test_an_accepted_report_is_copied_by_all_staff(name, reader, obligation, accepted, client_for):
    assert client_for(reader).get(url_of(obligation, name)).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_an_accepted_report_is_not_there_for_strangers(name, obligation, accepted, client_for, client):
    assert client_for("dewi").get(url_of(obligation, name)).status_code == 404
    assert client.get(url_of(obligation, name)).status_code == 302
    assert client_for("ani").get(url_of(obligation, name).replace(str(obligation.pk), "999999999")).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_nothing_filed_is_nothing_to_copy(name, obligation, client_for):
    assert client_for("ani").get(url_of(obligation, name)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_kept_by_no_cache_and_opened_as_nothing_else(name, obligation, draft, client_for):
    draft()
    answer = client_for("ani").get(url_of(obligation, name))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith('attachment; filename="laporan-dinkes-')


# what stands in it


def test_the_pdf_says_who_what_when_and_that_it_is_an_unsigned_copy(obligation, copy_for, accepted, places):
    said = text_of(copy_for(pdf_of, "ani", datetime(2026, 11, 25, 3, 0, tzinfo=UTC)))
    wanted = [
        "KABUPATEN KATINGAN", "DINAS KESEHATAN", "Periode September 2026", obligation.rule["sentence"],
        "Pertama dikirim", "20 Oktober 2026, pukul 10.00 WIB", "Diterima", "120 orang", "Rp1.500.000", "87,5%",
        "Kredit", "3 Sep 2026", "Kendala", SECRET, "Kiriman ke-1", "Dicetak dari portal pada 25 November 2026",
        "tanpa tanda tangan", "Halaman 1 dari", str(places[0][0]), "2 dari 161 baris terisi",
    ]  # fmt: skip
    assert [each for each in wanted if " ".join(each.split()) not in said] == []


def test_what_people_wrote_is_text_and_never_markup(copy_for, draft, figures):
    story = f"{EVIL}\n😀 مرحبا שלום \u202ekebalik " + "x" * 3000 + "\\" * 500
    draft(figures={**figures, "cerita": story, "anggota": 1})
    said = text_of(copy_for(pdf_of)).replace(" ", "")
    assert said.count(EVIL.replace(" ", "")) == 2
    assert said.count("x") > 3000
    assert "root:" not in said


def test_a_reader_of_accepted_figures_gets_nothing_written_beside_them(copy_for, accepted):
    for content in (text_of(copy_for(pdf_of, "citra")), str(cells_of(copy_for(workbook_of, "citra")))):
        assert "1.500.000" in content or "1500000" in content
        assert SECRET not in content
        assert "Kiriman ke-1" not in content
        assert "hanya terlihat bagi" in content


def test_a_nil_report_says_why(copy_for, draft):
    draft(figures={}, is_nil=True, nil_reason="Semua kantor tutup karena banjir")
    assert "Alasan: Semua kantor tutup karena banjir" in text_of(copy_for(pdf_of))
    assert "Semua kantor tutup karena banjir" in str(cells_of(copy_for(workbook_of))["Laporan"])


def test_a_returned_report_keeps_every_note_in_its_history(copy_for, sent, scope_for, actor_for):
    with applied(scope_for("gita")):
        review.return_for_correction(
            sent, note="Lengkapi", notes={"anggota": "Hitung lagi"}, by=actor_for("gita"), now=NOW
        )
    said = text_of(copy_for(pdf_of))
    assert "Catatan: Lengkapi" in said
    assert "Anggota: Hitung lagi" in said
    assert "Hitung lagi" in str(cells_of(copy_for(workbook_of))["Riwayat"])


def test_the_workbook_holds_numbers_dates_and_codes_as_text(copy_for, accepted, places):
    sheets = cells_of(copy_for(workbook_of))
    assert list(sheets) == ["Laporan", "Per desa", "Per koperasi", "Riwayat", "Keterangan"]
    answers = {row[1]: row[2] for row in sheets["Laporan"]}
    assert (answers["Anggota"], answers["Luas gerai"], answers["Modal"]) == (120, 12.5, 1500000)
    assert answers["Mulai"] == datetime(2026, 9, 3)
    assert sheets["Per desa"][1][0] == places[0][0].code


def test_the_workbook_holds_no_formula(copy_for, draft, figures):
    draft(figures={**figures, "cerita": '=HYPERLINK("http://x")'}, obstacles="+1+1", follow_up="@SUM(A1)")
    book = load_workbook(io.BytesIO(copy_for(workbook_of)))
    assert [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []


# the limits of the typesetter


def test_a_pdf_that_takes_too_long_is_given_up_and_the_page_says_so(obligation, draft, client_for, monkeypatch):
    draft()
    monkeypatch.setattr(pdf, "WALL_CLOCK_SECONDS", 0.01)
    begun = time.monotonic()
    answer = client_for("ani").get(url_of(obligation, "salinan.pdf"), follow=True)
    assert time.monotonic() - begun < 10
    assert "Unduh lembar kerjanya (XLSX)" in answer.content.decode()


def test_a_typesetter_that_fails_is_no_server_error(copy_for, draft, monkeypatch):
    draft()
    monkeypatch.setattr(pdf, "data_of", lambda paper: {"nothing": 1})
    with pytest.raises(NotTypeset):
        copy_for(pdf_of)


def test_printable_takes_out_what_turns_or_hides_text_and_breaks_long_words():
    assert printable("a\u202eb\x00c\u200dd\r\ne") == "abcd\ne"
    assert printable("x" * 50).replace("\u200b", "") == "x" * 50
    assert "\u200b" in printable("x" * 50)
