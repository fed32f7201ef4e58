"""The one validation: what is missing, out of bounds, at odds, or far from last time. Pure, so no database here."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.duties.models import Indicator, ValidationRule
from reporting.submissions.checks import (
    findings,
    is_empty,
    missing,
    question_of,
    unexplained,
)

Kind = Indicator.Kind


def asked(code="anggota", kind=Kind.COUNT, **more):
    label = more.pop("label", code.replace("-", " ").capitalize())
    return Indicator(regency_id=1, code=code, kind=kind, label=label, order=1, **more)


def table(*columns, code="per-desa", kind=Kind.VILLAGE_TABLE, **more):
    row = asked(code, kind, pk=1, **more)
    row._prefetched_objects_cache = {"columns": list(columns)}
    return row


def rule(left, operator, right, is_hard=True, order=1, message="Jumlahnya tidak cocok."):
    return ValidationRule(
        regency_id=1, left=left, operator=operator, right=right, is_hard=is_hard, order=order, message=message
    )


def messages(found):
    return [each.message for each in found]


def check(question, answer):
    return messages(findings([question], [], {question.code: answer}, {}))


# missing


def test_missing_names_what_is_required_and_has_no_answer_in_the_order_asked():
    questions = [asked("a"), asked("b", is_required=False), asked("c", Kind.YES_NO), asked("d", Kind.TEXT)]
    assert missing(questions, {"d": ""}) == ["a", "c", "d"]
    assert missing(questions, {"a": 0, "c": False, "d": "Ada"}) == []


def test_missing_of_a_required_table_names_every_cell_of_the_rows_it_asks_about():
    per_village = table(asked("kk"), asked("catatan", Kind.TEXT, is_required=False))
    rows = {"per-desa": ["62.06.01.2001", "62.06.01.2002"]}
    answers = {"per-desa": {"62.06.01.2001": {"kk": 4}, "62.06.01.2002": {"catatan": "banjir"}}}
    assert missing([per_village], answers, rows) == ["per-desa.kk@62.06.01.2002"]
    assert missing([per_village], {}, rows) == ["per-desa.kk@62.06.01.2001", "per-desa.kk@62.06.01.2002"]


def test_missing_of_a_table_without_known_rows_wants_begun_rows_finished():
    per_village = table(asked("kk"), asked("luas", Kind.NUMBER))
    assert missing([per_village], {"per-desa": {"1": {"kk": 2}, "2": {}}}) == ["per-desa.luas@1"]
    assert missing([per_village], {}) == ["per-desa"]


def test_missing_of_a_table_that_may_stay_empty_wants_only_begun_rows_finished():
    optional = table(asked("kk"), asked("luas", Kind.NUMBER), is_required=False)
    rows = {"per-desa": ["1", "2"]}
    assert missing([optional], {}, rows) == []
    assert missing([optional], {"per-desa": {"2": {"luas": "1.5"}}}, rows) == ["per-desa.kk@2"]


def test_question_of_leads_from_a_cell_to_its_table():
    assert [question_of(code) for code in ("anggota", "per-desa.kk", "per-desa.kk@62.06.01.2001")] == [
        "anggota", "per-desa", "per-desa"
    ]  # fmt: skip


def test_is_empty_sees_a_zero_and_a_no_as_answers():
    questions = [asked("a"), asked("b", Kind.YES_NO), table(asked("kk"))]
    assert is_empty(questions, {})
    assert is_empty(questions, {"a": None, "per-desa": {"1": {}, "2": {"kk": None}}, "gone": 4})
    assert not is_empty(questions, {"a": 0})
    assert not is_empty(questions, {"b": False})
    assert not is_empty(questions, {"per-desa": {"2": {"kk": 0}}})


# bounds and kinds

ONE = [{"code": "a", "label": "A"}]


def test_bounds_are_named_with_the_figure_and_the_unit():
    members = asked(minimum=Decimal(5), maximum=Decimal(100), unit="orang")
    assert check(members, 4) == ["Anggota: 4 orang kurang dari nilai terkecil, 5 orang."]
    assert check(members, 1200) == ["Anggota: 1.200 orang lebih dari nilai terbesar, 100 orang."]
    assert check(members, 5) == check(members, 100) == []


def test_counts_money_and_percents_start_at_zero_and_percents_end_at_hundred_unless_told_otherwise():
    assert check(asked(), -1) == ["Anggota: -1 kurang dari nilai terkecil, 0."]
    assert check(asked("laba", Kind.MONEY), -1) == ["Laba: -Rp1 kurang dari nilai terkecil, Rp0."]
    assert check(asked("laba", Kind.MONEY, minimum=Decimal(-(10**9))), -1) == []
    assert check(asked("naik", Kind.PERCENT, decimals=1), "100.5") == [
        "Naik: 100,5% lebih dari nilai terbesar, 100,0%."
    ]
    assert check(asked("naik", Kind.PERCENT, decimals=1, maximum=Decimal(500)), "100.5") == []
    assert check(asked("suhu", Kind.NUMBER, decimals=1), "-2.5") == []


def test_bounds_of_a_cell_name_its_place():
    per_village = table(asked("kk", maximum=Decimal(10)))
    found = findings([per_village], [], {"per-desa": {"1": {"kk": 10}, "2": {"kk": 11}}}, {})
    assert [(each.key, each.codes, each.is_hard) for each in found] == [
        ("bound-per-desa.kk@2", ("per-desa.kk@2",), True)
    ]


@pytest.mark.parametrize(
    ("question", "answer", "problem"),
    [
        (asked(), "dua belas", "Anggota: “dua belas” bukan angka."),
        (asked(), True, "Anggota: “True” bukan angka."),
        (asked(), "NaN", "Anggota: “NaN” bukan angka."),
        (asked(), "1E99", "Anggota: “1E99” bukan angka."),
        (asked(), "1.5", "Anggota: 1,5 punya terlalu banyak angka di belakang koma; paling banyak 0."),
        (
            asked("luas", Kind.NUMBER, decimals=2),
            "1.255",
            "Luas: 1,255 punya terlalu banyak angka di belakang koma; paling banyak 2.",
        ),
        (asked("ada", Kind.YES_NO), "ya", "Ada: “ya” bukan ya atau tidak."),
        (asked("jenis", Kind.CHOICE, choices=ONE), "b", "Jenis: “b” bukan salah satu pilihan."),
        (asked("rapat", Kind.DATE), "2026-02-30", "Rapat: “2026-02-30” bukan tanggal."),
        (asked("rapat", Kind.DATE), 5, "Rapat: “5” bukan tanggal."),
        (asked("cerita", Kind.TEXT), 5, "Cerita: “5” bukan uraian."),
        (table(asked("kk")), "satu", "Per desa: tabel ini tidak terbaca."),
    ],
)  # fmt: skip
def test_an_answer_of_the_wrong_kind_is_refused(question, answer, problem):
    found = findings([question], [], {question.code: answer}, {})
    assert [(each.message, each.is_hard) for each in found] == [(problem, True)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (asked(), 12),
        (asked("luas", Kind.NUMBER, decimals=2), "1.25"),
        (asked("nilai", Kind.MONEY), 2_057_007_000),
        (asked("ada", Kind.YES_NO), False),
        (asked("jenis", Kind.CHOICE, choices=ONE), "a"),
        (asked("rapat", Kind.DATE), "2026-02-28"),
        (asked("cerita", Kind.TEXT), "Rapat ditunda"),
        (table(asked("kk")), {"1": {"kk": 3}, "2": {"kk": None}}),
    ],
)
def test_an_answer_of_its_kind_passes(question, answer):
    assert findings([question], [], {question.code: answer}, {}) == []


# rules between figures


MEN_WOMEN = [
    asked("anggota-l", label="Anggota laki-laki"),
    asked("anggota-p", label="Anggota perempuan"),
    asked("anggota", label="Anggota", unit="orang"),
]


def test_a_broken_rule_says_its_message_with_the_numbers():
    rules = [rule("#{anggota-l} + #{anggota-p}", "==", "#{anggota}")]
    answers = {"anggota-l": 7, "anggota-p": 8, "anggota": 20}
    (found,) = findings(MEN_WOMEN, rules, answers, {})
    assert found.message == ("Jumlahnya tidak cocok. (Anggota laki-laki 7, Anggota perempuan 8, Anggota 20 orang)")
    assert (found.key, found.codes, found.is_hard) == ("rule-1", ("anggota-l", "anggota-p", "anggota"), True)
    assert findings(MEN_WOMEN, rules, {**answers, "anggota": 15}, {}) == []


def test_a_rule_with_a_missing_side_says_nothing():
    rules = [rule("#{anggota-l}", "<=", "#{anggota}"), rule("#{gone}", "<=", "#{anggota}", order=2)]
    assert findings(MEN_WOMEN, rules, {"anggota-l": 7}, {}) == []


def test_a_rule_compares_with_the_last_accepted_report_and_with_table_totals():
    per_village = table(asked("kk", label="Keluarga"))
    rules = [rule("#{anggota}", ">=", "#{prev:anggota}"), rule("#{per-desa.kk}", "<=", "#{anggota}", order=2)]
    answers = {"anggota": 5, "per-desa": {"1": {"kk": 4}, "2": {"kk": 3}}}
    found = findings([*MEN_WOMEN, per_village], rules, answers, {"anggota": 6})
    assert messages(found) == [
        "Jumlahnya tidak cocok. (Anggota 5 orang, Anggota lalu 6 orang)",
        "Jumlahnya tidak cocok. (Keluarga 7, Anggota 5 orang)",
    ]
    assert found[0].codes == ("anggota",)


def test_a_rule_that_cannot_be_read_does_not_lock_the_filer_out(caplog):
    assert findings(MEN_WOMEN, [rule("#{anggota} +", "==", "1")], {"anggota": 5}, {}) == []
    assert "cannot be read" in caplog.text


# jumps


def test_a_jump_against_the_last_accepted_report_asks_for_an_explanation():
    members = asked(unit="orang", warn_change_percent=50)
    (found,) = findings([members], [], {"anggota": 200}, {"anggota": 10})
    assert found.message == (
        "Anggota naik 1.900%: dari 10 orang menjadi 200 orang. Periksa lagi; bila memang benar, jelaskan sebabnya."
    )
    assert (found.key, found.codes, found.is_hard) == ("jump-anggota", ("anggota",), False)
    assert findings([members], [], {"anggota": 4}, {"anggota": 10})[0].message.startswith("Anggota turun 60%")


def test_a_change_at_the_limit_from_zero_or_without_a_past_is_no_jump():
    members = asked(warn_change_percent=50)
    assert findings([members], [], {"anggota": 15}, {"anggota": 10}) == []
    assert findings([members], [], {"anggota": 15}, {"anggota": 0}) == []
    assert findings([members], [], {"anggota": 15}, {}) == []


def test_a_jump_in_a_table_is_that_of_its_total():
    per_village = table(asked("kk", warn_change_percent=20))
    before = {"per-desa": {"1": {"kk": 5}, "2": {"kk": 5}}}
    assert findings([per_village], [], {"per-desa": {"1": {"kk": 9}, "2": {"kk": 1}}}, before) == []
    (found,) = findings([per_village], [], {"per-desa": {"1": {"kk": 9}, "2": {"kk": 9}}}, before)
    assert (found.key, found.codes) == ("jump-per-desa.kk", ("per-desa.kk",))


def test_unexplained_leaves_what_has_an_explanation_and_what_is_hard():
    members = asked(warn_change_percent=50, maximum=Decimal(100))
    found = findings([members], [], {"anggota": 200}, {"anggota": 10})
    assert [each.key for each in found] == ["bound-anggota", "jump-anggota"]
    assert [each.key for each in unexplained(found, {"jump-anggota": "  "})] == ["jump-anggota"]
    assert unexplained(found, {"jump-anggota": "Pendaftaran massal"}) == []


# properties


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.decimals().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
QUESTIONS = [
    asked("a", warn_change_percent=10),
    asked("b", Kind.NUMBER, decimals=2, minimum=Decimal("-5.5"), maximum=Decimal(50)),
    asked("c", Kind.MONEY),
    asked("d", Kind.PERCENT),
    asked("e", Kind.YES_NO),
    asked("f", Kind.CHOICE, choices=[{"code": "x", "label": "X"}]),
    asked("g", Kind.DATE),
    asked("h", Kind.TEXT),
    table(asked("k", warn_change_percent=10), asked("l", Kind.TEXT, is_required=False), code="t"),
]
RULES = [rule("#{a} * #{b} / #{c}", "<=", "#{prev:a} + #{t.k}"), rule("#{e}", "==", "1", False, order=2)]


reports = st.fixed_dictionaries({}, optional={question.code: anything for question in QUESTIONS})


# The first draw builds the tables of all text and is slow on a busy machine; that is no fault of the code.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(reports, reports)
def test_whatever_comes_in_is_judged_without_falling_over(answers, previous):
    found = findings(QUESTIONS, RULES, answers, previous)
    assert len({each.key for each in found}) == len(found)
    assert all(each.message and each.codes for each in found)
    assert {question_of(code) for code in missing(QUESTIONS, answers)} <= {q.code for q in QUESTIONS}


@given(st.integers(-100, 200), st.integers(-50, 0), st.integers(0, 150))
def test_a_count_passes_exactly_within_its_bounds(value, smallest, largest):
    question = asked(minimum=Decimal(smallest), maximum=Decimal(largest))
    assert (check(question, value) == []) == (smallest <= value <= largest)


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 300))
def test_a_jump_is_what_differs_by_more_than_the_percentage(before, now, percent):
    question = asked(warn_change_percent=percent)
    found = findings([question], [], {"anggota": now}, {"anggota": before})
    assert bool(found) == (abs(now - before) * 100 > percent * before)


@given(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_answering_what_is_missing_leaves_nothing_missing(required, answered):
    questions = [asked(code, is_required=code in required) for code in "abcdefgh"]
    answers: dict[str, int] = dict.fromkeys(answered, 0)
    lacking = missing(questions, answers)
    assert set(lacking) == required - answered
    assert missing(questions, {**answers, **dict.fromkeys(lacking, 1)}) == []
