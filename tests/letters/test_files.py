"""What stands in a letter's PDF and DOCX, and that what people wrote stays text."""

import json

import pytest

from katingan_portal.tenancy.scope import applied
from reporting.letters import actions
from reporting.letters.actions_series import change_letterhead
from reporting.letters.compose import paper_of
from reporting.letters.models import Letter, LetterKind
from reporting.letters.pdf import data_of, letter_pdf
from reporting.letters.word import letter_docx
from tests.letters.conftest import NOW, cells_of, file_of, opened_docx, text_of_pdf
from tests.letters.test_actions import wording_of

pytestmark = pytest.mark.django_db
EVIL = '#read("/etc/passwd") *tebal* _miring_ \\#import "@preview/a:1.0.0" $x$ `y` @z <w> = judul'
NIP = "19700101 199503 1 001"
UNSIGNED = "Dokumen belum bertanda tangan; sah setelah ditandatangani pejabat."


@pytest.fixture
def letterhead(whole, actor_for):
    values = {
        "address": "Jalan Contoh 1", "place": "Kasongan", "unit": "DKUKMP-II", "signatory_name": "Rina Pahlevi",
        "signatory_title": "Kepala Dinas Koperasi", "signatory_rank": "Pembina Utama Muda", "signatory_nip": NIP,
        "copies": "Bupati Katingan\nSekretaris Daerah",
    }  # fmt: skip
    with applied(whole):
        change_letterhead(values, by=actor_for("joko"))


@pytest.fixture
def issued(letterhead, draft, issue):
    return issue(draft())


def text_of_docx(content: bytes) -> str:
    document = opened_docx(content)
    parts = [paragraph.text for paragraph in document.paragraphs]
    parts += [text for table in document.tables for row in cells_of(table) for text in row]
    for section in document.sections:
        parts += [paragraph.text for paragraph in (*section.header.paragraphs, *section.footer.paragraphs)]
    return " ".join(" ".join(parts).split())


SAID = [
    "PEMERINTAH KABUPATEN KATINGAN", "DINAS KOPERASI, UKM DAN PERDAGANGAN", "Jalan Contoh 1",
    "500.3/001/DKUKMP-II/XI/2026", "Kasongan, 20 November 2026", "Yth. Kepala Dinas Kesehatan",
    "Teguran I atas laporan yang belum disampaikan", "Instruksi Bupati Katingan Nomor 500.3.1/437/DKUKMP-II/IX/2025",
    "Agustus 2026", "14 Sep 2026", "67 hari", "September 2026", "14 Okt 2026", "37 hari",
    "Kepala Dinas Koperasi,", "Rina Pahlevi", "Pembina Utama Muda", "NIP 19700101 199503 1 001",
    "Tembusan:", "Bupati Katingan", "Sekretaris Daerah", UNSIGNED,
]  # fmt: skip


@pytest.mark.parametrize(("kind", "read"), [("pdf", text_of_pdf), ("docx", text_of_docx)])
def test_an_issued_letter_says_all_that_an_official_letter_says(kind, read, issued, whole):
    with applied(whole):
        text = read(file_of(issued, kind))
    assert [each for each in SAID if each not in text] == []
    for word in ("RANCANGAN", "ditandatangani secara elektronik", "Ditandatangani oleh"):
        assert word not in text


@pytest.mark.parametrize(("write", "read"), [(letter_pdf, text_of_pdf), (letter_docx, text_of_docx)])
def test_a_draft_is_marked_and_has_neither_number_nor_code(write, read, letterhead, draft, katingan, whole):
    with applied(whole):
        text = read(write(paper_of(draft(), regency=katingan, now=NOW)))
    assert "RANCANGAN – belum ditandatangani" in text
    assert "(diberikan saat terbit)" in text
    for word in ("500.3/001", "Pindai", UNSIGNED):
        assert word not in text


def test_the_pdf_leads_to_the_page_that_confirms_it(issued, whole, settings):
    with applied(whole):
        text = text_of_pdf(file_of(issued, "pdf"))
    assert f"{settings.PORTAL_BASE_URL}/surat/cek/62.06/{issued.public_code}/" in text.replace(" ", "")


