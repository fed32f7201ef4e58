"""What a reviewer decides about a submitted report: accept it, return it, and reopen what was accepted.

Each decision locks the report, so of two at once one counts and the other is told. `seen` is the version that the
reviewer had before them: a report that changed since is not decided by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from cooperatives.models import Cooperative
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import supersede
from reporting.duties.models import Indicator
from reporting.periods.calendar import end_of_working_day
from reporting.periods.clocks import restart
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of, questions_of
from reporting.submissions import notices
from reporting.submissions.actions import ReportRefused
from reporting.submissions.answers import as_number, is_answered
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from villages.models import Village

LONGEST_NOTE = 500


class NotDecided(ReportRefused):
    """The decision does not count. `brief` is the reason in a few words, for a summary of many."""

    def __init__(self, message: str, brief: str) -> None:
        super().__init__(message)
        self.brief = brief


@dataclass(frozen=True)
class Accepted:
    """What became of one report of a bulk acceptance; `refusal` is None where it was accepted."""

    report_id: int
    refusal: NotDecided | None = None


@transaction.atomic
def accept(report: Report, *, by: Actor, now: datetime, seen: int | None = None) -> None:
    """Take the report as it is; its figures become readable for all staff of the district. Raises NotDecided."""
    report, revision = _waiting(report, by, seen)
    if revision.submitted_by_id is not None and revision.submitted_by_id == by.user_id:
        raise NotDecided("Anda sendiri yang mengirim laporan ini, jadi orang lain yang memeriksanya.", "Anda kirim")
    _close(revision, ReportRevision.Outcome.ACCEPTED, by, now)
    _move(report, Report.State.ACCEPTED)
    obligation = report.obligation
    obligation.accepted_at = now
    obligation.save(update_fields=["accepted_at", *restart(obligation, now=now)])
    _publish(report)
    record("menerima", report, by=by)
    notices.tell_accepted(obligation, revision, by=by, now=now)


@transaction.atomic
def accept_many(wanted: Iterable[tuple[Report, int | None]], *, by: Actor, now: datetime) -> list[Accepted]:
    """Accept each (report, version seen) in a savepoint of its own, so that one refusal leaves the others be.

    In the order of the obligations, as everything that locks several: two reviewers who tick the same reports, or a
    holiday that is added meanwhile, wait for one another instead of deadlocking.
    """
    results = []
    for report, seen in sorted(wanted, key=lambda pair: pair[0].obligation_id):
        try:
            accept(report, by=by, now=now, seen=seen)
        except NotDecided as refusal:
            results.append(Accepted(report.pk, refusal))
        else:
            results.append(Accepted(report.pk))
    return results


@transaction.atomic
def return_for_correction(
    report: Report, *, note: str, by: Actor, now: datetime, notes: Mapping[str, str] | None = None,
    is_void: bool = False, working_days: int | None = None, seen: int | None = None,
) -> None:  # fmt: skip
    """Back to the agency with a note, notes per question and a date. Raises ReportRefused.

    notes: {indicator code, or "table@row": what to mend}. working_days: for the correction, by the agency's
    calendar, from now; without it as the form says. A void (empty) submission does not stop the clock: the chase
    resumes.
    """
    written = _checked_notes(report.obligation, notes or {})
    if not note.strip() and not written:
        raise ReportRefused("Tulis apa yang perlu diperbaiki.")
    report, revision = _waiting(report, by, seen)
    _close(revision, ReportRevision.Outcome.RETURNED, by, now, note=note, notes=written, is_void=is_void)
    _hand_back(report, note, written, working_days, now)
    if is_void:
        _restart_clock(report, now)
    record("mengembalikan", report, by=by, reason=note)
    notices.tell_returned(report.obligation, revision, by=by, now=now)


@transaction.atomic
def reopen(
    report: Report, *, reason: str, by: Actor, now: datetime, working_days: int | None = None, seen: int | None = None
) -> None:
    """Unlock an accepted report, because what was accepted is wrong. Raises ReportRefused.

    Its figures are withdrawn from what all may read and stay in the revision. The first clock does not move: the
    report was there. Why not simply correct it: docs/decisions/0011.
    """
    if not reason.strip():
        raise ReportRefused("Tulis mengapa laporan ini dibuka lagi.")
    report = _locked(report)
    if report.state != Report.State.ACCEPTED:
        raise NotDecided(
            f"Laporan ini tidak sedang terkunci: {report.get_state_display().lower()}.", "tidak sedang terkunci"
        )
    _refuse_changed(report, seen)
    revision = _latest(report)
    revision.outcome = ReportRevision.Outcome.REOPENED
    revision.reopened_at, revision.reopened_by_name, revision.reopen_reason = now, by.name, reason
    revision.save(update_fields=["outcome", "reopened_at", "reopened_by_name", "reopen_reason"])
    AcceptedFigure.objects.filter(obligation=report.obligation).delete()
    _hand_back(report, reason, {}, working_days, now)
    record("membuka lagi", report, by=by, reason=reason)
    notices.tell_reopened(report.obligation, revision, by=by, now=now)


def _locked(report: Report) -> Report:
    """The report and its obligation, locked in the order of submitting; a waiver waits for the decision."""
    rows = Report.objects.select_for_update(of=("self", "obligation"))
    return rows.select_related("obligation__form", "obligation__agency").get(pk=report.pk)


def _latest(report: Report) -> ReportRevision:
    latest = report.revisions.first()
    assert latest is not None
    return latest


def _waiting(report: Report, by: Actor, seen: int | None) -> tuple[Report, ReportRevision]:
    """The locked report and the revision to decide about. Raises NotDecided with what happened instead."""
    locked = _locked(report)
    if locked.state != Report.State.SUBMITTED:
        raise _decided_before(locked, by)
    if locked.obligation.waived_at:
        raise NotDecided("Kewajiban periode ini sudah dibebaskan, jadi tidak perlu diperiksa.", "sudah dibebaskan")
    _refuse_changed(locked, seen)
    return locked, _latest(locked)


def _decided_before(report: Report, by: Actor) -> NotDecided:
    latest = report.revisions.first()
    if latest is None or not latest.reviewed_by_name or report.state == Report.State.DRAFT:
        return NotDecided(
            f"Laporan ini tidak sedang menunggu pemeriksaan: {report.get_state_display().lower()}.", "belum dikirim"
        )
    again = latest.outcome == ReportRevision.Outcome.REOPENED
    done = "dibuka lagi" if again else latest.get_outcome_display()
    name = latest.reopened_by_name if again else latest.reviewed_by_name
    whom = "Anda" if name == by.name else name
    return NotDecided(
        f"Laporan ini tidak sedang menunggu pemeriksaan: sudah {done} oleh {whom}. Keputusan Anda tidak tersimpan.",
        f"sudah {done} oleh {'Anda' if name == by.name else 'orang lain'}",
    )


def _refuse_changed(report: Report, seen: int | None) -> None:
    if seen is not None and seen != report.version:
        raise NotDecided(
            "Laporan ini berubah sejak Anda membukanya. Periksa isinya yang sekarang, lalu putuskan.",
            "berubah sejak daftar ini dibuka",
        )


def _checked_notes(obligation: Obligation, notes: Mapping[str, str]) -> dict[str, str]:
    """The notes that say something, by known keys. Raises ReportRefused for a key that is no question's."""
    written = {key: text.strip() for key, text in notes.items() if text.strip()}
    asked = {each.code: each for each in questions_of(obligation)} if written else {}
    for key, text in written.items():
        code, _, row = key.partition("@")
        if code not in asked or (row and not asked[code].is_table):
            raise ReportRefused("Ada catatan untuk pertanyaan yang tidak ada di laporan ini.")
        if len(text) > LONGEST_NOTE:
            raise ReportRefused(f"Catatan untuk “{asked[code].label}” lebih dari {LONGEST_NOTE} huruf.")
    return written


