"""Where each answer of an offline template stands: one plan, which the writer fills and the reader follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from katingan_portal.spreadsheets.table import MAX_COLUMNS
from katingan_portal.spreadsheets.writing import free_title
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.submissions.fields import limits_of
from reporting.submissions.files.papers import row_head, unit_of
from reporting.submissions.forms import name_of
from reporting.submissions.sheets import Sheet
from reporting.submissions.tables import Row

GUIDE, MAIN, WHY, LISTS, IDENTITY = "Petunjuk", "Isian", "Penjelasan", "Pilihan", "Identitas"
HEADER_ROW = 3
KIND_OF_FILE = "templat-laporan-1"
IDENTITY_HEADER = ("Tanda", "Isi", "Keterangan")
CHECK = "Kode pemeriksa"
# What is asked beside the questions. "#" is in no question's code.
NIL, NIL_REASON, OBSTACLES, FOLLOW_UP = "#nihil", "#alasan-nihil", "#kendala", "#tindak-lanjut"


@dataclass(frozen=True)
class Slot:
    """One cell to answer in. name: the input of FilingForm it stands for. asked: None for what is no question."""

    name: str
    kind: str
    asked: Indicator | None = None
    longest: int = 4000


@dataclass(frozen=True)
class Line:
    """One row. code: how it is found again; "" for a heading. before: {column: (question, answer accepted last)}."""

    code: str
    texts: dict[int, str]
    slots: dict[int, Slot] = field(default_factory=dict)
    before: dict[int, tuple[Indicator, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One sheet to answer in. Columns count from 0; the code stands in column 0, the header in HEADER_ROW."""

    title: str
    lead: str
    header: tuple[str, ...]
    widths: tuple[int, ...]
    lines: list[Line]

    @property
    def firm_columns(self) -> list[int]:
        """Those whose head must stand as it was; what was accepted last may have moved on since."""
        moving = {column for line in self.lines for column in line.before}
        return [column for column in range(len(self.header)) if column not in moving]


def plans_of(sheet: Sheet) -> list[Plan]:
    taken = {each.casefold() for each in (GUIDE, MAIN, WHY, LISTS, IDENTITY)}
    tables = [_table(sheet, asked, free_title(asked.label, taken)) for asked in sheet.questions if asked.is_table]
    why = _why(sheet)
    return [_main(sheet), *tables, *([why] if why.lines else [])]


def identity_of(obligation: Obligation) -> dict[str, str]:
    """What ties a file to one obligation as it was asked."""
    found = {
        "Jenis berkas": KIND_OF_FILE,
        "Kabupaten/kota": obligation.regency.code,
        "Perangkat daerah": obligation.agency.code,
        "Formulir": obligation.form.code,
        "Periode": obligation.period,
        "Versi formulir": str(obligation.form_version.number),
        "Nomor kewajiban": str(obligation.pk),
    }
    return {**found, CHECK: check_of(found)}


def check_of(identity: dict[str, str]) -> str:
    """A checksum against slips of the hand. It guards nothing: who may file where is asked again at every step."""
    told = "\n".join(f"{name}={text}" for name, text in identity.items() if name != CHECK)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _main(sheet: Sheet) -> Plan:
    before = f"Terakhir diterima ({sheet.previous_label})" if sheet.previous_label else "Terakhir diterima"
    header = ("Kode", "Pertanyaan", "Isian", "Satuan", before, "Cara mengisi")
    lines = [*_questions(sheet), *_words()]
    return Plan(MAIN, "Isi kolom “Isian” yang berwarna kuning.", header, (18, 56, 40, 12, 24, 56), lines)


