"""What a file really is, told from its bytes, and whether it is safe to open. Runs inside the reader process."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Literal
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from katingan_portal.spreadsheets.table import UnreadableSpreadsheet

MAX_MEMBERS = 200
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 100
# Below this a high ratio is harmless: an empty sheet with formatting packs better than 1 : 100.
RATIO_COUNTS_FROM = 1024 * 1024

CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_AS = "Buka di Excel, pilih Simpan Sebagai (Save As), jenis “Excel Workbook (.xlsx)”, lalu unggah lagi."
DAMAGED = f"Berkas ini rusak atau tidak lengkap, mungkin terputus sewaktu dikirim. {SAVE_AS}"
BOMB = "Berkas ini memuat isi termampat yang jauh lebih besar daripada lembar kerja biasa, jadi tidak dibuka."
TOO_MUCH = f"{BOMB} Salin tabelnya saja ke buku kerja baru, lalu unggah itu."

OTHER_FILES = (
    (b"%PDF", "Berkas ini adalah dokumen PDF, bukan lembar kerja. Mintalah berkas Excel aslinya (.xlsx)."),
    (b"\xff\xd8\xff", "Berkas ini adalah foto (JPEG), bukan lembar kerja. Unggah berkas Excel-nya (.xlsx)."),
    (b"\x89PNG", "Berkas ini adalah gambar (PNG), bukan lembar kerja. Unggah berkas Excel-nya (.xlsx)."),
    (b"GIF8", "Berkas ini adalah gambar (GIF), bukan lembar kerja. Unggah berkas Excel-nya (.xlsx)."),
    (b"Rar!", "Berkas ini adalah arsip RAR. Ekstrak dahulu, lalu unggah berkas .xlsx di dalamnya."),
    (b"7z\xbc\xaf", "Berkas ini adalah arsip 7z. Ekstrak dahulu, lalu unggah berkas .xlsx di dalamnya."),
    (b"\x1f\x8b", "Berkas ini adalah arsip GZIP. Ekstrak dahulu, lalu unggah berkas .xlsx di dalamnya."),
    (b"{\\rtf", f"Berkas ini adalah dokumen teks (RTF), bukan lembar kerja. {SAVE_AS}"),
)
OLD_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")


def kind_of(content: bytes) -> Literal["xlsx", "text"]:
    """ "xlsx" for a workbook that passed every check, "text" for what may be CSV; everything else is refused."""
    if content.startswith(b"PK"):
        examine_zip(content)
        return "xlsx"
    if content.startswith(CFB):
        raise UnreadableSpreadsheet(_about_cfb(content))
    if content.startswith(OLD_BIFF):
        raise UnreadableSpreadsheet(f"Berkas ini berformat Excel lama (.xls). {SAVE_AS}")
    for magic, message in OTHER_FILES:
        if content.startswith(magic):
            raise UnreadableSpreadsheet(message)
    _refuse_markup(content)
    return "text"


def _about_cfb(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        return (
            "Berkas ini dilindungi kata sandi, jadi portal tidak dapat membacanya. Di Excel: Berkas (File) → Info → "
            "Lindungi Buku Kerja → Enkripsi dengan Kata Sandi, kosongkan kata sandinya, simpan, lalu unggah lagi."
        )
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return f"Berkas ini berformat Excel lama (.xls). {SAVE_AS}"
    return f"Berkas ini bukan berkas Excel .xlsx, melainkan dokumen Office lama. {SAVE_AS}"


def _refuse_markup(content: bytes) -> None:
    start = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise UnreadableSpreadsheet(f"Berkas ini berformat “XML Spreadsheet 2003”. {SAVE_AS}")
    if re.match(rb"<(!doctype html|html|head|body|table|meta|div|style|!--)", start) or b"<html" in start[:1024]:
        raise UnreadableSpreadsheet(
            f"Berkas ini bukan berkas Excel, melainkan halaman web (HTML) yang diberi nama seperti Excel. {SAVE_AS}"
        )
    if start.startswith(b"<"):
        raise UnreadableSpreadsheet(f"Berkas ini berisi XML, bukan lembar kerja. {SAVE_AS}")


def examine_zip(content: bytes, refuse: Callable[[zipfile.ZipFile, set[str]], None] | None = None) -> None:
    """Refuse what is no .xlsx, what would unpack too large, and whatever reaches outside the file.

    refuse: asked instead of "is it an .xlsx?", for other documents of Office.
    """
    examine_directory(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _examine_members(members, len(content))
            (refuse or _refuse_relatives)(archive, {member.filename for member in members})
            _examine_parts(archive, members)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ParseError, KeyError, ValueError, OSError) as error:
        raise UnreadableSpreadsheet(DAMAGED) from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnreadableSpreadsheet(DAMAGED) from error
    except DefusedXmlException as error:
        raise UnreadableSpreadsheet(_DECLARES_ENTITIES) from error


_DECLARES_ENTITIES = (
    f"Berkas ini memuat deklarasi XML (DOCTYPE) yang tidak pernah ditulis Excel, jadi tidak dibuka. {SAVE_AS}"
)


def examine_directory(content: bytes) -> None:
    """The count of members is read before zipfile builds an object for each of a million."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 22:
        raise UnreadableSpreadsheet(DAMAGED)
    members, size, offset, comment = struct.unpack("<HIIH", content[end + 10 : end + 22])
    if end + 22 + comment != len(content):
        raise UnreadableSpreadsheet(DAMAGED)
    is_zip64 = content[end - 20 : end - 16] == b"PK\x06\x07"
    if is_zip64:
        members = max(members if members != 0xFFFF else 0, _zip64_members(content, end))
    elif offset + size != end:
        raise UnreadableSpreadsheet(DAMAGED)
    if members > MAX_MEMBERS or content.count(b"PK\x01\x02") > 2 * MAX_MEMBERS:
        raise UnreadableSpreadsheet(TOO_MUCH)


