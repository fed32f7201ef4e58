"""What the database refuses, and what models say of themselves."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from cooperatives.models import Cooperative, Figure, Milestone, Source, presumed_name
from katingan_portal.tenancy.scope import Scope, applied
from villages.models import Village

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]


@pytest.fixture
def cooperative():
    return Cooperative.objects.get(village__code="62.06.01.2001")


@pytest.fixture
def source():
    return Source.objects.create(code="uji", name="Sumber uji", as_of=date(2026, 9, 30))


def refused(constraint, create):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        create()


def test_a_village_may_have_two_cooperatives_but_not_two_of_one_number(cooperative):
    second = Cooperative.objects.create(village=cooperative.village, number=2, name="Koperasi Kedua")
    assert second.pk != cooperative.pk
    refused(
        "cooperative_number_once",
        lambda: Cooperative.objects.create(village=cooperative.village, number=2, name="Koperasi Kedua lagi"),
    )


def test_a_milestone_stands_once(cooperative, source):
    def record():
        Milestone.objects.create(cooperative=cooperative, kind="akta", source=source, entered_by="Uji")

    record()
    refused("milestone_once_per_book_year", record)


def test_an_annual_meeting_stands_once_per_book_year(cooperative, source):
    def meet(year):
        Milestone.objects.create(cooperative=cooperative, kind="rat", book_year=year, source=source, entered_by="Uji")

    meet(2024)
    meet(2025)
    refused("milestone_once_per_book_year", lambda: meet(2025))
    assert sorted(cooperative.milestones.filter(kind="rat").values_list("book_year", flat=True)) == [2024, 2025]


@pytest.mark.parametrize(("kind", "year"), [("rat", None), ("akta", 2025)])
def test_a_book_year_belongs_to_annual_meetings_and_to_nothing_else(cooperative, source, kind, year):
    refused(
        "milestone_book_year_is_for_rat",
        lambda: Milestone.objects.create(
            cooperative=cooperative, kind=kind, book_year=year, source=source, entered_by="Uji"
        ),
    )


def test_a_figure_stands_once_per_source_and_never_below_zero(cooperative, source):
    def state(value):
        Figure.objects.create(cooperative=cooperative, kind="nib", value=value, source=source, entered_by="Uji")

    refused("figure_not_negative", lambda: state(-1))
    state(1)
    refused("figure_once_per_source", lambda: state(0))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("62.06.01.2001", "Koperasi Desa Merah Putih Galinggang"),
        ("62.06.02.1004", "Koperasi Kelurahan Merah Putih Kasongan Lama"),
    ],
)
def test_a_name_after_the_national_pattern_is_known_as_presumed(code, name):
    cooperative = Cooperative.objects.select_related("village").get(village__code=code)
    assert (presumed_name(cooperative.village), cooperative.has_presumed_name) == (name, True)
    cooperative.name = "Koperasi Karya Bersama"
    assert not cooperative.has_presumed_name


def test_a_cooperative_cannot_stand_in_a_village_of_another_regency(elsewhere):
    with applied(Scope(elsewhere.pk)):
        foreign = Village.objects.first()
    with pytest.raises(IntegrityError, match="village_id_same_regency"), transaction.atomic():
        Cooperative.objects.create(village=foreign, number=9, name="Koperasi salah kabupaten")
        connection.check_constraints()  # the database would ask at commit; a test never commits