def test_the_docx_has_real_tables_headings_and_a_picture_of_the_code(issued, whole):
    with applied(whole):
        document = opened_docx(file_of(issued, "docx"))
    owed = next(table for table in document.tables if table.style.name == "Table Grid")
    assert cells_of(owed) == [
        ["No.", "Laporan", "Periode", "Tenggat", "Terlambat", "Keterangan"],
        ["1.", "Laporan bulanan Koperasi Merah Putih", "Agustus 2026", "14 Sep 2026", "67 hari", "-"],
        ["2.", "Laporan bulanan Koperasi Merah Putih", "September 2026", "14 Okt 2026", "37 hari", "-"],
    ]
    assert owed.rows[0]._tr.trPr.xpath("w:tblHeader") != []
    assert len(document.inline_shapes) == 1
    assert document.core_properties.title == "Surat Teguran I 500.3/001/DKUKMP-II/XI/2026"


def test_nothing_stands_in_the_space_for_the_signature(issued, whole):
    with applied(whole):
        document = opened_docx(file_of(issued, "docx"))
    signing = document.tables[-1].rows[0].cells[1]
    texts = [paragraph.text for paragraph in signing.paragraphs]
    assert texts == [
        "Kepala Dinas Koperasi,", "", "", "", "", "Rina Pahlevi", "Pembina Utama Muda", "NIP 19700101 199503 1 001",
    ]  # fmt: skip
    assert signing._tc.xpath(".//pic:pic") == []


def test_a_later_warning_names_the_earlier_in_its_table(issued, draft, issue):
    second = issue(draft(kind=LetterKind.TEGURAN_2))
    assert [row["note"] for row in second.contents["owed"]] == [
        "Teguran I 500.3/001/DKUKMP-II/XI/2026, 20 Nov 2026"
    ] * 2


@pytest.fixture
def memo(letterhead, draft, issue, overdue, whole, katingan, actor_for):
    """A note to the Bupati about two agencies, one of which was warned."""
    from agencies.models import Agency

    issue(draft(count=1))
    with applied(whole):
        about = [*overdue("dinkes")[:2], *overdue("dinsos")[:1]]
        bupati = Agency.objects.get(code="bupati")
        return issue(
            actions.draft(LetterKind.NOTA_DINAS, bupati, about, regency=katingan, by=actor_for("gita"), now=NOW)
        )


def test_a_note_lists_the_late_of_all_agencies(memo):
    assert memo.addressee == "Bupati Katingan"
    assert [(row["agency"], row["period"], row["note"]) for row in memo.contents["owed"]] == [
        ("Dinas Kesehatan", "Agustus 2026", "Teguran I, 20 Nov 2026"),
        ("Dinas Kesehatan", "September 2026", ""),
        ("Dinas Sosial", "Agustus 2026", ""),
    ]


@pytest.mark.parametrize(("kind", "read"), [("pdf", text_of_pdf), ("docx", text_of_docx)])
def test_a_note_has_the_head_of_a_note(kind, read, memo, whole):
    with applied(whole):
        text = read(file_of(memo, kind))
    for word in ("NOTA DINAS", "Yth. : Bupati Katingan", "Dari : Kepala Dinas Koperasi", "Dinas Sosial"):
        assert word in text
    assert "di Tempat" not in text


@pytest.mark.parametrize(("kind", "read"), [("pdf", text_of_pdf), ("docx", text_of_docx)])
def test_what_people_wrote_is_never_markup(kind, read, draft, issue, whole, actor_for):
    letter = draft()
    with applied(whole):
        odd = wording_of(letter, subject=EVIL, opening=EVIL, closing=f"{EVIL}\n\x07\u202e{EVIL}", signatory_name=EVIL)
        actions.edit(letter, odd, seen=0, by=actor_for("gita"))
    issued = issue(letter)
    with applied(whole):
        text = read(file_of(issued, kind)).replace("\u200b", "")
    assert "root:" not in text
    assert text.replace(" ", "").count('#read("/etc/passwd")*tebal*_miring_') == 5


def test_a_very_long_letter_is_set_over_several_pages(draft, issue, whole, actor_for):
    letter = draft()
    with applied(whole):
        long = "\n".join(["Mohon segera disampaikan dengan sebaik-baiknya. " * 12] * 5)
        actions.edit(letter, wording_of(letter, opening=long, closing=long), seen=0, by=actor_for("gita"))
    issued = issue(letter)
    with applied(whole):
        assert "Halaman 2 dari" in text_of_pdf(file_of(issued, "pdf"))


def test_a_draft_makes_the_same_pdf_twice(draft, katingan, whole):
    letter = draft()
    with applied(whole):
        first, second = (letter_pdf(paper_of(letter, regency=katingan, now=NOW)) for _ in range(2))
    assert first == second


def test_the_data_of_a_paper_is_texts_only(issued, katingan, whole):
    with applied(whole):
        data = data_of(paper_of(Letter.objects.get(pk=issued.pk), regency=katingan, now=NOW))
    assert json.loads(json.dumps(data)) == data
