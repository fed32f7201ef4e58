from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reporting.duties.models import Indicator
from reporting.submissions.actions import Contents, contents_of
from reporting.submissions.answers import is_answered, shown
from reporting.submissions.appraisal import Appraisal
from reporting.submissions.checks import Finding
from reporting.submissions.fields import NO, YES, TableAnswer, as_typed, field_for, limits_of
from reporting.submissions.models import Report
from reporting.submissions.sheets import Sheet
from reporting.submissions.tables import Row

LONGEST_EXPLANATION = 1000
WHOLE = SafeString(' inputmode="numeric" data-money')
DECIMAL = SafeString(' inputmode="decimal"')
ATTRIBUTES: dict[str, SafeString] = {
    Indicator.Kind.COUNT: WHOLE,
    Indicator.Kind.MONEY: WHOLE,
    Indicator.Kind.NUMBER: DECIMAL,
    Indicator.Kind.PERCENT: DECIMAL,
    Indicator.Kind.DATE: SafeString(' type="date"'),
}


class FilingForm(forms.Form):
    """One report: a field per question, none required while it is a draft.

    session names the opened page: see actions.save_draft.
    """

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    session = forms.RegexField(r"^[0-9a-f]{16}$", required=False, widget=forms.HiddenInput)
    is_nil = forms.BooleanField(label="Nihil: tidak ada kegiatan yang dilaporkan pada periode ini", required=False)
    nil_reason = forms.CharField(
        label="Alasan nihil", required=False, max_length=300, help_text="Wajib diisi bila laporan nihil."
    )
    obstacles = forms.CharField(label="Kendala", required=False, max_length=4000, widget=forms.Textarea({"rows": 3}))
    follow_up = forms.CharField(
        label="Tindak lanjut", required=False, max_length=4000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, data: Any = None, *, sheet: Sheet, report: Report | None = None) -> None:
        super().__init__(data, initial=initial_of(sheet, report))
        self.sheet = sheet
        for asked in sheet.questions:
            field = field_for(asked, sheet.rows.get(asked.code, ()))
            field.help_text = _help(asked, sheet)
            self.fields[name_of(asked)] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_nil") and not (cleaned.get("nil_reason") or "").strip():
            self.add_error("nil_reason", "Tulis mengapa tidak ada yang dilaporkan pada periode ini.")
        return cleaned

    @property
    def contents(self) -> Contents:
        """What was filled in, once the form is valid."""
        return self.contents_over(Contents())

    def contents_over(self, stored: Contents) -> Contents:
        """What could be read of the form; where it could not, what is stored already."""
        data = self.cleaned_data
        reads = "nil_reason" not in self.errors
        contents = Contents(
            figures={asked.code: self._answer(asked, stored) for asked in self.sheet.questions},
            explanations=self.explanations,
            obstacles=data.get("obstacles", stored.obstacles),
            follow_up=data.get("follow_up", stored.follow_up),
            is_nil=bool(data.get("is_nil")) if reads else stored.is_nil,
            nil_reason=data.get("nil_reason", "") if reads else stored.nil_reason,
        )
        return self.sheet.relevant(contents)

    def _answer(self, asked: Indicator, stored: Contents) -> Any:
        name = name_of(asked)
        if name not in self.errors:
            return self.cleaned_data.get(name)
        kept = stored.figures.get(asked.code)
        field = self.fields[name]
        return _sound_cells(field, kept or {}) if isinstance(field, TableAnswer) else kept

    @property
    def explanations(self) -> dict[str, str]:
        """{finding key: text} as typed, or as stored in a form that was not sent yet."""
        if not self.is_bound:
            return dict(self.initial["explanations"])
        typed = {name.removeprefix("jelas_"): str(self.data[name]) for name in self.data if name.startswith("jelas_")}
        return {key: text.strip()[:LONGEST_EXPLANATION] for key, text in typed.items() if text.strip()}

    def all_errors(self) -> dict[str, str]:
        """{input name: message}, those of table cells under their own names."""
        found = {name: " ".join(map(str, messages)) for name, messages in self.errors.items()}
        for field in self.fields.values():
            if isinstance(field, TableAnswer):
                found |= {f"angka_{code}": message for code, message in field.cell_errors.items()}
        return found

    def parts(self, appraisal: Appraisal) -> list[Part]:
        """What the page shows, in the order of the decree: a part per duty, its questions with their findings."""
        grouped: dict[int | None, Part] = {}
        linked = frozenset(gap.code for gap in appraisal.linked_gaps)
        for asked in self.sheet.questions:
            title = str(asked.duty) if asked.duty else "Pertanyaan umum"
            part = grouped.setdefault(asked.duty_id, Part(title, []))
            heading = asked.section if asked.section not in {each.asked.section for each in part.questions} else ""
            findings = [Shown(each, self.explanations.get(each.key, "")) for each in appraisal.findings_at(asked.code)]
            part.questions.append(Question(asked, self[name_of(asked)], heading, findings, linked))
        return list(grouped.values())


