"""What queue, list, grid and filing page cost: as many queries for many obligations as for three.

`COSTS_ROWS=3000 make test ARGS="tests/reporting/test_costs.py -n0 -q -s"` prints the server time too
(docs/measurements.md).
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from katingan_portal.tenancy.scope import applied
from reporting.duties.models import ReportForm
from reporting.periods.models import Obligation
from reporting.submissions.models import Report, ReportRevision
from tests.conftest import everything_of, person, signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2032, 3, 1, 3, 0, tzinfo=UTC)
ROWS = int(os.environ.get("COSTS_ROWS", "60"))
PAGES = {
    "gita": ("/laporan/pemeriksaan/", "/laporan/?whose=semua", "/gambaran/kisi/"),
    "ani": ("/laporan/{pk}/isi/", "/laporan/"),
}


def fill(regency, rows: int) -> Obligation:
    """So many obligations, agency by agency, all sent and waiting but one of dinkes, which is returned."""
    with applied(everything_of(regency)):
        form = ReportForm.objects.get(code="laporan-bulanan")
        version = form.versions.get(state="published")
        agencies = sorted(Agency.objects.filter(is_slot=False, kind="opd"), key=lambda each: each.code != "dinkes")
        made = [obligation(agencies[n % len(agencies)], form, version, n // len(agencies)) for n in range(rows)]
        Obligation.objects.bulk_create(made)
        reports = Report.objects.bulk_create(report(row) for row in made)
        ReportRevision.objects.bulk_create(
            ReportRevision(
                report=each, agency_id=each.agency_id, number=1, submitted_at=each.submitted_at, is_nil=True,
                nil_reason="uji", submitted_by_name="uji",
            )
            for each in reports
        )  # fmt: skip
        Report.objects.filter(pk=reports[0].pk).update(state="returned")
        ReportRevision.objects.filter(report=reports[0]).update(outcome="returned", reviewed_at=NOW)
    return made[0]


def obligation(agency, form, version, number: int) -> Obligation:
    month = date(2020 + number // 12, number % 12 + 1, 1)
    due = datetime(month.year, month.month, 28, tzinfo=UTC)
    return Obligation(
        agency=agency, form=form, form_version=version, period=f"{month:%Y%m}", starts_on=month, ends_on=month,
        due_at=due, original_due_at=due, raised_at=due, first_submitted_at=due, review_due_at=NOW + timedelta(days=3),
        rule={"duties": [], "duty_versions": {}, "sentence": "", "skipped": [], "grace": None},
    )  # fmt: skip


def report(row: Obligation) -> Report:
    return Report(
        obligation=row, agency=row.agency, state="submitted", is_nil=True, nil_reason="uji", saved_at=row.due_at,
        submitted_at=row.due_at,
    )  # fmt: skip


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200, path
    return len(caught)


def milliseconds(client: Client, path: str) -> float:
    """Median of 20 whole answers of the in-process client."""
    taken = []
    for _ in range(20):
        begun = perf_counter()
        client.get(path)
        taken.append((perf_counter() - begun) * 1000)
    return median(taken)


def costs(regency, rows: int) -> dict[str, int]:
    """{path: queries} with so many obligations; the pages of a person are asked signed in as that person."""
    returned, counted = fill(regency, rows), {}
    with time_machine.travel(NOW, tick=True):
        for name, paths in PAGES.items():
            client = signed_in(person(name))
            for path in paths:
                address = path.format(pk=returned.pk)
                counted[path] = queries(client, address)
                if "COSTS_ROWS" in os.environ:
                    print(f"{rows:5} {path:22} {counted[path]:3} queries {milliseconds(client, address):7.1f} ms")
    return counted


@pytest.mark.timeout(300)
def test_pages_ask_as_often_for_many_obligations_as_for_three(katingan):
    with applied(everything_of(katingan)):
        Obligation.objects.all().delete()
    few = costs(katingan, 3)
    with applied(everything_of(katingan)):
        for model in (ReportRevision, Report, Obligation):
            model.objects.all().delete()
    assert few == costs(katingan, ROWS)