def _close(
    revision: ReportRevision, outcome: str, by: Actor, now: datetime, *,
    note: str = "", notes: Mapping[str, str] | None = None, is_void: bool = False,
) -> None:  # fmt: skip
    revision.outcome = outcome
    revision.reviewed_at = now
    revision.reviewed_by_name = by.name
    revision.note = note
    revision.notes = dict(notes or {})
    revision.is_void = is_void
    revision.save(update_fields=["outcome", "reviewed_at", "reviewed_by_name", "note", "notes", "is_void"])


def _move(report: Report, state: str, note: str = "", notes: Mapping[str, str] | None = None) -> None:
    report.state = state
    report.return_note = note
    report.return_notes = dict(notes or {})
    report.version += 1
    report.save(update_fields=["state", "return_note", "return_notes", "version"])


def _hand_back(report: Report, note: str, notes: Mapping[str, str], working_days: int | None, now: datetime) -> None:
    """The agency's turn again, with a clock for the correction instead of the reviewer's."""
    _move(report, Report.State.RETURNED, note, notes)
    obligation = report.obligation
    obligation.accepted_at = None
    clocks = restart(obligation, now=now, correction_due_at=correction_due(obligation, working_days, now))
    obligation.save(update_fields=["accepted_at", *clocks])
    supersede(obligation, kind="report_accepted", reason="laporan dikembalikan atau dibuka lagi")


def correction_due(obligation: Obligation, working_days: int | None, now: datetime) -> datetime:
    """The end of the last working day for a correction that begins now, by the agency's own calendar."""
    days = obligation.form.correction_working_days if working_days is None else working_days
    zone = obligation.regency.zone
    return end_of_working_day(now, days, calendar_of(obligation.agency), zone)


def _restart_clock(report: Report, now: datetime) -> None:
    """The clock stops at the first submission that is not void; without one the report is owed again."""
    valid = report.revisions.filter(is_void=False).order_by("number").first()
    first = valid.submitted_at if valid else None
    Obligation.objects.filter(pk=report.obligation_id).update(first_submitted_at=first)


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
