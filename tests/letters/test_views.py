"""Who may see and do what on the pages of letters, and the page behind the QR code."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from katingan_portal.tenancy.scope import applied
from reporting.letters import actions
from reporting.letters.models import Letter, Letterhead, LetterKind, LetterSeries, LetterYear
from reporting.management.commands.load_test_world import LETTER_ELSEWHERE
from tests.letters.conftest import NOW, words

pytestmark = pytest.mark.django_db
STAFF = {"gita": 200, "joko": 200, "hadi": 200}
ADDRESSEES = {"ani": 200, "budi": 200}
STRANGERS = {"citra": 404, "eka": 404, "feri": 404, "indra": 404, "dewi": 404}


def pages_of(letter):
    return [
        reverse("reporting:letter", args=[letter.pk]),
        *(reverse("reporting:letter_file", args=[letter.pk, kind]) for kind in ("pdf", "docx")),
    ]


@pytest.mark.parametrize(("name", "status"), {**STAFF, **ADDRESSEES, **STRANGERS}.items())
def test_an_issued_letter_is_read_by_its_addressee_and_those_who_oversee(name, status, draft, issue, client_for):
    letter = issue(draft())
    assert {client_for(name).get(url).status_code for url in pages_of(letter)} == {status}


@pytest.mark.parametrize(("name", "status"), {**STAFF, **dict.fromkeys(ADDRESSEES, 404), **STRANGERS}.items())
def test_a_draft_is_not_there_for_its_addressee(name, status, draft, client_for):
    letter = draft()
    assert {client_for(name).get(url).status_code for url in pages_of(letter)} == {status}


def test_nobody_reads_a_letter_without_signing_in(draft, issue, client):
    letter = issue(draft())
    assert {client.get(url).status_code for url in pages_of(letter)} == {302}


DOORS = ("edit_letter", "issue_letter", "void_letter", "drop_letter")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["ani", "budi", "citra", "hadi", "indra", "dewi"])
def test_only_coordinator_and_administrator_write(door, name, draft, client_for, whole):
    letter = draft()
    answer = client_for(name).post(reverse(f"reporting:{door}", args=[letter.pk]), {"seen": 0, "reason": "x"})
    assert answer.status_code == 404
    with applied(whole):
        assert Letter.objects.get(pk=letter.pk).state == "draft"


def test_the_list_shows_each_only_what_they_may_read(draft, issue, client_for):
    own, other, open_ = issue(draft()), issue(draft(code="dinsos")), draft(kind=LetterKind.TEGURAN_2)
    url = reverse("reporting:letters")
    for name, seen in (
        ("gita", {own, other, open_}),
        ("hadi", {own, other, open_}),
        ("ani", {own}),
        ("citra", {other}),
    ):
        found = set(re.findall(r'href="/surat/(\d+)/"', client_for(name).get(url).content.decode()))
        assert found == {str(letter.pk) for letter in seen}, name
    assert client_for("indra").get(url).status_code == 404


def test_the_list_is_filtered(draft, issue, client_for):
    issue(draft())
    draft(kind=LetterKind.TEGURAN_2)
    page = words(client_for("gita").get(reverse("reporting:letters"), {"state": "draft", "kind": "teguran_2"}))
    assert page.count("Surat Teguran II</a>") == 1
    assert "Surat Teguran I</a>" not in page
    assert "Tidak ada surat yang cocok" in words(
        client_for("gita").get(reverse("reporting:letters"), {"state": "void"})
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_for_many_letters_as_for_one(count, draft, client_for, django_assert_num_queries):
    for code in ("dinkes", "dinsos", "dpmd")[:count]:
        draft(code=code)
    gita = client_for("gita")
    gita.get(reverse("reporting:letters"))
    with django_assert_num_queries(LIST_QUERIES):
        gita.get(reverse("reporting:letters"))


LIST_QUERIES = 25


# by hand


@pytest.fixture
def late_today(katingan, whole, actor_for):
    """What is overdue by the clock of the pages: the obligations of months that really have passed."""
    from reporting.periods.actions import raise_obligations
    from reporting.periods.models import Obligation

    with applied(whole):
        raise_obligations(katingan, now=timezone.now(), by=actor_for("joko"))
        late = Obligation.objects.filter(due_at__lt=timezone.now(), agency__code="dinkes", first_submitted_at=None)
        return list(late.order_by("starts_on"))


def test_a_letter_is_written_from_the_page_of_an_agency_and_issued(late_today, client_for, whole):
    gita = client_for("gita")
    standing = words(gita.get("/perangkat-daerah/dinkes/laporan/"))
    assert 'href="/surat/untuk/dinkes/"' in standing
    page = words(gita.get("/surat/untuk/dinkes/"))
    assert "Surat Teguran II belum waktunya untuk" in page
    answer = gita.post("/surat/untuk/dinkes/", {"kind": "teguran_1", "items": [late_today[0].pk]}, follow=True)
    page = words(answer)
    with applied(whole):
        letter = Letter.objects.get()
    assert f"Surat mendapat nomor <strong>500.3/001/DKUKMP/{ROMAN[timezone.localdate().month]}/" in page
    answer = gita.post(reverse("reporting:issue_letter", args=[letter.pk]), {"seen": "0"}, follow=True)
    assert "Terbit dengan nomor 500.3/001/DKUKMP/" in words(answer)
    assert "Portal tidak menandatangani" in words(answer)


ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]


def test_a_draft_is_changed_on_its_page(late_today, draft, client_for, whole):
    letter = draft()
    gita, url = client_for("gita"), reverse("reporting:edit_letter", args=[letter.pk])
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', gita.get(url).content.decode())
    fields = {name: getattr(letter, name) for name in names if hasattr(letter, name)} | {"seen": "0", "subject": "Baru"}
    assert gita.post(url, fields).status_code == 302
    again = gita.post(url, fields)
    assert again.status_code == 422
    assert "diubah orang lain" in words(again)
    with applied(whole):
        changed = Letter.objects.get(pk=letter.pk)
    assert (changed.subject, changed.version, changed.opening) == ("Baru", 1, letter.opening)


def test_a_draft_without_subject_is_refused_with_its_reason(draft, client_for):
    letter = draft()
    answer = client_for("gita").post(reverse("reporting:edit_letter", args=[letter.pk]), {"seen": "0"})
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()


@pytest.mark.parametrize("field", ["opening", "closing", "copies"])
def test_a_text_too_long_for_a_letter_is_refused(field, draft, client_for, whole):
    letter = draft()
    fields = {name: getattr(letter, name) or "x" for name in actions.Wording.__dataclass_fields__}
    url = reverse("reporting:edit_letter", args=[letter.pk])
    usual = fields | {"seen": "0", "signatory_acting": ""}
    answer = client_for("gita").post(url, usual | {field: "a" * 3001})
    assert answer.status_code == 422
    assert "lebih dari 3.000 huruf" in words(answer)
    assert client_for("gita").post(url, usual | {field: "a" * 3000}).status_code == 302


def test_a_letter_about_nothing_is_refused_on_the_page(late_today, client_for):
    answer = client_for("gita").post("/surat/untuk/dinkes/", {"kind": "teguran_1"})
    assert answer.status_code == 422
    assert "Pilih sedikitnya satu laporan" in words(answer)


def test_a_second_draft_is_refused_on_the_page(late_today, client_for):
    gita, fields = client_for("gita"), {"kind": "teguran_1", "items": [late_today[0].pk]}
    assert gita.post("/surat/untuk/dinkes/", fields).status_code == 302
    answer = gita.post("/surat/untuk/dinkes/", fields)
    assert answer.status_code == 422
    assert "sudah ada" in words(answer)


def test_a_report_of_another_agency_cannot_be_put_into_a_letter(late_today, client_for, whole):
    from reporting.periods.models import Obligation

    with applied(whole):
        other = Obligation.objects.filter(agency__code="dinsos", due_at__lt=timezone.now())[0]
    answer = client_for("gita").post("/surat/untuk/dinkes/", {"kind": "teguran_1", "items": [other.pk]})
    assert answer.status_code == 422
    with applied(whole):
        assert not Letter.objects.exists()


def test_a_note_is_written_about_all_that_is_late(late_today, client_for, whole):
    gita = client_for("gita")
    page = gita.get("/surat/nota-dinas/").content.decode()
    items = re.findall(r'name="items" value="(\d+)"', page)
    bupati = re.search(r'name="addressee" value="(\d+)"[^>]*>\s*Kantor Bupati', page)[1]
    assert "Dinsos: Laporan bulanan" in page
    assert gita.post("/surat/nota-dinas/", {"addressee": bupati, "items": items}).status_code == 302
    with applied(whole):
        memo = Letter.objects.get()
        assert (memo.kind, memo.addressee, memo.items.count()) == ("nota_dinas", "Bupati Katingan", len(items))


def test_a_draft_about_what_came_in_is_closed_when_somebody_issues_it(late_today, draft, client_for, whole):
    from reporting.periods.models import Obligation

    letter = draft(count=1)
    with applied(whole):
        Obligation.objects.filter(letter_items__letter=letter).update(waived_at=NOW, waived_reason="Bencana")
    gita = client_for("gita")
    assert "jadi tidak dimuat dalam surat" in words(gita.get(reverse("reporting:letter", args=[letter.pk])))
    answer = gita.post(reverse("reporting:issue_letter", args=[letter.pk]), {"seen": "0"}, follow=True)
    assert "Rancangan ini ditutup" in words(answer)
    assert "Semua laporan yang disebut sudah dikirim atau dibebaskan" in words(answer)
    with applied(whole):
        assert Letter.objects.get(pk=letter.pk).state == "dropped"


def test_a_letter_is_voided_on_its_page(draft, issue, client_for, whole):
    letter = issue(draft())
    gita, url = client_for("gita"), reverse("reporting:void_letter", args=[letter.pk])
    assert gita.post(url, {"reason": ""}).status_code == 422
    assert "Salah tujuan" in words(gita.post(url, {"reason": "Salah tujuan"}, follow=True))
    assert gita.post(url, {"reason": "Lagi"}).status_code == 422


def test_a_report_says_which_letters_name_it(draft, issue, overdue, client_for, whole):
    letter = issue(draft(count=1))
    with applied(whole):
        named, other = overdue("dinkes")[:2]
    link = f'href="{reverse("reporting:letter", args=[letter.pk])}"'
    for name, seen in (("gita", True), ("ani", True), ("citra", False), ("indra", False)):
        page = client_for(name).get(reverse("reporting:obligation", args=[named.pk])).content.decode()
        assert (link in page) is seen, name
    assert link not in client_for("gita").get(reverse("reporting:obligation", args=[other.pk])).content.decode()


def test_the_coordinators_first_page_says_that_drafts_wait(draft, issue, client_for):
    assert "rancangan surat menunggu" not in words(client_for("gita").get("/"))
    issue(draft())
    draft(kind=LetterKind.TEGURAN_2)
    draft(code="dinsos")
    assert "2 rancangan surat menunggu" in words(client_for("gita").get("/"))
    assert "rancangan surat menunggu" not in words(client_for("ani").get("/"))


# settings


def test_the_administrator_sets_pattern_head_and_first_number(client_for, whole, draft, issue):
    joko = client_for("joko")
    assert "Surat berikutnya: <strong>500.3/001/DKUKMP/" in words(joko.get("/surat/pengaturan/"))
    pattern = {"teguran-pattern": "B-{nomor:2}/{unit}/{tahun}"}
    assert joko.post("/surat/pengaturan/teguran/pola/", pattern).status_code == 302
    begin = {"mulai-teguran-number": "42", "mulai-teguran-reason": "Ditulis tangan"}
    assert joko.post("/surat/pengaturan/teguran/mulai/", begin).status_code == 302
    assert joko.post("/surat/pengaturan/", {"unit": "DKUKMP-II", "place": "Kasongan"}).status_code == 302
    with applied(whole):
        assert LetterSeries.objects.get(code="teguran").pattern == pattern["teguran-pattern"]
        assert LetterYear.objects.get().next_number == 42
        assert Letterhead.objects.get().place == "Kasongan"


@pytest.mark.parametrize(
    ("url", "fields", "said"),
    [
        ("teguran/pola/", {"teguran-pattern": "500.3/{tahun}"}, "tepat satu kali"),
        ("teguran/mulai/", {"mulai-teguran-number": "1", "mulai-teguran-reason": "x"}, "tulis angka yang lebih besar"),
        ("teguran/mulai/", {"mulai-teguran-number": "nol", "mulai-teguran-reason": "x"}, "bilangan bulat"),
        ("", {"unit": "<b>"}, "Pakailah huruf"),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_reason(url, fields, said, client_for):
    answer = client_for("joko").post(f"/surat/pengaturan/{url}", fields)
    assert answer.status_code == 422
    assert said in words(answer)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("X-{nomor:4}/{tahun}", "Surat berikutnya: <strong>X-0001/"), ("X-{nomor}", "harus memuat {tahun}")],
)
def test_the_next_number_is_shown_while_the_pattern_is_typed(pattern, said, client_for):
    answer = client_for("joko").get("/surat/pengaturan/teguran/contoh/", {"teguran-pattern": pattern})
    assert said in words(answer)


@pytest.mark.parametrize("name", ["gita", "ani", "hadi", "dewi"])
def test_only_the_administrator_changes_the_settings(name, client_for, whole):
    client = client_for(name)
    assert client.get("/surat/pengaturan/").status_code == 404
    assert client.get("/surat/pengaturan/teguran/contoh/").status_code == 404
    for url in ("", "teguran/pola/", "teguran/mulai/"):
        assert client.post(f"/surat/pengaturan/{url}", {"place": "x"}).status_code == 404
    with applied(whole):
        assert not Letterhead.objects.exists()


def test_an_unknown_series_is_not_there(client_for):
    assert client_for("joko").get("/surat/pengaturan/lain/contoh/").status_code == 404


# the page behind the QR code


def check_page(client, code, district="62.06"):
    return client.get(f"/surat/cek/{district}/{code}/")


def test_anybody_may_confirm_number_date_and_addressee(draft, issue, client):
    letter = issue(draft())
    answer = check_page(client, letter.public_code)
    page = words(answer)
    assert answer.status_code == 200
    for word in ("Surat Teguran I", "500.3/001/DKUKMP/XI/2026", "20 November 2026", "Kepala Dinas Kesehatan", "Terbit"):
        assert word in page
    for word in ("Agustus", "Laporan bulanan", "Gita", "37 hari"):
        assert word not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "no-store" in answer["Cache-Control"]


def test_a_void_letter_says_so_without_its_reason(draft, issue, client, whole, actor_for):
    letter = issue(draft())
    with applied(whole):
        actions.void(letter, reason="Salah tujuan", by=actor_for("joko"), now=NOW)
    page = words(check_page(client, letter.public_code))
    assert "Dibatalkan." in page
    assert "500.3/001/DKUKMP/XI/2026" in page
    assert "Salah tujuan" not in page


def test_every_address_that_leads_nowhere_gets_the_same_answer(draft, issue, client):
    draft(kind=LetterKind.TEGURAN_2)
    letter = issue(draft())
    wrong = [
        check_page(client, "x" * 22),
        check_page(client, letter.public_code[:-1]),
        check_page(client, letter.public_code.swapcase()),
        check_page(client, letter.public_code, district="62.99"),
        check_page(client, letter.public_code, district="11.01"),
        check_page(client, LETTER_ELSEWHERE),
        check_page(client, "%20"),
        check_page(client, "'; drop table --"),
    ]
    assert {answer.status_code for answer in wrong} == {404}
    pages = {re.sub(r'csrf[^>]*"', "", answer.content.decode()) for answer in wrong}
    assert len(pages) == 1


def test_a_letter_of_another_regency_is_confirmed_under_its_own_address(client, elsewhere):
    assert check_page(client, LETTER_ELSEWHERE, district="62.99").status_code == 200


def test_a_person_of_another_district_may_check_a_letter_too(draft, issue, client_for):
    letter = issue(draft())
    dewi = client_for("dewi")
    assert check_page(dewi, letter.public_code).status_code == 200
    assert dewi.get(reverse("reporting:letter", args=[letter.pk])).status_code == 404


def test_a_closed_draft_has_no_file(draft, client_for, whole, actor_for):
    letter = draft()
    with applied(whole):
        actions.drop(letter, reason="Sudah ditelepon", by=actor_for("gita"), now=NOW)
    gita = client_for("gita")
    assert gita.get(pages_of(letter)[0]).status_code == 200
    assert gita.get(pages_of(letter)[1]).status_code == 404


def test_an_unknown_form_of_file_is_not_there(draft, issue, client_for):
    letter = issue(draft())
    assert client_for("gita").get(f"/surat/{letter.pk}/surat.odt").status_code == 404


def test_files_are_kept_by_no_cache(draft, issue, client_for):
    letter = issue(draft())
    answer = client_for("ani").get(pages_of(letter)[1])
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == 'attachment; filename="surat-teguran-1-dinkes-001-2026.pdf"'
