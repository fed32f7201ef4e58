"""A form as an offline workbook, and that workbook back into the draft."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from katingan_portal.audit.queries import history_of
from katingan_portal.spreadsheets.reader_process import read_every
from katingan_portal.spreadsheets.table import CellError, Row, from_json
from katingan_portal.tenancy.scope import applied
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.submissions import actions
from reporting.submissions.actions import Contents, contents_of
from reporting.submissions.files.intake import TemplateRefused, intake_of, plain_lines, typed_of
from reporting.submissions.files.layout import Slot
from reporting.submissions.files.templates import template_of
from reporting.submissions.models import Report
from reporting.submissions.sheets import Sheet
from tests.files.conftest import EVIL, NOW, SECRET

pytestmark = pytest.mark.django_db

Kind = Indicator.Kind


@pytest.fixture
def sheet(obligation, scope_for):
    with applied(scope_for("ani")):
        there = Obligation.objects.select_related("agency", "form", "regency", "form_version").get(pk=obligation.pk)
        return Sheet.of(there)


@pytest.fixture
def contents(figures):
    return Contents(figures=figures, obstacles=SECRET, follow_up=EVIL)


@pytest.fixture
def stored(obligation, scope_for):
    def read():
        with applied(scope_for("gita")):
            return Report.objects.filter(obligation=obligation).first()

    return read


def book_of(content: bytes):
    """What the reader hands on, read in this process."""
    sheets = read_every(content)
    return {title: tuple(Row(n, tuple(map(from_json, cells))) for n, cells in rows) for title, rows in sheets.items()}


def changed(content: bytes, change) -> bytes:
    """The workbook after `change(openpyxl workbook)`, as somebody without the protection would save it."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell_of(book, sheet, code, column="C"):
    """The cell in `column` of the row with this code."""
    row = next(row for row in book[sheet].iter_rows(min_row=4) if row[0].value == code)
    return book[sheet][f"{column}{row[0].row}"]


def with_members(content: bytes, value: int) -> bytes:
    return changed(content, lambda book: setattr(cell_of(book, "Isian", "anggota"), "value", value))


def upload(client, obligation, content, name="templat.xlsx"):
    return client.post(f"/laporan/{obligation.pk}/unggah/", {"file": SimpleUploadedFile(name, content)})


def confirm(client, obligation, preview):
    return client.post(f"/laporan/{obligation.pk}/unggah/simpan/", {"pratinjau": preview.context["token"]})


# the workbook


def test_only_answers_can_be_typed_in(sheet, contents):
    book = load_workbook(io.BytesIO(template_of(sheet, contents, NOW)))
    assert [each.title for each in book if not each.protection.sheet] == []
    assert [each.title for each in book if each.protection.password] == []
    unlocked = {each.title: sum(not c.protection.locked for row in each.iter_rows() for c in row) for each in book}
    villages, cooperatives = len(sheet.rows["per-desa"]), len(sheet.rows["per-kop"])
    plain = len([each for each in sheet.questions if not each.is_table])
    assert unlocked == {
        "Petunjuk": 0, "Isian": plain + 4, "Per desa": 2 * villages, "Per koperasi": 2 * cooperatives,
        "Penjelasan": 1, "Identitas": 0, "Pilihan": 0,
    }  # fmt: skip


def test_cells_offer_lists_and_refuse_numbers_out_of_bounds_in_indonesian(sheet, contents):
    book = load_workbook(io.BytesIO(template_of(sheet, contents, NOW)))
    rules = {}
    for code in ("anggota", "hadir", "rapat", "cara", "mulai"):
        place = cell_of(book, "Isian", code).coordinate
        rules[code] = next(rule for rule in book["Isian"].data_validations.dataValidation if place in rule.sqref)
    assert (rules["anggota"].type, rules["anggota"].formula1, rules["anggota"].formula2) == ("whole", "0", "500")
    assert rules["anggota"].error == "Bilangan bulat, tanpa desimal. Antara 0 dan 500."
    assert (rules["hadir"].type, rules["hadir"].formula2) == ("decimal", "100")
    assert (rules["mulai"].type, rules["rapat"].type, rules["cara"].type) == ("date", "list", "list")
    offered = [[cell.value for cell in row] for row in book["Pilihan"].iter_cols()]
    assert ["Ya", "Tidak"] in offered
    assert ["Tunai", "Kredit"] in offered
    assert book["Pilihan"].sheet_state == "hidden"


