"""The pages of measures and the grid: who may open them, what their cells lead to, and what they cost."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import applied
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.calendar import period_from_key, period_of
from reporting.periods.models import Obligation
from tests.conftest import everything_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PAGES = ["/gambaran/ukuran/", "/gambaran/ukuran.xlsx", "/gambaran/kisi/"]


@pytest.fixture
def raised(katingan):
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=NOW, by=Actor.system("uji"))
    return katingan


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("name", "status"), [("gita", 200), ("hadi", 200), ("joko", 200), ("ani", 404), ("eka", 404), ("indra", 404)]
)
def test_who_oversees_opens_the_measures_and_others_meet_nothing(raised, client_for, name, status, path):
    assert client_for(name).get(path).status_code == status


@pytest.mark.parametrize("per", ["perangkat-daerah", "kecamatan", "formulir", "tugas", "periode"])
def test_each_dimension_is_the_same_on_the_page_and_in_the_file(raised, client_for, per):
    client = client_for("hadi")
    page = client.get(f"/gambaran/ukuran/?per={per}")
    names = [line.name for line in page.context["lines"]]
    content = client.get(f"/gambaran/ukuran.xlsx?per={per}").content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert names
    assert [row[0] for row in rows] == names
    assert [row[1] for row in rows] == [line.rates.expected for line in page.context["lines"]]


@pytest.mark.parametrize("query", ["?per=x", "?period=209901", "?form=tidak-ada", "?kind=<script>", "?sampai=x"])
def test_old_or_odd_links_show_everything_instead_of_an_error(raised, client_for, query):
    for path in ("/gambaran/ukuran/", "/gambaran/kisi/", "/gambaran/ukuran.xlsx"):
        assert client_for("gita").get(path + query).status_code == 200


def test_a_cell_of_the_grid_opens_its_obligation(raised, client_for):
    client = client_for("hadi")
    grid = client.get("/gambaran/kisi/").context["grid"]
    line = next(line for _, lines in grid.groups for line in lines if line.agency.code == "dinkes")
    cell = next(cell for cell in line.cells if cell)
    assert client.get(f"/laporan/{cell.obligation.pk}/").status_code == 200
    assert [c.obligation.period for c in line.cells if c] == [p.key for p in grid.periods]


def many(regency, periods: int) -> None:
    """Monthly obligations of every agency with people's duties, for so many months back."""
    with applied(everything_of(regency)):
        form = ReportForm.objects.get(code="laporan-bulanan")
        version = form.versions.get()
        period = period_of(period_from_key("202610").type, NOW.date() - timedelta(days=40))
        rows = []
        for _ in range(periods):
            period = period.previous
            rows += [
                Obligation(
                    agency=agency, form=form, form_version=version, period=period.key, starts_on=period.starts_on,
                    ends_on=period.ends_on, due_at=NOW - timedelta(days=3), original_due_at=NOW, raised_at=NOW,
                    rule={"duties": [1, 2], "sentence": "", "skipped": []},
                )
                for agency in Agency.objects.filter(is_slot=False)
            ]  # fmt: skip
        Obligation.objects.bulk_create(rows, ignore_conflicts=True)


@pytest.mark.parametrize("path", ["/gambaran/kisi/", "/gambaran/ukuran/?per=tugas", "/gambaran/ukuran/", "/laporan/"])
def test_queries_do_not_grow_from_three_to_three_thousand_obligations(katingan, client_for, path):
    client = client_for("gita")
    counts = []
    with applied(everything_of(katingan)):
        few = list(Agency.objects.filter(is_slot=False)[:3])
    many(katingan, 1)
    with applied(everything_of(katingan)):
        Obligation.objects.exclude(agency__in=few).delete()
        assert Obligation.objects.count() == 3
    for months in (0, 140):
        many(katingan, months)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    with applied(everything_of(katingan)):
        assert Obligation.objects.count() > 3000
    assert counts[0] == counts[1], counts
