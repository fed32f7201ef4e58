"""Accepting, returning and reopening: states, clocks, what is published, and who is told."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import Holiday, Obligation
from reporting.periods.queries import questions_of
from reporting.periods.waivers import waive
from reporting.submissions import actions, notices, review
from reporting.submissions.actions import Contents, ReportRefused
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from reporting.submissions.queries import report_for

pytestmark = pytest.mark.django_db

WIB = ZoneInfo("Asia/Pontianak")
NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)  # a Tuesday
LATER = NOW + timedelta(days=1)


@pytest.fixture
def obligation(katingan, scope_for, actor_for):
    """The obligation of Dinas Kesehatan for September 2026, in a scope that may write it."""
    with applied(scope_for("gita")):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        yield Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")


def send(obligation, by, value=3, now=NOW):
    report = report_for(obligation)
    figures = {indicator.code: value for indicator in questions_of(obligation)}
    actions.save_draft(obligation, Contents(figures=figures), version=report.version if report else 0, by=by, now=now)
    return actions.submit(obligation, by=by, now=now)


@pytest.fixture
def report(obligation, actor_for):
    return send(obligation, actor_for("ani"))


@pytest.fixture
def gita(actor_for):
    return actor_for("gita")


def clocks(obligation):
    obligation.refresh_from_db()
    local = [each and each.astimezone(WIB) for each in (obligation.review_due_at, obligation.correction_due_at)]
    return [each and f"{each:%d %H:%M}" for each in local]


def told(kind):
    rows = Message.objects.filter(kind=kind).values_list("recipient__username", "channel")
    return sorted(f"{name} {channel}" for name, channel in rows)


def test_sending_starts_the_reviewers_clock_by_the_coordinators_calendar(obligation, actor_for):
    Holiday.objects.create(on=datetime(2026, 10, 22).date(), name="Libur daerah", kind="local")
    send(obligation, actor_for("ani"))
    assert clocks(obligation) == ["28 23:59", None]


def test_returning_starts_the_correction_clock_and_sending_again_turns_it_back(obligation, report, gita, actor_for):
    review.return_for_correction(report, note="Periksa", by=gita, now=LATER)
    assert clocks(obligation) == [None, "28 23:59"]
    send(obligation, actor_for("ani"), now=LATER)
    assert clocks(obligation) == ["28 23:59", None]


def test_the_correction_date_follows_the_days_given_and_the_agencys_saturdays(obligation, report, gita):
    obligation.agency.works_saturday = True
    obligation.agency.save()
    review.return_for_correction(report, note="Periksa", working_days=4, by=gita, now=LATER)
    assert clocks(obligation) == [None, "26 23:59"]


def test_notes_are_kept_per_question_on_the_report_and_its_revision(obligation, report, gita):
    notes = {"apotek-desa": " Hitung ulang. ", "klinik-desa": "  "}
    review.return_for_correction(report, note="", notes=notes, by=gita, now=LATER)
    report.refresh_from_db()
    assert report.return_notes == {"apotek-desa": "Hitung ulang."} == report.revisions.get().notes


@pytest.mark.parametrize(
    ("note", "notes", "words"),
    [
        ("  ", {}, "Tulis apa yang perlu diperbaiki"),
        ("", {"tidak-ada": "x"}, "pertanyaan yang tidak ada"),
        ("", {"apotek-desa@62.06.01.2001": "x"}, "pertanyaan yang tidak ada"),
        ("", {"apotek-desa": "x" * 501}, "lebih dari 500"),
    ],
)
def test_a_return_that_says_nothing_useful_is_refused_and_changes_nothing(report, gita, note, notes, words):
    with pytest.raises(ReportRefused, match=words):
        review.return_for_correction(report, note=note, notes=notes, by=gita, now=LATER)
    report.refresh_from_db()
    assert (report.state, report.revisions.get().outcome) == ("submitted", "")


def test_acceptance_stops_both_clocks(obligation, report, gita):
    review.accept(report, by=gita, now=LATER)
    assert clocks(obligation) == [None, None]
    assert obligation.accepted_at == LATER


def test_who_sent_a_report_does_not_accept_it(obligation, gita, actor_for):
    report = send(obligation, gita)
    with pytest.raises(review.NotDecided, match="Anda sendiri yang mengirim"):
        review.accept(report, by=gita, now=LATER)
    report.refresh_from_db()
    assert report.state == Report.State.SUBMITTED
    review.accept(report, by=actor_for("hadi"), now=LATER)


def test_a_report_that_changed_since_it_was_opened_is_not_decided(report, gita):
    for decide in (
        lambda: review.accept(report, by=gita, now=LATER, seen=report.version - 1),
        lambda: review.return_for_correction(report, note="x", by=gita, now=LATER, seen=report.version - 1),
    ):
        with pytest.raises(review.NotDecided, match="berubah sejak"):
            decide()
    review.accept(report, by=gita, now=LATER, seen=report.version)


def test_the_second_decision_hears_of_the_first(report, gita, actor_for):
    review.return_for_correction(report, note="x", by=gita, now=LATER)
    with pytest.raises(review.NotDecided, match="sudah dikembalikan oleh Gita Koordinator") as refusal:
        review.accept(report, by=actor_for("hadi"), now=LATER)
    assert refusal.value.brief == "sudah dikembalikan oleh orang lain"


def test_a_waived_report_is_not_accepted(obligation, report, gita, actor_for):
    waive(obligation, reason="Belum ada koperasi", by=actor_for("joko"), now=NOW)
    assert clocks(obligation) == [None, None]
    with pytest.raises(review.NotDecided, match="dibebaskan"):
        review.accept(report, by=gita, now=LATER)


def test_many_are_accepted_each_for_itself(obligation, report, gita, actor_for):
    other = Obligation.objects.select_related("agency", "form").get(agency__code="dinsos", period="202609")
    second = send(other, actor_for("citra"))
    review.return_for_correction(second, note="x", by=actor_for("hadi"), now=NOW)
    results = review.accept_many([(second, None), (report, report.version)], by=gita, now=LATER)
    assert {each.report_id: each.refusal and each.refusal.brief for each in results} == {
        report.pk: None,
        second.pk: "sudah dikembalikan oleh orang lain",
    }
    obligation.refresh_from_db()
    assert obligation.accepted_at == LATER


def test_reopening_withdraws_what_was_accepted_and_never_moves_the_first_clock(obligation, report, gita, actor_for):
    review.accept(report, by=gita, now=NOW)
    review.reopen(report, reason="Salah satu desa dihitung dua kali", working_days=2, by=gita, now=LATER)
    assert clocks(obligation) == [None, "23 23:59"]
    assert (obligation.first_submitted_at, obligation.accepted_at) == (NOW, None)
    assert not AcceptedFigure.objects.filter(obligation=obligation).exists()
    revision = ReportRevision.objects.get(report=report)
    assert (revision.outcome, revision.reviewed_by_name, revision.reviewed_at) == ("reopened", "Gita Koordinator", NOW)
    assert revision.figures["apotek-desa"] == 3
    assert history_of(report)[0].reason == "Salah satu desa dihitung dua kali"

    send(obligation, actor_for("ani"), value=4, now=LATER)
    review.accept(report, by=gita, now=LATER)
    obligation.refresh_from_db()
    assert (obligation.first_submitted_at, obligation.accepted_at) == (NOW, LATER)
    assert set(AcceptedFigure.objects.filter(obligation=obligation).values_list("value", flat=True)) == {4}


def test_a_void_return_after_a_reopening_leaves_the_first_clock(obligation, report, gita, actor_for):
    review.accept(report, by=gita, now=NOW)
    review.reopen(report, reason="Salah", by=gita, now=LATER)
    send(obligation, actor_for("ani"), now=LATER)
    review.return_for_correction(report, note="Kosong", is_void=True, by=gita, now=LATER)
    obligation.refresh_from_db()
    assert (obligation.first_submitted_at, obligation.next_chase_at) == (NOW, LATER)
    assert running_clock(obligation) == (Clock.CORRECTION, obligation.correction_due_at)


def test_reopening_needs_a_reason_and_an_accepted_report(report, gita):
    with pytest.raises(ReportRefused, match="mengapa"):
        review.reopen(report, reason=" ", by=gita, now=LATER)
    with pytest.raises(review.NotDecided, match="tidak sedang terkunci"):
        review.reopen(report, reason="x", by=gita, now=LATER)


def test_the_agency_is_told_and_nobody_else(report, gita):
    everybody = ["ani email", "ani in_app", "budi email", "budi in_app", "lina email", "lina in_app"]
    review.return_for_correction(report, note="Rahasia pemeriksa", by=gita, now=LATER)
    assert told("report_returned") == everybody
    texts = Message.objects.filter(kind="report_returned").values_list("body_text", "body_html")
    assert all("28 Oktober 2026 pukul 23.59" in text and "Rahasia" not in text + html for text, html in texts)


def test_a_letter_that_has_become_untrue_is_withdrawn(obligation, report, gita, actor_for):
    review.return_for_correction(report, note="x", by=gita, now=LATER)
    letter = Message.objects.filter(kind="report_returned", channel="email").first()
    assert notices.still_to_correct(letter) is None
    send(obligation, actor_for("ani"), now=LATER)
    assert notices.still_to_correct(letter) == "laporan sudah dikirim lagi, diterima, atau dibebaskan"
    letter.refresh_from_db()
    assert letter.state == Message.State.SUPERSEDED
    review.accept(report, by=gita, now=LATER)
    accepted = Message.objects.filter(kind="report_accepted", channel="email").first()
    assert notices.still_accepted(accepted) is None
    review.reopen(report, reason="Salah", by=gita, now=LATER)
    assert notices.still_accepted(accepted) == "laporan dibuka lagi sebelum pesan ini berangkat"
    accepted.refresh_from_db()
    assert accepted.state == Message.State.SUPERSEDED
    assert len(told("report_reopened")) == 6


def test_the_form_says_how_long_a_review_and_a_correction_may_take(obligation, actor_for, gita):
    ReportForm.objects.update(review_working_days=1, correction_working_days=1)
    obligation = Obligation.objects.select_related("agency", "form").get(pk=obligation.pk)
    report = send(obligation, actor_for("ani"))
    assert clocks(obligation) == ["21 23:59", None]
    review.return_for_correction(report, note="x", by=gita, now=LATER)
    assert clocks(obligation) == [None, "22 23:59"]
