"""An import as a person meets it: upload, look, save, undo; and the exact words for a file that is not right."""

from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Agency
from cooperatives.models import Cooperative, Figure, Milestone, Source
from cooperatives.queries import totals
from katingan_portal.spreadsheets.actions import KEPT_FOR
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.spreadsheets.table import MAX_BYTES, MAX_ROWS
from katingan_portal.tenancy.scope import Scope, applied
from tests.spreadsheets import bad_files
from tests.spreadsheets.simkopdes import GALINGGANG, HEADER, TAMPELAS, TELAGA, csv_of, row, xlsx_of
from tests.spreadsheets.steps import batch_of, confirm, counts, errors_of, send, undo, words

pytestmark = pytest.mark.django_db

UPLOAD = "/impor/baru/simkopdes/"
MODELS = (Source, Cooperative, Milestone, Figure)


@pytest.fixture
def indra(client_for, in_katingan):
    return client_for("indra")


def preview(client, *rows):
    return batch_of(send(client, csv_of(rows)))


def stored():
    """A digest of everything an import may write, whatever the keys."""
    digest = hashlib.sha256()
    for model in MODELS:
        names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
        for line in sorted(map(repr, model.objects.values_list(*names))):
            digest.update(line.encode())
    return digest.hexdigest()


def figure(code="62.06.01.2001", kind="simpanan_pokok_rp", on="2026-09-30"):
    return Figure.objects.get(cooperative__village__code=code, kind=kind, source__as_of=on).value


# --- the journey ---


@pytest.mark.parametrize(("make", "name"), [(csv_of, "september.csv"), (xlsx_of, "september.xlsx")])
def test_upload_look_save_and_undo(indra, make, name):
    before = stored()
    batch = batch_of(send(indra, make([row(simpanan_pokok_rp="1.250.000"), row(TAMPELAS)]), name))
    assert (counts(batch), stored()) == ((0, 2, 0, 0), before)
    page = words(indra.get(batch.get_absolute_url()))
    assert "Belum ada yang tersimpan. Periksa hasilnya di bawah, lalu simpan." in page

    saved = confirm(indra, batch)
    assert (saved.status_code, saved.url) == (302, batch.get_absolute_url())
    assert "Tersimpan: 0 baris baru, 2 berubah." in words(indra.get(batch.get_absolute_url()))
    assert (figure(), totals().source.as_of.isoformat()) == (1_250_000, "2026-09-30")

    assert undo(indra, batch).status_code == 302
    assert "Impor dibatalkan; data kembali seperti sebelum impor." in words(indra.get(batch.get_absolute_url()))
    assert stored() == before


def test_a_whole_real_file_goes_in_and_out_again(indra):
    from cooperatives.imports import katingan_august_2026

    august = katingan_august_2026()
    lines = [["30/09/2026", *(line[name] for name in HEADER[1:])] for line in august.dict]
    before = stored()
    batch = preview(indra, *lines)
    assert counts(batch) == (0, 161, 0, 0)
    confirm(indra, batch)
    found = totals()
    assert (found.source.as_of.isoformat(), found.nib, found.savings_base_rp) == ("2026-09-30", 47, 8_300_000)
    undo(indra, batch)
    assert stored() == before


def test_the_example_file_can_be_uploaded_as_it_is(indra):
    example = indra.get("/impor/baru/simkopdes/contoh.xlsx").content
    assert counts(batch_of(send(indra, example, "contoh.xlsx"))) == (0, 0, 1, 0)


def test_rows_like_those_stored_are_counted_as_unchanged_and_nothing_is_offered_to_save(indra):
    batch = preview(indra, row(on="31/08/2026", nib=1))
    assert counts(batch) == (0, 0, 1, 0)
    assert "Semua baris sudah sama dengan data di portal; tidak ada yang perlu disimpan." in words(
        indra.get(batch.get_absolute_url())
    )
    assert confirm(indra, batch).status_code == 409


# --- wrong cells ---

