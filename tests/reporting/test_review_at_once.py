"""Two people at the same report at the same moment: one outcome, and the other is told. Real threads, real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.periods.waivers import WaiverRefused, waive
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents, ReportRefused
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from tests.conftest import actor_of, everything_of, person

ROUNDS = 5


@pytest.fixture
def world(committed_db):
    """(scope, the actors, a new nil report that waits) with everything committed."""
    katingan = Regency.objects.get(code="62.06")
    scope = everything_of(katingan)
    actors = {name: actor_of(person(name)) for name in ("ani", "gita", "hadi", "joko")}
    with applied(scope):
        raise_obligations(katingan, now=timezone.now(), by=actors["joko"])
    return scope, actors


def waiting(world, number: int) -> Report:
    scope, actors = world
    with applied(scope):
        obligation = Obligation.objects.select_related("agency", "form").order_by("pk")[number]
        contents = Contents(is_nil=True, nil_reason="Belum ada")
        actions.save_draft(obligation, contents, version=0, by=actors["ani"], now=timezone.now())
        return actions.submit(obligation, by=actors["ani"], now=timezone.now())


def together(scope, *works: Callable[[], object]) -> list[str]:
    """Run each in a thread and a transaction of its own, all at once; "" or the refusal of each."""
    gate, outcomes = threading.Barrier(len(works)), [""] * len(works)

    def run(index: int, work: Callable[[], object]) -> None:
        try:
            with applied(scope):
                gate.wait(10)
                work()
        except (ReportRefused, WaiverRefused) as refusal:
            outcomes[index] = str(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(world):
    scope, actors = world
    for number in range(ROUNDS):
        report, now = waiting(world, number), timezone.now()
        outcomes = together(
            scope,
            lambda report=report, now=now: review.accept(report, by=actors["gita"], now=now, seen=report.version),
            lambda report=report, now=now: review.return_for_correction(
                report, note="x", by=actors["hadi"], now=now, seen=report.version
            ),
        )
        assert sorted(map(bool, outcomes)) == [False, True]
        assert "Keputusan Anda tidak tersimpan" in "".join(outcomes)
        with applied(scope):
            revision = ReportRevision.objects.get(report=report)
            obligation = Obligation.objects.get(pk=report.obligation_id)
            assert bool(obligation.accepted_at) == (revision.outcome == "accepted") == (outcomes[0] == "")


def test_a_double_click_accepts_once(world):
    scope, actors = world
    for number in range(ROUNDS):
        report, now = waiting(world, number), timezone.now()
        click = lambda report=report, now=now: review.accept(report, by=actors["gita"], now=now)  # noqa: E731
        outcomes = together(scope, click, click, click)
        assert outcomes.count("") == 1
        assert sum("sudah diterima oleh Anda" in outcome for outcome in outcomes) == 2
        with applied(scope):
            published = AcceptedFigure.objects.filter(obligation_id=report.obligation_id).values_list("indicator_id")
            assert len(published) == len(set(published))


def test_sending_again_while_it_is_returned_leaves_one_outcome(world):
    """The report waits and is returned: a submit at the same moment comes before (refused: sent) or after (kept)."""
    scope, actors = world
    for number in range(ROUNDS):
        report, now = waiting(world, number), timezone.now()
        outcomes = together(
            scope,
            lambda report=report, now=now: actions.submit(report.obligation, by=actors["ani"], now=now),
            lambda report=report, now=now: review.return_for_correction(report, note="x", by=actors["gita"], now=now),
        )
        assert outcomes[1] == ""
        with applied(scope):
            after = Report.objects.get(pk=report.pk)
            obligation = Obligation.objects.get(pk=report.obligation_id)
            sent_again = outcomes[0] == ""
            assert after.state == ("submitted" if sent_again else "returned")
            assert after.revisions.count() == 1 + sent_again
            assert bool(obligation.review_due_at) == sent_again
            assert bool(obligation.correction_due_at) != sent_again
        assert sent_again or outcomes[0].startswith("Laporan ini sudah dikirim")


def test_accepting_and_waiving_at_once_do_not_both_count(world):
    scope, actors = world
    for number in range(ROUNDS):
        report, now = waiting(world, number), timezone.now()
        outcomes = together(
            scope,
            lambda report=report, now=now: review.accept(report, by=actors["gita"], now=now),
            lambda report=report, now=now: waive(report.obligation, reason="x", by=actors["joko"], now=now),
        )
        assert sorted(map(bool, outcomes)) == [False, True]
        with applied(scope):
            obligation = Obligation.objects.get(pk=report.obligation_id)
            assert bool(obligation.accepted_at) != bool(obligation.waived_at)


def test_two_who_tick_the_same_reports_do_not_lock_one_another(world):
    scope, actors = world
    reports = [waiting(world, number) for number in range(6)]
    now, results = timezone.now(), {}

    def many(name: str, wanted: list[Report]) -> None:
        results[name] = review.accept_many([(each, None) for each in wanted], by=actors[name], now=now)

    together(scope, lambda: many("gita", reports), lambda: many("hadi", reports[::-1]))
    accepted = {name: sum(each.refusal is None for each in outcome) for name, outcome in results.items()}
    assert sum(accepted.values()) == 6
    briefs = {each.refusal.brief for outcome in results.values() for each in outcome if each.refusal}
    assert briefs == {"sudah diterima oleh orang lain"}


def test_reopening_twice_withdraws_once(world):
    scope, actors = world
    report, now = waiting(world, 0), timezone.now()
    with applied(scope):
        review.accept(report, by=actors["gita"], now=now)
    again = lambda: review.reopen(report, reason="Salah", by=actors["gita"], now=now)  # noqa: E731
    outcomes = together(scope, again, again)
    assert outcomes.count("") == 1
    assert "tidak sedang terkunci" in "".join(outcomes)
