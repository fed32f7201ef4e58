from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError

from katingan_portal.ui.forms import DateField, MoneyField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("2057007000", 2057007000),
        ("2.057.007.000", 2057007000),
        ("Rp2.057.007.000", 2057007000),
        ("Rp 1.500", 1500),
        (" 0 ", 0),
        ("-1.500", -1500),
    ],
)
def test_money_reads_what_people_type(typed: str, amount: int) -> None:
    assert MoneyField().clean(typed) == amount


@pytest.mark.parametrize("typed", ["1,5", "1.500,00", "1.5", "12.34.567", "1500.000", "dua juta", "1e6", "٣٠٠", "."])
def test_money_refuses_what_could_mean_two_amounts(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MoneyField().clean(typed)
    assert refused.value.messages == ["Tulis jumlah rupiah dengan angka saja, tanpa sen, misalnya 1.500.000."]


def test_money_is_shown_with_points() -> None:
    class Purse(forms.Form):
        spent_rp = MoneyField()

    assert 'value="8.300.000"' in str(Purse(initial={"spent_rp": 8300000})["spent_rp"])
    assert 'value="abc"' in str(Purse({"spent_rp": "abc"})["spent_rp"])


@pytest.mark.parametrize("typed", ["2026-03-04", "04/03/2026", "4/3/2026", "04-03-26"])
def test_date_reads_the_day_before_the_month(typed: str) -> None:
    assert DateField().clean(typed) == date(2026, 3, 4)


def test_date_refuses_the_us_order() -> None:
    with pytest.raises(ValidationError) as refused:
        DateField().clean("11/23/2026")
    assert refused.value.messages == ["Tanggal ini tidak dikenali. Tulis hari, bulan, lalu tahun, misalnya 23/11/2026."]