WRONG_CELLS = {
    "an unknown village code": (
        row(("62.06.01.2999", "Galinggang", "Kamipang")),
        "B",
        "Kode '62.06.01.2999' tidak dikenal. Mungkin yang dimaksud 62.06.01.2001 Desa Galinggang (Kecamatan Kamipang).",
    ),
    "a code of another village": (
        row((GALINGGANG[0], "Tampelas", "Kamipang")),
        "B",
        "Kode 62.06.01.2001 milik Desa Galinggang, bukan 'Tampelas'. "
        "Mungkin yang dimaksud 62.06.01.2002 Desa Tampelas (Kecamatan Kamipang).",
    ),
    "a code without dots": (
        row(("6206012001", "Galinggang", "Kamipang")),
        "B",
        "“6206012001” tanpa titik: bisa kode BPS, yang angkanya sama tetapi menunjuk wilayah lain. "
        "Tulis kode Kemendagri dengan titik, misalnya 62.06.01.2001.",
    ),
    "a date in the US order": (
        row(on="09/30/2026"),
        "A",
        "“09/30/2026” tampaknya ditulis bulan/hari/tahun. Urutan di Indonesia hari/bulan/tahun: 30/09/2026.",
    ),
    "a date with the month in front": (
        row(on="September 30, 2026"),
        "A",
        "“September 30, 2026” ditulis dengan bulan di depan. "
        "Tulis hari/bulan/tahun, misalnya 23/11/2026 atau 23 November 2026.",
    ),
    "a day that does not exist": (
        row(on="31/09/2026"),
        "A",
        "Tanggal “31/09/2026” tidak ada di kalender. "
        "Tulis hari/bulan/tahun, misalnya 23/11/2026 atau 23 November 2026.",
    ),
    "no date": (row(on=None), "A", "Sel ini kosong, padahal wajib diisi."),
    "money with English thousands": (
        row(simpanan_pokok_rp="1,250,000.00"),
        HEADER,
        "“1,250,000.00” ditulis dengan koma untuk ribuan (cara Inggris). "
        "Tulis dengan titik untuk ribuan dan koma untuk desimal, misalnya 1.234.567,89.",
    ),
    "a negative amount": (
        row(simpanan_pokok_rp="-5"),
        HEADER,
        "Angka ini negatif, padahal di kolom ini tidak boleh kurang dari 0.",
    ),
    "a figure that the same day already has otherwise": (
        row(on="31/08/2026", nib=1, simpanan_pokok_rp=5),
        HEADER,
        "Pada tanggal yang sama sudah tercatat 0. Angka baru perlu tanggal data yang baru.",
    ),
}


def column_of(place):
    return chr(ord("A") + HEADER.index("simpanan_pokok_rp")) if place is HEADER else place


@pytest.mark.parametrize("case", WRONG_CELLS)
def test_a_wrong_cell_is_named_with_line_column_and_a_way_out(indra, case):
    line, place, message = WRONG_CELLS[case]
    before = stored()
    batch = preview(indra, line)
    assert errors_of(batch) == [(2, column_of(place), message)]
    page = words(indra.get(batch.get_absolute_url()))
    assert message in page
    assert "Tidak ada baris yang dapat disimpan. Perbaiki baris yang ditolak, lalu unggah lagi." in page
    assert confirm(indra, batch, tanpa_yang_ditolak="1").status_code == 409
    assert stored() == before


def test_the_second_row_of_a_village_is_rejected(indra):
    batch = preview(indra, row(), row())
    assert counts(batch) == (0, 1, 0, 1)
    assert errors_of(batch) == [(3, "B", "62.06.01.2001 sudah ada di baris sebelumnya.")]


def test_rows_of_another_day_than_the_first_are_rejected(indra):
    assert errors_of(preview(indra, row(), row(TAMPELAS, on="29/09/2026"))) == [
        (3, "A", "Tanggalnya lain dari baris pertama, 30 September 2026.")
    ]


