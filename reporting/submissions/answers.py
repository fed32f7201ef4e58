"""How an answer is kept in JSON, per kind of question, and how it is read as a number or shown.

count, money: int. number, percent: the decimal as text ("45.46"; older percents are int). yes_no: bool. choice: the
choice's code. date: "2026-11-24". text: text. Tables: {row key: {column code: answer}}, the row key being a village's
code or a cooperative's id as text. Nothing answered: the key is absent or null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from katingan_portal.ui import formats
from reporting.duties.models import Indicator

Answers = Mapping[str, Any]


def kept(value: Any) -> Any:
    """A form field's clean value as it is kept in JSON."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip() or None
    return value


def is_answered(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(is_answered(each) for each in value.values())
    return value is not None and value != ""


DIGITS = 20


def as_number(value: Any) -> Decimal | None:
    """The number in an answer; None for what is not a number, or has more digits than a figure is stored with.

    Yes counts as 1, no as 0.
    """
    if not isinstance(value, bool | int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except ArithmeticError:
        return None
    return number if number.is_finite() and -DIGITS <= number.adjusted() < DIGITS else None


def column_total(answer: Any, column: str) -> Decimal | None:
    """The sum of one column over a table's rows; None where no row has a number in it."""
    if not isinstance(answer, Mapping):
        return None
    numbers = [as_number(row.get(column)) for row in answer.values() if isinstance(row, Mapping)]
    there = [number for number in numbers if number is not None]
    return sum(there, Decimal(0)) if there else None


def numbers_of(indicators: Iterable[Indicator], answers: Answers) -> dict[str, Decimal | None]:
    """{code or "table.column": number} of every numeric answer, as the expressions of rules name them."""
    found: dict[str, Decimal | None] = {}
    for indicator in indicators:
        if indicator.is_table:
            for column in indicator.columns.all():
                found[f"{indicator.code}.{column.code}"] = column_total(answers.get(indicator.code), column.code)
        elif indicator.is_numeric or indicator.kind == Indicator.Kind.YES_NO:
            found[indicator.code] = as_number(answers.get(indicator.code))
    return found


def shown(indicator: Indicator, value: Any) -> str:
    """An answer as a person reads it, with its unit; a dash where there is none."""
    if not is_answered(value):
        return formats.number(None)
    if indicator.is_table:
        return f"{sum(is_answered(row) for row in value.values())} baris"
    written = _SHOWN.get(Indicator.Kind(indicator.kind), _plain)(indicator, value)
    has_sign = indicator.kind in (Indicator.Kind.MONEY, Indicator.Kind.PERCENT)
    return f"{written} {indicator.unit}" if indicator.unit and indicator.is_numeric and not has_sign else written


def _decimal(indicator: Indicator, value: Any) -> str:
    return formats.number(as_number(value), indicator.decimals or None)


def _plain(indicator: Indicator, value: Any) -> str:
    return _decimal(indicator, value) if indicator.is_numeric else str(value)


_SHOWN: dict[str, Any] = {
    Indicator.Kind.MONEY: lambda indicator, value: formats.rupiah(as_number(value)),
    Indicator.Kind.PERCENT: lambda indicator, value: f"{_decimal(indicator, value)}%",
    Indicator.Kind.YES_NO: lambda indicator, value: "Ya" if value else "Tidak",
    Indicator.Kind.CHOICE: lambda indicator, value: {c["code"]: c["label"] for c in indicator.choices}.get(
        value, value
    ),
    Indicator.Kind.DATE: lambda indicator, value: formats.short_day(date.fromisoformat(value)),
    Indicator.Kind.TEXT: lambda indicator, value: str(value),
}