def test_codes_are_text_and_the_last_accepted_figures_stand_beside(sheet, contents, places):
    (village, _), _ = places
    before = replace(
        sheet, previous={"anggota": 99, "per-desa": {village.code: {"kk-8": 5}}}, previous_label="Juli 2026"
    )
    book = load_workbook(io.BytesIO(template_of(before, contents, NOW)))
    assert cell_of(book, "Isian", "anggota", "E").value == 99
    row = sheet.rows["per-desa"][0]
    assert [cell.value for cell in book["Per desa"][4]] == [village.code, row.label, row.group, 10, "Ya", 5, None]
    assert book["Per desa"]["A4"].data_type == "s"


def test_a_template_holds_no_formula(sheet, contents):
    wild = replace(contents, obstacles="=1+1", follow_up="@SUM(A1)", figures={**contents.figures, "cerita": "-2+3"})
    book = load_workbook(io.BytesIO(template_of(sheet, wild, NOW)))
    assert [c.coordinate for each in book for row in each.iter_rows() for c in row if c.data_type == "f"] == []


# back in

LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)
WORDS = LINES.map(str.strip).filter(lambda text: not text.startswith("'"))


@st.composite
def answers(draw):
    def maybe(strategy):
        return draw(st.none() | strategy)

    return {
        "anggota": maybe(st.integers(0, 500)),
        "luas": maybe(st.integers(-(10**6), 10**6).map(lambda n: format((Decimal(n) / 100).normalize(), "f"))),
        "modal": maybe(st.integers(0, 10**14)),
        "hadir": maybe(st.integers(0, 1000).map(lambda n: format((Decimal(n) / 10).normalize(), "f"))),
        "rapat": maybe(st.booleans()),
        "cara": maybe(st.sampled_from(["tunai", "kredit"])),
        "mulai": maybe(st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(date.isoformat)),
        "cerita": maybe(WORDS.filter(bool)),
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plain=answers(), obstacles=WORDS, cells=st.lists(st.none() | st.integers(0, 10**6), min_size=2, max_size=2))
def test_what_is_written_into_a_template_is_read_back_the_same(sheet, places, plain, obstacles, cells):
    rows = {village.code: {"kk-8": cell} for village, cell in zip(places[0], cells, strict=True) if cell is not None}
    small = replace(sheet, rows={code: there[:3] for code, there in sheet.rows.items()})
    given = Contents(figures={**plain, "per-desa": rows, "per-kop": {}}, obstacles=obstacles)
    found = intake_of(book_of(template_of(small, given, NOW)), small, None)
    assert found.mistakes == []
    assert found.contents == given


def test_lines_survive_and_browsers_line_ends_are_no_change(sheet, contents):
    typed = replace(contents, obstacles="satu\r\ndua", figures={**contents.figures, "cerita": "a\r\n\r\nb"})
    found = intake_of(book_of(template_of(sheet, typed, NOW)), sheet, None)
    assert found.contents == plain_lines(typed)