def test_a_column_that_this_kind_does_not_have_is_left_aside_and_said_so(indra):
    """An agency in a file of villages, known or not, decides nothing."""
    lines = [[*row(), "Dinas Yang Tidak Ada"]]
    batch = batch_of(send(indra, csv_of(lines, [*HEADER, "perangkat_daerah"])))
    assert counts(batch) == (0, 1, 0, 0)
    assert batch.notes == ["Kolom yang tidak dikenal diabaikan: “perangkat_daerah” (P)."]
    assert "Dinas Yang Tidak Ada" not in words(indra.get(batch.get_absolute_url()))


# --- files that cannot be read ---

REFUSED_FILES = {
    "empty": (b"", "kosong.csv", "Berkas ini kosong (0 bita). Simpan ulang berkasnya, lalu unggah lagi."),
    "a picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        "foto.xlsx",
        "Berkas “foto.xlsx” adalah gambar (PNG), bukan lembar kerja. Unggah berkas Excel-nya (.xlsx).",
    ),
    "a letter in PDF": (
        b"%PDF-1.7\n" + bytes(200),
        "surat.xlsx",
        "Berkas “surat.xlsx” adalah dokumen PDF, bukan lembar kerja. Mintalah berkas Excel aslinya (.xlsx).",
    ),
    "text": (
        b"Yth. Bapak Bupati\nDengan hormat.\n",
        "surat.csv",
        "Berkas “surat.csv” adalah teks biasa tanpa kolom, bukan lembar kerja. Bila ini CSV, "
        "pisahkan kolom dengan koma, titik koma atau tab; bila bukan, unggah berkas Excel-nya (.xlsx).",
    ),
    "old Excel": (
        bad_files.cfb("Workbook"),
        "rekap.xls",
        "Berkas “rekap.xls” berformat Excel lama (.xls). "
        "Buka di Excel, pilih Simpan Sebagai (Save As), jenis “Excel Workbook (.xlsx)”, lalu unggah lagi.",
    ),
    "half a workbook": (
        xlsx_of([row()])[:2000],
        "putus.xlsx",
        "Berkas “putus.xlsx” rusak atau tidak lengkap, mungkin terputus sewaktu dikirim. "
        "Buka di Excel, pilih Simpan Sebagai (Save As), jenis “Excel Workbook (.xlsx)”, lalu unggah lagi.",
    ),
    "a header and no row": (
        csv_of([]),
        "judul.csv",
        "Berkas “judul.csv” hanya berisi judul: di bawah baris 1 tidak ada isi.",
    ),
    "no date column": (
        csv_of([row()[1:]], HEADER[1:]),
        "tanpa-tanggal.csv",
        "Berkas “tanpa-tanggal.csv”: kolom wajib “per_tanggal” tidak ditemukan. Judul yang terbaca di baris 1: "
        "“code”, “village”, “kecamatan”, “cooperatives”, “accounts”, “npwp”, “nib”, “rat”, “simpanan_pokok_rp”, "
        "“simpanan_pokok_members”, “simpanan_wajib_rp”, “simpanan_wajib_members”, “transaction_volume”, "
        "“transaction_value_rp”. Pakai judul dari berkas contoh.",
    ),
    "a column twice": (
        csv_of([[*row(), 1]], [*HEADER, "nib"]),
        "ganda.csv",
        "Berkas “ganda.csv”: judul “nib” ada dua kali (kolom H dan P, baris 1). Hapus salah satunya.",
    ),
    "too many rows": (
        csv_of([row()] * (MAX_ROWS + 1)),
        "panjang.csv",
        "Berkas “panjang.csv” terlalu besar: 5.001 baris, sedangkan batasnya 5.000. Pecah menjadi beberapa berkas.",
    ),
    "too large": (
        b"x" * (MAX_BYTES + 1),
        "besar.csv",
        "Berkas “besar.csv” terlalu besar: batasnya 10 MiB. "
        "Hapus gambar dan lembar yang tidak perlu, atau pecah menjadi beberapa berkas.",
    ),
}


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_file_that_cannot_be_read_is_refused_on_the_same_page(indra, case):
    content, name, message = REFUSED_FILES[case]
    before = stored(), ImportBatch.objects.count()
    response = send(indra, content, name)
    assert response.status_code == 422
    assert response.context["form"].errors["file"] == [message]
    assert message in words(response)
    assert (stored(), ImportBatch.objects.count()) == before


