"""The SIMKOPDES file as a resource: every wrong cell named, nothing half written, running again adds nothing."""

import pytest
from django.core.exceptions import ValidationError
from tablib import Dataset

from cooperatives.imports import katingan_august_2026, load_simkopdes
from cooperatives.models import Cooperative, Figure, Milestone, Source
from katingan_portal.accounts.permissions import Actor
from tests.spreadsheets.simkopdes import GALINGGANG, HEADER, TAMPELAS, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]
BY = Actor.system("Uji", source="command")


def dataset(*rows):
    found = Dataset(headers=HEADER)
    for each in rows:
        found.append(each)
    return found


def counts():
    return [model.objects.count() for model in (Source, Cooperative, Milestone, Figure)]


def errors_of(*rows):
    before = counts()
    with pytest.raises(ValidationError) as refusal:
        load_simkopdes(by=BY, dataset=dataset(*rows))
    assert counts() == before
    return refusal.value.messages


def test_loading_the_real_file_again_adds_nothing():
    before = counts()
    report = load_simkopdes(by=BY, dataset=katingan_august_2026())
    assert counts() == before
    assert (report.added, report.unchanged, report.drift) == ([], 161 * 10, [])


def test_the_real_file_loads_into_an_empty_register():
    Figure.objects.all().delete()
    Milestone.objects.all().delete()
    Cooperative.objects.all().delete()
    report = load_simkopdes(by=BY)
    assert (report.cooperatives, report.figures) == (161, 1610)
    assert report.milestones == 161 + 161 + 47  # account, NPWP, NIB


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nib": 2}, "Baris 2, kolom nib: 2 melebihi jumlah koperasi (1)."),
        ({"cooperatives": 2}, "Baris 2, kolom cooperatives: Ada 2 koperasi: angkanya tidak bisa dibagi per koperasi."),
        (
            {"simpanan_pokok_rp": -5},
            "Baris 2, kolom simpanan_pokok_rp: Angka ini negatif, padahal di kolom ini tidak boleh kurang dari 0.",
        ),
        (
            {"simpanan_wajib_rp": "banyak"},
            "Baris 2, kolom simpanan_wajib_rp: “banyak” bukan angka. "
            "Tulis dengan titik untuk ribuan dan koma untuk desimal, misalnya 1.234.567,89.",
        ),
        ({"npwp": None}, "Baris 2, kolom npwp: Sel ini kosong, padahal wajib diisi."),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_and_column(change, message):
    assert errors_of(row(**change)) == [message]


def test_every_error_of_a_row_is_told_at_once():
    lines = errors_of(row(nib=2, npwp=3))
    assert sorted(lines) == [
        "Baris 2, kolom nib: 2 melebihi jumlah koperasi (1).",
        "Baris 2, kolom npwp: 3 melebihi jumlah koperasi (1).",
    ]


def test_a_village_twice_is_refused():
    assert errors_of(row(), row()) == ["Baris 3, kolom code: 62.06.01.2001 sudah ada di baris sebelumnya."]


def test_a_code_of_another_village_than_the_name_is_refused_with_the_likely_one():
    assert errors_of(row((GALINGGANG[0], "Tampelas", "Kamipang"))) == [
        "Baris 2, kolom code: Kode 62.06.01.2001 milik Desa Galinggang, bukan 'Tampelas'. "
        "Mungkin yang dimaksud 62.06.01.2002 Desa Tampelas (Kecamatan Kamipang)."
    ]


def test_one_bad_row_keeps_the_good_ones_out():
    errors_of(row(TAMPELAS), row(nib=9))


def test_drift_of_the_same_pull_is_reported_and_left_as_it_was():
    report = load_simkopdes(by=BY, dataset=dataset(row(nib=0)))
    assert report.figures == 0
    assert "62.06.01.2001 Koperasi Desa Merah Putih Galinggang: NIB tersimpan 1, berkas 0" in report.drift
    assert Figure.objects.get(cooperative__village__code="62.06.01.2001", kind="nib").value == 1
