"""A letter as DOCX, for offices that finish it in a word processor: the texts of the PDF in real tables and styles."""

from __future__ import annotations

import io
from typing import Any

import segno
from docx import Document
from docx.document import Document as DocumentFile
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from reporting.letters.papers import UNSIGNED_DRAFT, Paper
from reporting.letters.pdf import data_of
from reporting.submissions.files.pdf import ZERO_WIDTH_SPACE

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "Arial"
INDENT = Cm(1)
SIGNING_LINES = 4
RED = RGBColor(0xA5, 0x35, 0x2C)
GREY = RGBColor(0x55, 0x60, 0x6A)
ANNEX_HEADS = ["Waktu", "Laporan", "Tahap", "Saluran", "Kepada", "Keadaan"]
HISTORY_WIDTHS = (2.7, 3.0, 3.3, 2.2, 3.3, 2.0)


def letter_docx(paper: Paper) -> bytes:
    data = _unbroken(data_of(paper))
    document = _blank(data)
    _letterhead(document, data)
    (_memo_head if data["is_memo"] else _letter_head)(document, data)
    _paragraphs(document, data["opening"])
    _grid(document, data["owed_heads"], data["owed"], _owed_widths(paper), 9.5)
    _paragraphs(document, data["closing"], before=6, keep=True)
    _signing(document, data)
    _copies(document, data)
    if data["history"]:
        _annex(document, data)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _unbroken(value: Any) -> Any:
    """Without the places to break long words that the PDF needs: a word processor finds its own."""
    if isinstance(value, dict):
        return {name: _unbroken(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_unbroken(each) for each in value]
    return value.replace(ZERO_WIDTH_SPACE, "") if isinstance(value, str) else value


def _blank(data: dict[str, Any]) -> DocumentFile:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = (
        Cm(2.5), Cm(2), Cm(1.8), Cm(2.2),
    )  # fmt: skip
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(11)
    normal.paragraph_format.space_after = Pt(4)
    document.core_properties.title = data["title"]
    document.core_properties.author = data["office"]
    document.core_properties.language = "id-ID"
    if data["is_draft"]:
        _mark(section.header.paragraphs[0], UNSIGNED_DRAFT)
    _footer(section.footer.paragraphs[0], data["footer"])
    return document


def _mark(paragraph: Paragraph, text: str) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.color.rgb, run.font.size = True, RED, Pt(10)


def _footer(paragraph: Paragraph, text: str) -> None:
    for part in (f"{text}  Halaman ", "PAGE", " dari ", "NUMPAGES"):
        _field(paragraph, part) if part.isupper() else _small(paragraph, part)


def _small(paragraph: Paragraph, text: str = "") -> Run:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(8), GREY
    return run


def _field(paragraph: Paragraph, instruction: str) -> None:
    """A number that the word processor counts by itself: python-docx has no call for it."""
    for kind in ("begin", "", "separate", "1", "end"):
        run = _small(paragraph, kind if kind.isdigit() else "")
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif not kind:
            words = OxmlElement("w:instrText")
            words.text = instruction
            run._r.append(words)


def _letterhead(document: DocumentFile, data: dict[str, Any]) -> None:
    for text, size, bold in (
        (data["government"].upper(), 12, False),
        (data["office"].upper(), 15, True),
        *((each, 9, False) for each in data["contacts"]),
    ):
        paragraph = _line(document, text, size=size, bold=bold)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _rule_below(document.paragraphs[-1])


def _rule_below(paragraph: Paragraph) -> None:
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "thickThinSmallGap"), ("sz", "18"), ("space", "4"), ("color", "auto")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def _line(document: DocumentFile, text: str, *, size: float = 11, bold: bool = False) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    return paragraph


def _letter_head(document: DocumentFile, data: dict[str, Any]) -> None:
    table = _labelled(document, data["head"], (2.5, 0.4, 7.4, 6.2))
    dated = table.rows[0].cells[3].paragraphs[0]
    dated.add_run(data["dated"])
    dated.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()
    _line(document, f"Yth. {data['addressee']}")
    _line(document, "di Tempat")
    document.add_paragraph()


def _memo_head(document: DocumentFile, data: dict[str, Any]) -> None:
    heading = _line(document, "NOTA DINAS", size=13, bold=True)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _labelled(document, data["head"], (2.5, 0.4, 13.6))
    _rule_below(_line(document, "", size=4))


