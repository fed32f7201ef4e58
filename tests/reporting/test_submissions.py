from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import applied
from reporting.duties.models import Indicator, ValidationRule
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.periods.waivers import WaiverRefused, waive
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from reporting.submissions.queries import last_accepted_figures, report_for
from tests.reporting.versions import another_version

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def obligation(katingan, scope_for, actor_for):
    """The obligation of Dinas Kesehatan for September 2026, in a scope that may write it."""
    with applied(scope_for("gita")):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        yield Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")


def filled(obligation, value=3):
    asked = questions_of(obligation)
    return Contents(figures={indicator.code: value for indicator in asked})


def submitted(obligation, by, value=3):
    report = report_for(obligation)
    actions.save_draft(obligation, filled(obligation, value), version=report.version if report else 0, by=by, now=NOW)
    return actions.submit(obligation, by=by, now=NOW)


def test_submit_stops_the_clock_and_the_chase(obligation, actor_for):
    report = submitted(obligation, actor_for("ani"))
    obligation.refresh_from_db()
    assert report.state == Report.State.SUBMITTED
    assert (obligation.first_submitted_at, obligation.next_chase_at) == (NOW, NOW)
    assert running_clock(obligation) == (Clock.REVIEW, obligation.review_due_at)
    assert [event.verb for event in history_of(report)] == ["mengirim", "menyimpan draf"]


def test_submit_refuses_what_is_incomplete_and_keeps_the_draft(obligation, actor_for):
    actions.save_draft(obligation, Contents(figures={"apotek-desa": 1}), version=0, by=actor_for("ani"), now=NOW)
    with pytest.raises(actions.Incomplete) as refusal:
        actions.submit(obligation, by=actor_for("ani"), now=NOW)
    asked = set(questions_of(obligation).values_list("code", flat=True))
    assert set(refusal.value.missing) == asked - {"apotek-desa"}
    assert report_for(obligation).state == Report.State.DRAFT


def test_submit_refuses_an_empty_report_and_points_to_nil(obligation, actor_for):
    actions.save_draft(obligation, Contents(obstacles="Banjir"), version=0, by=actor_for("ani"), now=NOW)
    with pytest.raises(actions.ReportRefused, match="pilih Nihil"):
        actions.submit(obligation, by=actor_for("ani"), now=NOW)
    assert report_for(obligation).state == Report.State.DRAFT


def test_submit_refuses_a_broken_hard_rule_and_names_the_figures(obligation, actor_for, scope_for):
    with applied(scope_for("joko")):
        make_rule(obligation, "#{apotek-desa}", ">", "5", is_hard=True)
    with pytest.raises(actions.Unsound, match=r"Jangan kurang\. .*3"):
        submitted(obligation, actor_for("ani"), 3)
    assert submitted(obligation, actor_for("ani"), 6).state == Report.State.SUBMITTED


def test_submit_refuses_what_is_odd_until_it_is_explained(obligation, actor_for, scope_for):
    with applied(scope_for("joko")):
        make_rule(obligation, "#{apotek-desa}", ">", "5", is_hard=False)
    ani = actor_for("ani")
    with pytest.raises(actions.Unsound, match="Jelaskan dahulu") as refusal:
        submitted(obligation, ani, 3)
    assert [each.key for each in refusal.value.findings] == ["rule-1"]
    explained = replace(filled(obligation, 3), explanations={"rule-1": "Apotek tutup"})
    actions.save_draft(obligation, explained, version=report_for(obligation).version, by=ani, now=NOW)
    assert actions.submit(obligation, by=ani, now=NOW).revisions.get().explanations == {"rule-1": "Apotek tutup"}


def test_submit_refuses_an_unexplained_jump_against_the_last_accepted_report(obligation, actor_for, scope_for):
    with applied(scope_for("joko")):
        with another_version(obligation) as draft:
            Indicator.objects.filter(version=draft, code="apotek-desa").update(warn_change_percent=50)
    review.accept(submitted(obligation, actor_for("ani"), 10), by=actor_for("gita"), now=NOW)
    following = Obligation.objects.select_related("agency", "form").get(agency=obligation.agency, period="202610")
    with pytest.raises(actions.Unsound, match="naik 400%"):
        submitted(following, actor_for("ani"), 50)
    assert submitted(following, actor_for("ani"), 15).state == Report.State.SUBMITTED


def make_rule(obligation, left, operator, right, is_hard):
    with another_version(obligation) as draft:
        draft.rules.all().delete()
        ValidationRule.objects.create(
            version=draft, order=1, left=left, operator=operator, right=right, message="Jangan kurang.", is_hard=is_hard
        )


