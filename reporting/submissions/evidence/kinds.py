"""The short list of what may be attached, told from the content alone. No Django here: the inspector uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCEPTED = "Yang diterima: foto JPEG, PNG, WebP, HEIC; dokumen PDF, XLSX, DOCX."


class Unacceptable(Exception):
    """The file is refused. The message is one Indonesian sentence that begins with "Berkas ini", for the user."""


@dataclass(frozen=True)
class Kind:
    key: str
    label: str
    content_type: str
    is_image: bool = True


KINDS = {
    kind.key: kind
    for kind in (
        Kind("jpg", "Foto JPEG", "image/jpeg"),
        Kind("png", "Gambar PNG", "image/png"),
        Kind("webp", "Gambar WebP", "image/webp"),
        Kind("heic", "Foto HEIC", "image/heic"),
        Kind("pdf", "Dokumen PDF", "application/pdf", is_image=False),
        Kind(
            "xlsx",
            "Lembar kerja Excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            is_image=False,
        ),
        Kind(
            "docx",
            "Dokumen Word",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            is_image=False,
        ),
    )
}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
OFFICE_97 = (
    "Berkas ini berformat Office lama (.doc, .xls) atau dilindungi kata sandi; simpan ulang sebagai .docx, .xlsx, "
    "atau PDF tanpa kata sandi, lalu unggah lagi."
)
RECOGNISED = (
    (b"GIF8", "gambar GIF"),
    (b"BM", "gambar BMP"),
    (b"II*\0", "gambar TIFF atau foto mentah"),
    (b"MM\0*", "gambar TIFF atau foto mentah"),
    (b"Rar!", "arsip RAR"),
    (b"7z\xbc\xaf", "arsip 7z"),
    (b"\x1f\x8b", "arsip GZIP"),
    (b"MZ", "program Windows"),
    (b"\x7fELF", "program"),
    (b"#!", "skrip"),
    (b"{\\rtf", "dokumen RTF"),
    (b"RIFF", "rekaman suara atau video"),
    (b"ID3", "rekaman suara"),
    (b"OggS", "rekaman suara"),
)


def kind_of(content: bytes) -> str:
    """The key of a Kind, or "zip" for what may be a document of Office. Raises Unacceptable for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp":
        return _of_boxes(content[8:12])
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "zip"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unacceptable(OFFICE_97)
    raise Unacceptable(f"Berkas ini adalah {_named(content)}, yang tidak diterima sebagai bukti. {ACCEPTED}")


def _of_boxes(brand: bytes) -> str:
    if brand in HEIC_BRANDS:
        return "heic"
    what = "gambar AVIF" if brand in (b"avif", b"avis") else "video"
    raise Unacceptable(f"Berkas ini adalah {what}, yang tidak diterima sebagai bukti. {ACCEPTED}")


def _named(content: bytes) -> str:
    for magic, name in RECOGNISED:
        if content.startswith(magic):
            return name
    start = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if b"<svg" in start:
        return "gambar SVG, yang dapat memuat skrip"
    if re.match(rb"<(!doctype|html|head|body|script|!--|iframe)", start) or b"<html" in start:
        return "halaman web (HTML)"
    if start.startswith(b"<"):
        return "dokumen XML"
    return "teks biasa" if _is_text(content[:4096]) else "berkas dengan format yang tidak dikenal"


def _is_text(start: bytes) -> bool:
    return b"\0" not in start and not any(byte < 9 for byte in start)
