"""From a cell to a value, or a BadValue that says in Indonesian what is wrong and how to mend it. Pure.

An empty cell is None everywhere; whether that may be is for the caller. What can be read in two ways is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from katingan_portal.spreadsheets.table import NOT_CALCULATED, Cell, CellError


class BadValue(ValueError):
    """The cell does not hold what its column asks for. The message is Indonesian, for the user."""


# --- text ---

FORMULA_SIGNS = "=+-@\t\r\n\0＝＋－＠"
# What Excel and its kin skip before they look for a formula.
SKIPPED = " \u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff\u00ad"
STARTS_FORMULA = re.compile(f"[{SKIPPED}]*[{re.escape(FORMULA_SIGNS)}]")
_INVISIBLE = {"Cf", "Cc", "Cs", "Co"}


def text(cell: Cell, *, max_length: int = 0) -> str:
    """One clean line: NFC, no invisible or control characters, single blanks. An empty cell is ""."""
    if cell is None:
        return ""
    _refuse_error(cell)
    clean = clean_text(_as_text(cell))
    if max_length and len(clean) > max_length:
        raise BadValue(f"Teks ini {len(clean)} huruf, sedangkan batasnya {max_length}. Ringkaslah.")
    return clean


def clean_text(raw: str) -> str:
    """Hard blanks become blanks; zero-width signs, direction marks, control characters and surrogates go.

    The apostrophe that our own exports put before a formula sign goes too, so that an export reads back as it was.
    """
    bare = raw[1:] if raw.startswith("'") and STARTS_FORMULA.match(raw[1:]) else raw
    spaced = "".join(" " if _is_space(each) else each for each in bare)
    visible = "".join(each for each in spaced if unicodedata.category(each) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _is_space(each: str) -> bool:
    return each in "\t\r\n\v\f\x85" or unicodedata.category(each) in ("Zs", "Zl", "Zp")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "Ya" if cell else "Tidak"
    if isinstance(cell, datetime | date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    return str(cell)


def _refuse_error(cell: Cell) -> None:
    if cell == NOT_CALCULATED:
        raise BadValue(
            "Sel ini berisi rumus yang belum dihitung. Buka dan simpan berkasnya di Excel, atau tempel nilainya."
        )
    if isinstance(cell, CellError):
        raise BadValue(f"Sel ini berisi galat Excel {cell.code}. Perbaiki rumusnya atau tulis nilainya langsung.")


def _typed(cell: Cell) -> str:
    """What stands in a text cell, or "" for an empty one and for a dash, which means the same."""
    written = text(cell)
    return "" if written in ("-", "–", "—") else written


# --- dates ---

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january",
            "februari feb pebruari peb february",
            "maret mar march mrt",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "agustus agu agt ags agust aug august",
            "september sep sept",
            "oktober okt oct october",
            "november nov nopember nop",
            "desember des dec december",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS = r"(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)"
EARLIEST, LATEST = date(1945, 1, 1), date(2100, 12, 31)
EXCEL_EPOCH = date(1899, 12, 30)
HOW_DATES = "Tulis hari/bulan/tahun, misalnya 23/11/2026 atau 23 November 2026."


def day(cell: Cell, *, earliest: date = EARLIEST, latest: date = LATEST) -> date | None:
    """A date, always day before month. Raises BadValue for the US order and for implausible years."""
    found = _day(cell)
    if found is not None and not earliest <= found <= latest:
        raise BadValue(
            f"Tanggal {found:%d/%m/}{found.year:04d} tidak masuk akal di sini (yang diterima {earliest:%d/%m/%Y} "
            f"sampai {latest:%d/%m/%Y}). Periksa tahunnya."
        )
    return found


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise BadValue(f"Ini bukan tanggal. {HOW_DATES}")
    if isinstance(cell, int | Decimal):
        return _serial(cell)
    written = _typed(cell)
    return _written_day(written) if written else None


def _serial(number: int | Decimal) -> date:
    """Days since the turn of the century as Excel counts them; 10000 is in 1927, 80000 in 2119."""
    if not (isinstance(number, int) or number.is_finite()) or not 10_000 <= number <= 80_000:
        raise BadValue(f"“{number}” bukan tanggal. {HOW_DATES}")
    return EXCEL_EPOCH + timedelta(days=int(number))


def _written_day(written: str) -> date:
    plain = re.sub(rf"^{WEEKDAYS}\s*,?\s+", "", written.casefold())
    plain = re.sub(r"^(tanggal|tgl)\b[.:]?\s*", "", plain)
    plain = re.sub(r"[ t](pukul\s*)?\d{1,2}[.:]\d{2}([.:]\d{2}(\.\d+)?)?( ?(wib|wita|wit|z))?$", "", plain)
    if re.fullmatch(r"[0-9]{5}", plain):
        return _serial(int(plain))
    if iso := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", plain):
        return _built(written, int(iso[1]), int(iso[2]), int(iso[3]))
    if numeric := re.fullmatch(r"([0-9]{1,2}) ?[-/. ] ?([0-9]{1,2}) ?[-/. ] ?([0-9]{4}|[0-9]{2})", plain):
        return _built(written, _year(numeric[3]), int(numeric[2]), int(numeric[1]))
    if worded := re.fullmatch(r"([0-9]{1,2})[-/. ]*([a-z]+)[-/., ]*([0-9]{4}|[0-9]{2})", plain):
        return _built(written, _year(worded[3]), _month(worded[2], written), int(worded[1]))
    if re.fullmatch(r"[a-z]+\.? [0-9]{1,2}(st|nd|rd|th)?,? [0-9]{4}", plain) and plain.split()[0].strip(".") in MONTHS:
        raise BadValue(f"“{written}” ditulis dengan bulan di depan. {HOW_DATES}")
    raise BadValue(f"“{_short(written)}” bukan tanggal yang dikenali. {HOW_DATES}")


def _built(written: str, year: int, month: int, day_of_month: int) -> date:
    if month > 12 and day_of_month <= 12:
        raise BadValue(
            f"“{written}” tampaknya ditulis bulan/hari/tahun. Urutan di Indonesia hari/bulan/tahun: "
            f"{month:02d}/{day_of_month:02d}/{year}."
        )
    try:
        return date(year, month, day_of_month)
    except ValueError as error:
        raise BadValue(f"Tanggal “{written}” tidak ada di kalender. {HOW_DATES}") from error


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _month(name: str, written: str) -> int:
    if name not in MONTHS:
        raise BadValue(f"Nama bulan pada “{_short(written)}” tidak dikenali. {HOW_DATES}")
    return MONTHS[name]


def _short(written: str) -> str:
    return written if len(written) <= 40 else f"{written[:39]}…"


# --- numbers ---

MAXIMUM = 10**15 - 1
HOW_NUMBERS = "Tulis dengan titik untuk ribuan dan koma untuk desimal, misalnya 1.234.567,89."


def decimal_number(
    cell: Cell, *, allow_negative: bool = False, decimals: int | None = None, maximum: int = MAXIMUM
) -> Decimal | None:
    """A number written the Indonesian way. decimals: how many the column keeps; more are refused, not rounded."""
    number = _number(cell)
    if number is None:
        return None
    if number < 0 and not allow_negative:
        raise BadValue("Angka ini negatif, padahal di kolom ini tidak boleh kurang dari 0.")
    if abs(number) > maximum:
        raise BadValue("Angka ini terlalu besar untuk kolom ini. Periksa apakah ada digit yang berlebih.")
    exponent = number.normalize().as_tuple().exponent
    if decimals is not None and isinstance(exponent, int) and -exponent > decimals:
        wanted = "tanpa desimal" if decimals == 0 else f"paling banyak {decimals} angka di belakang koma"
        raise BadValue(f"Angka ini harus {wanted}.")
    return number + 0


def whole_number(cell: Cell, *, allow_negative: bool = False, maximum: int = MAXIMUM) -> int | None:
    number = decimal_number(cell, allow_negative=allow_negative, decimals=0, maximum=maximum)
    return None if number is None else int(number)


def whole_rupiah(cell: Cell, *, allow_negative: bool = False, maximum: int = MAXIMUM) -> int | None:
    """Whole rupiah; sen other than ",00" are refused."""
    number = decimal_number(cell, allow_negative=allow_negative, maximum=maximum)
    if number is not None and number != number.to_integral_value():
        raise BadValue("Jumlah rupiah harus bulat, tanpa sen.")
    return None if number is None else int(number)


def percentage(cell: Cell) -> Decimal | None:
    """Percent points, 0 to 100: "45,46%" → 45.46. A bare 0,5 may mean 0,5% or 50% and is refused."""
    written = _typed(cell) if isinstance(cell, str) else ""
    has_sign = written.endswith("%") or written.casefold().endswith("persen")
    number = _number(re.sub(r"\s*(%|persen)$", "", written, flags=re.IGNORECASE) if has_sign else cell)
    if number is None:
        return None
    if not has_sign and 0 < number <= 1:
        raise BadValue("Tidak jelas apakah ini pecahan atau persen. Tulis dengan tanda %, misalnya 50%.")
    if not 0 <= number <= 100:
        raise BadValue("Persen harus antara 0% dan 100%.")
    return number


def _number(cell: Cell) -> Decimal | None:
    if isinstance(cell, bool | date):
        raise BadValue(f"Ini bukan angka. {HOW_NUMBERS}")
    if isinstance(cell, int | Decimal):
        number = Decimal(cell)
        if not number.is_finite():
            raise BadValue(f"“{cell}” bukan angka yang dapat dihitung. {HOW_NUMBERS}")
        return number
    written = _typed(cell)
    return _written_number(written) if written else None


def _written_number(written: str) -> Decimal:
    digits, is_negative = _bare_digits(written)
    if re.fullmatch(r"[0-9]+", digits) or re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?", digits):
        pass
    elif re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", digits):
        raise BadValue(f"“{written}” dapat berarti ribuan atau desimal. {HOW_NUMBERS}")
    elif re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", digits) and not digits.startswith("0,"):
        raise BadValue(f"“{written}” ditulis dengan koma untuk ribuan (cara Inggris). {HOW_NUMBERS}")
    elif re.fullmatch(r"[0-9]+\.[0-9]+", digits):
        raise BadValue(f"“{written}” memakai titik untuk desimal, atau titik ribuannya salah tempat. {HOW_NUMBERS}")
    elif re.fullmatch(r"[0-9]+([.,][0-9]+)?e[+-]?[0-9]+", digits.casefold()):
        raise BadValue(f"“{written}” ditulis dengan notasi ilmiah. Tulis semua digitnya.")
    elif not re.fullmatch(r"[0-9]+,[0-9]+", digits):
        raise BadValue(f"“{_short(written)}” bukan angka. {HOW_NUMBERS}")
    if len(digits) > 40:
        raise BadValue("Angka ini terlalu panjang. Periksa apakah ada digit yang berlebih.")
    number = Decimal(digits.replace(".", "").replace(",", "."))
    return -number if is_negative else number


def _bare_digits(written: str) -> tuple[str, bool]:
    """ "(Rp 1.000,-)" → ("1.000", True)"""
    plain = written.replace("−", "-")
    in_brackets = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if in_brackets else plain
    before, plain = _without_minus(plain.strip())
    plain = re.sub(r"^(rp|idr)\.?\s*", "", plain, flags=re.IGNORECASE)
    after, plain = _without_minus(plain)
    plain = re.sub(r"[,.]-+$", "", plain).replace(" ", "")
    return plain, in_brackets or before or after


def _without_minus(plain: str) -> tuple[bool, str]:
    return plain.startswith("-"), plain.removeprefix("-").strip()


# --- yes or no ---

YES = {"ya", "y", "yes", "true", "benar", "sudah", "ada", "1", "✓", "✔", "☑", "v", "√"}
NO = {"tidak", "tdk", "no", "n", "false", "salah", "belum", "blm", "tidak ada", "belum ada", "0", "✗", "✘"}


def yes_no(cell: Cell) -> bool | None:
    """A lone x is refused: some cross what is there, others what is not."""
    if isinstance(cell, bool):
        return cell
    written = text(cell).casefold()
    if not written:
        return None
    if written in YES or written in NO:
        return written in YES
    if written in ("x", "×"):
        raise BadValue("Tanda x dapat berarti ya atau tidak. Tulis Ya atau Tidak.")
    raise BadValue(f"“{_short(written)}” bukan jawaban ya atau tidak. Tulis Ya atau Tidak.")


# --- codes and numbers that identify ---

LEVELS = {
    "regency": (r"\d\d\.\d\d", "kabupaten", "62.06"),
    "subdistrict": (r"\d\d\.\d\d\.\d\d", "kecamatan", "62.06.01"),
    "village": (r"\d\d\.\d\d\.\d\d\.[12]\d\d\d", "desa/kelurahan", "62.06.01.2001"),
}


def kemendagri_code(cell: Cell, *, level: str = "village", within: str = "") -> str:
    """A dotted Kemendagri code; "" for an empty cell. level: regency, subdistrict or village.

    Digits without dots are never dotted here: BPS uses the same digits for other places (BPS 6206 is not Katingan).
    within: the code of the regency or subdistrict it must lie in.
    """
    pattern, label, example = LEVELS[level]
    if isinstance(cell, int | Decimal | date) and not isinstance(cell, bool):
        raise BadValue(
            f"Kode {label} ini tersimpan sebagai angka atau tanggal, sehingga titik atau nol di dalamnya bisa hilang. "
            f"Ubah format kolom menjadi Teks, lalu tulis ulang dengan titik, misalnya {example}."
        )
    written = _typed(cell).replace(" ", "")
    if not written:
        return ""
    if re.fullmatch(r"[0-9]{4,10}", written):
        raise BadValue(
            f"“{written}” tanpa titik: bisa kode BPS, yang angkanya sama tetapi menunjuk wilayah lain. "
            f"Tulis kode Kemendagri dengan titik, misalnya {example}."
        )
    if not re.fullmatch(pattern, written, re.ASCII):
        raise BadValue(f"“{_short(written)}” bukan kode {label} Kemendagri. Bentuknya {example}.")
    if within and not written.startswith(f"{within}."):
        raise BadValue(f"Kode {written} di luar wilayah {within}.")
    return written


def digits(cell: Cell, *, lengths: Collection[int], what: str) -> str:
    """An identifying number (NPWP, NIK, NIB) as its digits; "" for an empty cell.

    lengths: how many digits it may have. Raises BadValue where Excel has rounded digits or dropped zeros.
    """
    advice = f"Ubah format kolom menjadi Teks, lalu salin ulang {what} dari dokumen aslinya."
    if isinstance(cell, Decimal) or (isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**15):
        raise BadValue(f"Digit {what} hilang: Excel menyimpannya sebagai angka dan membulatkannya. {advice}")
    if isinstance(cell, bool | date):
        raise BadValue(f"Ini bukan {what}. {advice}")
    written = re.sub(r"[ .\-/]", "", _typed(cell))
    if not written:
        return ""
    if re.fullmatch(r"[0-9]+(,[0-9]+)?e\+?[0-9]+", written.casefold()):
        raise BadValue(f"Digit {what} hilang: tersimpan sebagai “{_typed(cell)}”. {advice}")
    wanted = " atau ".join(str(length) for length in sorted(lengths))
    if not re.fullmatch(r"[0-9]+", written):
        raise BadValue(f"{what} hanya boleh berisi angka ({wanted} digit).")
    if len(written) in lengths:
        return written
    if isinstance(cell, int) and len(written) < min(lengths):
        raise BadValue(f"{what} ini {len(written)} digit, seharusnya {wanted}: nol di depan mungkin hilang. {advice}")
    raise BadValue(f"{what} ini {len(written)} digit, seharusnya {wanted}. Periksa kembali.")
