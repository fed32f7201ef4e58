"""Expressions of rules: decimal arithmetic exactly, BadExpression for all else, and nothing is ever run."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporting.duties.expressions import BadExpression, check_expression, evaluate, holds, references

CODES = ("a", "anggota-l", "tabel.kolom", "prev:a")
decimals = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
values = st.fixed_dictionaries(dict.fromkeys(CODES, decimals))
atoms = st.sampled_from(CODES).map(lambda code: ("code", code)) | st.decimals(
    min_value=0, max_value=10**6, places=2
).map(lambda number: ("number", number))
trees = st.recursive(atoms, lambda sub: st.tuples(st.sampled_from("+-*/"), sub, sub) | st.tuples(st.just("neg"), sub))


def written(tree):
    """The tree as a person would type it, every operation in brackets."""
    if tree[0] == "code":
        return f"#{{{tree[1]}}}"
    if tree[0] == "number":
        return format(tree[1], "f")
    if tree[0] == "neg":
        return f"-({written(tree[1])})"
    return f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def worked_out(tree, found):
    """The same by Python's own decimals."""
    if tree[0] == "code":
        return found[tree[1]]
    if tree[0] == "number":
        return tree[1]
    if tree[0] == "neg":
        return -worked_out(tree[1], found)
    one, other = worked_out(tree[1], found), worked_out(tree[2], found)
    return {"+": one.__add__, "-": one.__sub__, "*": one.__mul__, "/": one.__truediv__}[tree[0]](other)


@settings(max_examples=500, deadline=None)
@given(tree=trees, found=values)
def test_evaluate_agrees_with_decimal_arithmetic(tree, found):
    try:
        expected = worked_out(tree, found)
    except ArithmeticError:
        expected = None
    assert evaluate(written(tree), found) == expected


@settings(max_examples=1000, deadline=None)
@given(text=st.text(max_size=60) | st.text(alphabet="#{}abprev:.-+*/() 019e_", max_size=60))
@example(text="1 # 2")
@example(text="#{A}")
@example(text="(" * 5000)
@example(text="-" * 5000 + "1")
@example(text="9" * 6000)
@example(text="1e999999 * 10")
@example(text="\x00")
def test_nothing_but_bad_expression_is_ever_raised(text):
    with contextlib.suppress(BadExpression):
        evaluate(text, dict.fromkeys(CODES, Decimal(1)))
    with contextlib.suppress(BadExpression):
        check_expression(text, CODES)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "ref_0", "().__class__", "a", "1 if 1 else 2", "2 ** 3", "7 // 2", "1_000", "0x10", "1,5",
     "f(1)", "#{a}#{a}", "1 2", "", " ", "#{a} # sisanya", "True", "#{}", "#{a.b.c}", "lambda: 1", "1.", ".5"],
)  # fmt: skip
def test_what_is_not_arithmetic_is_refused(text):
    with pytest.raises(BadExpression):
        check_expression(text)


@pytest.mark.parametrize(
    ("text", "result"),
    [("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 2 - 3", "5"), ("8 / 4 / 2", "1"), ("-2 * -3", "6"),
     ("0.1 + 0.2", "0.3"), ("#{a} - #{prev:a}", "1")],
)  # fmt: skip
def test_the_usual_order_of_operations_holds(text, result):
    assert evaluate(text, {"a": Decimal(3), "prev:a": Decimal(2)}) == Decimal(result)


def test_what_is_not_answered_or_divides_by_zero_has_no_value():
    assert evaluate("#{a} + 1", {"a": None}) is None
    assert evaluate("#{a} / 0", {"a": Decimal(1)}) is None
    assert holds("#{a}", "==", "1", {}) is None
    assert holds("#{a}", "<=", "1", {"a": Decimal(1)}) is True


def test_an_unknown_code_is_named_with_the_nearest_known_one():
    with pytest.raises(BadExpression, match=r"“anggota-x” tidak ada .* #\{anggota-l\}"):
        check_expression("#{anggota-x} + 1", CODES)
    assert references("#{prev:a} + #{tabel.kolom}") == ["prev:a", "tabel.kolom"]