def test_uploading_nothing_is_said(indra):
    response = indra.post(UPLOAD, {})
    assert (response.status_code, response.context["form"].errors["file"]) == (422, ["Pilih berkas yang akan diimpor."])


# --- saving some, twice, late ---


def test_rejected_rows_stay_out_only_by_a_deliberate_tick(indra):
    batch = preview(indra, row(), row(TAMPELAS, nib=5))
    before = stored()
    refused = confirm(indra, batch)
    assert refused.status_code == 409
    assert (
        "1 baris ditolak, jadi belum ada yang disimpan. Perbaiki berkasnya dan unggah lagi, atau "
        "pilih untuk menyimpan baris yang benar saja."
    ) in words(refused)
    assert stored() == before

    assert confirm(indra, batch, tanpa_yang_ditolak="1").status_code == 302
    assert Figure.objects.filter(source__as_of="2026-09-30").values("cooperative").distinct().count() == 1


def test_rejected_rows_come_back_as_a_file_that_says_why(indra):
    from katingan_portal.spreadsheets.reading import read_table

    batch = preview(indra, row(), row(TAMPELAS, nib=5))
    response = indra.get(f"/impor/{batch.pk}/ditolak.xlsx")
    table = read_table(response.content, "ditolak.xlsx", HEADER)
    assert [cell for cell in table.rows[0].cells if cell in ("62.06.01.2002", "5")] == ["62.06.01.2002", "5"]
    assert any("5 melebihi jumlah koperasi (1)." in str(cell) for cell in table.rows[0].cells)


def test_pressing_save_twice_saves_once(indra):
    batch = preview(indra, row())
    confirm(indra, batch)
    once = stored(), Figure.objects.count()
    assert confirm(indra, batch).status_code == 302
    assert "Impor ini sudah tersimpan sebelumnya." in words(indra.get(batch.get_absolute_url()))
    assert (stored(), Figure.objects.count()) == once


def test_the_same_file_uploaded_twice_is_written_once(indra):
    first, second = preview(indra, row()), preview(indra, row())
    confirm(indra, first)
    once = stored()
    page = words(indra.get(second.get_absolute_url()))
    assert "Berkas yang sama sudah pernah disimpan, jadi tidak akan ditulis lagi." in page
    refused = confirm(indra, second)
    assert refused.status_code == 409
    assert (
        f"Berkas yang sama sudah disimpan oleh Indra Impor sebagai impor nomor {first.pk}; tidak ada yang ditulis lagi."
    ) in words(refused)
    assert stored() == once


def test_data_that_changed_since_the_preview_stops_the_saving(indra):
    first, second = preview(indra, row(simpanan_pokok_rp=1)), preview(indra, row(simpanan_pokok_rp=2))
    confirm(indra, first)
    once = stored()
    refused = confirm(indra, second)
    assert refused.status_code == 409
    assert (
        "Data di portal berubah sejak berkas ini diperiksa, jadi tidak ada yang disimpan. Unggah berkasnya sekali lagi."
    ) in words(refused)
    assert stored() == once


def test_a_preview_left_for_a_day_cannot_be_saved(indra):
    batch = preview(indra, row())
    ImportBatch.objects.filter(pk=batch.pk).update(expires_at=timezone.now() - KEPT_FOR)
    refused = confirm(indra, batch)
    assert refused.status_code == 409
    assert "Hasil pemeriksaan berkas ini sudah kedaluwarsa. Unggah berkasnya sekali lagi." in words(refused)


def test_undoing_what_was_never_saved_is_refused_and_twice_is_once(indra):
    batch = preview(indra, row())
    before = stored()
    refused = undo(indra, batch)
    assert refused.status_code == 409
    assert "Impor ini belum disimpan, jadi tidak ada yang perlu dibatalkan." in words(refused)
    confirm(indra, batch)
    assert [undo(indra, batch).status_code for _ in range(2)] == [302, 302]
    assert stored() == before


