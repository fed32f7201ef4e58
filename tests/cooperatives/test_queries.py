"""The figures of DOMAIN §4, and what happens to totals when sources contradict each other."""

from datetime import date

import pytest

from cooperatives.actions import Pull, VillageFigures, import_simkopdes
from cooperatives.models import Cooperative, Figure, Milestone, Source
from cooperatives.queries import having, latest_source, nib_by_subdistrict, totals
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import Scope, applied
from villages.models import Subdistrict, Village

pytestmark = pytest.mark.django_db
BY = Actor.system("Uji", source="command")


@pytest.mark.usefixtures("in_katingan")
def test_totals_are_the_ministrys_of_august_2026():
    found = totals()
    assert found is not None
    assert (found.source.name, found.source.as_of) == (
        "SIMKOPDES, dasbor publik Kementerian Koperasi",
        date(2026, 8, 31),
    )
    assert (found.cooperatives, found.accounts, found.npwp, found.nib, found.rat) == (161, 161, 161, 47, 0)
    assert (found.savings_base_rp, found.savings_base_members) == (8_300_000, 107)
    assert (found.savings_dues_rp, found.savings_dues_members) == (6_370_000, 104)
    assert (found.transactions, found.transactions_value_rp) == (1_124_125, 2_057_007_000)


@pytest.mark.usefixtures("in_katingan")
def test_one_village_trades_and_so_the_median_is_nothing():
    found = totals()
    assert found is not None
    assert [(each.village_code, each.village_name, each.volume, each.value_rp) for each in found.trading] == [
        ("62.06.10.2005", "Jaya Makmur", 1_124_125, 2_057_007_000)
    ]
    assert found.transactions_value_median_rp == 0


@pytest.mark.usefixtures("in_katingan")
def test_nib_per_kecamatan_in_code_order():
    rows = nib_by_subdistrict()
    assert [each.count for each in rows] == [5, 7, 5, 0, 4, 4, 1, 4, 2, 8, 0, 1, 6]
    assert [each.code for each in rows] == [f"62.06.{number:02d}" for number in range(1, 14)]
    assert sum(each.cooperatives for each in rows) == 161
    assert (rows[1].label, rows[1].text, rows[1].value, rows[1].url) == (
        "Katingan Hilir", "7 dari 8", 87.5, "/kecamatan/62.06.02/",
    )  # fmt: skip


@pytest.mark.usefixtures("in_katingan")
def test_totals_of_every_kecamatan_add_up_to_the_districts():
    parts = [totals(subdistrict=each) for each in Subdistrict.objects.all()]
    whole = totals()
    for name in ("cooperatives", "nib", "savings_base_rp", "savings_dues_members", "transactions_value_rp"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)


@pytest.mark.usefixtures("in_katingan")
def test_the_median_is_of_every_cooperative_of_the_source():
    source = Source.objects.create(code="uji", name="Uji", as_of=date(2026, 10, 1))
    for cooperative, value in zip(Cooperative.objects.all()[:3], (0, 40, 100), strict=True):
        Figure.objects.create(
            cooperative=cooperative, kind="transaction_value_rp", value=value, source=source, entered_by="Uji"
        )
    found = totals()
    assert found is not None
    assert (found.source, found.cooperatives, found.transactions_value_median_rp) == (source, 3, 40)


@pytest.mark.usefixtures("in_katingan")
def test_a_day_of_entries_in_the_portal_is_no_source_of_figures():
    before = latest_source()
    Source.objects.create(code="portal-2026-11-20", name="Dicatat di portal", as_of=date(2026, 11, 20))
    assert latest_source() == before


@pytest.mark.usefixtures("in_katingan")
def test_an_older_pull_leaves_the_newest_totals_alone_and_keeps_its_own():
    galinggang = Village.objects.get(code="62.06.01.2001")
    june = Pull("simkopdes-2026-06", "SIMKOPDES", date(2026, 6, 2), 2025)
    import_simkopdes([VillageFigures(galinggang, {Figure.Kind.SAVINGS_BASE: 7_900_000})], pull=june, by=BY)
    newest, older = totals(), totals(Source.objects.get(code="simkopdes-2026-06"))
    assert (newest.savings_base_rp, older.savings_base_rp) == (8_300_000, 7_900_000)


def test_a_regency_without_any_figure_has_no_totals(elsewhere):
    with applied(Scope(elsewhere.pk)):
        Figure.objects.all().delete()
        assert totals() is None


def test_totals_hold_nothing_of_another_regency(elsewhere):
    with applied(Scope(elsewhere.pk)):
        found = totals()
    assert found is not None
    assert (found.cooperatives, found.savings_base_rp, found.nib) == (1, 6299, 0)


@pytest.mark.usefixtures("in_katingan")
def test_having_tells_those_with_a_milestone_from_those_without():
    everyone = Cooperative.objects.all()
    counts = [having(everyone, Milestone.Kind.NIB, has=has).count() for has in (True, False)]
    assert counts == [47, 114]
