import pytest

from villages.imports import katingan_villages
from villages.names import GOOD_ENOUGH, likeness, words_of

ROWS = katingan_villages()


def found(typed):
    scored = sorted(((likeness(typed, row.name, row.subdistrict), row.name) for row in ROWS), reverse=True)
    return [name for score, name in scored if score >= GOOD_ENOUGH]


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("Telok", "Telok"),
        ("teluk sebulu", "Teluk Sebulu"),
        ("kel. pendahara", "Pendahara"),
        ("Desa Tewang Rangkang ", "Tewang Rangkang"),
        ("tumbangrunen", "Tumbang Runen"),
        ("Tbg. Runen", "Tumbang Runen"),
    ],
)
def test_likeness_puts_the_village_meant_first(typed, best):
    assert found(typed)[0] == best


@pytest.mark.parametrize("typed", ["tbg mantike", "Tumbang Mantike", "TBG. MANTIKEI"])
def test_likeness_finds_by_misspelt_kecamatan(typed):
    tumbang_there = {r.name for r in ROWS if r.subdistrict == "Sanaman Mantikei" and r.name.startswith("Tumbang")}
    names = found(typed)
    assert set(names[: len(tumbang_there)]) == tumbang_there


@pytest.mark.parametrize("typed", ["xyz", "!!", ""])
def test_likeness_finds_nothing_for_nonsense(typed):
    assert found(typed) == []


def test_words_keep_a_name_that_is_only_a_prefix():
    assert words_of("Desa") == ["desa"]
