"""How figures, money and moments are written in Indonesian.

One place for screen, mail, letter and export. Nothing here depends on the active language, so a mail
written by a worker reads the same as the page. What is unknown (None or "") is written as a dash.
"""

from datetime import date, datetime, tzinfo
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

UNKNOWN = "–"
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")

Number = int | float | Decimal
Moment = date | datetime
Zone = str | tzinfo | None


def number(value: Number | None, decimals: int | None = None) -> str:
    """1234567.89 → "1.234.567,89"; without `decimals`, up to two and no trailing zeros."""
    if value is None or value == "":
        return UNKNOWN
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-(2 if decimals is None else decimals)), ROUND_HALF_UP)
    if decimals is None and rounded == rounded.to_integral_value():
        rounded = rounded.to_integral_value()
    elif decimals is None:
        rounded = rounded.normalize()
    # Adding zero turns a rounded "-0" into "0".
    return f"{rounded + 0:,f}".translate(str.maketrans(",.", ".,"))


def rupiah(value: Number | None) -> str:
    """2057007000 → "Rp2.057.007.000"; sen are written only where there are any."""
    written = number(value)
    if written == UNKNOWN:
        return UNKNOWN
    sign, digits = ("-", written[1:]) if written.startswith("-") else ("", written)
    return f"{sign}Rp{digits}"


def percent(ratio: Number | None, decimals: int | None = None) -> str:
    """0.4546 → "45,46%". A ratio short of one never reads as 100%: one missing report must stay visible."""
    if ratio is None or ratio == "":
        return UNKNOWN
    hundredfold = Decimal(str(ratio)) * 100
    places = 2 if decimals is None else decimals
    written = number(hundredfold, decimals)
    if hundredfold < 100 and written == number(100, decimals):
        written = number(hundredfold.quantize(Decimal(1).scaleb(-places), ROUND_DOWN), decimals)
    return f"{written}%"


def day(value: Moment | None, zone: Zone = None) -> str:
    """23 November 2026"""
    if not value:
        return UNKNOWN
    local = _local(value, zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def short_day(value: Moment | None, zone: Zone = None) -> str:
    """23 Nov 2026"""
    if not value:
        return UNKNOWN
    local = _local(value, zone)
    return f"{local.day} {SHORT_MONTHS[local.month - 1]} {local.year}"


def month(value: Moment | None, zone: Zone = None) -> str:
    """November 2026"""
    if not value:
        return UNKNOWN
    local = _local(value, zone)
    return f"{MONTHS[local.month - 1]} {local.year}"


def clock(value: datetime | None, zone: Zone = None) -> str:
    """pukul 14.05 WIB; the zone's name is left out where the moment carries none."""
    if not value:
        return UNKNOWN
    local = _local(value, zone)
    if not isinstance(local, datetime):
        raise TypeError(f"a time of day needs a datetime, not {type(value).__name__}")
    return f"pukul {local:%H.%M} {local.tzname() or ''}".rstrip()


def _local(value: Moment, zone: Zone) -> Moment:
    if not isinstance(value, datetime) or timezone.is_naive(value):
        return value
    place = ZoneInfo(zone) if isinstance(zone, str) and zone else zone
    return timezone.localtime(value, place or None)
