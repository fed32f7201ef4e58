"""What the lists of answers cost: as many queries for twelve rows as for three."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reporting.chasing.models import Directive
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Disclaimer, Obligation, Promise
from tests.answering.conftest import BEFORE, OVERDUE

pytestmark = pytest.mark.django_db
PAGES = {
    "hadi": ("/arahan/", "/gambaran/?period=semua", "/"),
    "joko": ("/laporan/bukan-tugas/", "/"),
    "gita": ("/laporan/?whose=semua", "/gambaran/kisi/"),
}


def answer_all(rows):
    """Every one is promised, disclaimed and directed about."""
    for row in rows:
        said = {"obligation": row, "agency": row.agency}
        made = said | {"reason": "x", "made_at": OVERDUE, "made_by_name": "Ani"}
        Promise.objects.create(promised_on=row.due_at.date(), due_at=row.due_at, **made)
        Disclaimer.objects.create(**made)
        Directive.objects.create(text="x", due_at=OVERDUE, given_at=OVERDUE, given_by_name="Hadi", **said)
        Obligation.objects.filter(pk=row.pk).update(promise_due_at=row.due_at)


def counts(client_for):
    found = {}
    for name, paths in PAGES.items():
        client = client_for(name)
        for path in paths:
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found[name, path] = len(queries)
    return found


def test_the_lists_of_answers_do_not_grow_queries(september, katingan, actor_for, client_for):
    raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
    rows = list(Obligation.objects.filter(period="202609").select_related("agency"))
    with time_machine.travel(OVERDUE, tick=True):
        answer_all(rows[:3])
        few = counts(client_for)
        answer_all(rows[3:12])
        assert counts(client_for) == few