def test_a_template_goes_out_is_filled_in_looked_at_and_becomes_the_draft(
    obligation, client_for, stored, scope_for, places
):
    ani = client_for("ani")
    content = ani.get(f"/laporan/{obligation.pk}/templat.xlsx").content
    (village, _), _ = places

    def fill(book):
        cell_of(book, "Isian", "anggota").value = 45
        cell_of(book, "Isian", "luas").value = "1.250,5"
        cell_of(book, "Isian", "mulai").value = datetime(2026, 9, 3)
        cell_of(book, "Isian", "rapat").value = "Ya"
        cell_of(book, "Per desa", village.code, "D").value = 12

    preview = upload(ani, obligation, changed(content, fill))
    assert preview.status_code == 200
    assert stored() is None
    shown = {each.label: (each.mine.shown, each.theirs.shown) for each in preview.context["intake"].differences}
    assert shown["Anggota"] == ("45 orang", "")
    assert shown[f"KK, {village}"] == ("12", "")
    assert confirm(ani, obligation, preview).url == f"/laporan/{obligation.pk}/isi/"
    assert (stored().state, stored().figures["luas"], stored().figures["mulai"]) == ("draft", "1250.5", "2026-09-03")
    assert stored().figures["per-desa"] == {village.code: {"kk-8": 12}}
    with applied(scope_for("ani")):
        events = {event.verb: event for event in history_of(stored())}
    assert events["mengisi dari berkas Excel"].reason == "templat.xlsx"
    assert {event.source for event in events.values()} == {"import"}
    assert not upload(ani, obligation, changed(content, fill)).context["token"]


def test_a_camat_fills_in_the_villages_of_the_kecamatan_only(obligation, client_for, scope_for, actor_for):
    eka = actor_for("eka")
    with applied(scope_for("eka")):
        own = Obligation.objects.select_related("agency").get(
            agency_id=eka.agency_id, form=obligation.form, period="202609"
        )
        keys = [row.key for row in Sheet.of(own).rows["per-desa"]]
    book = load_workbook(io.BytesIO(client_for("eka").get(f"/laporan/{own.pk}/templat.xlsx").content))
    assert [row[0].value for row in book["Per desa"].iter_rows(min_row=4)] == keys
    assert 0 < len(keys) < 161


def test_somebody_who_saved_meanwhile_is_not_overwritten(obligation, client_for, stored, draft):
    draft()
    ani = client_for("ani")
    content = ani.get(f"/laporan/{obligation.pk}/templat.xlsx").content
    preview = upload(ani, obligation, with_members(content, 9))
    draft(obstacles="Budi menulis ini")
    answer = confirm(ani, obligation, preview)
    assert answer.status_code == 409
    assert "Tidak ada yang disimpan dari berkas itu" in answer.content.decode()
    assert (stored().figures["anggota"], stored().obstacles) == (120, "Budi menulis ini")


def test_a_report_that_was_sent_takes_no_file(obligation, client_for, draft, stored, scope_for, actor_for):
    draft()
    ani = client_for("ani")
    content = ani.get(f"/laporan/{obligation.pk}/templat.xlsx").content
    preview = upload(ani, obligation, with_members(content, 9))
    with applied(scope_for("ani")):
        actions.submit(obligation, by=actor_for("ani"), now=NOW)
    assert confirm(ani, obligation, preview).status_code == 409
    assert upload(ani, obligation, content).url == f"/laporan/{obligation.pk}/"
    assert ani.get(f"/laporan/{obligation.pk}/templat.xlsx").status_code == 302
    assert (stored().state, stored().figures["anggota"]) == ("submitted", 120)


def test_a_preview_is_good_for_its_reader_its_report_and_a_day(obligation, client_for, stored):
    ani = client_for("ani")
    content = ani.get(f"/laporan/{obligation.pk}/templat.xlsx").content
    filled = with_members(content, 9)
    preview = upload(ani, obligation, filled)
    assert confirm(client_for("budi"), obligation, preview).status_code == 422
    forged = ani.post(f"/laporan/{obligation.pk}/unggah/simpan/", {"pratinjau": preview.context["token"] + "x"})
    assert forged.status_code == 422
    with time_machine.travel(datetime.now() + timedelta(hours=25)):
        assert (
            client_for("ani")
            .post(f"/laporan/{obligation.pk}/unggah/simpan/", {"pratinjau": preview.context["token"]})
            .status_code
            == 422
        )
    assert stored() is None