def _zip64_members(content: bytes, end: int) -> int:
    record = content.rfind(b"PK\x06\x06", 0, end)
    if record < 0 or len(content) < record + 40:
        raise UnreadableSpreadsheet(DAMAGED)
    return int(struct.unpack("<Q", content[record + 32 : record + 40])[0])


def _examine_members(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnreadableSpreadsheet(TOO_MUCH)
    names = [member.filename.lower() for member in members]
    if len(set(names)) != len(names):
        raise UnreadableSpreadsheet(f"Berkas ini memuat dua bagian bernama sama, jadi isinya tidak pasti. {SAVE_AS}")
    if any(_reaches_outside(member) for member in members):
        raise UnreadableSpreadsheet(f"Berkas ini memuat nama bagian yang menunjuk ke luar berkas. {SAVE_AS}")
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableSpreadsheet("Berkas ini dilindungi kata sandi. Simpan tanpa kata sandi, lalu unggah lagi.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * packed):
        raise UnreadableSpreadsheet(TOO_MUCH)


def _reaches_outside(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename.replace("\\", "/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return is_link or name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/")


def _refuse_relatives(archive: zipfile.ZipFile, names: set[str]) -> None:
    """Other documents that are zip archives too, each with its own way out."""
    if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:100]:
        raise UnreadableSpreadsheet(f"Berkas ini berformat OpenDocument (.ods). {SAVE_AS}")
    if "Index/Document.iwa" in names or "Index.zip" in names:
        raise UnreadableSpreadsheet("Berkas ini dari Apple Numbers. Pilih File → Export To → Excel, unggah hasilnya.")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableSpreadsheet(
            "Berkas ini adalah dokumen Word atau PowerPoint, bukan lembar kerja. Salin tabelnya ke Excel (.xlsx)."
        )
    if "xl/workbook.bin" in names:
        raise UnreadableSpreadsheet(f"Berkas ini berformat Excel biner (.xlsb). {SAVE_AS}")
    if "[Content_Types].xml" not in names:
        looks_like_xlsx = any(name.startswith("xl/") for name in names)
        raise UnreadableSpreadsheet(
            DAMAGED if looks_like_xlsx else f"Berkas ini adalah arsip ZIP biasa, bukan berkas Excel. {SAVE_AS}"
        )
    types = archive.read("[Content_Types].xml")
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableSpreadsheet(f"Berkas ini memuat makro (.xlsm). {SAVE_AS}")
    if any("/embeddings/" in name or "/activeX/" in name for name in names):
        raise UnreadableSpreadsheet(
            "Berkas ini memuat objek tertanam dari program lain. Salin tabelnya saja ke buku kerja baru."
        )


def _examine_parts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Every part is unpacked once, counted as it comes: declared sizes may lie."""
    budget = MAX_UNPACKED
    for member in members:
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        with archive.open(member) as part:
            data = part.read(budget + 1) if is_xml else b""
            size = len(data)
            while chunk := part.read(1 << 20):
                size += len(chunk)
                if size > budget:
                    raise UnreadableSpreadsheet(TOO_MUCH)
        budget -= size
        if budget < 0:
            raise UnreadableSpreadsheet(TOO_MUCH)
        if is_xml:
            _examine_xml(member.filename, data)


def _examine_xml(name: str, data: bytes) -> None:
    # Parts may be UTF-16, so zero bytes are left out before looking.
    plain = data.replace(b"\0", b"") if b"\0" in data[:64] else data
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise UnreadableSpreadsheet(_DECLARES_ENTITIES)
    if name == "xl/workbook.xml" and b"purl.oclc.org/ooxml" in plain:
        raise UnreadableSpreadsheet(f"Berkas ini disimpan sebagai “Strict Open XML Spreadsheet”. {SAVE_AS}")
    if name.endswith(".rels"):
        _refuse_outside_relationships(data)


def _refuse_outside_relationships(data: bytes) -> None:
    """Hyperlinks to the web or a mail address are only text to us; everything else would fetch something."""
    for relation in fromstring(data):
        if relation.get("TargetMode", "").lower() != "external":
            continue
        target, kind = relation.get("Target", "").lower(), relation.get("Type", "")
        if kind.endswith("/hyperlink") and target.startswith(("http://", "https://", "mailto:", "#")):
            continue
        raise UnreadableSpreadsheet(
            "Berkas ini mengambil isi dari berkas atau alamat lain (tautan luar). Di Excel: Data → Edit Links → Break "
            "Link, atau salin tabel ke buku kerja baru dengan Tempel Nilai (Paste Values), lalu unggah lagi."
        )