def test_an_import_that_was_changed_since_cannot_be_undone_and_names_what_changed(indra):
    batch = preview(indra, row(nib=1))
    confirm(indra, batch)
    Figure.objects.filter(source__as_of="2026-09-30", kind="nib").update(value=0)
    changed = stored()
    refused = undo(indra, batch)
    assert refused.status_code == 409
    assert (
        "Impor ini tidak dapat dibatalkan: 1 data sudah diubah lagi sesudahnya. "
        "Ubah data itu satu per satu, atau impor berkas yang benar."
    ) in words(refused)
    assert "NIB 0: nilai" in words(refused)
    assert stored() == changed


# --- walls ---


@pytest.mark.parametrize(
    ("name", "status"),
    [("ani", 404), ("budi", 404), ("citra", 404), ("eka", 404), ("hadi", 404),
     ("gita", 200), ("indra", 200), ("joko", 200)],
)  # fmt: skip
def test_who_may_import(client_for, name, status):
    client = client_for(name)
    assert [client.get(path).status_code for path in ("/impor/", UPLOAD)] == [status, status]


def test_a_stranger_cannot_upload():
    response = send(Client(), csv_of([row()]))
    assert response.status_code in (302, 404)
    assert "/impor/1" not in response.get("Location", "")


@pytest.mark.parametrize("step", ["", "simpan/", "batalkan/", "ditolak.xlsx"])
def test_a_batch_of_another_regency_is_not_there(indra, elsewhere, step):
    with applied(Scope(elsewhere.pk)):
        foreign = ImportBatch.objects.get(file_name="KNR-62.99.xlsx")
        before = ImportBatch.objects.filter(pk=foreign.pk).values().get()
    call = indra.post if step in ("simpan/", "batalkan/") else indra.get
    response = call(f"/impor/{foreign.pk}/{step}")
    assert (response.status_code, "KNR" in words(response)) == (404, False)
    with applied(Scope(elsewhere.pk)):
        assert ImportBatch.objects.filter(pk=foreign.pk).values().get() == before


def test_a_batch_is_shared_with_ones_own_agency_only(indra, client_for):
    batch = preview(indra, row())
    assert batch.agency_id == Agency.objects.get(code="dkukmp").pk
    shown = {name: client_for(name).get(batch.get_absolute_url()).status_code for name in ("gita", "joko", "ani")}
    assert shown == {"gita": 200, "joko": 404, "ani": 404}
    assert confirm(client_for("joko"), batch).status_code == 404


# --- whatever the file holds ---

ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from([GALINGGANG, TAMPELAS, TELAGA, ("62.06.01.2999", "Tidak Ada", "Kamipang")]),
        on=st.sampled_from(["30/09/2026", "31/08/2026", "09/30/2026", None]),
        nib=st.sampled_from([0, 1, 2, "satu", None]),
        simpanan_pokok_rp=st.sampled_from(["0", "1.000", "1,000.00", -1]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, leave=st.booleans())
def test_every_row_has_one_outcome_nothing_is_written_before_saving_and_undo_restores(indra, rows, leave):
    before = stored()
    batch = preview(indra, *rows)
    new, changed, unchanged, rejected = counts(batch)
    assert new + changed + unchanged + rejected == len(rows)
    assert stored() == before

    saved = confirm(indra, batch, **({"tanpa_yang_ditolak": "1"} if leave else {}))
    may_save = new + changed > 0 and (leave or not rejected)
    assert saved.status_code == (302 if may_save else 409)
    assert (stored() != before) == may_save
    if may_save:
        assert undo(indra, batch).status_code == 302
        assert stored() == before


# --- in few queries ---


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_imports_asks_the_same_number_of_questions_whatever_its_length(indra, rows):
    for place in (GALINGGANG, TAMPELAS, TELAGA)[:rows]:
        preview(indra, row(place))
    indra.get("/impor/")
    with CaptureQueriesContext(connection) as asked:
        response = indra.get("/impor/")
    assert response.context["page"].paginator.count == rows
    assert len(asked) == 23
