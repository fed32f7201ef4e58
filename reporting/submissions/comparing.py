"""Two sets of answers side by side, question by question and row by row: pure, for review and for revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from katingan_portal.ui import formats
from reporting.duties.models import Indicator
from reporting.submissions import checks
from reporting.submissions.answers import Answers, as_number, is_answered, shown
from reporting.submissions.checks import Finding

SAME, DIFFERENT, NEW, GONE = "sama", "berubah", "baru", "dikosongkan"
ANSWERS_NOTE = "note-"
Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Cell:
    """One answer as read now and before, and what changed in words; "" where neither has one."""

    label: str
    now: str
    before: str
    change: str

    @property
    def is_changed(self) -> bool:
        return self.change not in ("", SAME)


@dataclass(frozen=True)
class Row:
    """One village or cooperative of a table. key: "table@row", as notes name it."""

    key: str
    label: str
    cells: list[Cell]
    note: str
    answer: str

    @property
    def is_changed(self) -> bool:
        return any(cell.is_changed for cell in self.cells)


@dataclass(frozen=True)
class Line:
    """One question: its answers, what the checks say with the filer's explanation, and the reviewer's last note."""

    indicator: Indicator
    cell: Cell
    rows: list[Row]
    remarks: list[tuple[Finding, str]]
    note: str
    answer: str

    @property
    def key(self) -> str:
        return self.indicator.code

    @property
    def is_changed(self) -> bool:
        return any(row.is_changed for row in self.rows) if self.rows else self.cell.is_changed

    @property
    def columns(self) -> list[Indicator]:
        return list(self.indicator.columns.all())


@dataclass(frozen=True)
class Side:
    """What a reviewer or filer wrote beside the answers. notes: {key: note}; explanations: {finding key: text}."""

    findings: tuple[Finding, ...] = ()
    explanations: Mapping[str, str] | None = None
    notes: Mapping[str, str] | None = None

    def note(self, key: str) -> tuple[str, str]:
        """(the reviewer's note, the filer's answer to it)."""
        written = self.explanations or {}
        return (self.notes or {}).get(key, ""), written.get(answer_key(key), "")

    def remarks(self, code: str) -> list[tuple[Finding, str]]:
        mine = (each for each in self.findings if code in map(checks.question_of, each.codes))
        return [(each, (self.explanations or {}).get(each.key, "")) for each in mine]


def answer_key(key: str) -> str:
    """Where Report.explanations keeps the filer's answer to the note of this key."""
    return f"{ANSWERS_NOTE}{key}"


def noted_key(key: str) -> str | None:
    """The key of the note that an explanation answers; None for an explanation of a finding."""
    return key.removeprefix(ANSWERS_NOTE) if key.startswith(ANSWERS_NOTE) else None


def compare(
    questions: Iterable[Indicator], now: Answers, before: Answers, labels: Labels, side: Side | None = None
) -> list[Line]:
    """labels: {table code: {row key: name}}, in the order of the rows; rows that neither side answers are left out."""
    beside = side or Side()
    return [_line(each, now.get(each.code), before.get(each.code), labels, beside) for each in questions]


def compare_cell(asked: Indicator, now: Any, before: Any) -> Cell:
    there, was = is_answered(now), is_answered(before)
    if not there and not was:
        return Cell(asked.label, shown(asked, None), shown(asked, None), "")
    return Cell(asked.label, shown(asked, now), shown(asked, before), _change(asked, now, before, there, was))


def _change(asked: Indicator, now: Any, before: Any, there: bool, was: bool) -> str:
    if not was or not there:
        return NEW if there else GONE
    one, other = (as_number(now), as_number(before)) if asked.is_numeric else (None, None)
    if one is not None and other is not None:
        return SAME if one == other else _difference(one, other)
    return SAME if now == before else DIFFERENT


def _difference(now: Decimal, before: Decimal) -> str:
    """ "+2 (+40%)"; from 0 there is no percentage."""
    change = now - before
    written = f"{'+' if change > 0 else '−'}{formats.number(abs(change))}"
    if not before:
        return written
    ratio = abs(change) / abs(before) * 100
    return f"{written} ({'+' if change > 0 else '−'}{formats.number(ratio, 0)}%)"


def _line(asked: Indicator, now: Any, before: Any, labels: Labels, side: Side) -> Line:
    note, answer = side.note(asked.code)
    rows = _rows(asked, now, before, labels.get(asked.code, {}), side) if asked.is_table else []
    return Line(asked, compare_cell(asked, now, before), rows, side.remarks(asked.code), note, answer)


def _rows(table: Indicator, now: Any, before: Any, labels: Mapping[str, str], side: Side) -> list[Row]:
    one, other = _as_table(now), _as_table(before)
    columns = list(table.columns.all())
    keys = [key for key in [*labels, *_others(labels, one, other)] if _is_row(one, key) or _is_row(other, key)]
    return [
        Row(
            f"{table.code}@{key}",
            labels.get(key, key),
            [compare_cell(c, one.get(key, {}).get(c.code), other.get(key, {}).get(c.code)) for c in columns],
            *side.note(f"{table.code}@{key}"),
        )
        for key in keys
    ]


def _as_table(answer: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(answer, Mapping):
        return {}
    return {key: row for key, row in answer.items() if isinstance(row, Mapping)}


def _is_row(table: Mapping[str, Mapping[str, Any]], key: str) -> bool:
    return is_answered(table.get(key, {}))


def _others(labels: Mapping[str, str], *tables: Mapping[str, Any]) -> list[str]:
    """Rows of places that are gone by now."""
    return sorted({key for table in tables for key in table} - set(labels))