def _questions(sheet: Sheet) -> Iterator[Line]:
    heading = None
    for asked in (each for each in sheet.questions if not each.is_table):
        title = str(asked.duty) if asked.duty else "Pertanyaan umum"
        if title != heading:
            heading = title
            yield Line("", {1: title})
        parts = (asked.help_text, limits_of(asked), "" if asked.is_required else "Boleh kosong.")
        texts = {0: asked.code, 1: asked.label, 3: unit_of(asked), 5: " ".join(filter(None, parts))}
        yield Line(asked.code, texts, {2: slot_of(asked)}, {4: (asked, sheet.previous.get(asked.code))})


def slot_of(asked: Indicator, name: str = "") -> Slot:
    return Slot(name or name_of(asked), asked.kind, asked)


def _words() -> list[Line]:
    text, yes_no = str(Indicator.Kind.TEXT), str(Indicator.Kind.YES_NO)
    why = {0: NIL_REASON, 1: "Alasan nihil", 5: "Wajib bila nihil."}
    nothing = "Ya bila tidak ada kegiatan yang dilaporkan; semua isian lain lalu diabaikan."
    return [
        Line("", {1: "Kendala, tindak lanjut, dan nihil"}),
        Line(OBSTACLES, {0: OBSTACLES, 1: "Kendala"}, {2: Slot("obstacles", text)}),
        Line(FOLLOW_UP, {0: FOLLOW_UP, 1: "Tindak lanjut"}, {2: Slot("follow_up", text)}),
        Line(NIL, {0: NIL, 1: "Laporan nihil?", 5: nothing}, {2: Slot("is_nil", yes_no)}),
        Line(NIL_REASON, why, {2: Slot("nil_reason", text, None, 300)}),
    ]


def _table(sheet: Sheet, asked: Indicator, title: str) -> Plan:
    columns = list(asked.columns.all())
    heads = [f"{each.label} ({unit_of(each)})" if unit_of(each) else each.label for each in columns]
    fits = 3 + 2 * len(heads) <= MAX_COLUMNS
    ago = [f"{head}, terakhir diterima" for head in heads] if fits else []
    before = sheet.previous.get(asked.code) or {}
    lines = [_row(asked, columns, row, before.get(row.key) or {}, shows_before=fits) for row in sheet.rows[asked.code]]
    lead = " ".join(filter(None, (asked.label, asked.help_text and f"– {asked.help_text}")))
    widths = (18, 30, 24, *(18 for _ in [*heads, *ago]))
    return Plan(title, lead, ("Kode", row_head(asked), "Kecamatan", *heads, *ago), widths, lines)


def _row(table: Indicator, columns: list[Indicator], row: Row, before: dict[str, Any], *, shows_before: bool) -> Line:
    slots = {3 + place: slot_of(each, f"{name_of(table)}.{each.code}@{row.key}") for place, each in enumerate(columns)}
    ago = {3 + len(columns) + place: (each, before.get(each.code)) for place, each in enumerate(columns)}
    return Line(row.key, {0: row.key, 1: row.label, 2: row.group}, slots, ago if shows_before else {})


def _why(sheet: Sheet) -> Plan:
    lead = "Hanya perlu diisi bila portal menganggap sebuah angka tidak biasa; portal memberi tahu sesudah diunggah."
    text = str(Indicator.Kind.TEXT)
    lines = [
        Line(key, {0: key, 1: what}, {2: Slot(f"jelas_{key}", text, None, 1000)}) for key, what in _explainable(sheet)
    ]
    return Plan(WHY, lead, ("Kode", "Yang dijelaskan", "Penjelasan"), (24, 70, 70), lines)


def _explainable(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """(finding key, what it is about) of everything that may call for an explanation."""
    for rule in sheet.rules:
        if not rule.is_hard:
            yield f"rule-{rule.order}", rule.message
    for asked in sheet.questions:
        places = [(f"{asked.code}.{each.code}", each) for each in asked.columns.all()] if asked.is_table else []
        for code, each in places or [(asked.code, asked)]:
            if each.is_numeric and each.warn_change_percent is not None:
                yield f"jump-{code}", f"{each.label}: berubah lebih dari {each.warn_change_percent}%"
