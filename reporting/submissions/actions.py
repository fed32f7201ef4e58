"""Filing a report: keep a draft, send it. What the reviewer then decides is in review.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Agency, Membership
from agencies.queries import leaders_of
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import supersede
from reporting.duties.models import Indicator
from reporting.periods.calendar import end_of_working_day
from reporting.periods.clocks import restart
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of, questions_of, rules_of
from reporting.submissions import checks
from reporting.submissions.evidence.queries import attached_ids
from reporting.submissions.handover import ask_to_send, withdraw_handover
from reporting.submissions.models import Report, ReportRevision
from reporting.submissions.queries import last_accepted_figures
from reporting.submissions.tables import row_keys_of

EMPTY = (
    "Belum ada satu pun pertanyaan yang diisi, jadi belum dikirim. Bila memang tidak ada yang dilaporkan, "
    "pilih Nihil dan tulis alasannya."
)


class ReportRefused(Exception):
    """The step is not possible now; the message is for the user."""


class EditConflict(ReportRefused):
    """Somebody else saved the report since this person opened it."""


class AlreadySent(ReportRefused):
    """The report was sent meanwhile, perhaps by the same page."""


class HeadNeeded(ReportRefused):
    """The agency lets only its head send; an operator hands the report over instead."""


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
def save_draft(
    obligation: Obligation, contents: Contents, *, version: int, by: Actor, now: datetime, session: str = ""
) -> Report:
    """Keep what was written so far. `version` is the one the person saw, 0 for a new report. Raises EditConflict.

    session: the opened page that saves. The page that saved last may save on whatever version it believes in (the
    answer to its last save may have been lost on the way), and many saves of one page are one entry in the history.
    """
    try:
        with transaction.atomic():
            return _save(obligation, contents, version, by, now, session)
    except IntegrityError:
        # Two first saves at once: the unique constraint let the other in, and now it is there to be compared with.
        return _save(obligation, contents, version, by, now, session)


def _save(obligation: Obligation, contents: Contents, version: int, by: Actor, now: datetime, session: str) -> Report:
    report = _for_writing(obligation)
    if report and report.state not in (Report.State.DRAFT, Report.State.RETURNED):
        raise AlreadySent(_sent_already(report))
    continues = bool(report and session and report.draft_session == session and report.saved_by_id == by.user_id)
    if report and contents == contents_of(report):
        return report
    if (report.version if report else 0) != version and not continues:
        raise EditConflict(_edited_by(report))
    report = report or Report(obligation=obligation, agency_id=obligation.agency_id)
    report.draft_session = session
    _write(report, contents, by, now)
    if not continues:
        record("menyimpan draf", report, by=by)
    return report


@transaction.atomic
def submit(obligation: Obligation, *, by: Actor, now: datetime) -> Report:
    """Send the saved report; the first one stops the clock and the chase.

    Raises HeadNeeded, AlreadySent, Incomplete, Unsound (wrong, or odd and not explained) or ReportRefused.
    """
    report, locked = _ready_report(obligation)
    if needs_head(by, locked.agency):
        raise HeadNeeded(
            f"Di {locked.agency.short_name}, laporan dikirim oleh pimpinan. Mintalah pimpinan mengirimnya."
        )
    report.state = Report.State.SUBMITTED
    report.submitted_at = now
    report.handed_at, report.handed_by_name = None, ""
    report.version += 1
    report.save(update_fields=["state", "submitted_at", "handed_at", "handed_by_name", "version"])
    _keep_revision(report, by, now)
    _turn_to_reviewer(locked, now)
    withdraw_handover(report)
    record("mengirim", report, by=by)
    return report


@transaction.atomic
def hand_to_head(obligation: Obligation, *, by: Actor, now: datetime) -> list[Membership]:
    """Ask the agency's leaders to send the finished report; returns whom. Raises what `submit` raises.

    Asking again is no second message while the report is the same: the messages are keyed by its version.
    """
    report, locked = _ready_report(obligation)
    leaders = leaders_of(locked.agency_id, timezone.localdate(now))
    if not leaders:
        raise ReportRefused(
            f"Belum ada pimpinan {locked.agency.short_name} yang terdaftar di portal. Hubungi admin kabupaten."
        )
    report.handed_at, report.handed_by_name = now, by.name
    report.save(update_fields=["handed_at", "handed_by_name"])
    ask_to_send(report, locked, leaders, by=by, now=now)
    record("meminta pimpinan mengirim", report, by=by)
    return leaders


def needs_head(actor: Actor, agency: Agency) -> bool:
    """Leaders always send; everybody else only where the agency lets its operator send."""
    return not agency.operator_submits and not actor.duties.leads


def may_send(actor: Actor, obligation: Obligation) -> bool:
    return may(actor, Verb.SUBMIT_REPORT, obligation) and not needs_head(actor, obligation.agency)


def contents_of(report: Report) -> Contents:
    """What is stored, in the form in which it was given."""
    return Contents(
        figures=report.figures,
        explanations=report.explanations,
        obstacles=report.obstacles,
        follow_up=report.follow_up,
        is_nil=report.is_nil,
        nil_reason=report.nil_reason,
    )


def _for_writing(obligation: Obligation) -> Report | None:
    rows = Report.objects.select_for_update(of=("self",)).select_related("saved_by")
    return rows.filter(obligation=obligation).first()


def _ready_report(obligation: Obligation) -> tuple[Report, Obligation]:
    """Both locked, the report saved, open and fit to be sent; raises what is in the way."""
    report = _for_writing(obligation)
    if report is None:
        raise ReportRefused("Belum ada isian yang disimpan.")
    if report.state not in (Report.State.DRAFT, Report.State.RETURNED):
        raise AlreadySent(_sent_already(report))
    locked = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form").get(pk=obligation.pk)
    if locked.waived_at:
        raise ReportRefused("Kewajiban periode ini sudah dibebaskan, jadi tidak perlu dikirim.")
    _refuse_unready(report, locked)
    return report, locked


def _sent_already(report: Report) -> str:
    latest = report.revisions.first()
    return f"Laporan ini sudah dikirim oleh {latest.submitted_by_name}." if latest else "Laporan ini sudah dikirim."


def _edited_by(report: Report | None) -> str:
    who = str(report.saved_by) if report and report.saved_by else "Orang lain"
    return (
        f"{who} menyimpan laporan ini sejak Anda membukanya. Isian Anda masih ada di bawah; "
        "bandingkan dengan yang tersimpan, lalu simpan lagi."
    )


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
        submitted_by_id=by.user_id,
        submitted_by_name=by.name,
        evidence=attached_ids(report.obligation),
        **copied,
    )


def _turn_to_reviewer(obligation: Obligation, now: datetime) -> None:
    """Stop the agency's clocks; the reviewer's runs, by the coordinator's calendar, and is what the chase follows."""
    coordinator = Agency.objects.filter(is_coordinator=True).first() or obligation.agency
    zone = obligation.regency.zone
    days = obligation.form.review_working_days
    obligation.first_submitted_at = obligation.first_submitted_at or now
    review_due_at = end_of_working_day(now, days, calendar_of(coordinator), zone)
    clocks = restart(obligation, now=now, review_due_at=review_due_at)
    obligation.save(update_fields=["first_submitted_at", *clocks])
    for kind in ("report_returned", "report_reopened"):
        supersede(obligation, kind=kind, reason="laporan sudah dikirim lagi")
