"""A form field for every kind of question. Fields only read what was typed; bounds are for checks.py to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from katingan_portal.ui import formats
from katingan_portal.ui.forms import DateField, MoneyField, NumberField, WholeNumberField
from reporting.duties.models import Indicator
from reporting.submissions.answers import as_number, is_answered, kept
from reporting.submissions.checks import bounds_of, decimals_of, problem_of
from reporting.submissions.tables import Row

Kind = Indicator.Kind
LONGEST_TEXT = 4000
YES, NO = "ya", "tidak"


class AnswerMixin(forms.Field):
    """Gives the answer in its JSON form, and refuses one that its question does not take.

    is_wanted: must be answered before the report is sent, although a draft may lack it.
    """

    question: Indicator
    is_wanted: bool

    def clean(self, value: Any) -> Any:
        answer = kept(super().clean(value))
        problem = problem_of(self.question, answer) if is_answered(answer) else ""
        if problem:
            raise ValidationError(problem, code="unfit")
        return answer


class CountAnswer(AnswerMixin, WholeNumberField):
    pass


class MoneyAnswer(AnswerMixin, MoneyField):
    pass


class NumberAnswer(AnswerMixin, NumberField):
    pass


class YesNoAnswer(AnswerMixin, forms.TypedChoiceField):
    """Three states: a question that nobody has answered is not answered with no."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        choices = [(YES, "Ya"), (NO, "Tidak"), ("", "Belum dijawab")]
        super().__init__(choices=choices, coerce=lambda typed: typed == YES, empty_value=None, **kwargs)


class ChoiceAnswer(AnswerMixin, forms.ChoiceField):
    default_error_messages = {"invalid_choice": "Pilih salah satu dari daftar."}


class DateAnswer(AnswerMixin, DateField):
    pass


class TextAnswer(AnswerMixin, forms.CharField):
    pass


class TableInput(forms.Widget):
    """Reads {row key: {column code: typed}} from fields named "angka_table.column@row". The page draws them itself."""

    def __init__(self, columns: Iterable[Indicator], rows: Iterable[Row]) -> None:
        super().__init__()
        self.columns, self.rows = list(columns), list(rows)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, dict[str, str]]:
        return {
            row.key: {column.code: data.get(f"{name}.{column.code}@{row.key}", "") for column in self.columns}
            for row in self.rows
        }

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False


class TableAnswer(forms.Field):
    """A whole table as one answer. `cell_errors` is {"table.column@row": message} after cleaning.

    `sound` holds the cells that could be read, so that one slip does not cost the others.
    """

    question: Indicator
    is_wanted: bool

    def __init__(self, *, table: Indicator, rows: Iterable[Row], **kwargs: Any) -> None:
        columns = list(table.columns.all())
        super().__init__(widget=TableInput(columns, rows), **kwargs)
        self.cells = {column.code: field_for(column) for column in columns}
        self.rows = list(rows)
        self.cell_errors: dict[str, str] = {}
        self.sound: dict[str, dict[str, Any]] = {}

    def clean(self, value: dict[str, dict[str, str]]) -> dict[str, dict[str, Any]]:
        self.cell_errors, self.sound = {}, {}
        for key, typed in value.items():
            row = {code: self._cell(key, code, text) for code, text in typed.items()}
            if is_answered(row):
                self.sound[key] = {code: answer for code, answer in row.items() if is_answered(answer)}
        if self.cell_errors:
            raise ValidationError(f"{len(self.cell_errors)} isian tabel ini perlu diperbaiki.", code="cells")
        return self.sound

    def _cell(self, key: str, code: str, text: str) -> Any:
        try:
            return self.cells[code].clean(text)
        except ValidationError as wrong:
            self.cell_errors[f"{self.question.code}.{code}@{key}"] = " ".join(wrong.messages)
            return None


FIELDS: dict[str, Callable[[Indicator], forms.Field]] = {
    Kind.COUNT: lambda asked: CountAnswer(required=False),
    Kind.MONEY: lambda asked: MoneyAnswer(required=False),
    Kind.NUMBER: lambda asked: NumberAnswer(required=False),
    Kind.PERCENT: lambda asked: NumberAnswer(required=False),
    Kind.YES_NO: lambda asked: YesNoAnswer(required=False),
    Kind.CHOICE: lambda asked: ChoiceAnswer(required=False, choices=_choices(asked)),
    Kind.DATE: lambda asked: DateAnswer(required=False),
    Kind.TEXT: lambda asked: TextAnswer(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 3})),
}


def field_for(question: Indicator, rows: Iterable[Row] = ()) -> forms.Field:
    """The field of a question or column; `rows` are those of a table."""
    made: Any = (
        TableAnswer(table=question, rows=rows, required=False) if question.is_table else FIELDS[question.kind](question)
    )
    made.question = question
    made.label, made.help_text = question.label, question.help_text
    made.is_wanted = question.is_required
    return made


def _choices(asked: Indicator) -> list[tuple[str, str]]:
    return [("", "– pilih –"), *((choice["code"], choice["label"]) for choice in asked.choices)]


def as_typed(question: Indicator, answer: Any) -> Any:
    """An answer as its filer would have typed it; of a table {row key: {column code: typed}}."""
    if question.is_table:
        columns = list(question.columns.all())
        rows = answer.items() if isinstance(answer, Mapping) else ()
        return {key: {column.code: as_typed(column, row.get(column.code)) for column in columns} for key, row in rows}
    if not is_answered(answer):
        return ""
    if question.kind == Kind.YES_NO:
        return YES if answer else NO
    number = as_number(answer) if question.is_numeric else None
    return str(answer) if number is None else formats.number(number, max(decimals_of(question), _digits(number)))


def _digits(number: Any) -> int:
    """How many digits stand behind the comma, none of them idle."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent)


def limits_of(question: Indicator) -> str:
    """The bounds in words, "" where there are none that a filer would run into."""
    if not question.is_numeric:
        return ""
    smallest, largest = bounds_of(question)
    low = as_typed(question, kept(smallest)) if smallest is not None else ""
    high = as_typed(question, kept(largest)) if question.maximum is not None else ""
    if low and high:
        return f"Antara {low} dan {high}."
    if high:
        return f"Paling besar {high}."
    return f"Paling kecil {low}." if question.minimum is not None and smallest else ""