def _labelled(document: DocumentFile, lines: list[list[str]], widths: tuple[float, ...]) -> Table:
    """Label, colon and value without borders, as letters align them; a further column stays empty."""
    table = _table(document, widths)
    for label, value in lines:
        _fill(table, [label, ":", value, ""][: len(widths)], widths, 11)
    return table


def _table(document: DocumentFile, widths: tuple[float, ...], style: str | None = None) -> Table:
    """A table of columns as wide as said (cm), in every word processor."""
    table = document.add_table(rows=0, cols=len(widths), style=style)
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    return table


def _paragraphs(document: DocumentFile, texts: list[str], *, before: float = 0, keep: bool = False) -> None:
    """keep: on one page with what follows, so that a signature never stands alone."""
    for place, text in enumerate(texts):
        paragraph = document.add_paragraph(text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = INDENT
        paragraph.paragraph_format.space_before = Pt(0 if place else before)
        paragraph.paragraph_format.keep_with_next = keep


def _grid(
    document: DocumentFile, heads: list[str], rows: list[list[str]], widths: tuple[float, ...], size: float
) -> None:
    table = _table(document, widths, "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _fill(table, heads, widths, size, bold=True)
    _repeat_on_each_page(table)
    for row in rows:
        _fill(table, row, widths, size)


def _fill(table: Table, texts: list[str], widths: tuple[float, ...], size: float, *, bold: bool = False) -> None:
    cells = table.add_row().cells
    for cell, text, width in zip(cells, texts, widths, strict=True):
        cell.width = Cm(width)
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(size)


def _repeat_on_each_page(table: Table) -> None:
    properties = table.rows[0]._tr.get_or_add_trPr()
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)


def _owed_widths(paper: Paper) -> tuple[float, ...]:
    if paper.is_memo:
        return (1.1, 3.4, 3.0, 2.3, 2.1, 2.3, 2.3)
    return (1.1, 4.5, 2.7, 2.4, 2.4, 3.4)


def _signing(document: DocumentFile, data: dict[str, Any]) -> None:
    """The QR code at the left, and at the right the title, an empty space, and the name under it."""
    document.add_paragraph().paragraph_format.keep_with_next = True
    table = _table(document, (8.7, 7.8))
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    left, right = row.cells
    left.width, right.width = Cm(8.7), Cm(7.8)
    if data["check_url"]:
        _qr(left.paragraphs[0], data["check_url"])
        _small(left.add_paragraph(), "Pindai untuk mencocokkan nomor, tanggal, dan tujuan surat ini.")
    title, name, *below = data["signatory"]
    right.paragraphs[0].add_run(f"{title},")
    for _ in range(SIGNING_LINES):
        right.add_paragraph()
    run = right.add_paragraph().add_run(name)
    run.bold, run.underline = True, True
    for text in filter(None, below):
        right.add_paragraph(text)


def _qr(paragraph: Paragraph, url: str) -> None:
    buffer = io.BytesIO()
    segno.make(url, error="m").save(buffer, kind="png", scale=6, border=0)
    buffer.seek(0)
    paragraph.add_run().add_picture(buffer, width=Cm(2.3))


def _copies(document: DocumentFile, data: dict[str, Any]) -> None:
    if data["copies"] and not data["is_memo"]:
        _line(document, "Tembusan:", size=10)
        for text in data["copies"]:
            document.add_paragraph(text, style="List Number")


def _annex(document: DocumentFile, data: dict[str, Any]) -> None:
    document.add_section(WD_SECTION.NEW_PAGE)
    number, dated = data["annex"]
    whose = "Nota Dinas" if data["is_memo"] else "Surat"
    for text in (f"Lampiran {whose}", f"Nomor: {number}", f"Tanggal: {dated}"):
        _line(document, text, size=10).paragraph_format.left_indent = Cm(9)
    heading = document.add_heading("Riwayat pengingat", level=1)
    for run in heading.runs:
        run.font.name, run.font.size, run.font.color.rgb = FONT, Pt(12), RGBColor(0, 0, 0)
    _line(
        document, "Pengingat yang dikirim portal tentang laporan di atas, dengan jabatan penerimanya pada waktu itu.",
        size=10,
    )  # fmt: skip
    _grid(document, ANNEX_HEADS, data["history"], HISTORY_WIDTHS, 8)
