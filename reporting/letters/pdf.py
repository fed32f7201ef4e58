"""A letter as PDF, in the layout of an official letter: where somebody signs is an empty space."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import segno

from reporting.letters.papers import NAME_TO_COME, Paper
from reporting.submissions.files.pdf import made_printable, typeset

SOURCE = Path(__file__).resolve().parent / "typst" / "letter.typ"


def letter_pdf(paper: Paper) -> bytes:
    """Raises NotTypeset."""
    return typeset(data_of(paper), SOURCE)


def data_of(paper: Paper) -> dict[str, Any]:
    """The paper as JSON of texts fit to be printed; the portal's own number, address and code stay whole."""
    return made_printable(_people_wrote(paper)) | {
        "head": [[label, value if label == "Nomor" else made_printable(value)] for label, value in head_of(paper)],
        "title": f"{paper.kind} {paper.number}".strip(),
        "annex": [paper.shown_number, paper.shown_date],
        "check_url": paper.check_url,
        "qr": qr_svg(paper.check_url) if paper.check_url else "",
    }


def _people_wrote(paper: Paper) -> dict[str, Any]:
    signatory = paper.signatory
    return {
        "is_memo": paper.is_memo,
        "is_draft": paper.is_draft,
        "government": paper.government,
        "office": paper.office,
        "contacts": [each for each in (paper.address, paper.contact) if each],
        "dated": place_and_date(paper),
        "addressee": paper.addressee,
        "opening": paragraphs(paper.opening),
        "closing": paragraphs(paper.closing),
        "owed_heads": owed_heads(paper),
        "owed": owed_cells(paper),
        "signatory": [signatory.title, signatory.name or NAME_TO_COME, signatory.rank, nip_of(paper)],
        "copies": list(paper.copies),
        "history": history_cells(paper),
        "footer": paper.footer,
        "made_on": made_on(paper),
    }


def place_and_date(paper: Paper) -> str:
    return ", ".join(each for each in (paper.place, paper.shown_date) if each)


def head_of(paper: Paper) -> list[list[str]]:
    """The labelled lines at the top: of a letter four, of a note all there is."""
    common = [["Sifat", paper.nature], ["Lampiran", paper.attachments], ["Hal", paper.subject]]
    if not paper.is_memo:
        return [["Nomor", paper.shown_number], *common]
    copies = [["Tembusan", "; ".join(paper.copies)]] if paper.copies else []
    start = [["Yth.", paper.addressee], ["Dari", paper.signatory.title], *copies]
    return [*start, ["Tanggal", paper.shown_date], ["Nomor", paper.shown_number], *common]


def owed_heads(paper: Paper) -> list[str]:
    own = ["Perangkat daerah"] if paper.is_memo else []
    return ["No.", *own, "Laporan", "Periode", "Tenggat", "Terlambat", "Keterangan"]


def owed_cells(paper: Paper) -> list[list[str]]:
    return [
        [
            f"{place}.", *([row.agency] if paper.is_memo else []), row.report, row.period, paper.day(row.due_at),
            f"{row.days_late} hari", row.note or "-",
        ]
        for place, row in enumerate(paper.owed, start=1)
    ]  # fmt: skip


def history_cells(paper: Paper) -> list[list[str]]:
    return [
        [paper.moment(row.at), row.report, row.step, row.channel, row.to, row.state]
        for row in paper.history
    ]  # fmt: skip


def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def nip_of(paper: Paper) -> str:
    return f"NIP {paper.signatory.nip}" if paper.signatory.nip else ""


def qr_svg(text: str) -> str:
    buffer = io.BytesIO()
    segno.make(text, error="m").save(buffer, kind="svg", scale=4, border=0, light="#fff", xmldecl=False)
    return buffer.getvalue().decode()


def made_on(paper: Paper) -> list[int] | None:
    """The date in the file itself; a draft has none, so that the same draft makes the same file."""
    day = date.fromisoformat(paper.dated) if paper.dated else None
    return [day.year, day.month, day.day] if day else None
