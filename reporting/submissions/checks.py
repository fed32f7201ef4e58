"""What is wrong with a report: answers missing, out of bounds, at odds with one another, or far from last time.

The one validation that page, submission, API, offline template and review ask. Pure: questions, rules and answers in,
codes and findings out. A nil report has nothing to check; callers leave it out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from katingan_portal.ui import formats
from reporting.duties.expressions import BadExpression, holds, references
from reporting.duties.models import Indicator, ValidationRule
from reporting.submissions.answers import Answers, as_number, column_total, is_answered, numbers_of, shown

Kind = Indicator.Kind
Rows = Mapping[str, Sequence[str]]
LARGEST = Decimal(10) ** 15

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or odd. A hard one stops the submission, a soft one asks for an explanation.

    key: names it in Report.explanations: "rule-3", "jump-code", "bound-code", "kind-code". codes: the questions it is
    about, as `missing` writes them. message: Indonesian, with the question and the numbers.
    """

    key: str
    codes: tuple[str, ...]
    message: str
    is_hard: bool


def missing(questions: Iterable[Indicator], answers: Answers, rows: Rows | None = None) -> list[str]:
    """The codes of what must still be answered, "table.column@row" for cells, in the order of the questions.

    rows: {table code: the row keys that it asks about}. A required table wants each of them; without `rows`, and in a
    table that may stay empty, only a row that was begun must be finished.
    """
    return [code for question in questions for code in _missing_of(question, answers.get(question.code), rows)]


def findings(
    questions: Iterable[Indicator], rules: Iterable[ValidationRule], answers: Answers, previous: Answers
) -> list[Finding]:
    """Everything wrong or odd: kinds and bounds per question, then the rules, then jumps against `previous`.

    previous: the answers of the last accepted report, {} where there is none.
    """
    asked = list(questions)
    found = [finding for place in _places(asked, answers) for finding in _unfit(*place)]
    found += _broken_rules(asked, rules, answers, previous)
    return found + _jumps(asked, answers, previous)


def unexplained(found: Iterable[Finding], explanations: Mapping[str, str]) -> list[Finding]:
    """The soft findings without an explanation of their own."""
    return [each for each in found if not each.is_hard and not str(explanations.get(each.key) or "").strip()]


def is_empty(questions: Iterable[Indicator], answers: Answers) -> bool:
    """Whether not one of the questions has an answer."""
    return not any(is_answered(answers.get(question.code)) for question in questions)


def question_of(code: str) -> str:
    """The top question that a code of `missing` or a finding belongs to: "table.column@row" → "table"."""
    return code.partition(".")[0]


def _missing_of(question: Indicator, answer: Any, rows: Rows | None) -> list[str]:
    if not question.is_table:
        return [question.code] if question.is_required and not is_answered(answer) else []
    written = answer if isinstance(answer, Mapping) else {}
    begun = [key for key, row in written.items() if is_answered(row)]
    if question.is_required and not begun and not (rows or {}).get(question.code):
        return [question.code]
    wanted = [*(rows or {}).get(question.code, ())] if question.is_required else []
    return [
        f"{question.code}.{column.code}@{key}"
        for key in dict.fromkeys([*wanted, *begun])
        for column in question.columns.all()
        if column.is_required and not is_answered(_cell(written, key, column.code))
    ]


def _cell(written: Mapping[str, Any], key: str, column: str) -> Any:
    row = written.get(key)
    return row.get(column) if isinstance(row, Mapping) else None


Place = tuple[str, Indicator, Any]


def _places(questions: Iterable[Indicator], answers: Answers) -> Iterator[Place]:
    """(code, question or column, answer) of everything that was answered."""
    for question in questions:
        answer = answers.get(question.code)
        if not is_answered(answer):
            continue
        if not question.is_table or not isinstance(answer, Mapping):
            yield question.code, question, answer
            continue
        for key, row in answer.items():
            for column in question.columns.all():
                if is_answered(_cell({key: row}, key, column.code)):
                    yield f"{question.code}.{column.code}@{key}", column, row[column.code]


def problem_of(question: Indicator, answer: Any) -> str:
    """What is wrong with one answer by itself, kind or bounds; "" for nothing. Does not repeat the question."""
    return _kind_problem(question, answer) or _bounds_problem(question, answer)


def _unfit(code: str, question: Indicator, answer: Any) -> list[Finding]:
    """At most one finding: the answer is of another kind, or out of its bounds."""
    kind = _kind_problem(question, answer)
    problem = kind or _bounds_problem(question, answer)
    key = f"{'kind' if kind else 'bound'}-{code}"
    return [Finding(key, (code,), f"{question.label}: {problem}", is_hard=True)] if problem else []


def _kind_problem(question: Indicator, answer: Any) -> str:
    """What is wrong with an answer of the wrong kind, "" for a right one. Pages never get here; files and API may."""
    if question.is_numeric:
        return _number_problem(question, answer)
    if question.is_table:
        return "tabel ini tidak terbaca."
    if question.kind == Kind.YES_NO:
        return "" if isinstance(answer, bool) else f"“{answer}” bukan ya atau tidak."
    if question.kind == Kind.CHOICE:
        known = {choice["code"] for choice in question.choices}
        return "" if isinstance(answer, str) and answer in known else f"“{answer}” bukan salah satu pilihan."
    if question.kind == Kind.DATE:
        return "" if _is_date(answer) else f"“{answer}” bukan tanggal."
    return "" if isinstance(answer, str) else f"“{answer}” bukan uraian."