@pytest.mark.parametrize("reader", ["gita", "hadi", "citra", "eka", "joko", "dewi"])
def test_only_the_agency_fills_in_by_file(reader, obligation, client_for):
    client = client_for(reader)
    for url in ("templat.xlsx", "unggah/"):
        assert client.get(f"/laporan/{obligation.pk}/{url}").status_code == 404
    assert client.post(f"/laporan/{obligation.pk}/unggah/simpan/", {"pratinjau": "x"}).status_code == 404


# what each cell says

CELLS = [
    (Kind.COUNT, 12, "12"), (Kind.NUMBER, Decimal("12.5"), "12,5"), (Kind.NUMBER, "1.250,75", "1.250,75"),
    (Kind.PERCENT, "45%", "45%"), (Kind.COUNT, "-", ""), (Kind.COUNT, True, None), (Kind.COUNT, date(2026, 9, 3), None),
    (Kind.DATE, datetime(2026, 9, 3), "2026-09-03"), (Kind.DATE, "3/9/2026", "2026-09-03"),
    (Kind.DATE, "9/23/2026", None),
    (Kind.DATE, "23 November 2026", "2026-11-23"), (Kind.YES_NO, "YA", "ya"), (Kind.YES_NO, False, "tidak"),
    (Kind.YES_NO, "x", None), (Kind.TEXT, "'=a", "=a"), (Kind.TEXT, 12, "12"), (Kind.COUNT, CellError("#REF!"), None),
    (Kind.TEXT, CellError("#REF!"), None), (Kind.COUNT, None, ""), (Kind.TEXT, "a\nb", "a\nb"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cell", "typed"), CELLS)
def test_a_cell_is_read_the_indonesian_way(kind, cell, typed, sheet):
    asked = next(each for each in sheet.questions if each.kind == kind)
    slot = Slot("x", kind, asked)
    if typed is None:
        with pytest.raises(ValueError):
            typed_of(slot, cell)
    else:
        assert typed_of(slot, cell) == typed


def test_mistakes_are_told_by_sheet_row_and_column_and_nothing_is_kept(obligation, client_for, stored, places):
    ani = client_for("ani")
    (village, _), _ = places

    def spoil(book):
        cell_of(book, "Isian", "anggota").value = 501
        cell_of(book, "Isian", "luas").value = "12.5"
        cell_of(book, "Isian", "cara").value = "Barter"
        cell_of(book, "Per desa", village.code, "D").value = -3

    content = ani.get(f"/laporan/{obligation.pk}/templat.xlsx").content
    answer = upload(ani, obligation, changed(content, spoil))
    assert answer.status_code == 422
    told = {(each.sheet, each.column, each.what) for each in answer.context["intake"].mistakes}
    assert told == {
        ("Isian", "C", "Anggota"), ("Isian", "C", "Luas gerai"), ("Isian", "C", "Cara bayar"),
        ("Per desa", "D", f"KK, {village}"),
    }  # fmt: skip
    assert "lembar Per desa, baris 4, kolom D" in answer.content.decode()
    assert stored() is None


# files that are not taken


def other_identity(name, text):
    def change(book):
        from reporting.submissions.files.layout import CHECK, check_of

        rows = {row[0].value: row[1] for row in book["Identitas"].iter_rows(min_row=2) if row[0].value}
        rows[name].value = text
        told = {key: cell.value for key, cell in rows.items() if cell.value is not None}
        rows[CHECK].value = check_of({key: value for key, value in told.items() if key != CHECK})

    return change


def edited(name, text):
    def change(book):
        next(row for row in book["Identitas"].iter_rows() if row[0].value == name)[1].value = text

    return change


def duplicated(book):
    book["Per desa"]["A5"].value = book["Per desa"]["A4"].value


BAD = {
    "another agency's file": (other_identity("Perangkat daerah", "dinsos"), "untuk perangkat daerah Dinas Sosial"),
    "another period's file": (other_identity("Periode", "202608"), "untuk periode Agustus 2026"),
    "another form version": (other_identity("Versi formulir", "77"), "untuk versi formulir “77”"),
    "another form": (other_identity("Formulir", "lain"), "untuk formulir “lain”"),
    "another regency": (other_identity("Kabupaten/kota", "62.99"), "untuk kabupaten/kota “62.99”"),
    "another obligation": (other_identity("Nomor kewajiban", "1"), "untuk kewajiban “1”"),
    "identification edited": (edited("Periode", "202608"), "Lembar “Identitas” berubah"),
    "identification deleted": (lambda book: book.remove(book["Identitas"]), "bukan templat laporan dari portal"),
    "a sheet deleted": (lambda book: book.remove(book["Per desa"]), "Lembar “Per desa” tidak ada"),
    "a sheet renamed": (lambda book: setattr(book["Isian"], "title", "Data"), "Lembar “Isian” tidak ada"),
    "a column inserted": (lambda book: book["Isian"].insert_cols(3), "kolom bergeser"),
    "columns swapped": (lambda book: book["Per desa"].move_range("D3:D3", cols=9), "kolom bergeser"),
    "a code edited": (lambda book: setattr(book["Per desa"]["A4"], "value", "62.06.99.2001"), "“62.06.99.2001”"),
    "a code twice": (duplicated, "ada dua kali di lembar “Per desa”, baris 4 dan 5"),
    "a row deleted": (lambda book: book["Per desa"].delete_rows(6), "hilang dari lembar “Per desa”"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_not_this_reports_is_refused_in_one_sentence(what, sheet, contents, scope_for):
    change, told = BAD[what]
    content = changed(template_of(sheet, contents, NOW), change)
    with applied(scope_for("ani")), pytest.raises(TemplateRefused) as refusal:
        intake_of(book_of(content), sheet, None)
    assert told in str(refusal.value)


UNREADABLE = {
    "empty": (b"", "kosong (0 bita)"),
    "a photo": (b"\xff\xd8\xff" + b"0" * 100, "foto (JPEG)"),
    "a PDF": (b"%PDF-1.7 " + b"0" * 100, "dokumen PDF"),
    "a CSV": (b"Kode,Isian\nanggota,3\n", "bukan lembar kerja Excel (.xlsx)"),
    "half a file": (b"PK\x03\x04" + b"0" * 100, "rusak atau tidak lengkap"),
    "5 MB": (b"PK\x03\x04" + b"0" * 5_000_000, "terlalu besar untuk templat laporan"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_is_no_workbook_is_refused_in_one_sentence(what, obligation, client_for, stored):
    content, told = UNREADABLE[what]
    answer = upload(client_for("ani"), obligation, content)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert stored() is None


def test_a_formula_that_was_never_calculated_is_a_mistake_at_its_cell(sheet, contents):
    def sum_up(book):
        cell_of(book, "Isian", "anggota").value = "=1+1"

    found = intake_of(book_of(changed(template_of(sheet, contents, NOW), sum_up)), sheet, None)
    assert [(each.what, "rumus yang belum dihitung" in each.message) for each in found.mistakes] == [("Anggota", True)]


def test_rows_may_be_sorted_because_codes_say_which_is_which(sheet, contents):
    def swap(book):
        one, two = book["Per desa"][4], book["Per desa"][5]
        for a, b in zip(one, two, strict=True):
            a.value, b.value = b.value, a.value

    found = intake_of(book_of(changed(template_of(sheet, contents, NOW), swap)), sheet, None)
    assert found.contents.figures["per-desa"] == contents.figures["per-desa"]


def test_nihil_in_the_file_is_nihil_in_the_draft(sheet, contents, stored):
    def nothing(book):
        cell_of(book, "Isian", "#nihil").value = "Ya"
        cell_of(book, "Isian", "#alasan-nihil").value = "Banjir"

    found = intake_of(book_of(changed(template_of(sheet, contents, NOW), nothing)), sheet, None)
    assert (found.contents.is_nil, found.contents.nil_reason, found.contents.figures) == (True, "Banjir", {})


def test_an_uploaded_draft_is_what_was_stored(draft, sheet, scope_for):
    report = draft()
    found = intake_of(book_of(template_of(sheet, contents_of(report), NOW)), sheet, report)
    assert found.differences == []
