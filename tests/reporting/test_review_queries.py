"""The queue and the side-by-side page ask the database equally often, however many rows there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import Report
from reporting.submissions.queries import report_for
from tests.conftest import everything_of
from tests.reporting.filled import answers_to

pytestmark = pytest.mark.django_db
QUEUE = "/laporan/pemeriksaan/"


@pytest.fixture
def everything(katingan, actor_for):
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=timezone.now(), by=actor_for("joko"))
    return everything_of(katingan)


def opd_reports():
    """Monthly obligations that plain numbers fill: those of Dinas Kesehatan, oldest first."""
    rows = Obligation.objects.select_related("agency", "form").filter(form__period_type="monthly")
    return rows.filter(agency__code="dinkes").order_by("starts_on")


def wait_many(regency: Regency, total: int) -> None:
    """Copies of the reports that wait, on obligations of made-up agencies, until `total` of them wait."""
    with applied(everything_of(regency)):
        there = list(Report.objects.filter(state="submitted").select_related("obligation"))
        offices = [
            Agency.objects.create(
                code=f"uji-{number}", kind="opd", name=f"Dinas Uji {number}", short_name=f"Uji {number}"
            )
            for number in range(total - len(there))
        ]
    with applied(everything_of(regency)):
        for number, office in enumerate(offices):
            _copy(there[number % len(there)], office)


def _copy(model: Report, office: Agency) -> None:
    copied = {
        name: getattr(model.obligation, name)
        for name in (
            "form_id", "form_version_id", "period", "starts_on", "ends_on", "due_at", "original_due_at", "rule",
            "raised_at", "first_submitted_at", "review_due_at",
        )
    }  # fmt: skip
    owed = Obligation.objects.create(agency=office, **copied)
    Report.objects.create(
        obligation=owed, agency=office, state="submitted", figures=model.figures, submitted_at=model.submitted_at,
        saved_at=model.saved_at,
    )  # fmt: skip


def owe_many(total: int) -> None:
    """Old obligations of one office, one per month backwards, until the database holds `total`."""
    model = Obligation.objects.order_by("pk").first()
    office = Agency.objects.create(code="uji-lama", kind="opd", name="Dinas Lama", short_name="Lama")
    first = model.starts_on.replace(year=1, month=1, day=1)
    copied = {
        name: getattr(model, name)
        for name in ("form_id", "form_version_id", "due_at", "original_due_at", "rule", "raised_at")
    }
    rows = []
    for number in range(total - Obligation.objects.count()):
        day = first + timedelta(days=number)
        rows.append(Obligation(agency=office, period=f"{number:06d}", starts_on=day, ends_on=day, **copied))
    Obligation.objects.bulk_create(rows)


def count(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = client.get(url)
    assert response.status_code == 200, url
    return len(asked)


@pytest.fixture
def some_wait(everything, actor_for):
    """Three reports that wait, with an accepted one before the newest; returns the newest's obligation."""
    ani, gita, now = actor_for("ani"), actor_for("gita"), timezone.now()
    with applied(everything):
        owed = list(opd_reports()[:4])
        for obligation in owed:
            contents = Contents(figures=answers_to(obligation, 4))
            actions.save_draft(obligation, contents, version=0, by=ani, now=now)
            actions.submit(obligation, by=ani, now=now)
        review.accept(report_for(owed[0]), by=gita, now=now)
    return owed[-1]


def test_the_queue_asks_as_often_for_30_as_for_3_that_wait(some_wait, katingan, client_for):
    gita = client_for("gita")
    few = [count(gita, QUEUE), count(gita, f"{QUEUE}?warned=tidak")]
    wait_many(katingan, 30)
    assert gita.get(QUEUE).content.count(b'name="report"') == 30
    assert [count(gita, QUEUE), count(gita, f"{QUEUE}?warned=tidak")] == few
    print("queue, queue with warnings filtered:", few)


def test_both_pages_ask_as_often_among_3000_obligations(some_wait, everything, client_for):
    gita, page = client_for("gita"), f"/laporan/{some_wait.pk}/periksa/"
    few = [count(gita, QUEUE), count(gita, page), count(gita, f"/laporan/{some_wait.pk}/")]
    with applied(everything):
        owe_many(3000)
        assert Obligation.objects.count() == 3000
    assert [count(gita, QUEUE), count(gita, page), count(gita, f"/laporan/{some_wait.pk}/")] == few
    print("queue, side by side, report:", few)
