"""The spreadsheet of assignments as its people meet it, and the words for a row that is wrong."""

from datetime import date

import pytest

from agencies.models import Agency
from katingan_portal.audit.models import AuditEvent
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.spreadsheets.writing import write_csv
from reporting.duties.models import Assignment, Duty
from tests.spreadsheets.bad_files import workbook
from tests.spreadsheets.steps import batch_of, confirm, counts, errors_of, send, undo, words

pytestmark = pytest.mark.django_db

HEADER = ["tugas", "perangkat_daerah", "mulai", "sampai"]
FROM_THE_DECREE = date(2026, 8, 1)  # where load_test_world lets the duties of the decree start


@pytest.fixture
def joko(client_for, in_katingan):
    return client_for("joko")


def upload(client, *rows, make=write_csv):
    return batch_of(send(client, make(HEADER, rows), "penugasan.csv", kind="penugasan"))


def stored():
    return sorted(Assignment.objects.values_list("duty__code", "agency__code", "starts_on", "ends_on"), key=str)


def assignment(duty, agency):
    return Assignment.objects.get(duty__code=duty, agency__code=agency)


NEW = ("dinsos-anggota", "Dinkes", "01/01/2027", None)
ENDED = ("dinkes-layanan", "Dinas Kesehatan Kab. Katingan", "01/08/2026", "31/12/2026")
AS_IT_IS = ("dkukmp-database", "Diskopdag", "01/08/2026", None)


@pytest.mark.parametrize("make", [write_csv, lambda header, rows: workbook([header, *rows])])
def test_upload_look_save_and_undo(joko, make):
    before = stored()
    batch = upload(joko, NEW, ENDED, AS_IT_IS, make=make)
    assert (counts(batch), stored()) == ((1, 1, 1, 0), before)
    page = words(joko.get(batch.get_absolute_url()))
    assert "Dinas Kesehatan: Mendorong penerima bantuan sosial menjadi anggota" in page

    assert confirm(joko, batch).status_code == 302
    made, ended = assignment("dinsos-anggota", "dinkes"), assignment("dinkes-layanan", "dinkes")
    assert (made.starts_on, made.ends_on) == (date(2027, 1, 1), None)
    assert (ended.starts_on, ended.ends_on) == (FROM_THE_DECREE, date(2026, 12, 31))
    assert len(stored()) == len(before) + 1

    assert undo(joko, batch).status_code == 302
    assert stored() == before


def test_the_actions_write_the_history_of_the_duty(joko):
    confirm(joko, upload(joko, NEW, ENDED))
    events = AuditEvent.objects.filter(thing_type="reporting.duty", actor_name="Joko Admin").order_by("pk")
    assert [(event.thing_name[:20], event.verb, event.reason) for event in events] == [
        ("Mendorong penerima b", "menugaskan", ""),
        ("Memperkuat layanan k", "mengakhiri penugasan", "Tertulis dalam lembar kerja yang diimpor"),
    ]


def test_one_row_may_end_what_the_next_begins_anew(joko):
    again = ("dinkes-layanan", "dinkes", "01/02/2027", "28/02/2027")
    batch = upload(joko, ENDED, again)
    assert counts(batch) == (1, 1, 0, 0)
    confirm(joko, batch)
    rows = Assignment.objects.filter(duty__code="dinkes-layanan").order_by("starts_on")
    assert [row.ends_on for row in rows] == [date(2026, 12, 31), date(2027, 2, 28)]


def test_the_example_file_can_be_uploaded_as_it_is(joko):
    example = joko.get("/impor/baru/penugasan/contoh.xlsx").content
    batch = batch_of(send(joko, example, "contoh.xlsx", kind="penugasan"))
    assert counts(batch) == (2, 0, 0, 0)


