"""Files as they arrive: each is refused with words that help, or read right; none takes long."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from katingan_portal.spreadsheets.reading import read_table
from katingan_portal.spreadsheets.table import MAX_BYTES, NOT_CALCULATED, CellError, UnreadableSpreadsheet, letter
from tests.spreadsheets import bad_files as files

Builder = Callable[[], bytes]

REFUSED: dict[str, tuple[Builder, str]] = {
    "1 empty": (lambda: b"", "kosong (0 bita)"),
    "2 one byte": (lambda: b"x", "tanpa kolom"),
    "2 one byte P": (lambda: b"P", "tanpa kolom"),
    "2 only the zip mark": (lambda: b"PK", "rusak"),
    "3 text renamed": (lambda: b"Yth. Bapak Bupati\nDengan hormat.\n", "teks biasa tanpa kolom"),
    "4 xls": (lambda: files.cfb("Workbook"), "Excel lama (.xls)"),
    "4 xls without container": (lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(100), "Excel lama (.xls)"),
    "5 xlsb": (lambda: files.zip_of({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}), ".xlsb"),
    "6 ods": (
        lambda: files.zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
        ".ods",
    ),
    "7 html": (lambda: b"\r\n<html><table><tr><td>1</td></tr></table></html>", "HTML"),
    "7 html table": (lambda: b"\xef\xbb\xbf<table><tr><td>1</td></tr></table>", "HTML"),
    "7 xml 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML Spreadsheet 2003",
    ),
    "8 password": (lambda: files.cfb("EncryptionInfo", "EncryptedPackage"), "kata sandi"),
    "9 cut at 90 %": (lambda: files.workbook()[: len(files.workbook()) * 9 // 10], "rusak"),
    "9 cut at half": (lambda: files.workbook()[: len(files.workbook()) // 2], "rusak"),
    "9 cut at 10 %": (lambda: files.workbook()[: len(files.workbook()) // 10], "rusak"),
    "10 trailing garbage": (lambda: files.workbook() + b"garbage", "rusak"),
    "12 two archives in one": (lambda: files.workbook() + files.workbook(), "rusak"),
    "13 duplicate member": (files.with_duplicate_member, "dua bagian bernama sama"),
    "14 parent member": (lambda: files.rezipped(files.workbook(), add={"../x.xml": b"<x/>"}), "menunjuk ke luar"),
    "15 absolute member": (files.with_absolute_member, "menunjuk ke luar"),
    "16 symlink member": (files.with_symlink, "menunjuk ke luar"),
    "17 many members": (lambda: files.many_members(5_000), "jauh lebih besar"),
    "17 claimed members": (files.many_claimed_members, "jauh lebih besar"),
    "18 ratio": (
        lambda: files.rezipped(files.workbook(), add={"xl/media/zeros.bin": bytes(50 << 20)}),
        "jauh lebih besar",
    ),
    "18 unpacks beyond the limit": (
        lambda: files.rezipped(files.workbook(), add={"xl/media/zeros.bin": bytes(101 << 20)}),
        "jauh lebih besar",
    ),
    "18 lying sizes": (files.with_lying_sizes, "rusak"),
    "19 nested zip": (lambda: files.zip_of({"dalam.zip": files.workbook()}), "arsip ZIP biasa"),
    "19 embedded workbook": (
        lambda: files.rezipped(files.workbook(), add={"xl/embeddings/x.xlsx": files.workbook()}),
        "objek tertanam",
    ),
    "20 no content types": (lambda: files.rezipped(files.workbook(), leave_out=("[Content_Types].xml",)), "rusak"),
    "21 no workbook": (lambda: files.rezipped(files.workbook(), leave_out=("xl/workbook.xml",)), "rusak"),
    "22 no shared strings": (lambda: files.rezipped(files.with_shared_string(), leave_out=(files.STRINGS,)), "rusak"),
    "23 string out of range": (
        lambda: files.with_shared_string(number=999),
        "rusak",
    ),
    "24 missing sheet": (lambda: files.rezipped(files.workbook(), leave_out=(files.SHEET,)), "kosong"),
    "25 external file": (lambda: files.external_link("file:///C:/rahasia.xlsx"), "tautan luar"),
    "25 external share": (lambda: files.external_link("\\\\server\\share\\x.xlsx"), "tautan luar"),
    "25 external picture": (lambda: files.external_link("http://contoh/x.png", "image"), "tautan luar"),
    "26 billion laughs": (lambda: files.with_doctype(files.LAUGHS), "DOCTYPE"),
    "27 xxe": (lambda: files.with_doctype(files.XXE), "DOCTYPE"),
    "28 xxe in UTF-16": (lambda: files.with_doctype(files.XXE, "utf-16"), "DOCTYPE"),
    "29 invalid UTF-8": (lambda: files.patched(files.SHEET, b"<sheetData>", b"<sheetData>\xff\xfe\xfd"), "rusak"),
    "30 macros": (lambda: files.rezipped(files.workbook(), add={"xl/vbaProject.bin": b"x"}), "makro"),
    "32 strict": (
        lambda: files.patched(
            "xl/workbook.xml",
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "Strict Open XML",
    ),
    "33 Numbers": (lambda: files.zip_of({"Index/Document.iwa": b"x"}), "Numbers"),
    "33 Word": (lambda: files.zip_of({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "Word"),
    "34 one far cell": (
        lambda: files.workbook(change=lambda book: book.active.__setitem__("XFD1048576", 1)),
        "sel XFD1048576 di lembar Sheet",
    ),
    "36 too many rows": (lambda: files.many_rows(5_030), "5.000 baris"),
    "36 300 000 rows": (lambda: files.many_rows(300_000), "5.000 baris"),
    "36 a million formatted rows": (lambda: files.formatted_empty_rows(1_000_000), "5.000 baris"),
    "37 too many columns": (lambda: files.workbook([range(61), range(61)]), "kolom"),
    "37 half a million cells in one row": (lambda: files.stored(files.one_long_row(500_000)), "kolom"),
    "38 no rows": (lambda: files.workbook([]), "kosong"),
    "39 header only": (lambda: files.workbook(files.ROWS[:1]), "hanya berisi judul"),
    "43 only hidden content": (
        lambda: files.workbook(
            change=lambda book: (
                setattr(book.create_sheet("kosong"), "sheet_state", "visible"),
                setattr(book.worksheets[0], "sheet_state", "veryHidden"),
                setattr(book, "active", 1),
            )
        ),
        "kosong",
    ),
    "44 merged rows": (
        lambda: files.workbook(change=lambda book: book.active.merge_cells("B2:B3")),
        "sel gabungan B2:B3",
    ),
    "64 too long a text": (lambda: b"a,b\n1," + b"x" * 33_000, "32.767 huruf"),
    "65 amplified text": (files.amplified_strings, "terlalu banyak teks"),
    "70 neither UTF nor cp1252": (lambda: b"a;b\n\x81\x8d;2\n", "bukan CSV"),
    "70 binary": (lambda: bytes(range(1, 32)) * 50, "bukan CSV"),
    "70 half a surrogate": (lambda: b"\xff\xfe" + "a;b\n".encode("utf-16-le") + b"\x00\xd8;\x00", "bukan CSV"),
    "72 unclosed quote": (lambda: b'a;b\n1;"dua\n3;4\n', "kutip yang tidak ditutup"),
    "73 stray quote": (lambda: b'a;b\n"satu"x;2\n', "kutip yang salah tempat pada baris 2"),
    "75 one long line": (lambda: b"a,b," * 2_000_000, "terlalu besar|kolom"),
    "75 above the limit": (lambda: b"a," * (MAX_BYTES // 2 + 1), "10 MiB"),
    "76 longer row": (lambda: b"a,b\n1,2\n1,5,2\n", "baris 3 mempunyai 3 kolom"),
    "77 10 000 columns": (lambda: b",".join([b"x"] * 10_000) + b"\n", "kolom"),
    "86 PDF": (lambda: b"%PDF-1.7 ...", "PDF"),
    "86 photo": (lambda: b"\xff\xd8\xff\xe0....", "foto"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_file_is_refused_with_words_that_help(case: str) -> None:
    build, words = REFUSED[case]
    content, started = build(), time.monotonic()
    with pytest.raises(UnreadableSpreadsheet) as refusal:
        read_table(content, "Rekap Kamipang.xlsx")
    assert any(each in refusal.value.message for each in words.split("|")), refusal.value.message
    assert "Rekap Kamipang.xlsx" in refusal.value.message
    assert time.monotonic() - started < 20


def test_reader_stays_below_half_a_gigabyte() -> None:
    """Over the whole corpus, from a process of its own: what else this worker started does not count as a reader."""
    program = (
        "import os, resource, django\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'katingan_portal.settings'); django.setup()\n"
        "from contextlib import suppress\n"
        "from katingan_portal.spreadsheets.reading import read_table\n"
        "from katingan_portal.spreadsheets.table import UnreadableSpreadsheet\n"
        "from tests.spreadsheets.test_reading import REFUSED\n"
        "for build, _ in REFUSED.values():\n"
        "    with suppress(UnreadableSpreadsheet):\n"
        "        read_table(build(), 'Rekap.xlsx')\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    root = __file__.rsplit("/tests/", 1)[0]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout) < 512 * 1024


def test_limits_are_really_set() -> None:
    """A reader that eats memory or writes a file is stopped, not only asked."""
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "import types; p = types.ModuleType('katingan_portal'); p.__path__ = ['katingan_portal']\n"
        "sys.modules['katingan_portal'] = p\n"
        "from katingan_portal.spreadsheets.confined import confine\nconfine(512)\n"
        "try:\n    bytearray(600 << 20); print('memory')\nexcept MemoryError: pass\n"
        "try:\n    f = open('/tmp/limit_probe', 'wb', buffering=0); f.write(b'x'); print('file')\n"
        "except OSError: pass\n"
        "try:\n    fs = [open('/dev/null') for _ in range(40)]; print('descriptors')\nexcept OSError: pass\n"
    )
    root = __file__.rsplit("/tests/", 1)[0]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_entity_expansion_is_refused_by_openpyxl_too() -> None:
    assert openpyxl.DEFUSEDXML is True


def test_workbook_is_read_with_its_places() -> None:
    table = read_table(files.workbook(), "rekap.xlsx")
    assert (table.sheet, table.header_row, table.header) == ("Sheet", 1, ("Kode", "Nama", "Jumlah"))
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ("62.06.01.2001", "Galinggang", 5)),
        (3, ("62.06.01.2002", "Tampelas", 7)),
    ]
    assert table.where(3, 2) == "lembar Sheet, baris 3, kolom C"


def test_content_decides_the_type_and_not_the_name() -> None:
    assert read_table(files.workbook(), "rekap.csv").header == ("Kode", "Nama", "Jumlah")
    assert read_table(b"Kode;Nama\n1;a\n", "rekap.xlsx").header == ("Kode", "Nama")


def test_false_dimension_is_not_believed() -> None:
    content = files.patched(files.SHEET, b'<dimension ref="A1:C3"', b'<dimension ref="A1:A1"')
    assert read_table(content, "x.xlsx").rows[1].cells == ("62.06.01.2002", "Tampelas", 7)


def test_zip64_is_read() -> None:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files.workbook())) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as member:
                member.write(old.read(name))
    assert len(read_table(stream.getvalue(), "x.xlsx").rows) == 2


def test_web_links_in_cells_are_only_text() -> None:
    def link(book: openpyxl.Workbook) -> None:
        book.active["B2"].hyperlink = "https://contoh.go.id/x"

    assert read_table(files.workbook(change=link), "x.xlsx").rows[0].cells[1] == "Galinggang"


def test_header_is_found_below_titles_and_on_the_right_sheet() -> None:
    def more(book: openpyxl.Workbook) -> None:
        book.active.title = "Sampul"
        sheet = book.create_sheet("Rekap")
        for row in (
            ["REKAPITULASI KECAMATAN"],
            ["Bulan", "November"],
            [],
            ["No", "Desa/Kel", "NIB"],
            [1, "Galinggang", "x"],
        ):
            sheet.append(row)

    table = read_table(files.workbook(change=more), "x.xlsx", expected=["Desa / Kel", "N.I.B."])
    assert (table.sheet, table.header_row, table.rows[0].number) == ("Rekap", 4, 5)
    assert table.notes == ("Berkas berisi 2 lembar; yang dibaca hanya lembar Rekap.",)


def test_header_of_two_tiers_is_put_together() -> None:
    def tiers(book: openpyxl.Workbook) -> None:
        book.active.merge_cells("A1:A2")
        book.active.merge_cells("B1:C1")

    content = files.workbook([["Desa", "Anggota", None], [None, "L", "P"], ["Galinggang", 3, 4]], tiers)
    table = read_table(content, "x.xlsx")
    assert table.header == ("Desa", "Anggota L", "Anggota P")
    assert [row.number for row in table.rows] == [3]


def test_header_loses_line_breaks_and_hard_blanks() -> None:
    table = read_table(files.workbook([["Nama\nDesa", "Simpanan\u00a0pokok"], ["a", 1]]), "x.xlsx")
    assert table.header == ("Nama Desa", "Simpanan pokok")


def test_hidden_rows_are_read_and_told() -> None:
    def hide(book: openpyxl.Workbook) -> None:
        book.active.row_dimensions[3].hidden = True

    table = read_table(files.workbook(change=hide), "x.xlsx")
    assert [row.number for row in table.rows] == [2, 3]
    assert table.notes == ("1 baris tersembunyi ikut dibaca: baris 3.",)


def test_errors_and_formulas_without_a_result_are_told_apart_from_empty_cells() -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        book.active["C2"] = "#REF!"
        book.active["C3"] = "=1+1"

    table = read_table(files.workbook(change=spoil), "x.xlsx")
    assert list(table.errors()) == [(2, 2, CellError("#REF!")), (3, 2, NOT_CALCULATED)]


def test_dates_come_as_dates_in_both_date_systems() -> None:
    assert read_table(files.workbook(change=files.year_1904), "x.xlsx").rows[0].cells[3] == datetime(2025, 5, 16)
    assert read_table(files.workbook(change=files.moment), "x.xlsx").rows[0].cells[3] == datetime(2025, 5, 16, 14, 5)
    assert date(2025, 5, 16) == datetime(2025, 5, 16).date()


def test_numbers_keep_what_they_are() -> None:
    def percent(book: openpyxl.Workbook) -> None:
        book.active["B2"].number_format = "0.00%"

    content = files.workbook([list("abcde"), [62.06, 0.4546, 1234567.1, 123456789012345, True]], percent)
    cells = read_table(content, "x.xlsx").rows[0].cells
    assert cells == (Decimal("62.06"), "45,46%", Decimal("1234567.1"), 123456789012345, True)


def test_numbers_rounded_by_excel_stay_recognisable() -> None:
    content = files.patched(files.SHEET, b"<v>5</v>", b"<v>1.2345678901234568E+17</v>")
    assert isinstance(read_table(content, "x.xlsx").rows[0].cells[2], Decimal)


@pytest.mark.parametrize(
    "content",
    [
        "Kode;Nama\n62.06;Sungai é\n".encode(),
        "\ufeffKode;Nama\n62.06;Sungai é\n".encode(),
        "Kode;Nama\n62.06;Sungai é\n".encode("utf-16"),
        "Kode;Nama\n62.06;Sungai é\n".encode("utf-16-be"),
        "Kode;Nama\n62.06;Sungai é\n".encode("cp1252"),
        "Kode\tNama\r\n62.06\tSungai é\r\n".encode(),
        "Kode,Nama\r62.06,Sungai é\r".encode(),
        "sep=;\r\nKode;Nama\r\n62.06;Sungai é\r\n".encode(),
        "Kode,Nama\r\n62.06,Sungai é\n".encode(),
        '"Kode";"Nama"\n"62.06";"Sungai é"'.encode(),
    ],
    ids=["utf8", "bom", "utf16", "utf16be", "cp1252", "tab", "cr", "sep", "mixed", "quoted"],
)
def test_csv_is_read_in_the_shapes_it_comes_in(content: bytes) -> None:
    table = read_table(content, "x.csv")
    assert (table.header, table.rows[0].number, table.rows[0].cells) == (("Kode", "Nama"), 2, ("62.06", "Sungai é"))


def test_csv_with_decimal_commas_is_split_at_its_semicolons() -> None:
    table = read_table(b"a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n", "x.csv")
    assert table.rows[0].cells == ("1,5", "2,5", "3,5")


def test_csv_counts_rows_as_excel_does() -> None:
    table = read_table(b'a;b\n\n"dua\nbaris";1\nx;y\n', "x.csv")
    assert [row.number for row in table.rows] == [3, 4]


def test_file_name_is_shown_without_tricks() -> None:
    with pytest.raises(UnreadableSpreadsheet) as refusal:
        read_table(b"", "../../etc/\u202egpj.exe\n.xlsx")
    assert "“gpj.exe.xlsx”" in refusal.value.message


def test_letters_of_columns() -> None:
    assert [letter(each) for each in (0, 25, 26, 51, 59, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BH",
        "ZZ",
        "AAA",
        "XFD",
    ]