def test_a_second_submit_is_refused(obligation, actor_for):
    submitted(obligation, actor_for("ani"))
    with pytest.raises(actions.ReportRefused, match="sudah dikirim"):
        actions.submit(obligation, by=actor_for("budi"), now=NOW)
    assert ReportRevision.objects.filter(report__obligation=obligation).count() == 1


def test_two_people_who_edit_at_once_are_told(obligation, actor_for):
    actions.save_draft(obligation, filled(obligation, 1), version=0, by=actor_for("ani"), now=NOW)
    with pytest.raises(actions.EditConflict):
        actions.save_draft(obligation, filled(obligation, 2), version=0, by=actor_for("budi"), now=NOW)
    assert report_for(obligation).figures["apotek-desa"] == 1


def test_nil_needs_a_reason_and_then_needs_no_figures(obligation, actor_for):
    ani = actor_for("ani")
    with pytest.raises(actions.ReportRefused, match="alasan nihil"):
        actions.save_draft(obligation, Contents(is_nil=True), version=0, by=ani, now=NOW)
    actions.save_draft(obligation, Contents(is_nil=True, nil_reason="Belum ada"), version=0, by=ani, now=NOW)
    assert actions.submit(obligation, by=ani, now=NOW).is_nil


def test_accept_publishes_the_figures_and_prefills_the_next_month(obligation, actor_for):
    report = submitted(obligation, actor_for("ani"), 7)
    review.accept(report, by=actor_for("gita"), now=NOW)
    obligation.refresh_from_db()
    assert obligation.accepted_at == NOW
    assert set(AcceptedFigure.objects.filter(obligation=obligation).values_list("value", flat=True)) == {7}
    following = Obligation.objects.get(agency=obligation.agency, period="202610")
    assert last_accepted_figures(following)["apotek-desa"] == 7
    with pytest.raises(actions.ReportRefused, match="tidak sedang menunggu"):
        review.accept(report, by=actor_for("gita"), now=NOW)


def test_a_returned_report_is_corrected_and_both_revisions_stay(obligation, actor_for):
    report = submitted(obligation, actor_for("ani"), 1)
    later = NOW + timedelta(days=1)
    review.return_for_correction(report, note="Periksa angka", is_void=False, by=actor_for("gita"), now=later)
    obligation.refresh_from_db()
    assert obligation.first_submitted_at == NOW
    submitted(obligation, actor_for("ani"), 2)
    revisions = ReportRevision.objects.filter(report=report).order_by("number")
    assert [(r.number, r.outcome, r.figures["apotek-desa"]) for r in revisions] == [(1, "returned", 1), (2, "", 2)]


def test_a_void_submission_does_not_stop_the_clock(obligation, actor_for):
    report = submitted(obligation, actor_for("ani"))
    review.return_for_correction(report, note="Kosong", is_void=True, by=actor_for("gita"), now=NOW)
    obligation.refresh_from_db()
    assert (obligation.first_submitted_at, obligation.next_chase_at) == (None, NOW)


def test_a_waived_obligation_needs_no_report_and_says_why(obligation, actor_for):
    waive(obligation, reason="Belum ada koperasi yang didampingi", by=actor_for("joko"), now=NOW)
    with pytest.raises(WaiverRefused):
        waive(obligation, reason="lagi", by=actor_for("joko"), now=NOW)
    actions.save_draft(obligation, filled(obligation), version=0, by=actor_for("ani"), now=NOW)
    with pytest.raises(actions.ReportRefused, match="dibebaskan"):
        actions.submit(obligation, by=actor_for("ani"), now=NOW)
    assert history_of(obligation)[0].reason == "Belum ada koperasi yang didampingi"


def test_another_agency_and_the_admin_cannot_read_a_draft(obligation, actor_for, scope_for):
    submitted(obligation, actor_for("ani"))
    seen = {}
    for name in ("ani", "budi", "citra", "eka", "gita", "hadi", "indra", "joko"):
        with applied(scope_for(name)):
            seen[name] = (Report._base_manager.count(), ReportRevision._base_manager.count())
    may = (1, 1)
    assert seen == {
        "ani": may, "budi": may, "gita": may, "hadi": may,
        "citra": (0, 0), "eka": (0, 0), "indra": (0, 0), "joko": (0, 0),
    }  # fmt: skip


def test_history_never_holds_the_figures_of_a_report(obligation, actor_for):
    actions.save_draft(obligation, filled(obligation, 987654), version=0, by=actor_for("ani"), now=NOW)
    report = submitted(obligation, actor_for("ani"), 987)
    assert all("987" not in str(event.changes) for event in history_of(report))