WRONG_ROWS = {
    "an unknown agency": (
        ("dinsos-anggota", "Dinas Kebudayaan", "01/01/2027", None),
        ("B", "“Dinas Kebudayaan” tidak dikenal sebagai perangkat daerah. Pakai kode atau nama yang ada di portal."),
    ),
    "a misspelt agency": (
        ("dinsos-anggota", "Dinas Kesehatn", "01/01/2027", None),
        ("B", "“Dinas Kesehatn” tidak dikenal sebagai perangkat daerah. "
              "Mungkin yang dimaksud Dinas Kesehatan (dinkes)."),
    ),
    "a name that two agencies bear": (
        ("kominfo-bimtek", "Dinas Perikanan", "01/01/2027", None),
        ("B", "“Dinas Perikanan” bisa berarti Dinas Perhubungan dan Perikanan (dishubkan) atau Dinas Sosial (dinsos). "
              "Tulis kodenya."),
    ),
    "an agency that is not named yet": (
        ("dinsos-anggota", "BUMD", "01/01/2027", None),
        ("B", "BUMD belum dinamai, jadi belum bisa diberi tugas."),
    ),
    "the leadership": (
        ("dinsos-anggota", "Setda", "01/01/2027", None),
        ("B", "Sekretariat Daerah adalah pimpinan daerah, bukan pemegang tugas."),
    ),
    "an unknown duty": (
        ("dinsos-anggotaa", "Dinkes", "01/01/2027", None),
        ("A", "Kode tugas “dinsos-anggotaa” tidak dikenal. Mungkin yang dimaksud dinsos-anggota."),
    ),
    "an assignment on days that have one": (
        ("dinkes-layanan", "Dinkes", "01/09/2026", None),
        ("C", "Dinkes sudah memegang tugas ini sejak 1 Agustus 2026 dan belum berakhir."),
    ),
    "an end before the start": (
        ("dinsos-anggota", "Dinkes", "01/01/2027", "31/12/2026"),
        ("D", "Tanggal akhir tidak boleh sebelum tanggal mulai penugasan."),
    ),
    "another end than the one it has": (
        ("dpmd-lahan", "DPMD", "01/08/2026", "31/12/2026"),
        ("D", "Penugasan ini sudah berakhir 30 September 2026. Penugasan kembali perlu tanggal mulai yang baru."),
    ),
    "no start": (("dinsos-anggota", "Dinkes", None, None), ("C", "Sel ini kosong, padahal wajib diisi.")),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_ROWS)
def test_a_wrong_row_is_named_with_line_column_and_a_way_out(joko, case):
    Agency.objects.filter(code="dinsos").update(aliases=["Dinas Perikanan"])
    Assignment.objects.filter(duty__code="dpmd-lahan").update(ends_on=date(2026, 9, 30))
    row, (column, message) = WRONG_ROWS[case]
    before = stored()
    batch = upload(joko, row)
    assert errors_of(batch) == [(2, column, message)]
    assert message in words(joko.get(batch.get_absolute_url()))
    assert confirm(joko, batch, tanpa_yang_ditolak="1").status_code == 409
    assert stored() == before


def test_the_same_assignment_twice_is_rejected_with_the_earlier_line(joko):
    batch = upload(joko, NEW, ("dinsos-anggota", "Dinas Kesehatan", "1 Januari 2027", None))
    assert errors_of(batch) == [(3, "", "Baris ini mengulang baris 2. Hapus salah satunya.")]


def test_every_wrong_cell_of_a_row_is_told_at_once(joko):
    batch = upload(joko, ("x", "Dinas Kebudayaan", "32/01/2027", None))
    assert sorted(column for _, column, _ in errors_of(batch)) == ["A", "B", "C"]


def test_an_assignment_changed_since_the_import_stays(joko):
    batch = upload(joko, NEW)
    confirm(joko, batch)
    Assignment.objects.filter(duty__code="dinsos-anggota", agency__code="dinkes").update(ends_on=date(2027, 3, 31))
    changed = stored()
    refused = undo(joko, batch)
    assert (refused.status_code, stored()) == (409, changed)
    assert "Dinas Kesehatan: Mendorong penerima bantuan sosial menjadi anggota: sampai" in words(refused)


# --- who may ---


@pytest.mark.parametrize(
    ("name", "status"),
    [("joko", 200), ("indra", 404), ("gita", 404), ("ani", 404), ("hadi", 404), ("dewi", 404)],
)
def test_only_who_manages_duties_and_imports_meets_this_kind(client_for, name, status):
    client = client_for(name)
    assert client.get("/impor/baru/penugasan/").status_code == status
    assert client.get("/impor/baru/penugasan/contoh.xlsx").status_code == status
    assert send(client, write_csv(HEADER, [NEW]), kind="penugasan").status_code == (302 if status == 200 else 404)
    assert ("Penugasan" in words(client.get("/impor/"))) == (status == 200)


def test_a_colleague_who_may_import_but_not_assign_cannot_open_or_save_it(joko, client_for):
    batch = upload(joko, NEW)
    ImportBatch.objects.filter(pk=batch.pk).update(agency_id=Agency.objects.get(code="dkukmp").pk)
    before = stored()
    indra = client_for("indra")
    assert indra.get(batch.get_absolute_url()).status_code == 404
    assert confirm(indra, batch).status_code == 404
    assert stored() == before
    assert confirm(joko, batch).status_code == 302


def test_nothing_of_another_regency_is_known(joko, elsewhere):
    assert Duty.objects.filter(code="dinkes-layanan").count() == 1
    batch = upload(joko, ("dinsos-anggota", "Dinas KNR-62.99", "01/01/2027", None))
    assert errors_of(batch) == [
        (2, "B", "“Dinas KNR-62.99” tidak dikenal sebagai perangkat daerah. Pakai kode atau nama yang ada di portal.")
    ]
