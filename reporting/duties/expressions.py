"""Expressions of validation rules, as in DHIS2: #{code} names an answer; numbers, + - * / and brackets around them.

#{table.column} is the sum of a table's column, #{prev:code} the same answer of the last accepted report. Read by a
small parser of our own: nothing of Python is evaluated, and arithmetic is decimal throughout.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches

REFERENCE = re.compile(r"#\{((?:prev:)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)?)\}")
TOKEN = re.compile(rf"\s*(?:({REFERENCE.pattern})|([0-9]+(?:\.[0-9]+)?)|([-+*/()]))")
# Far beyond what a person writes, and far below what would exhaust the stack.
DEEPEST = 50

Operation = Callable[[Decimal, Decimal], Decimal]
SUMS: dict[str, Operation] = {"+": operator.add, "-": operator.sub}
PRODUCTS: dict[str, Operation] = {"*": operator.mul, "/": operator.truediv}
COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class BadExpression(ValueError):
    """The expression cannot be read; the message is for the user."""


def references(expression: str) -> list[str]:
    """The codes that an expression names, "prev:" and ".column" included, in order."""
    return REFERENCE.findall(expression)


def evaluate(expression: str, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """The expression's value, or None where an answer that it names is missing or it divides by zero.

    Raises BadExpression for what is no expression.
    """
    reading = _Reading(expression)
    try:
        return reading.value(values)
    except ArithmeticError:
        return None


def holds(left: str, comparison: str, right: str, values: Mapping[str, Decimal | None]) -> bool | None:
    """Whether left comparison right; None where a side has no value yet."""
    one, other = evaluate(left, values), evaluate(right, values)
    if one is None or other is None:
        return None
    return COMPARISONS[comparison](one, other)


def check_expression(expression: str, known: Collection[str] | None = None) -> None:
    """Raises BadExpression unless the expression can be evaluated; with `known`, unless each code is one of them."""
    _Reading(expression)
    for name in references(expression):
        if known is not None and name.removeprefix("prev:") not in known:
            raise BadExpression(_unknown(name.removeprefix("prev:"), known))


def _unknown(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f" Mungkin maksud Anda #{{{near[0]}}}." if near else ""
    return f"Kode “{name}” tidak ada di formulir ini sebagai pertanyaan yang berisi angka.{hint}"


@dataclass
class _Reading:
    """One expression, read left to right by the usual rules: brackets, then * and /, then + and -."""

    expression: str
    steps: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = _tokens(self.expression)
        self.at, self.depth = 0, 0
        self.program = self._sum()
        if self.at < len(self.steps):
            raise self._unreadable()

    def value(self, values: Mapping[str, Decimal | None]) -> Decimal | None:
        if any(values.get(name) is None for name in references(self.expression)):
            return None
        return self.program(values)

    def _sum(self) -> _Program:
        return self._chain(self._product, SUMS)

    def _product(self) -> _Program:
        return self._chain(self._operand, PRODUCTS)

    def _chain(self, part: Callable[[], _Program], operations: Mapping[str, Operation]) -> _Program:
        first, rest = part(), []
        while self._sign() in operations:
            operation = operations[self._take()[1]]
            rest.append((operation, part()))
        return _folded(first, rest) if rest else first

    def _operand(self) -> _Program:
        kind, text = self._take()
        if kind == "code":
            return lambda values: values[text] or Decimal(0)
        if kind == "number":
            number = Decimal(text)
            return lambda values: number
        if text in ("-", "("):
            return self._inner(text)
        raise self._unreadable()

    def _inner(self, opening: str) -> _Program:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadExpression("Kurung atau tanda minus bertumpuk terlalu dalam. Sederhanakan aturannya.")
        if opening == "-":
            operand = self._operand()
            program: _Program = lambda values: -operand(values)  # noqa: E731
        else:
            program = self._sum()
            if self._take() != ("sign", ")"):
                raise self._unreadable()
        self.depth -= 1
        return program

    def _sign(self) -> str:
        there = self.at < len(self.steps) and self.steps[self.at][0] == "sign"
        return self.steps[self.at][1] if there else ""

    def _take(self) -> tuple[str, str]:
        if self.at >= len(self.steps):
            raise self._unreadable()
        self.at += 1
        return self.steps[self.at - 1]

    def _unreadable(self) -> BadExpression:
        return BadExpression(f"“{self.expression}” tidak terbaca. Tulis misalnya #{{kode-a}} + #{{kode-b}}.")


_Program = Callable[[Mapping[str, Decimal | None]], Decimal]


def _folded(first: _Program, rest: list[tuple[Operation, _Program]]) -> _Program:
    def run(values: Mapping[str, Decimal | None]) -> Decimal:
        total = first(values)
        for operation, part in rest:
            total = operation(total, part(values))
        return total

    return run


def _tokens(expression: str) -> list[tuple[str, str]]:
    """("code", name), ("number", digits) or ("sign", one of + - * / and brackets), in order."""
    found, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise BadExpression(_strange(text[at:].strip()))
        _, code, number, sign = match.groups()
        found.append(("code", code) if code else ("number", number) if number else ("sign", sign))
        at = match.end()
    return found


def _strange(rest: str) -> str:
    allowed = "Hanya #{kode}, bilangan (desimal dengan titik), tanda + - * / dan kurung yang boleh dipakai."
    return f"“{rest[:20]}” tidak dikenal. {allowed}"
