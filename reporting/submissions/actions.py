"""The life of a report: draft → submitted → returned → submitted → accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from cooperatives.models import Cooperative
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of, rules_of
from reporting.submissions import checks
from reporting.submissions.answers import as_number, is_answered
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from reporting.submissions.queries import last_accepted_figures
from reporting.submissions.tables import row_keys_of
from villages.models import Village

EMPTY = (
    "Belum ada satu pun pertanyaan yang diisi, jadi belum dikirim. Bila memang tidak ada yang dilaporkan, "
    "pilih Nihil dan tulis alasannya."
)


class ReportRefused(Exception):
    """The step is not possible now; the message is for the user."""


class EditConflict(ReportRefused):
    """Somebody else saved the report since this person opened it."""


class Incomplete(ReportRefused):
    """Answers are missing. `missing` holds their codes, as checks.missing writes them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"Masih ada {len(missing)} isian wajib yang kosong. Isi 0 bila memang tidak ada.")
        self.missing = missing


class Unsound(ReportRefused):
    """Answers are wrong, or odd and not explained. `findings` holds which."""

    def __init__(self, lead: str, findings: list[checks.Finding]) -> None:
        super().__init__(f"{lead} {' '.join(each.message for each in findings)}")
        self.findings = findings


@dataclass(frozen=True)
class Contents:
    """What the filer wrote. figures: {indicator code: answer}, in the JSON forms of answers.py.

    explanations: {rule or indicator key: why the figure is right all the same}.
    """

    figures: dict[str, Any] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
    obstacles: str = ""
    follow_up: str = ""
    is_nil: bool = False
    nil_reason: str = ""


@transaction.atomic
def save_draft(obligation: Obligation, contents: Contents, *, version: int, by: Actor, now: datetime) -> Report:
    """Keep what was written so far. `version` is the one the person saw, 0 for a new report. Raises EditConflict."""
    report = _for_writing(obligation)
    if report is None:
        if version != 0:
            raise EditConflict("Laporan ini berubah sejak Anda membukanya.")
        report = Report(obligation=obligation, agency_id=obligation.agency_id)
    elif report.version != version:
        raise EditConflict(
            "Orang lain menyimpan laporan ini sejak Anda membukanya. Isian Anda masih ada di bawah; "
            "bandingkan dengan yang tersimpan, lalu simpan lagi."
        )
    if report.pk and report.state not in (Report.State.DRAFT, Report.State.RETURNED):
        raise ReportRefused("Laporan ini sudah dikirim, jadi tidak bisa diubah lagi.")
    _write(report, contents, by, now)
    record("menyimpan draf", report, by=by)
    return report


@transaction.atomic
def submit(obligation: Obligation, *, by: Actor, now: datetime) -> Report:
    """Send the saved report; the first one stops the clock and the chase.

    Raises Incomplete, Unsound (wrong, or odd and not explained) or ReportRefused.
    """
    report = _for_writing(obligation)
    if report is None:
        raise ReportRefused("Belum ada isian yang disimpan.")
    if report.state not in (Report.State.DRAFT, Report.State.RETURNED):
        raise ReportRefused("Laporan ini sudah dikirim.")
    locked = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
    if locked.waived_at:
        raise ReportRefused("Kewajiban periode ini sudah dibebaskan, jadi tidak perlu dikirim.")
    _refuse_unready(report, locked)
    report.state = Report.State.SUBMITTED
    report.submitted_at = now
    report.version += 1
    report.save(update_fields=["state", "submitted_at", "version"])
    _keep_revision(report, by, now)
    locked.first_submitted_at = locked.first_submitted_at or now
    locked.next_chase_at = None
    locked.save(update_fields=["first_submitted_at", "next_chase_at"])
    record("mengirim", report, by=by)
    return report


@transaction.atomic
def accept(report: Report, *, by: Actor, now: datetime) -> None:
    """The reviewer takes the report as it is; its figures become readable for all staff of the district."""
    report = _waiting(report)
    _close_revision(report, ReportRevision.Outcome.ACCEPTED, by, now, "")
    report.state = Report.State.ACCEPTED
    report.version += 1
    report.save(update_fields=["state", "version"])
    Obligation.objects.filter(pk=report.obligation_id).update(accepted_at=now)
    _publish(report)
    record("menerima", report, by=by)


@transaction.atomic
def return_for_correction(report: Report, *, note: str, is_void: bool, by: Actor, now: datetime) -> None:
    """Back to the agency with a note. A void (empty) submission does not stop the clock: the chase resumes."""
    if not note.strip():
        raise ReportRefused("Tulis apa yang perlu diperbaiki.")
    report = _waiting(report)
    _close_revision(report, ReportRevision.Outcome.RETURNED, by, now, note, is_void=is_void)
    report.state = Report.State.RETURNED
    report.return_note = note
    report.version += 1
    report.save(update_fields=["state", "return_note", "version"])
    if is_void:
        _restart_clock(report, now)
    record("mengembalikan", report, by=by, reason=note)


def _for_writing(obligation: Obligation) -> Report | None:
    return Report.objects.select_for_update(of=("self",)).filter(obligation=obligation).first()


