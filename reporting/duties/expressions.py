"""Expressions of validation rules, as in DHIS2: #{code} names an answer; numbers, + - * / and brackets around them.

#{table.column} is the sum of a table's column, #{prev:code} the same answer of the last accepted report.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

REFERENCE = re.compile(r"#\{((?:prev:)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)?)\}")
OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
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
    names = references(expression)
    tree = _parsed(expression)
    if any(values.get(name) is None for name in names):
        return None
    try:
        return _value(tree.body, [values[name] for name in names])
    except (InvalidOperation, ZeroDivisionError):
        return None


def holds(left: str, comparison: str, right: str, values: Mapping[str, Decimal | None]) -> bool | None:
    """Whether left comparison right; None where a side has no value yet."""
    one, other = evaluate(left, values), evaluate(right, values)
    if one is None or other is None:
        return None
    return COMPARISONS[comparison](one, other)


def check_expression(expression: str) -> None:
    """Raises BadExpression unless the expression can be evaluated."""
    _value(_parsed(expression).body, [Decimal(1)] * len(references(expression)))


def _parsed(expression: str) -> ast.Expression:
    numbered = iter(range(len(references(expression))))
    source = REFERENCE.sub(lambda _: f" ref_{next(numbered)} ", expression).strip()
    try:
        return ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadExpression(f"“{expression}” tidak terbaca. Tulis misalnya #{{kode-a}} + #{{kode-b}}.") from None


def _value(node: ast.expr, answers: list[Decimal | None]) -> Decimal:
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_value(node.left, answers), _value(node.right, answers))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, answers)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Decimal(str(node.value))
    if isinstance(node, ast.Name) and re.fullmatch(r"ref_\d+", node.id) and int(node.id[4:]) < len(answers):
        answer = answers[int(node.id[4:])]
        assert answer is not None
        return answer
    raise BadExpression("Hanya #{kode}, bilangan, tanda + - * / dan kurung yang boleh dipakai.")