def _number_problem(question: Indicator, answer: Any) -> str:
    number = None if isinstance(answer, bool) else as_number(answer)
    if number is None:
        return f"“{answer}” bukan angka."
    decimals = decimals_of(question)
    if number != round(number, decimals):
        return f"{_plain(number)} punya terlalu banyak angka di belakang koma; paling banyak {decimals}."
    return ""


def _is_date(answer: Any) -> bool:
    try:
        return bool(date.fromisoformat(answer))
    except (TypeError, ValueError):
        return False


def decimals_of(question: Indicator) -> int:
    """How many digits may follow the comma. Counts and rupiah are whole."""
    return question.decimals if question.kind in (Kind.NUMBER, Kind.PERCENT) else 0


def bounds_of(question: Indicator) -> tuple[Decimal | None, Decimal]:
    """(smallest or None, largest) of a numeric question. Counts, money and percents start at 0 unless it says else."""
    smallest = question.minimum
    if smallest is None and question.kind != Kind.NUMBER:
        smallest = Decimal(0)
    largest = Decimal(100) if question.kind == Kind.PERCENT else LARGEST
    return smallest, largest if question.maximum is None else question.maximum


def _bounds_problem(question: Indicator, answer: Any) -> str:
    number = as_number(answer) if question.is_numeric else None
    if number is None:
        return ""
    smallest, largest = bounds_of(question)
    if smallest is not None and number < smallest:
        return f"{shown(question, number)} kurang dari nilai terkecil, {shown(question, smallest)}."
    if number > largest:
        return f"{shown(question, number)} lebih dari nilai terbesar, {shown(question, largest)}."
    return ""


def _broken_rules(
    questions: list[Indicator], rules: Iterable[ValidationRule], answers: Answers, previous: Answers
) -> list[Finding]:
    """A rule with a side that has no value yet says nothing; `missing` does."""
    numbers = numbers_of(questions, answers)
    values = {**numbers, **{f"prev:{code}": number for code, number in numbers_of(questions, previous).items()}}
    return [_rule_finding(questions, rule, values) for rule in rules if _is_broken(rule, values)]


def _is_broken(rule: ValidationRule, values: Mapping[str, Decimal | None]) -> bool:
    try:
        return holds(rule.left, rule.operator, rule.right, values) is False
    except BadExpression as wrong:
        # Publishing refuses such a rule. One that slipped through must not lock the filer out for good.
        logger.warning("rule %s of form version %s cannot be read: %s", rule.order, rule.version_id, wrong)
        return False


def _rule_finding(questions: list[Indicator], rule: ValidationRule, values: Mapping[str, Decimal | None]) -> Finding:
    named = list(dict.fromkeys(references(rule.left) + references(rule.right)))
    labels = _labelled(questions)
    numbers = ", ".join(f"{_label(labels, name)} {_written(labels, name, values[name])}" for name in named)
    codes = tuple(dict.fromkeys(name for name in named if not name.startswith("prev:")))
    message = f"{rule.message} ({numbers})" if numbers else rule.message
    return Finding(f"rule-{rule.order}", codes, message, is_hard=rule.is_hard)


def _labelled(questions: Iterable[Indicator]) -> dict[str, Indicator]:
    """{code or "table.column": the question or column}."""
    found: dict[str, Indicator] = {}
    for question in questions:
        found[question.code] = question
        if question.is_table:
            found |= {f"{question.code}.{column.code}": column for column in question.columns.all()}
    return found


def _label(labels: Mapping[str, Indicator], name: str) -> str:
    code = name.removeprefix("prev:")
    label = labels[code].label if code in labels else code
    return f"{label} lalu" if name.startswith("prev:") else label


def _written(labels: Mapping[str, Indicator], name: str, number: Decimal | None) -> str:
    question = labels.get(name.removeprefix("prev:"))
    if question is None or number is None:
        return formats.number(number)
    return shown(question, bool(number) if question.kind == Kind.YES_NO else number)


def _jumps(questions: Iterable[Indicator], answers: Answers, previous: Answers) -> list[Finding]:
    """Figures that changed by more than their question allows; of a table, the totals of its columns.

    From 0 there is no percentage, so a first figure warns of nothing.
    """
    found: list[Finding] = []
    for question in questions:
        for code, asked in _warned(question):
            before, now = _figure(asked, code, previous), _figure(asked, code, answers)
            if before and now is not None and _change(before, now) > (asked.warn_change_percent or 0):
                found.append(Finding(f"jump-{code}", (code,), _jump_message(asked, before, now), is_hard=False))
    return found


def _warned(question: Indicator) -> list[tuple[str, Indicator]]:
    there = [(f"{question.code}.{c.code}", c) for c in question.columns.all()] if question.is_table else []
    places = there or [(question.code, question)]
    return [(code, asked) for code, asked in places if asked.is_numeric and asked.warn_change_percent is not None]


def _figure(asked: Indicator, code: str, answers: Answers) -> Decimal | None:
    table, _, column = code.partition(".")
    return column_total(answers.get(table), column) if column else as_number(answers.get(code))


def _change(before: Decimal, now: Decimal) -> Decimal:
    """How far, in percent of what was before."""
    return abs(now - before) / abs(before) * 100


def _jump_message(asked: Indicator, before: Decimal, now: Decimal) -> str:
    way = "naik" if now > before else "turun"
    change = formats.number(_change(before, now), 0)
    return (
        f"{asked.label} {way} {change}%: dari {shown(asked, before)} menjadi {shown(asked, now)}. "
        "Periksa lagi; bila memang benar, jelaskan sebabnya."
    )


def _plain(number: Decimal) -> str:
    return format(number, "f").replace(".", ",")
