"""A report and its history as PDF: the layout of an official letter, and nothing that looks like a signature."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import structlog

from agencies.models import Agency
from katingan_portal.ui import formats
from reporting.duties.models import Indicator
from reporting.submissions.answers import shown
from reporting.submissions.files import typesetter
from reporting.submissions.files.papers import (
    COPY,
    ONLY_FIGURES,
    Line,
    Paper,
    Section,
    TablePart,
    facts_of,
    lines_of_revision,
    row_head,
)
from reporting.submissions.models import ReportRevision

PDF_TYPE = "application/pdf"
REPORT = Path(__file__).resolve().parent / "typst" / "report.typ"
WALL_CLOCK_SECONDS = 25
ONE_WORD = 24
LONGEST_IN_A_CELL = 80
ZERO_WIDTH_SPACE = "\u200b"
LETTERHEADS = {Agency.Kind.BUMD: "Badan Usaha Milik Daerah"}

log = structlog.get_logger(__name__)


class NotTypeset(Exception):
    """The PDF was not made within its limits; the message is for the user."""


def pdf_of(paper: Paper) -> bytes:
    """Raises NotTypeset."""
    try:
        return typeset(made_printable(data_of(paper)), REPORT)
    except NotTypeset as error:
        raise NotTypeset(_TOO_LONG) from error


def typeset(data: dict[str, Any], source: Path) -> bytes:
    """The PDF of a Typst source with these texts as its `paper`, in a process of its own. Raises NotTypeset.

    data: texts, each fit to be printed (`made_printable`).
    """
    try:
        # The command is our own; what people wrote goes in by stdin.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-B", typesetter.__file__, str(source)],
            input=json.dumps(data).encode(),
            capture_output=True,
            timeout=WALL_CLOCK_SECONDS,
            env={"LC_ALL": "C.UTF-8", "RAYON_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotTypeset(NOT_NOW) from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF"):
        log.warning("typesetter_failed", source=source.name, code=done.returncode, last_lines=_last_lines(done.stderr))
        raise NotTypeset(NOT_NOW)
    return done.stdout


NOT_NOW = "PDF ini tidak dapat dibuat sekarang. Coba lagi sebentar lagi."
_TOO_LONG = "PDF laporan ini tidak dapat dibuat sekarang. Unduh lembar kerjanya (XLSX); isinya sama."


def _last_lines(stderr: bytes) -> list[str]:
    return stderr.decode("utf-8", "replace").strip().splitlines()[-3:]


def data_of(paper: Paper) -> dict[str, Any]:
    """The paper as JSON of texts only."""
    obligation, contents = paper.obligation, paper.contents
    return {
        "government": f"{LETTERHEADS.get(Agency.Kind(paper.agency.kind), 'Pemerintah')} {paper.regency_name}",
        "agency": paper.agency.name,
        "title": obligation.form.name,
        "period": paper.period_label,
        "state": paper.state,
        "copy": COPY,
        "facts": facts_of(paper),
        "previous": paper.sheet.previous_label,
        "nil_reason": contents.nil_reason if contents.is_nil else None,
        "sections": [] if contents.is_nil else [_section(each) for each in paper.sections],
        "texts": [["Kendala", contents.obstacles], ["Tindak lanjut", contents.follow_up]] if paper.report else [],
        "explained": [list(pair) for pair in paper.explained],
        "revisions": [_revision(paper, each) for each in paper.revisions],
        "events": [
            [paper.moment(each.at), each.actor_name, each.phrase, each.reason] for each in paper.events
        ],
        "scope": None if paper.report else ONLY_FIGURES,
        "printed": f"Dicetak dari portal pada {paper.moment(paper.made_at)} oleh {paper.made_by}",
        "made_on": [paper.made_at.year, paper.made_at.month, paper.made_at.day],
    }  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "article": section.article,
        "lines": [
            [line.asked.label, shown(line.asked, line.answer), shown(line.asked, line.before)]
            for line in section.lines
            if not _is_prose(line)
        ],
        "prose": [[line.asked.label, str(line.answer)] for line in section.lines if _is_prose(line)],
        "tables": [_table(each) for each in section.tables],
    }  # fmt: skip


def _is_prose(line: Line) -> bool:
    """A story is set over the whole width; a few words stand in the table like a figure."""
    said = str(line.answer or "")
    return line.asked.kind == Indicator.Kind.TEXT and (len(said) > LONGEST_IN_A_CELL or "\n" in said)


def _table(table: TablePart) -> dict[str, Any]:
    return {
        "title": table.asked.label,
        "count": f"{formats.number(len(table.rows))} dari {formats.number(table.possible)} baris terisi",
        "heads": [row_head(table.asked), "Kecamatan", *(each.label for each in table.columns)],
        "rows": [
            [row.label, row.group, *(shown(each, cells.get(each.code)) for each in table.columns)]
            for row, cells in table.rows
        ],
        "numeric": [each.is_numeric for each in table.columns],
    }


def _revision(paper: Paper, revision: ReportRevision) -> dict[str, Any]:
    return {"title": f"Kiriman ke-{revision.number}", "lines": lines_of_revision(paper, revision)}


def made_printable(value: Any) -> Any:
    """The same value with every text in it fit to be printed."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: made_printable(each) for name, each in value.items()}
    return [made_printable(each) for each in value] if isinstance(value, list) else value


def printable(text: str) -> str:
    """Without control signs, and with places to break words too long for a column.

    Signs that turn the direction of what follows would let a text show other than it is; letters of a script that
    runs from right to left need none.
    """
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(each for each in unbroken if each == "\n" or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))
    return re.sub(rf"\S{{{ONE_WORD}}}(?=\S)", lambda found: f"{found[0]}{ZERO_WIDTH_SPACE}", kept)