@dataclass(frozen=True)
class Shown:
    """A finding with what was written to explain it."""

    finding: Finding
    explanation: str


@dataclass(frozen=True)
class Question:
    """heading: the section that begins with this question, or "". findings: those shown right at it.

    linked: codes that the list of what is missing leads to; only their cells carry an id.
    """

    asked: Indicator
    field: forms.BoundField
    heading: str
    findings: list[Shown]
    linked: frozenset[str]

    @property
    def suffix(self) -> str:
        return "%" if self.asked.kind == Indicator.Kind.PERCENT else self._unit

    @property
    def _unit(self) -> str:
        counted = self.asked.kind in (Indicator.Kind.COUNT, Indicator.Kind.NUMBER)
        return self.asked.unit if counted else ""

    @property
    def is_narrow(self) -> bool:
        return self.asked.is_numeric or self.asked.kind == Indicator.Kind.DATE

    @property
    def _table(self) -> TableAnswer:
        return cast(TableAnswer, self.field.field)

    def groups(self) -> Iterator[Group]:
        """A table's rows by kecamatan. The first is open, and so is every one with something to mend."""
        rows: dict[str, list[Row]] = {}
        for row in self._table.rows:
            rows.setdefault(row.group, []).append(row)
        for number, (title, members) in enumerate(rows.items()):
            lines = [self._line(row) for row in members]
            wrong = any(cell.error for line in lines for cell in line.cells)
            yield Group(title, lines, number == 0 or wrong, len(rows) > 1)

    def _line(self, row: Row) -> Line:
        typed = (self.field.value() or {}).get(row.key) or {}
        errors = self._table.cell_errors
        cells = []
        for column in self.asked.columns.all():
            code = f"{self.asked.code}.{column.code}@{row.key}"
            cells.append(Cell(column, code, typed.get(column.code, ""), errors.get(code, ""), code in self.linked))
        return Line(row.label, cells)


@dataclass(frozen=True)
class Part:
    title: str
    questions: list[Question]


@dataclass(frozen=True)
class Cell:
    """code: "table.column@row"."""

    column: Indicator
    code: str
    typed: str
    error: str
    is_linked: bool

    @property
    def is_select(self) -> bool:
        return self.column.kind in (Indicator.Kind.YES_NO, Indicator.Kind.CHOICE)

    @property
    def options(self) -> list[tuple[str, str]]:
        if self.column.kind == Indicator.Kind.YES_NO:
            return [("", "–"), (YES, "Ya"), (NO, "Tidak")]
        return [("", "–"), *((choice["code"], choice["label"]) for choice in self.column.choices)]

    @property
    def attributes(self) -> SafeString:
        """What its kind adds to the input."""
        return ATTRIBUTES.get(self.column.kind, SafeString(""))


@dataclass(frozen=True)
class Line:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Group:
    """The rows of one kecamatan. is_folded: stands in a <details>, because there are several."""

    title: str
    lines: list[Line]
    is_open: bool
    is_folded: bool

    @property
    def answered(self) -> int:
        return sum(any(cell.typed for cell in line.cells) for line in self.lines)


class WaiverForm(forms.Form):
    reason = forms.CharField(
        label="Alasan pembebasan",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Tulis alasannya; alasan ini tampil bagi semua yang melihat kewajiban ini."},
    )


def name_of(asked: Indicator) -> str:
    return f"angka_{asked.code}"


def initial_of(sheet: Sheet, report: Report | None) -> dict[str, Any]:
    """What the form opens with: the saved report, else the last accepted figures as a help."""
    contents = contents_of(report) if report else Contents(figures=dict(sheet.previous))
    return {
        "version": report.version if report else 0,
        "session": secrets.token_hex(8),
        "is_nil": contents.is_nil,
        "nil_reason": contents.nil_reason,
        "obstacles": contents.obstacles,
        "follow_up": contents.follow_up,
        "explanations": contents.explanations,
        **{name_of(asked): as_typed(asked, contents.figures.get(asked.code)) for asked in sheet.questions},
    }


def _sound_cells(field: TableAnswer, stored: dict[str, Any]) -> dict[str, Any]:
    """The cells that could be read, and the stored ones where what was typed could not."""
    cells = {key: dict(row) for key, row in field.sound.items()}
    for code in field.cell_errors:
        name, _, key = code.partition("@")
        column = name.partition(".")[2]
        before = (stored.get(key) or {}).get(column)
        if is_answered(before):
            cells.setdefault(key, {})[column] = before
    return cells


def _help(asked: Indicator, sheet: Sheet) -> SafeString:
    """The explanation, the bounds, and what was accepted last: one text, which is read out with the field."""
    before = sheet.previous.get(asked.code)
    lines = [format_html("{}", line) for line in (asked.help_text, limits_of(asked)) if line]
    if is_answered(before):
        lines.append(
            format_html('<span class="before">{}: <b>{}</b></span>', sheet.previous_label, shown(asked, before))
        )
    return SafeString(" ".join(lines))
