from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.ui import formats

EVENING = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (7, "7"),
        (1234567, "1.234.567"),
        (-1234, "-1.234"),
        (Decimal("1234567.89"), "1.234.567,89"),
        (Decimal("12.50"), "12,5"),
        (Decimal("12.00"), "12"),
        (Decimal("100"), "100"),
        (2.5, "2,5"),
        (0.1 + 0.2, "0,3"),
        (Decimal("0.005"), "0,01"),
        (Decimal("-0.001"), "0"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_number_is_written_the_indonesian_way(value: formats.Number | None, written: str) -> None:
    assert formats.number(value) == written


def test_number_keeps_the_decimals_asked_for() -> None:
    assert formats.number(Decimal("12.5"), 2) == "12,50"
    assert formats.number(12, 1) == "12,0"
    assert formats.number(Decimal("12.5"), 0) == "13"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2057007000, "Rp2.057.007.000"),
        (0, "Rp0"),
        (-8300000, "-Rp8.300.000"),
        (Decimal("1500.50"), "Rp1.500,5"),
        (Decimal("1500.00"), "Rp1.500"),
        (None, "–"),
    ],
)
def test_rupiah_has_no_blank_and_keeps_the_sign_in_front(value: formats.Number | None, written: str) -> None:
    assert formats.rupiah(value) == written


@pytest.mark.parametrize(
    ("ratio", "written"),
    [
        (0, "0%"),
        (1, "100%"),
        (Decimal("0.45456"), "45,46%"),
        (0.455, "45,5%"),
        (-0.02, "-2%"),
        (1.25, "125%"),
        (None, "–"),
    ],
)
def test_percent_is_written_from_a_ratio(ratio: formats.Number | None, written: str) -> None:
    assert formats.percent(ratio) == written


def test_percent_never_rounds_up_to_all_of_it() -> None:
    assert formats.percent(Decimal("0.99999")) == "99,99%"
    assert formats.percent(Decimal("0.999"), 0) == "99%"
    assert formats.percent(1, 0) == "100%"


def test_day_is_written_out() -> None:
    assert formats.day(date(2026, 11, 23)) == "23 November 2026"
    assert formats.day(date(2026, 8, 1)) == "1 Agustus 2026"
    assert formats.day(None) == "–"


def test_short_day_uses_the_short_months_of_indonesian() -> None:
    written = [formats.short_day(date(2026, number, 2)).split()[1] for number in range(1, 13)]
    assert written == ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]


def test_month_names_its_year() -> None:
    assert formats.month(date(2026, 10, 1)) == "Oktober 2026"


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Pontianak", "pukul 23.30 WIB"),
        ("Asia/Makassar", "pukul 00.30 WITA"),
        ("Asia/Jayapura", "pukul 01.30 WIT"),
        (ZoneInfo("Asia/Makassar"), "pukul 00.30 WITA"),
    ],
)
def test_clock_is_that_of_the_regency(zone: formats.Zone, written: str) -> None:
    assert formats.clock(EVENING, zone) == written


def test_clock_without_a_zone_uses_the_current_one() -> None:
    assert formats.clock(EVENING) == "pukul 23.30 WIB"


def test_clock_of_a_naive_moment_names_no_zone() -> None:
    assert formats.clock(datetime(2026, 11, 23, 14, 5)) == "pukul 14.05"


def test_clock_refuses_a_day_without_time() -> None:
    with pytest.raises(TypeError):
        formats.clock(date(2026, 11, 23))  # type: ignore[arg-type]


def test_day_changes_with_the_zone_of_the_regency() -> None:
    assert formats.day(EVENING, "Asia/Pontianak") == "23 November 2026"
    assert formats.day(EVENING, "Asia/Jayapura") == "24 November 2026"
    assert formats.short_day(EVENING, "Asia/Jayapura") == "24 Nov 2026"
