"""How far a report is: what is filled, what is missing with where it stands, and what is wrong or odd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reporting.duties.models import Indicator, ValidationRule
from reporting.submissions import checks
from reporting.submissions.answers import Answers
from reporting.submissions.tables import Row


@dataclass(frozen=True)
class Gap:
    """One required answer that is missing. anchor: the id of its input on the page."""

    code: str
    label: str
    anchor: str


LINKED = 15  # gaps that the page lists with a link; a new report of a whole district may lack hundreds of cells


@dataclass(frozen=True)
class Appraisal:
    """wanted: how many answers the report must have. gaps: those it lacks. findings: hard and soft ones."""

    wanted: int
    gaps: list[Gap]
    findings: list[checks.Finding]
    explanations: Mapping[str, str]

    @property
    def filled(self) -> int:
        return self.wanted - len(self.gaps)

    @property
    def linked_gaps(self) -> list[Gap]:
        return self.gaps[:LINKED]

    @property
    def has_more_gaps(self) -> bool:
        return len(self.gaps) > LINKED

    @property
    def wrong(self) -> list[checks.Finding]:
        return [each for each in self.findings if each.is_hard]

    @property
    def to_explain(self) -> list[checks.Finding]:
        return checks.unexplained(self.findings, self.explanations)

    @property
    def is_ready(self) -> bool:
        return not self.gaps and not self.wrong and not self.to_explain

    def findings_at(self, question: str) -> list[checks.Finding]:
        """Those shown at a question: each stands at the first question it is about."""
        return [each for each in self.findings if place_of(each) == question]


def place_of(finding: checks.Finding) -> str:
    """The code of the question at which a finding is shown; "" for one about none."""
    return checks.question_of(finding.codes[0]) if finding.codes else ""


def appraise(
    questions: Iterable[Indicator],
    rules: Iterable[ValidationRule],
    rows: Mapping[str, list[Row]],
    answers: Answers,
    previous: Answers,
    explanations: Mapping[str, str],
) -> Appraisal:
    asked = list(questions)
    keys = {code: [row.key for row in each] for code, each in rows.items()}
    lacking = checks.missing(asked, answers, keys)
    wanted = {*checks.missing(asked, {}, keys), *lacking}
    gaps = [
        Gap(code, label, anchor_of(asked_by_code(asked, code), code)) for code, label in _labelled(asked, rows, lacking)
    ]
    return Appraisal(len(wanted), gaps, checks.findings(asked, rules, answers, previous), explanations)


def asked_by_code(questions: Iterable[Indicator], code: str) -> Indicator | None:
    return next((each for each in questions if each.code == checks.question_of(code)), None)


def anchor_of(question: Indicator | None, code: str) -> str:
    """The id of the input; of radio buttons the first one."""
    first = "_0" if question and question.kind == Indicator.Kind.YES_NO else ""
    return f"id_angka_{code}{first}"


def _labelled(
    questions: list[Indicator], rows: Mapping[str, list[Row]], codes: Iterable[str]
) -> Iterable[tuple[str, str]]:
    labels: dict[Any, str] = {question.code: question.label for question in questions}
    for table in (question for question in questions if question.is_table):
        labels |= {f"{table.code}.{column.code}": column.label for column in table.columns.all()}
    names = {(code, row.key): row.label for code, each in rows.items() for row in each}
    for code in codes:
        cell, _, key = code.partition("@")
        where = names.get((checks.question_of(code), key), key)
        yield code, f"{labels[cell]}, {where}" if key else labels[cell]
