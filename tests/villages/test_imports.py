import pytest

from villages.imports import UnreadableRows, katingan_outlines, katingan_villages, read_villages

HEADER = "code,name,kind,subdistrict_code,subdistrict,postal_code,lat,lon\n"
GOOD = "62.06.01.2001,Galinggang,desa,62.06.01,Kamipang,74462,-2.57243,113.3002\n"

NO_CODE = "Baris 2, kolom code: '{}' bukan kode desa/kelurahan Kemendagri, misalnya 62.06.01.2001."


def errors_of(text):
    with pytest.raises(UnreadableRows) as refusal:
        read_villages(text)
    return refusal.value.errors


def test_katingan_file_holds_the_district_of_the_ministry():
    rows = katingan_villages()
    assert len(rows) == 161
    assert len({row.subdistrict_code for row in rows}) == 13
    assert [sum(row.kind == kind for row in rows) for kind in ("desa", "kelurahan")] == [154, 7]


def test_katingan_outlines_cover_every_kecamatan_and_village():
    rows, outlines = katingan_villages(), katingan_outlines()
    assert {row.code for row in rows} | {row.subdistrict_code for row in rows} == set(outlines)


def test_a_good_row_is_read():
    assert [row.name for row in read_villages(HEADER + GOOD)] == ["Galinggang"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("62.06.01.2001", "6206012001", NO_CODE.format("6206012001")),
        ("62.06.01.2001", "62.06.01.3001", NO_CODE.format("62.06.01.3001")),
        ("desa", "kelurahan", "Baris 2, kolom kind: 'kelurahan' tidak cocok dengan kode 62.06.01.2001 (desa)."),
        (
            ",62.06.01,",
            ",62.06.02,",
            "Baris 2, kolom subdistrict_code: '62.06.02' tidak cocok dengan kode 62.06.01.2001.",
        ),
        ("Galinggang", " ", "Baris 2, kolom name: kosong."),
        ("113.3002", "timur", "Baris 2, kolom lon: 'timur' bukan derajat."),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_row_and_column(old, new, message):
    assert errors_of(HEADER + GOOD.replace(old, new)) == [message]


def test_a_code_twice_is_refused():
    assert errors_of(HEADER + GOOD + GOOD) == ["Baris 3, kolom code: 62.06.01.2001 sudah ada di baris 2."]


def test_a_missing_column_is_named():
    assert errors_of("code,name\n") == [
        "Baris 1: kolom kind, subdistrict_code, subdistrict, postal_code, lat, lon tidak ada."
    ]
