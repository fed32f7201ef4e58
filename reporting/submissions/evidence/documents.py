"""Documents: their structure checked, and nothing in them that runs, opens or carries another file. No Django here."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from katingan_portal.spreadsheets import container
from katingan_portal.spreadsheets.table import UnreadableSpreadsheet
from reporting.submissions.evidence.kinds import ACCEPTED, Unacceptable

MAX_PAGES = 500
MAX_OBJECTS = 100_000
# Where a viewer would do something by itself or carry another file along.
FORBIDDEN_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/RichMedia", "/XFA"}
FORBIDDEN_ACTIONS = {
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound", "/RichMedia",
    "/GoTo3DView",
}  # fmt: skip
# In the bytes themselves, for objects that no table of contents lists. Long words only: short ones occur by chance.
FORBIDDEN_WORDS = (b"/JavaScript", b"/EmbeddedFile", b"/RichMedia")
LAUNCH = re.compile(rb"/S\s*/Launch\b")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PRINT_AGAIN = "cetak ulang ke PDF (Print → Save as PDF), lalu unggah hasilnya."
DAMAGED_PDF = f"Berkas ini rusak atau tidak lengkap sebagai PDF; {PRINT_AGAIN}"
ACTIVE_PDF = f"Berkas ini adalah PDF yang memuat skrip, perintah, atau berkas lain di dalamnya; {PRINT_AGAIN}"
LOCKED_PDF = "Berkas ini adalah PDF berkata sandi; simpan tanpa kata sandi, lalu unggah lagi."
BOMB = "Berkas ini memuat isi termampat yang jauh lebih besar daripada dokumen biasa, jadi tidak dibuka."
SAVE_AS_WORD = "Di Word pilih Simpan Sebagai (Save As), jenis “Word Document (.docx)”, lalu unggah lagi."


def check_pdf(content: bytes) -> None:
    """Raises Unacceptable unless every object can be read and none of them acts or carries a file."""
    from pypdf import PdfReader

    if b"%%EOF" not in content[-2048:]:
        raise Unacceptable(DAMAGED_PDF)
    _refuse_words(content)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Unacceptable(LOCKED_PDF)
        _refuse_active(reader)
        pages = len(reader.pages)
    except (Unacceptable, MemoryError):
        raise
    except Exception as error:  # pypdf raises whatever a broken file provokes
        raise Unacceptable(DAMAGED_PDF) from error
    if not 1 <= pages <= MAX_PAGES:
        raise Unacceptable(
            f"Berkas ini memuat {pages} halaman; PDF bukti paling sedikit 1 dan paling banyak {MAX_PAGES}."
        )


def _refuse_words(content: bytes) -> None:
    spelled = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    if any(word in spelled for word in FORBIDDEN_WORDS) or LAUNCH.search(spelled):
        raise Unacceptable(ACTIVE_PDF)


def _refuse_active(reader: Any) -> None:
    numbers = {number for table in reader.xref.values() for number in table} | set(reader.xref_objStm)
    if len(numbers) > MAX_OBJECTS:
        raise Unacceptable(f"Berkas ini terlalu rumit sebagai PDF; {PRINT_AGAIN}")
    _walk(reader.trailer)
    for number in sorted(numbers):
        if number:
            _walk(reader.get_object(number))


def _walk(top: Any) -> None:
    """Through one object's own dictionaries and lists, not through its references: those are walked by number."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    waiting = [top]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, DictionaryObject):
            if FORBIDDEN_KEYS & thing.keys():
                raise Unacceptable(ACTIVE_PDF)
            waiting += dict.values(thing)
        elif isinstance(thing, NameObject) and thing in FORBIDDEN_ACTIONS:
            raise Unacceptable(ACTIVE_PDF)
        elif isinstance(thing, ArrayObject):
            waiting += thing


def office_kind(content: bytes) -> str:
    """ "xlsx" or "docx" for a document of Office that passed the checks of the spreadsheets' reader."""
    names = _names(content)
    try:
        if "word/document.xml" in names:
            container.examine_zip(content, refuse=_refuse_unsafe_word)
            return "docx"
        container.examine_zip(content)
    except UnreadableSpreadsheet as refusal:
        raise Unacceptable(_for_documents(refusal.message, "docx" if "word/document.xml" in names else "")) from refusal
    return "xlsx"


def _names(content: bytes) -> set[str]:
    try:
        container.examine_directory(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return set(archive.namelist())
    except UnreadableSpreadsheet as refusal:
        raise Unacceptable(_for_documents(refusal.message, "docx")) from refusal
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unacceptable("Berkas ini rusak atau tidak lengkap; simpan ulang dokumennya, lalu unggah lagi.") from error


def _for_documents(message: str, kind: str) -> str:
    if message.startswith(container.BOMB):
        return BOMB
    if "arsip ZIP biasa" in message:
        return f"Berkas ini adalah arsip ZIP, yang tidak diterima sebagai bukti. {ACCEPTED}"
    return message.replace(container.SAVE_AS, SAVE_AS_WORD) if kind == "docx" else message


def _refuse_unsafe_word(archive: zipfile.ZipFile, names: set[str]) -> None:
    if "[Content_Types].xml" not in names:
        raise UnreadableSpreadsheet(f"Berkas ini rusak atau tidak lengkap. {SAVE_AS_WORD}")
    types = archive.read("[Content_Types].xml")
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableSpreadsheet(f"Berkas ini memuat makro (.docm). {SAVE_AS_WORD}")
    if any("/embeddings/" in name or "/activeX/" in name for name in names):
        raise UnreadableSpreadsheet(
            "Berkas ini memuat objek tertanam dari program lain; simpan sebagai PDF, lalu unggah lagi."
        )
