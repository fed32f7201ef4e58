"""Believable answers of demo reports: drawn per kind of question, near those of last time, and true to the rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reporting.duties.expressions import evaluate, holds, references
from reporting.duties.models import Indicator, ValidationRule
from reporting.submissions.actions import Contents
from reporting.submissions.answers import Answers, as_number, is_answered, numbers_of
from reporting.submissions.sheets import Sheet

Kind = Indicator.Kind
# (least, most) for a figure of this unit; others are small.
RANGES = {
    "orang": (6, 60), "kunjungan": (60, 240), "koperasi": (4, 40), "kg": (150, 2500), "ton": (2, 40), "m²": (600, 4000),
}  # fmt: skip
SMALL = (0, 12)
MILLION = 1_000_000
TEXTS = ("Jalan ke desa rusak setelah hujan.", "Menunggu tanda tangan kepala desa.", "Buku anggota belum lengkap.")
WHY = "Sudah diperiksa: kegiatan periode ini memang berbeda dari sebelumnya."


def contents_for(draw: random.Random, sheet: Sheet) -> Contents:
    """A whole report that may be sent: nothing missing, every hard rule kept, every odd figure explained."""
    figures = {asked.code: _answer(draw, asked, sheet) for asked in sheet.questions}
    codes = {*figures, *(f"prev:{code}" for code in figures)}
    rules = [rule for rule in sheet.rules if _is_about(rule, codes)]
    for _ in range(3):
        for rule in rules:
            _keep(draw, rule, sheet, figures)
    obstacles = draw.choice(["", "", "Sinyal di beberapa desa belum ada.", "Jalan ke desa terputus karena banjir."])
    follow_up = "Dilanjutkan pada periode berikutnya." if obstacles else ""
    contents = Contents(figures=figures, obstacles=obstacles, follow_up=follow_up)
    odd = {each.key: WHY for each in sheet.soft_findings(contents)}
    return Contents(figures=figures, explanations=odd, obstacles=obstacles, follow_up=follow_up)


def _answer(draw: random.Random, asked: Indicator, sheet: Sheet) -> Any:
    if not asked.is_table:
        return _simple(draw, asked, sheet, sheet.previous.get(asked.code))
    rows = {}
    for row in sheet.rows[asked.code]:
        if asked.is_required or draw.random() < 0.6:
            rows[row.key] = {column.code: _simple(draw, column, sheet, None) for column in asked.columns.all()}
    return rows


def _simple(draw: random.Random, asked: Indicator, sheet: Sheet, before: Any) -> Any:
    if not asked.is_required and not asked.is_numeric and draw.random() < 0.7:
        return None
    return ANSWERS[Kind(asked.kind)](draw, asked, sheet, before)


def _count(draw: random.Random, asked: Indicator, sheet: Sheet, before: Any) -> int:
    least, most = RANGES.get(asked.unit, SMALL)
    near = as_number(before)
    drawn = round(float(near) * draw.uniform(0.85, 1.15)) if near else draw.randint(least, most)
    return min(drawn, int(asked.maximum)) if asked.maximum is not None else drawn


def _money(draw: random.Random, asked: Indicator, sheet: Sheet, before: Any) -> int:
    near = as_number(before)
    return round(float(near) / MILLION * draw.uniform(0.9, 1.1)) * MILLION if near else draw.randint(5, 400) * MILLION


def _number(draw: random.Random, asked: Indicator, sheet: Sheet, before: Any) -> str:
    least, most = RANGES.get(asked.unit, SMALL)
    near = as_number(before)
    drawn = float(near) * draw.uniform(0.85, 1.15) if near else draw.uniform(least, most)
    return f"{drawn:.{asked.decimals}f}"


def _date(draw: random.Random, asked: Indicator, sheet: Sheet, before: Any) -> str:
    return (sheet.obligation.ends_on - timedelta(days=draw.randint(0, 12))).isoformat()


ANSWERS: dict[str, Callable[[random.Random, Indicator, Sheet, Any], Any]] = {
    Kind.COUNT: _count,
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.PERCENT: lambda draw, asked, sheet, before: f"{draw.uniform(40, 95):.{asked.decimals}f}",
    Kind.YES_NO: lambda draw, asked, sheet, before: draw.random() < 0.8,
    Kind.CHOICE: lambda draw, asked, sheet, before: draw.choice(asked.choices)["code"],
    Kind.DATE: _date,
    Kind.TEXT: lambda draw, asked, sheet, before: draw.choice(TEXTS),
}


def _is_about(rule: ValidationRule, codes: set[str]) -> bool:
    return all(name.partition(".")[0] in codes for name in references(rule.left) + references(rule.right))


def _keep(draw: random.Random, rule: ValidationRule, sheet: Sheet, figures: dict[str, Any]) -> None:
    """Where the figures break the rule, set the one figure that stands alone on a side so that they do not."""
    values = _values(sheet, figures)
    if holds(rule.left, rule.operator, rule.right, values) is not False:
        return
    alone, other = _sides(rule, figures)
    wanted = evaluate(other, values) if alone else None
    if wanted is None or not alone:
        return
    is_left = alone == _only(rule.left)
    if rule.operator == "<=":
        wanted = Decimal(draw.randint(0, int(wanted))) if is_left else wanted + draw.randint(0, 3)
    if rule.operator == ">=" and is_left:
        wanted += draw.randint(0, 3)
    figures[alone] = int(wanted)


def _sides(rule: ValidationRule, figures: Answers) -> tuple[str, str]:
    """(code that stands alone on a side and is a plain figure, the other side), or ("", "")."""
    for side, other in ((rule.left, rule.right), (rule.right, rule.left)):
        code = _only(side)
        if code in figures and isinstance(figures[code], int):
            return code, other
    return "", ""


def _only(side: str) -> str:
    names = references(side)
    return names[0] if len(names) == 1 and side.strip() == f"#{{{names[0]}}}" else ""


def _values(sheet: Sheet, figures: dict[str, Any]) -> dict[str, Decimal | None]:
    before = {f"prev:{code}": number for code, number in numbers_of(sheet.questions, sheet.previous).items()}
    answered = {code: answer for code, answer in figures.items() if is_answered(answer)}
    return {**numbers_of(sheet.questions, answered), **before}
