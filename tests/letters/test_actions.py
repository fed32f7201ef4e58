"""Drafting, changing, issuing, voiding and closing letters."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from agencies.models import Agency
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import applied
from reporting.letters import actions, pdf
from reporting.letters.actions import Wording
from reporting.letters.actions_series import begin_at, change_letterhead, change_pattern
from reporting.letters.compose import paper_of
from reporting.letters.models import Letter, LetterFile, LetterItem, LetterKind, LetterSeries, LetterYear
from reporting.letters.queries import suggested_kind, warnings_about
from reporting.letters.refusals import LetterRefused, LetterSettled
from reporting.submissions.files.pdf import NotTypeset
from tests.letters.conftest import NOW, file_of

pytestmark = pytest.mark.django_db
TEGURAN, MEMO = LetterSeries.Code.TEGURAN, LetterSeries.Code.NOTA_DINAS


def wording_of(letter: Letter, **changes: str) -> Wording:
    there = Wording(**{name: getattr(letter, name) for name in Wording.__dataclass_fields__})
    return replace(there, **changes)


def test_a_draft_names_its_addressee_its_ground_and_its_reports(draft, whole, overdue):
    letter = draft()
    assert letter.addressee == "Kepala Dinas Kesehatan"
    assert "Instruksi Bupati Katingan Nomor 500.3.1/437/DKUKMP-II/IX/2025" in letter.opening
    assert (letter.state, letter.full_number, letter.number) == ("draft", "", None)
    with applied(whole):
        named = set(LetterItem.objects.filter(letter=letter).values_list("obligation_id", flat=True))
        assert named == {each.pk for each in overdue("dinkes")[:2]}
        assert [event.verb for event in history_of(letter)] == ["menyusun surat"]


def test_a_draft_is_signed_by_the_head_in_office(head_of_dkukmp, draft):
    letter = draft()
    assert (letter.signatory_acting, letter.signatory_title) == ("plt", "Kepala Dinas Koperasi")
    assert letter.signatory_name == "Gita Koordinator"


def test_a_second_draft_of_the_kind_for_the_agency_is_refused(draft):
    draft()
    with pytest.raises(LetterRefused, match="sudah ada"):
        draft()
    assert draft(kind=LetterKind.TEGURAN_2).kind == "teguran_2"
    assert draft(code="dinsos").agency.code == "dinsos"


def test_a_draft_about_nothing_is_refused(draft):
    with pytest.raises(LetterRefused, match="sedikitnya satu"):
        draft(count=0)


def test_a_draft_is_changed_and_says_by_whom(draft, whole, actor_for):
    letter = draft()
    with applied(whole):
        changed = actions.edit(letter, wording_of(letter, subject="Teguran I"), seen=0, by=actor_for("joko"))
        newest = history_of(letter)[0]
    assert (changed.subject, changed.version) == ("Teguran I", 1)
    assert (newest.verb, newest.actor_name) == ("mengubah rancangan surat", "Joko Admin")
    assert newest.changes == {"subject": ["Teguran I atas laporan yang belum disampaikan", "Teguran I"]}


def test_a_draft_that_another_changed_is_neither_changed_nor_issued(draft, katingan, whole, actor_for):
    letter = draft()
    with applied(whole):
        actions.edit(letter, wording_of(letter, subject="Teguran I"), seen=0, by=actor_for("joko"))
        with pytest.raises(LetterRefused, match="diubah orang lain"):
            actions.edit(letter, wording_of(letter, subject="Lain"), seen=0, by=actor_for("gita"))
        with pytest.raises(LetterRefused, match="diubah orang lain"):
            actions.issue(letter, seen=0, regency=katingan, by=actor_for("gita"), now=NOW)
        assert Letter.objects.get(pk=letter.pk).state == "draft"
        assert not LetterYear.objects.exists()


def test_issuing_gives_the_next_number_in_the_pattern(draft, issue):
    first, second = issue(draft()), issue(draft(code="dinsos"))
    assert first.full_number == "500.3/001/DKUKMP/XI/2026"
    assert second.full_number == "500.3/002/DKUKMP/XI/2026"
    assert (first.issued_on.isoformat(), first.issued_by_name) == ("2026-11-20", "Gita Koordinator")
    assert len(first.public_code) >= 22
    assert first.public_code != second.public_code


def test_notes_are_numbered_in_a_run_of_their_own(draft, issue):
    issue(draft())
    memo = issue(draft(kind=LetterKind.NOTA_DINAS, code="dinsos"))
    assert memo.full_number == "500.3/ND-001/DKUKMP/XI/2026"


def test_numbers_begin_again_with_the_year_of_the_district(draft, issue):
    """New Year comes at 17.00 UTC in Kasongan."""
    before, after = datetime(2026, 12, 31, 16, 59, tzinfo=UTC), datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert issue(draft(), now=before).full_number == "500.3/001/DKUKMP/XII/2026"
    assert issue(draft(code="dinsos"), now=before).full_number == "500.3/002/DKUKMP/XII/2026"
    assert issue(draft(code="dpmd"), now=after).full_number == "500.3/001/DKUKMP/I/2027"


def test_what_fails_while_issuing_gives_the_number_back(draft, issue, whole, monkeypatch):
    letter = draft()

    def broken(*args):
        raise NotTypeset("Tidak bisa")

    monkeypatch.setattr(actions, "letter_pdf", broken)
    with pytest.raises(NotTypeset):
        issue(letter)
    monkeypatch.undo()
    with applied(whole):
        assert Letter.objects.get(pk=letter.pk).state == "draft"
    assert issue(letter).number == 1


def test_what_was_filed_meanwhile_is_left_out_of_the_letter(draft, issue, file_now, overdue, whole):
    letter = draft()
    with applied(whole):
        filed, owed = overdue("dinkes")[:2]
    file_now(filed)
    issued = issue(letter)
    with applied(whole):
        assert list(issued.items.values_list("obligation_id", flat=True)) == [owed.pk]
    assert [row["period"] for row in issued.contents["owed"]] == ["September 2026"]


def test_a_letter_about_nothing_any_more_is_not_issued(draft, issue, file_now, overdue, whole):
    letter = draft(count=1)
    with applied(whole):
        file_now(overdue("dinkes")[0])
    with pytest.raises(LetterSettled):
        issue(letter)
    with applied(whole):
        assert not LetterYear.objects.exists()


def test_an_issued_letter_keeps_its_files_with_their_sums(draft, issue, whole):
    letter = issue(draft())
    with applied(whole):
        for file in LetterFile.objects.filter(letter=letter):
            assert file.sha256 == hashlib.sha256(bytes(file.content)).hexdigest()
        assert file_of(letter, "pdf").startswith(b"%PDF")
        assert file_of(letter, "docx").startswith(b"PK")


def test_contents_stay_as_they_were_issued(draft, issue, file_now, overdue, whole, katingan, actor_for):
    letter = issue(draft())
    before = letter.contents
    with applied(whole):
        file_now(overdue("dinkes")[0])
        change_letterhead({"place": "Kasongan"}, by=actor_for("joko"))
        there = Letter.objects.get(pk=letter.pk)
        assert there.contents == before
        assert paper_of(there, regency=katingan, now=NOW).frozen() == before
    assert [row["days_late"] for row in before["owed"]] == [67, 37]


FROZEN = {
    "subject": "Lain", "opening": "Lain", "full_number": "9", "number": 9, "public_code": "x", "contents": {},
    "addressee": "Lain", "issued_on": "2026-01-01", "signatory_name": "Lain", "state": "draft",
}  # fmt: skip


@pytest.mark.parametrize("field", FROZEN)
def test_the_database_refuses_to_change_an_issued_letter(field, draft, issue, whole):
    letter = issue(draft())
    with applied(whole):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**{field: FROZEN[field]})
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            other = {field: FROZEN[field]} if field != "state" else {"year": 9}
            Letter.objects.filter(pk=letter.pk).update(
                **{"state": "void", "ended_at": NOW, "ended_reason": "x"} | other
            )


def test_the_database_refuses_to_take_an_issued_letter_its_reports_or_its_files(draft, issue, whole, overdue):
    letter = issue(draft(count=1))
    with applied(whole):
        other = overdue("dinsos")[0]
        for change in (
            lambda: LetterItem.objects.create(letter=letter, obligation=other),
            lambda: LetterItem.objects.filter(letter=letter).delete(),
            lambda: LetterItem.objects.filter(letter=letter).update(obligation=other),
            lambda: LetterFile.objects.filter(letter=letter).update(content=b"x"),
            lambda: LetterFile.objects.filter(letter=letter).delete(),
            lambda: Letter.objects.filter(pk=letter.pk)._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_voiding_keeps_the_number_and_says_why(draft, issue, whole, actor_for):
    letter = issue(draft())
    with applied(whole):
        void = actions.void(letter, reason="Salah tujuan", by=actor_for("joko"), now=NOW)
        newest = history_of(letter)[0]
        assert (newest.verb, newest.reason) == ("membatalkan surat", "Salah tujuan")
        with pytest.raises(LetterRefused):
            actions.void(letter, reason="Lagi", by=actor_for("joko"), now=NOW)
    assert (void.state, void.full_number, void.ended_by_name) == ("void", letter.full_number, "Joko Admin")
    assert issue(draft()).number == 2


def test_a_closed_draft_takes_no_number_and_never_changes(draft, issue, whole, actor_for):
    letter = draft()
    with applied(whole):
        actions.drop(letter, reason="Sudah ditelepon", by=actor_for("gita"), now=NOW)
        with pytest.raises(LetterRefused, match="bukan rancangan lagi: tidak jadi terbit"):
            actions.edit(letter, wording_of(letter), seen=0, by=actor_for("gita"))
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(state="draft", ended_at=None, ended_reason="")
    assert issue(draft()).number == 1


# numbers that were used by hand


def test_numbers_used_by_hand_are_jumped_over(draft, issue, whole, actor_for):
    with applied(whole):
        begin_at(TEGURAN, year=2026, number=42, reason="1 sampai 41 ditulis tangan", by=actor_for("joko"))
        moved = history_of(LetterSeries.objects.get(code=TEGURAN))[0]
    assert moved.changes == {"nomor berikutnya 2026": [1, 42]}
    assert moved.reason == "1 sampai 41 ditulis tangan"
    assert issue(draft()).full_number == "500.3/042/DKUKMP/XI/2026"


@pytest.mark.parametrize("number", [1, 41, 42, 100_000])
def test_numbers_are_moved_upward_only(number, whole, actor_for):
    with applied(whole):
        begin_at(TEGURAN, year=2026, number=42, reason="x", by=actor_for("joko"))
        with pytest.raises(LetterRefused, match="tulis angka yang lebih besar"):
            begin_at(TEGURAN, year=2026, number=number, reason="x", by=actor_for("joko"))


def test_numbers_are_not_moved_after_the_first_of_the_year(draft, issue, whole, actor_for):
    issue(draft())
    with applied(whole):
        with pytest.raises(LetterRefused, match="sudah memberi nomor"):
            begin_at(TEGURAN, year=2026, number=42, reason="x", by=actor_for("joko"))
        begin_at(TEGURAN, year=2027, number=42, reason="x", by=actor_for("joko"))
        begin_at(MEMO, year=2026, number=42, reason="x", by=actor_for("joko"))


def test_a_changed_pattern_counts_on(draft, issue, whole, actor_for):
    issue(draft())
    with applied(whole):
        change_pattern(TEGURAN, pattern="B-{nomor}/{unit}/{tahun}", by=actor_for("joko"))
    assert issue(draft(code="dinsos")).full_number == "B-2/DKUKMP/2026"


def test_two_series_never_write_the_same_number(draft, issue, whole, actor_for):
    with applied(whole):
        for code in (TEGURAN, MEMO):
            change_pattern(code, pattern="{nomor}/{tahun}", by=actor_for("joko"))
    assert issue(draft()).full_number == "1/2026"
    with pytest.raises(LetterRefused, match="1/2026 sudah dipakai surat lain"):
        issue(draft(kind=LetterKind.NOTA_DINAS, code="dinsos"))


# the order of the warnings


def test_a_second_warning_before_the_first_is_warned_of_but_not_forbidden(draft, issue, overdue, whole):
    with applied(whole):
        about = overdue("dinkes")[:2]
        assert warnings_about(LetterKind.TEGURAN_1, about) == []
        assert warnings_about(LetterKind.TEGURAN_2, about) == [
            f"Belum ada Surat Teguran I yang terbit untuk Laporan bulanan Koperasi Merah Putih {month} 2026."
            for month in ("Agustus", "September")
        ]
    issue(draft(count=1))
    with applied(whole):
        assert len(warnings_about(LetterKind.TEGURAN_2, about)) == 1
    assert issue(draft(kind=LetterKind.TEGURAN_2)).number == 2


def test_a_void_warning_counts_as_none(draft, issue, overdue, whole, actor_for):
    letter = issue(draft())
    with applied(whole):
        about = overdue("dinkes")[:2]
        assert warnings_about(LetterKind.TEGURAN_2, about) == []
        actions.void(letter, reason="Keliru", by=actor_for("gita"), now=NOW)
        assert len(warnings_about(LetterKind.TEGURAN_2, about)) == 2


def test_the_kind_after_the_last_in_force_is_suggested(draft, issue, overdue, whole):
    def suggested():
        with applied(whole):
            return suggested_kind(Agency.objects.get(code="dinkes"), overdue("dinkes"))

    steps = []
    for kind in (LetterKind.TEGURAN_1, LetterKind.TEGURAN_2, LetterKind.TEGURAN_3):
        steps.append(suggested())
        issue(draft(kind=kind))
    assert [*steps, suggested()] == ["teguran_1", "teguran_2", "teguran_3", "teguran_3"]


def test_a_later_warning_names_the_one_before(draft, issue):
    issue(draft())
    opening = draft(kind=LetterKind.TEGURAN_2, now=NOW + timedelta(days=9)).opening
    assert opening.startswith("Menyusul Surat Teguran I Nomor 500.3/001/DKUKMP/XI/2026 tanggal 20 November 2026 dan ")


def test_sources_of_the_files_are_where_the_code_looks():
    assert pdf.SOURCE.is_file()