def _waiting(report: Report) -> Report:
    locked: Report = Report.objects.select_for_update(of=("self",)).select_related("obligation__form").get(pk=report.pk)
    if locked.state != Report.State.SUBMITTED:
        raise ReportRefused(f"Laporan ini tidak sedang menunggu pemeriksaan: {locked.get_state_display().lower()}.")
    return locked


def _write(report: Report, contents: Contents, by: Actor, now: datetime) -> None:
    if contents.is_nil and not contents.nil_reason.strip():
        raise ReportRefused("Tulis alasan nihil: mengapa tidak ada yang dilaporkan bulan ini.")
    report.figures = {} if contents.is_nil else contents.figures
    report.explanations = {} if contents.is_nil else contents.explanations
    report.obstacles = contents.obstacles
    report.follow_up = contents.follow_up
    report.is_nil = contents.is_nil
    report.nil_reason = contents.nil_reason if contents.is_nil else ""
    report.saved_at = now
    report.saved_by_id = by.user_id
    report.version = report.version + 1 if report.pk else 1
    report.save()


def _refuse_unready(report: Report, obligation: Obligation) -> None:
    """A report is sent when it says something, everything asked for is answered, and what is odd is explained."""
    if report.is_nil:
        return
    questions = list(questions_of(obligation))
    if checks.is_empty(questions, report.figures):
        raise ReportRefused(EMPTY)
    lacking = checks.missing(questions, report.figures, row_keys_of(obligation.agency, questions))
    if lacking:
        raise Incomplete(lacking)
    _refuse_unsound(report, obligation, questions)


def _refuse_unsound(report: Report, obligation: Obligation, questions: list[Indicator]) -> None:
    found = checks.findings(questions, rules_of(obligation), report.figures, last_accepted_figures(obligation))
    wrong = [each for each in found if each.is_hard]
    if wrong:
        raise Unsound("Ada isian yang tidak cocok:", wrong)
    odd = checks.unexplained(found, report.explanations)
    if odd:
        raise Unsound("Jelaskan dahulu:", odd)


def _keep_revision(report: Report, by: Actor, now: datetime) -> None:
    copied: dict[str, Any] = {
        name: getattr(report, name)
        for name in ("figures", "explanations", "obstacles", "follow_up", "is_nil", "nil_reason")
    }
    ReportRevision.objects.create(
        report=report,
        agency_id=report.agency_id,
        number=report.revisions.count() + 1,
        submitted_at=now,
        submitted_by_name=by.name,
        **copied,
    )


def _restart_clock(report: Report, now: datetime) -> None:
    """The clock stops at the first submission that is not void; without one the chase resumes."""
    valid = report.revisions.filter(is_void=False).order_by("number").first()
    first = valid.submitted_at if valid else None
    rows = Obligation.objects.filter(pk=report.obligation_id)
    rows.update(first_submitted_at=first, next_chase_at=None if first else now)


def _close_revision(
    report: Report, outcome: str, by: Actor, now: datetime, note: str, *, is_void: bool = False
) -> None:
    latest = report.revisions.first()
    assert latest is not None
    latest.outcome = outcome
    latest.reviewed_at = now
    latest.reviewed_by_name = by.name
    latest.note = note
    latest.is_void = is_void
    latest.save(update_fields=["outcome", "reviewed_at", "reviewed_by_name", "note", "is_void"])


def _publish(report: Report) -> None:
    """The accepted answers as rows; 0 for every number of a nil report."""
    rows: list[AcceptedFigure] = []
    for asked in questions_of(report.obligation):
        if report.is_nil:
            rows += [_cell(report, asked, 0)] if asked.is_numeric else []
        elif asked.is_table:
            rows += _cells(report, asked)
        elif is_answered(report.figures.get(asked.code)):
            rows.append(_cell(report, asked, report.figures[asked.code]))
    AcceptedFigure.objects.bulk_create(rows)


def _cells(report: Report, table: Indicator) -> list[AcceptedFigure]:
    """One row per answered cell. Rows of villages and cooperatives that are gone are left out."""
    answered = report.figures.get(table.code) or {}
    per_village = table.kind == Indicator.Kind.VILLAGE_TABLE
    if per_village:
        keys = dict(Village.objects.filter(code__in=answered).values_list("code", "pk"))
    else:
        there = Cooperative.objects.filter(pk__in=[int(key) for key in answered]).values_list("pk", flat=True)
        keys = {str(pk): pk for pk in there}
    row_of = "village_id" if per_village else "cooperative_id"
    return [
        _cell(report, column, answered[key][column.code], **{row_of: pk})
        for key, pk in keys.items()
        for column in table.columns.all()
        if is_answered(answered[key].get(column.code))
    ]


def _cell(report: Report, asked: Indicator, answer: Any, **row: int) -> AcceptedFigure:
    number = as_number(answer) if asked.is_numeric or asked.kind == Indicator.Kind.YES_NO else None
    return AcceptedFigure(
        obligation_id=report.obligation_id,
        indicator=asked,
        value=number,
        text="" if number is not None else str(answer),
        **row,
    )
