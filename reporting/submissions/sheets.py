"""A report as it lies open for filing: what is asked, with the rows of its tables, beside what was accepted last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reporting.duties.models import Indicator, ValidationRule
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of, rules_of
from reporting.submissions.actions import Contents
from reporting.submissions.answers import Answers, is_answered, shown
from reporting.submissions.appraisal import Appraisal, appraise
from reporting.submissions.checks import Finding
from reporting.submissions.comparing import noted_key
from reporting.submissions.fields import as_typed
from reporting.submissions.queries import accepted_answers, last_accepted
from reporting.submissions.tables import Row, rows_of


@dataclass(frozen=True)
class Entry:
    """One input of the page: its label, what stands in it as typed, and the same as a person reads it."""

    label: str
    typed: str
    shown: str


@dataclass(frozen=True)
class Difference:
    """An input in which two people wrote different things."""

    name: str
    label: str
    mine: Entry
    theirs: Entry


@dataclass(frozen=True)
class Sheet:
    """previous: the answers of the last accepted report, of the period named by `previous_label`; {} for none."""

    obligation: Obligation
    questions: list[Indicator]
    rules: list[ValidationRule]
    rows: dict[str, list[Row]]
    previous: Answers
    previous_label: str

    @classmethod
    def of(cls, obligation: Obligation) -> Sheet:
        questions = list(questions_of(obligation))
        before = last_accepted(obligation)
        return cls(
            obligation,
            questions,
            list(rules_of(obligation)),
            {asked.code: rows_of(asked, obligation.agency) for asked in questions if asked.is_table},
            accepted_answers(before) if before else {},
            period_from_key(before.period).label if before else "",
        )

    def appraise(self, contents: Contents) -> Appraisal:
        if contents.is_nil:
            return Appraisal(0, [], [], {})
        return appraise(self.questions, self.rules, self.rows, contents.figures, self.previous, contents.explanations)

    def relevant(self, contents: Contents) -> Contents:
        """Without explanations of what is no longer odd. Answers to a reviewer's notes stay."""
        keys = {each.key for each in self.soft_findings(contents)}
        kept = {key: text for key, text in contents.explanations.items() if key in keys or self._answers_note(key)}
        return replace(contents, explanations=kept)

    def _answers_note(self, key: str) -> bool:
        noted = noted_key(key)
        return noted is not None and noted.partition("@")[0] in {asked.code for asked in self.questions}

    def soft_findings(self, contents: Contents) -> list[Finding]:
        return [each for each in self.appraise(contents).findings if not each.is_hard]

    def entries(self, contents: Contents) -> dict[str, Entry]:
        """{input name: what stands in it} for every input that holds something."""
        found = {name: entry for asked in self.questions for name, entry in self._of(asked, contents.figures)}
        found |= {
            f"jelas_{key}": Entry("Penjelasan", text, text) for key, text in contents.explanations.items() if text
        }
        words = {
            "obstacles": Entry("Kendala", contents.obstacles, contents.obstacles),
            "follow_up": Entry("Tindak lanjut", contents.follow_up, contents.follow_up),
            "is_nil": Entry("Nihil", "on" if contents.is_nil else "", "Ya" if contents.is_nil else ""),
            "nil_reason": Entry("Alasan nihil", contents.nil_reason, contents.nil_reason),
        }
        return found | {name: entry for name, entry in words.items() if entry.typed}

    def differences(self, mine: Contents, theirs: Contents) -> list[Difference]:
        """In the order of the page."""
        ours, others = self.entries(mine), self.entries(theirs)
        empty = Entry("", "", "")
        pairs = [(name, ours.get(name, empty), others.get(name, empty)) for name in {**ours, **others}]
        return [
            Difference(name, one.label or other.label, one, other)
            for name, one, other in pairs
            if one.typed != other.typed
        ]

    def _of(self, asked: Indicator, figures: Answers) -> list[tuple[str, Entry]]:
        answer: Any = figures.get(asked.code)
        if not is_answered(answer):
            return []
        if not asked.is_table:
            return [(f"angka_{asked.code}", Entry(asked.label, as_typed(asked, answer), shown(asked, answer)))]
        cells = [
            (row, column, (answer.get(row.key) or {}).get(column.code))
            for row in self.rows[asked.code]
            for column in asked.columns.all()
        ]
        return [
            (
                f"angka_{asked.code}.{column.code}@{row.key}",
                Entry(f"{column.label}, {row.label}", as_typed(column, cell), shown(column, cell)),
            )
            for row, column, cell in cells
            if is_answered(cell)
        ]


def merged(data: Mapping[str, Any], differences: list[Difference], choice: str) -> dict[str, Any]:
    """The posted fields after a choice between mine and theirs: "mine", "theirs", or "chosen" per question."""
    result = dict(data.items())
    for each in differences:
        takes_theirs = choice == "theirs" or (choice == "chosen" and data.get(f"pilih_{each.name}") == "theirs")
        if takes_theirs:
            result[each.name] = each.theirs.typed
            if not each.theirs.typed:
                del result[each.name]
    return result
