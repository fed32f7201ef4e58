"""Form fields that speak Indonesian: money with points, dates that are never read in the US order."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from katingan_portal.ui import formats

# Far more than any sum of money; Python itself refuses to read more than 4,300 digits, with a ValueError.
LONGEST_NUMBER = 100
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")


class DateInput(forms.DateInput):
    """The browser's own date picker, which always speaks ISO with the server."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    widget = DateInput
    default_error_messages = {
        "invalid": "Tanggal ini tidak dikenali. Tulis hari, bulan, lalu tahun, misalnya 23/11/2026.",
        "required": "Tanggal ini wajib diisi.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": DATE_FORMATS, **kwargs})


class ForgivingFilter(forms.Form):
    """Values that no longer exist are ignored rather than answered with an error: links get old.

    choices: {name of a field: what it offers, known only now}.
    """

    def __init__(self, data: QueryDict, **choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered
        self.is_valid()

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())


class WholeNumberInput(forms.TextInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", "data-money": "", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, int):
            return formats.number(value)
        return super().format_value(value)


class WholeNumberField(forms.IntegerField):
    """A whole number, typed as 1250 or 1.250. Fractions and numbers in words are refused."""

    widget = WholeNumberInput
    default_error_messages = {
        "invalid": "Tulis bilangan bulat dengan angka saja, misalnya 12 atau 1.250.",
        "required": "Angka ini wajib diisi. Tulis 0 bila memang tidak ada.",
        "min_value": "Angka ini tidak boleh kurang dari %(limit_value)s.",
        "max_value": "Angka ini tidak boleh lebih dari %(limit_value)s.",
    }

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        digits = str(value).strip().removeprefix("Rp").replace(" ", "")
        if not _is_grouped_whole(digits):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(digits.replace(".", ""))


class MoneyField(WholeNumberField):
    """Whole rupiah, typed as 2057007000, 2.057.007.000 or Rp2.057.007.000. Sen and amounts in words are refused."""

    default_error_messages = {
        "invalid": "Tulis jumlah rupiah dengan angka saja, tanpa sen, misalnya 1.500.000.",
        "required": "Jumlah ini wajib diisi. Tulis 0 bila memang tidak ada.",
    }


class NumberInput(forms.TextInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class NumberField(forms.DecimalField):
    """A number with a comma, typed as 12,5 or 1.250,75. A point that groups no thousands is refused, not guessed at."""

    widget = NumberInput
    default_error_messages = {
        "invalid": "Tulis dengan angka, dan koma untuk pecahan, misalnya 12,5 atau 1.250.",
        "required": "Angka ini wajib diisi. Tulis 0 bila memang tidak ada.",
    }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs make it an int
        if value in self.empty_values or isinstance(value, int | Decimal):
            return super().to_python(value)
        whole, comma, fraction = str(value).strip().replace(" ", "").removesuffix("%").partition(",")
        if not _is_grouped_whole(whole) or (comma and not (fraction.isascii() and fraction.isdigit())):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(f"{whole.replace('.', '')}.{fraction or 0}")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def _is_grouped_whole(written: str) -> bool:
    """Points only between groups of three: "1.5" is a mistake, not fifteen."""
    head, *groups = written.removeprefix("-").split(".")
    if len(written) > LONGEST_NUMBER:
        return False
    if not head.isascii() or not head.isdigit():
        return False
    return not groups or (len(head) <= 3 and all(len(group) == 3 and group.isdigit() for group in groups))
