"""Reads of the form builder: what a version asks in the filer's order, what it lacks, and what changed between two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import F, Prefetch

from reporting.duties.expressions import BadExpression, check_expression
from reporting.duties.models import Duty, FormVersion, Indicator, ReportForm, ValidationRule

SETTING_FIELDS = (
    "name", "purpose", "period_type", "due_kind", "due_count", "due_shift", "review_working_days",
    "correction_working_days", "promise_working_days", "is_portal_default", "collects_from", "is_active",
)  # fmt: skip
QUESTION_FIELDS = (
    "duty_id", "section", "code", "label", "help_text", "unit", "kind", "is_required", "minimum", "maximum",
    "decimals", "choices", "aggregation", "warn_change_percent",
)  # fmt: skip
RULE_FIELDS = ("left", "operator", "right", "message", "is_hard")


@dataclass
class Section:
    """Questions under one heading; the heading is "" where there is none."""

    name: str
    questions: list[Indicator] = field(default_factory=list)


@dataclass
class DutyPart:
    """What is asked about one duty, or (None) of every agency that files the form."""

    duty: Duty | None
    sections: list[Section] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """Why a draft cannot be published yet; `thing` is the question or rule to mend, if it is about one."""

    text: str
    thing: Indicator | ValidationRule | None = None


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass
class Changes:
    """What a version asks otherwise than the one before it. Questions are the same where their codes are."""

    added: list[Indicator] = field(default_factory=list)
    removed: list[Indicator] = field(default_factory=list)
    changed: list[tuple[Indicator, list[FieldChange]]] = field(default_factory=list)
    added_rules: list[ValidationRule] = field(default_factory=list)
    removed_rules: list[ValidationRule] = field(default_factory=list)
    moved: bool = False

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.added_rules, self.removed_rules, self.moved))


def questions_in(version: FormVersion) -> list[Indicator]:
    """Every top question of the version with its columns, in the order in which the filer meets them."""
    columns = Indicator.objects.order_by("order").select_related("parent")
    return list(
        Indicator.objects.filter(version=version, parent=None)
        .select_related("duty")
        .prefetch_related(Prefetch("columns", queryset=columns))
        .order_by(F("duty__order").asc(nulls_last=True), "order")
    )


def rules_in(version: FormVersion) -> list[ValidationRule]:
    return list(ValidationRule.objects.filter(version=version).order_by("order"))


def outline(questions: Iterable[Indicator]) -> list[DutyPart]:
    """The questions under their duties and headings."""
    parts: dict[int | None, DutyPart] = {}
    for question in questions:
        part = parts.setdefault(question.duty_id, DutyPart(question.duty))
        section = next((each for each in part.sections if each.name == question.section), None)
        if section is None:
            section = Section(question.section)
            part.sections.append(section)
        section.questions.append(question)
    return list(parts.values())


def codes_for_rules(questions: Iterable[Indicator]) -> dict[str, str]:
    """{code as expressions name it: question} of everything that has a number: "table.column" for columns."""
    found: dict[str, str] = {}
    for question in questions:
        if question.is_table:
            for column in question.columns.all():
                if _has_number(column):
                    found[f"{question.code}.{column.code}"] = f"{question.label}: jumlah kolom {column.label}"
        elif _has_number(question):
            found[question.code] = question.label
    return found


def problems_of(version: FormVersion) -> list[Problem]:
    """Why the version cannot be published; nothing when it can."""
    questions = questions_in(version)
    if not questions:
        return [Problem("Formulir ini belum punya pertanyaan. Tambahkan paling sedikit satu.")]
    problems = [problem for question in questions for problem in _problems_of_question(question)]
    known = codes_for_rules(questions)
    for number, rule in enumerate(rules_in(version), start=1):
        problems += [Problem(f"Aturan {number}: {text}", rule) for text in rule_errors(rule.left, rule.right, known)]
    return problems


def rule_errors(left: str, right: str, known: Iterable[str]) -> list[str]:
    """What is wrong with the sides of a rule, in words for the user."""
    errors: list[str] = []
    for side, expression in (("sisi kiri", left), ("sisi kanan", right)):
        try:
            check_expression(expression, list(known))
        except BadExpression as refusal:
            errors.append(f"{side}: {refusal}")
    return errors


def changes_between(before: FormVersion | None, after: FormVersion) -> Changes:
    """What `after` asks otherwise than `before`; everything is new where there was none."""
    old = _by_code(questions_in(before)) if before else {}
    new = _by_code(questions_in(after))
    old_rules = {_rule_key(rule): rule for rule in (rules_in(before) if before else [])}
    new_rules = {_rule_key(rule): rule for rule in rules_in(after)}
    staying = [code for code in new if code in old]
    return Changes(
        added=[new[code] for code in new if code not in old],
        removed=[old[code] for code in old if code not in new],
        changed=[(new[code], told) for code in staying if (told := field_changes(old[code], new[code]))],
        added_rules=[rule for key, rule in new_rules.items() if key not in old_rules],
        removed_rules=[rule for key, rule in old_rules.items() if key not in new_rules],
        moved=staying != [code for code in old if code in new],
    )


def field_changes(before: Indicator, after: Indicator) -> list[FieldChange]:
    """The settings in which two questions differ, as a person reads them."""
    names = [name for name in QUESTION_FIELDS if getattr(before, name) != getattr(after, name)]
    told = [FieldChange(_label_of(name), in_words(before, name), in_words(after, name)) for name in names]
    if table_of(before) != table_of(after):
        told.append(FieldChange("tabel", table_of(before) or "–", table_of(after) or "–"))
    return told


def in_words(question: Indicator, name: str) -> str:
    """One setting of a question as text."""
    value = getattr(question, name)
    if name == "duty_id":
        return str(question.duty) if question.duty else "semua pengisi formulir"
    if name == "choices":
        return "; ".join(str(each.get("label", "")) for each in value) or "–"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    shown = getattr(question, f"get_{name}_display", None)
    if shown is None and name in ("minimum", "maximum") and value is not None:
        value = format(value.normalize(), "f")
    return str(shown() if shown else value if value not in (None, "") else "–")


def table_of(question: Indicator) -> str:
    return question.parent.code if question.parent else ""


def fingerprint(thing: models.Model) -> str:
    """Short text that changes when what may be edited about the thing changes: an editor sends back what they saw."""
    names = {ReportForm: SETTING_FIELDS, Indicator: QUESTION_FIELDS, ValidationRule: RULE_FIELDS}[type(thing)]  # type: ignore[index]
    return _digest([_plain(getattr(thing, name)) for name in names])


def fingerprint_of_version(version: FormVersion) -> str:
    """The same for all that a version asks, order included."""
    told: list[Any] = [str(version.state)]
    for question in questions_in(version):
        told += [question.pk, fingerprint(question)]
        told += [(column.pk, fingerprint(column)) for column in question.columns.all()]
    return _digest([*told, *((rule.pk, fingerprint(rule)) for rule in rules_in(version))])


def draft_of(form: ReportForm) -> FormVersion | None:
    return FormVersion.objects.filter(form=form, state=FormVersion.State.DRAFT).first()


def _problems_of_question(question: Indicator) -> list[Problem]:
    columns: Sequence[Indicator] = list(question.columns.all())
    problems = [Problem(text, question) for text in _faults(question)]
    if question.is_table and not columns:
        problems.append(Problem(f"Tabel “{question.label}” belum punya kolom.", question))
    if columns and not question.is_table:
        problems.append(Problem(f"“{question.label}” bukan tabel, tetapi masih punya kolom.", question))
    return problems + [Problem(text, column) for column in columns for text in _faults(column)]


def _faults(question: Indicator) -> list[str]:
    faults: list[str] = []
    labels = [str(each.get("label", "")).strip() for each in question.choices]
    if question.kind == Indicator.Kind.CHOICE and (len(labels) < 2 or not all(labels)):
        faults.append(f"Pilihan “{question.label}” perlu paling sedikit dua isi yang berlabel.")
    if len(set(labels)) < len(labels):
        faults.append(f"Pilihan “{question.label}” memuat isi yang sama dua kali.")
    if question.parent_id and question.is_table:
        faults.append(f"Kolom “{question.label}” tidak boleh berupa tabel.")
    return faults


def _has_number(question: Indicator) -> bool:
    return question.is_numeric or question.kind == Indicator.Kind.YES_NO


def _by_code(questions: Iterable[Indicator]) -> dict[str, Indicator]:
    found: dict[str, Indicator] = {}
    for question in questions:
        found[question.code] = question
        found.update({column.code: column for column in question.columns.all()})
    return found


def _rule_key(rule: ValidationRule) -> tuple[Any, ...]:
    return tuple(getattr(rule, name) for name in RULE_FIELDS)


def _label_of(name: str) -> str:
    return str(Indicator._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr]


def _plain(value: Any) -> str:
    return format(value.normalize(), "f") if hasattr(value, "normalize") else repr(value)


def _digest(told: list[Any]) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
