"""What is true of the stored rows after every step, whatever happened before. Each check reads the database anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import connection

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.models import DueChange, Extension, Obligation, Promise
from reporting.periods.standing import measures, standing_of, with_standing
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from reporting.submissions.queries import accepted_answers
from tests.reporting.life.reference import Life

# The state of a regency without what the chase alone writes: its steps are their own history.
STATE = (
    "reporting_report", "reporting_reportrevision", "reporting_duechange", "reporting_extension",
    "reporting_acceptedfigure", "reporting_comment", "reporting_holiday", "reporting_subdistrictgrace",
    "reporting_assignment", "reporting_duty", "reporting_dutyversion", "reporting_formversion", "agencies_agency",
    "agencies_membership", "reporting_handover", "reporting_promise",
)  # fmt: skip
DIGEST = " UNION ALL ".join(
    [f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t" for table in STATE]
    + [
        "SELECT 'obligation', md5(string_agg((to_jsonb(t) - 'next_chase_at' - 'promise_due_at' - 'broken_promises')"
        "::text, '|' ORDER BY id)) FROM reporting_obligation t"
    ]
)
PRIVATE = (
    "reporting_report", "reporting_reportrevision", "reporting_extension", "reporting_comment",
    "reporting_handover",
)  # fmt: skip


def digest() -> dict[str, str]:
    """{table: digest of all that this scope sees of it}."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST)
        return dict(cursor.fetchall())


def frozen(row: Obligation) -> tuple[Any, ...]:
    """What never changes once raised; the sentence and the skipped days follow the calendar."""
    rule = {name: value for name, value in row.rule.items() if name not in ("sentence", "skipped")}
    return (
        row.agency_id, row.form_id, row.form_version_id, row.period, row.starts_on, row.ends_on, row.original_due_at,
        row.raised_at, rule,
    )  # fmt: skip


def check_dates(rows: list[Obligation], lives: dict[int, Life], kept: dict[int, Any]) -> None:
    """Frozen is frozen; each due moment is the reference's, reached from the original by an unbroken chain."""
    steps: dict[int, list[DueChange]] = defaultdict(list)
    for change in DueChange.objects.order_by("pk"):
        steps[change.obligation_id].append(change)
    for row in rows:
        assert frozen(row) == kept[row.pk]
        assert row.due_at == lives[row.pk].due
        moment = row.original_due_at
        for change in steps.get(row.pk, ()):
            assert change.old_due_at == moment != change.new_due_at
            moment = change.new_due_at
            if change.cause == DueChange.Cause.HOLIDAY:
                assert change.made_at < min(change.old_due_at, change.new_due_at)
            else:
                assert change.old_due_at < change.new_due_at
        assert moment == row.due_at


def check_reports(rows: list[Obligation], lives: dict[int, Life]) -> None:
    """Reports, revisions and clocks are as the reference has them; accepted only after it was sent."""
    reports = {report.obligation_id: report for report in Report.objects.all()}
    revisions: dict[int, list[ReportRevision]] = defaultdict(list)
    for revision in ReportRevision.objects.order_by("number").select_related("report"):
        revisions[revision.report.obligation_id].append(revision)
    for row in rows:
        life, sent = lives[row.pk], revisions.get(row.pk, [])
        report = reports.get(row.pk)
        assert (report.state if report else "") == life.state
        assert [(each.number, each.submitted_at, each.is_void) for each in sent] == [
            (number, each.at, each.is_void) for number, each in enumerate(life.sent, start=1)
        ]
        valid = [each.submitted_at for each in sent if not each.is_void]
        assert row.first_submitted_at == (valid[0] if valid else None) == life.first_sent_at
        assert (row.accepted_at is not None) == (life.state == "accepted")
        assert row.accepted_at is None or row.accepted_at >= valid[0]
        assert (row.waived_at is not None) == life.is_waived
        assert (row.review_due_at is not None) == (life.state == "submitted" and not life.is_waived)
        assert (row.correction_due_at is not None) == (life.state == "returned" and not life.is_waived)


def check_figures(rows: list[Obligation], lives: dict[int, Life]) -> None:
    """Figures that all may read exist exactly while accepted, and are those of the accepted revision."""
    published = set(AcceptedFigure.objects.values_list("obligation_id", flat=True))
    for row in rows:
        life = lives[row.pk]
        if life.state != "accepted":
            assert row.pk not in published
            continue
        answers = accepted_answers(row)
        last = life.sent[-1]
        if last.is_nil:
            assert set(answers.values()) <= {0}
        else:
            assert answers == last.figures


def check_measures(lives: dict[int, Life], now: datetime, regency: Regency) -> None:
    """Standing in Python and in SQL is the reference's, and the measures add up."""
    rows = list(with_standing(Obligation.objects.all(), now, regency.zone))
    told = {row.pk: row.standing for row in rows}
    assert told == {row.pk: standing_of(row, now) for row in rows} == {k: x.standing(now) for k, x in lives.items()}
    counted = Obligation.objects.aggregate(**measures(now, regency.zone))
    due = [life for life in lives.values() if not life.is_waived and life.due < now]
    by = [life.standing(now) for life in due]
    assert counted["expected"] == len(due) == by.count("on_time") + by.count("late") + by.count("overdue")
    assert counted["received"] == by.count("on_time") + by.count("late")
    assert counted["on_time"] == by.count("on_time")
    assert counted["overdue"] == by.count("overdue")
    assert counted["accepted"] == sum(life.state == "accepted" for life in due)
    assert counted["waived"] == sum(life.is_waived for life in lives.values())
    assert counted["not_due"] == len(lives) - len(due) - counted["waived"]


def check_extensions(lives: dict[int, Life]) -> None:
    asked = Extension.objects.filter(state=Extension.State.ASKED).values_list("obligation_id", flat=True)
    assert sorted(asked) == sorted(key for key, life in lives.items() if life.is_asked)


def check_promises(rows: list[Obligation], lives: dict[int, Life]) -> None:
    """What an obligation knows of its promises is what their rows say; none waits once it is the reviewer's turn."""
    given: dict[int, list[Promise]] = defaultdict(list)
    for each in Promise.objects.all():
        given[each.obligation_id].append(each)
    for row in rows:
        own, life = given.get(row.pk, []), lives[row.pk]
        assert [each.due_at for each in own if each.state == "open"] == list(filter(None, [row.promise_due_at]))
        assert row.broken_promises == sum(each.state == "broken" for each in own)
        assert all(each.ended_at <= each.due_at for each in own if each.state == "kept")
        assert row.promise_due_at is None or (life.state in ("", "draft", "returned") and not life.is_waived)


def check_chase(rows: list[Obligation], lives: dict[int, Life]) -> None:
    for row in rows:
        assert row.next_chase_at is None or not (lives[row.pk].is_waived or lives[row.pk].state == "accepted")


def check_walls(citra: Scope, elsewhere: Scope) -> None:
    """Another agency sees nothing that dinkes or the kecamatan keeps private, another regency nothing at all."""
    with applied(citra):
        assert _sees(PRIVATE, f"agency_id <> {citra.read_agencies[0]}") == dict.fromkeys(PRIVATE, 0)
    with applied(elsewhere):
        tables = (*PRIVATE, "reporting_obligation", "reporting_acceptedfigure", "reporting_duechange")
        assert _sees(tables, f"regency_id <> {elsewhere.regency_id}") == dict.fromkeys(tables, 0)


def _sees(tables: tuple[str, ...], where: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name} WHERE {where}" for name in tables))
        return dict(cursor.fetchall())
