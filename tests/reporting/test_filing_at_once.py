"""Two people at one report in the same moment, in threads with connections of their own: one outcome, told to both."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import Report, ReportRevision
from tests.conftest import actor_of, everything_of, person, signed_in
from tests.reporting.filing import ask_everything, posted

NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
ROUNDS = 6


@pytest.fixture
def scope(committed_db):
    return everything_of(Regency.objects.get(code="62.06"))


@pytest.fixture
def obligations(scope):
    """As many obligations of Dinas Kesehatan as there are rounds, all with a question of every kind."""
    with applied(scope):
        katingan = Regency.objects.get(code="62.06")
        raise_obligations(katingan, now=datetime(2027, 3, 1, tzinfo=UTC), by=actor_of(person("joko")))
        own = Obligation.objects.select_related("agency", "form").filter(agency__code="dinkes")
        rows = list(own.filter(form=own.filter(period="202609")[0].form))
    ask_everything(rows[0], scope)
    return rows[:ROUNDS]


def at_once(*jobs):
    """Run the jobs in threads that start together; their results, an exception being one, in order."""
    barrier = threading.Barrier(len(jobs))
    results: list = [None] * len(jobs)

    def run(place, job):
        try:
            barrier.wait()
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def sender(name, obligation, session, **answers):
    client = signed_in(person(name))
    fields = posted(0, session, **answers) | {"submit": "1"}
    return lambda: client.post(f"/laporan/{obligation.pk}/isi/", fields, follow=True)


def saver(name, obligation, session, **answers):
    client = signed_in(person(name))
    return lambda: client.post(f"/laporan/{obligation.pk}/isi/simpan/", posted(0, session, **answers))


def test_two_people_submit_at_once_and_one_report_goes_out(obligations, scope):
    for obligation in obligations:
        answers = at_once(
            sender("ani", obligation, "a" * 16, anggota="1", rapat="ya"),
            sender("budi", obligation, "b" * 16, anggota="2", rapat="ya"),
        )
        pages = [answer.content.decode() for answer in answers]
        told = ["Laporan terkirim" in page for page in pages]
        assert sorted(told) == [False, True]
        loser = pages[told.index(False)]
        winner = ("Ani Operator", "Budi Kepala")[told.index(True)]
        assert f"sudah dikirim oleh {winner}" in loser
        with applied(scope):
            revision = ReportRevision.objects.get(report__obligation=obligation)
            report = Report.objects.get(obligation=obligation)
            sent = AuditEvent.objects.filter(thing_id=str(report.pk), verb="mengirim")
            assert sent.filter(thing_type="reporting.report").count() == 1
        assert (revision.submitted_by_name, report.state) == (winner, Report.State.SUBMITTED)
        assert revision.figures["anggota"] == 1 + told.index(True)


def test_a_double_click_is_one_report_and_good_news_twice(obligations, scope):
    for obligation in obligations:
        clicks = [sender("ani", obligation, "a" * 16, anggota="1", rapat="ya") for _ in range(2)]
        answers = at_once(*clicks)
        assert ["Laporan terkirim" in answer.content.decode() for answer in answers] == [True, True]
        with applied(scope):
            assert ReportRevision.objects.filter(report__obligation=obligation).count() == 1


def test_one_submits_again_while_the_other_returns(obligations, scope):
    for obligation in obligations:
        with applied(scope):
            figures = {asked.code: None for asked in questions_of(obligation)} | {"anggota": 3, "rapat": True}
            ani, gita = actor_of(person("ani")), actor_of(person("gita"))
            actions.save_draft(obligation, Contents(figures), version=0, by=ani, now=NOW)
            report = actions.submit(obligation, by=ani, now=NOW)

        def submit(obligation=obligation, ani=ani):
            with applied(scope):
                return actions.submit(obligation, by=ani, now=NOW)

        def send_back(report=report, gita=gita):
            with applied(scope):
                return review.return_for_correction(report, note="Periksa", is_void=False, by=gita, now=NOW)

        again, returned = at_once(submit, send_back)
        assert returned is None
        with applied(scope):
            state = Report.objects.get(obligation=obligation).state
            revisions = ReportRevision.objects.filter(report=report).count()
        if isinstance(again, Exception):
            assert "sudah dikirim oleh Ani Operator" in str(again)
            assert (state, revisions) == (Report.State.RETURNED, 1)
        else:
            assert (state, revisions) == (Report.State.SUBMITTED, 2)


def test_a_first_save_of_two_people_at_once_lets_one_in_and_shows_the_other(obligations, scope):
    for obligation in obligations:
        answers = at_once(
            saver("ani", obligation, "a" * 16, anggota="1"), saver("budi", obligation, "b" * 16, anggota="2")
        )
        assert sorted(answer.json()["state"] for answer in answers) == ["conflict", "saved"]
        with applied(scope):
            assert Report.objects.get(obligation=obligation).version == 1
