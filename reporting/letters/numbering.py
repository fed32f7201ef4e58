"""The pattern of a letter's number. Pure: what a district writes is read sign by sign and never run."""

from __future__ import annotations

import re
from datetime import date

ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
TOKEN = re.compile(r"\{([^{}]*)\}")
NUMBER = re.compile(r"nomor(?::([1-6]))?")
ALLOWED = re.compile(r"[A-Za-z0-9 ./\-]*")
LONGEST = 100
WIDEST_NUMBER = 6
DEFAULT_PATTERNS = {
    "teguran": "500.3/{nomor:3}/{unit}/{bulan_romawi}/{tahun}",
    "nota_dinas": "500.3/ND-{nomor:3}/{unit}/{bulan_romawi}/{tahun}",
}


class PatternRefused(Exception):
    """The pattern cannot give numbers; the message is for the user."""


def written(pattern: str, *, number: int, on: date, unit: str) -> str:
    """ "500.3/{nomor:3}/{unit}/{bulan_romawi}/{tahun}" → "500.3/007/DKUKMP/XI/2026". Raises PatternRefused."""
    check(pattern)
    words = {
        "unit": unit,
        "bulan": f"{on.month:02d}",
        "bulan_romawi": ROMAN_MONTHS[on.month - 1],
        "tahun": str(on.year),
    }

    def value(token: re.Match[str]) -> str:
        counted = NUMBER.fullmatch(token[1])
        return f"{number:0{counted[1] or 1}d}" if counted else words[token[1]]

    full = TOKEN.sub(value, pattern)
    if len(full) > LONGEST:
        raise PatternRefused("Nomor menurut pola ini lebih dari 100 huruf.")
    return full


def check(pattern: str) -> None:
    """Raises PatternRefused. Number and year must be in it: numbers begin again each year, and twins must not."""
    tokens = TOKEN.findall(pattern)
    unknown = [each for each in tokens if not NUMBER.fullmatch(each) and each not in _WORDS]
    if unknown:
        raise PatternRefused(f"{{{unknown[0]}}} tidak dikenal. Yang bisa dipakai: {_KNOWN}.")
    if not ALLOWED.fullmatch(TOKEN.sub("", pattern)):
        raise PatternRefused("Selain tanda di atas, pakailah huruf, angka, titik, garis miring, dan tanda hubung.")
    if len(TOKEN.sub(lambda token: "0" * _WIDEST.get(token[1], WIDEST_NUMBER), pattern)) > LONGEST:
        raise PatternRefused("Pola ini terlalu panjang: nomornya bisa lebih dari 100 huruf.")
    if sum(bool(NUMBER.fullmatch(each)) for each in tokens) != 1:
        raise PatternRefused("Pola harus memuat {nomor} tepat satu kali.")
    if "tahun" not in tokens:
        raise PatternRefused("Pola harus memuat {tahun}, sebab nomor mulai lagi setiap Januari.")


# An office's short name may have 60 letters, the longest month is VIII.
_WIDEST = {"unit": 60, "bulan": 2, "bulan_romawi": 4, "tahun": 4}
_WORDS = tuple(_WIDEST)
_KNOWN = ", ".join(["{nomor}", "{nomor:3}", *(f"{{{each}}}" for each in _WORDS)])
