from datetime import date

import pytest

from reporting.letters.numbering import DEFAULT_PATTERNS, PatternRefused, check, written

ON = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("500.3/{nomor:3}/{unit}/{bulan_romawi}/{tahun}", "500.3/007/DKUKMP-II/XI/2026"),
        ("{nomor}/{bulan}/{tahun}", "7/11/2026"),
        ("B-{nomor:4}/{unit}/{tahun}", "B-0007/DKUKMP-II/2026"),
    ],
)
def test_a_pattern_writes_number_unit_month_and_year(pattern, number):
    assert written(pattern, number=7, on=ON, unit="DKUKMP-II") == number


def test_a_number_longer_than_its_width_is_written_whole():
    assert written("{nomor:2}/{tahun}", number=1234, on=ON, unit="") == "1234/2026"


@pytest.mark.parametrize("pattern", DEFAULT_PATTERNS.values())
def test_default_patterns_are_right(pattern):
    check(pattern)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("500.3/{tahun}", "{nomor} tepat satu kali"),
        ("{nomor}/{nomor:3}/{tahun}", "{nomor} tepat satu kali"),
        ("500.3/{nomor}", "{tahun}"),
        ("{nomor}/{tahun}/{jabatan}", "{jabatan} tidak dikenal"),
        ("{nomor.__class__}/{nomor}/{tahun}", "tidak dikenal"),
        ("{nomor:9}/{tahun}", "{nomor:9} tidak dikenal"),
        ("{nomor}/{tahun}/<b>", "huruf, angka, titik"),
        ("{nomor/{tahun}", "huruf, angka, titik"),
        ("}{nomor}/{tahun}", "huruf, angka, titik"),
    ],
)
def test_a_pattern_that_cannot_number_is_refused_with_its_reason(pattern, words):
    with pytest.raises(PatternRefused) as refusal:
        check(pattern)
    assert words in str(refusal.value)


def test_a_number_that_gets_too_long_is_refused():
    with pytest.raises(PatternRefused):
        written("{nomor}/{unit}/{tahun}", number=1, on=ON, unit="X" * 100)
