"""A report as a document: everything a copy of it says, in the order of the page. PDF and spreadsheet write the same.

A paper holds only what its reader may see: the agency and its reviewers the report itself, all other staff the
accepted figures and nothing written beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.models import AuditEvent
from katingan_portal.audit.queries import history_of
from katingan_portal.ui import formats
from reporting.duties.models import DutyVersion, Indicator
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, days_late_of, standing_of
from reporting.submissions.actions import Contents, contents_of
from reporting.submissions.answers import Answers, as_number, is_answered, shown
from reporting.submissions.checks import question_of
from reporting.submissions.models import Report, ReportRevision
from reporting.submissions.queries import accepted_answers, report_for
from reporting.submissions.sheets import Sheet
from reporting.submissions.tables import Row

COPY = "Salinan dari portal, tanpa tanda tangan"
ONLY_FIGURES = (
    "Salinan ini memuat angka yang sudah diterima. Kendala, penjelasan, dan riwayat pengiriman hanya terlihat bagi "
    "perangkat daerah yang melapor dan pemeriksanya."
)


@dataclass(frozen=True)
class Line:
    """One question with its answer and the one before, both in their JSON forms."""

    asked: Indicator
    answer: Any
    before: Any


@dataclass(frozen=True)
class TablePart:
    """rows: only those with an answer, of `possible` in all. Each with {column code: answer}."""

    asked: Indicator
    columns: list[Indicator]
    rows: list[tuple[Row, dict[str, Any]]]
    possible: int


@dataclass(frozen=True)
class Section:
    """The questions about one duty, as it read when the obligation was raised; article is "" for those about none."""

    title: str
    article: str
    lines: list[Line]
    tables: list[TablePart]


@dataclass(frozen=True)
class Paper:
    """report: None for a reader who may see accepted figures only. explained: [(what was odd, why it is right)]."""

    sheet: Sheet
    report: Report | None
    contents: Contents
    sections: list[Section]
    explained: list[tuple[str, str]]
    revisions: list[ReportRevision]
    events: list[AuditEvent]
    made_at: datetime
    made_by: str

    @property
    def obligation(self) -> Obligation:
        return self.sheet.obligation

    @property
    def agency(self) -> Agency:
        return self.obligation.agency

    @property
    def regency_name(self) -> str:
        return str(self.obligation.regency)

    @property
    def period_label(self) -> str:
        return period_from_key(self.obligation.period).label

    @property
    def title(self) -> str:
        return f"{self.obligation.form.name} {self.period_label}"

    @property
    def state(self) -> str:
        return self.report.get_state_display() if self.report else "Diterima"

    def moment(self, at: datetime | None) -> str:
        """In the regency's own time; a dash for what did not happen."""
        zone = self.obligation.regency.time_zone
        return f"{formats.day(at, zone)}, {formats.clock(at, zone)}" if at else formats.UNKNOWN

    @property
    def punctuality(self) -> str:
        """The standing of the obligation in words, as every page and message has it."""
        standing = standing_of(self.obligation, self.made_at)
        days = days_late_of(self.obligation, self.made_at, self.obligation.regency.zone)
        return f"{Standing(standing).label}, {days} hari" if days else str(Standing(standing).label)

    @property
    def file_name(self) -> str:
        return f"laporan-{self.agency.code}-{self.obligation.form.code}-{self.obligation.period}"


def paper_for(obligation: Obligation, *, by: Actor, now: datetime) -> Paper | None:
    """What `by` may read of the report; None where that is nothing."""
    report = report_for(obligation) if may(by, Verb.READ_DRAFT, obligation) else None
    if report is None and not obligation.accepted_at:
        return None
    sheet = Sheet.of(obligation)
    contents = contents_of(report) if report else Contents(figures=accepted_answers(obligation))
    return Paper(
        sheet=sheet,
        report=report,
        contents=contents,
        sections=list(_sections(sheet, contents.figures)),
        explained=_explained(sheet, contents),
        revisions=list(report.revisions.order_by("number")) if report else [],
        events=_events(obligation, report),
        made_at=now,
        made_by=by.name,
    )


def _events(obligation: Obligation, report: Report | None) -> list[AuditEvent]:
    """Oldest first: a paper is read from the top."""
    found = [*history_of(obligation), *(history_of(report) if report else ())]
    return sorted(found, key=lambda event: event.at)


def _sections(sheet: Sheet, figures: Answers) -> Iterator[Section]:
    wordings = _wordings(sheet.obligation)
    for duty_id, questions in _by_duty(sheet.questions).items():
        duty = questions[0].duty
        version = wordings.get(duty_id)
        title = (version.text if version else str(duty)) if duty else "Pertanyaan umum"
        article = (version.article if version else duty.article) if duty else ""
        plain = [each for each in questions if not each.is_table]
        lines = [Line(each, figures.get(each.code), sheet.previous.get(each.code)) for each in plain]
        tables = [_table(sheet, each, figures.get(each.code)) for each in questions if each.is_table]
        yield Section(title[:1].upper() + title[1:], article, lines, tables)


def _by_duty(questions: Iterable[Indicator]) -> dict[int | None, list[Indicator]]:
    grouped: dict[int | None, list[Indicator]] = {}
    for each in questions:
        grouped.setdefault(each.duty_id, []).append(each)
    return grouped


def _wordings(obligation: Obligation) -> dict[int | None, DutyVersion]:
    """{duty id: the wording that the obligation was raised under}, where the rule remembers it."""
    numbers = obligation.rule.get("duty_versions") or {}
    versions = DutyVersion.objects.filter(duty_id__in=[int(key) for key in numbers])
    return {each.duty_id: each for each in versions if numbers.get(str(each.duty_id)) == each.number}


def _table(sheet: Sheet, asked: Indicator, answer: Any) -> TablePart:
    rows = sheet.rows[asked.code]
    cells = answer if isinstance(answer, dict) else {}
    known = {row.key for row in rows}
    # A village or cooperative that is gone from the register keeps what was reported about it.
    gone = [Row(key, key, "") for key in cells if key not in known]
    there = [(row, cells[row.key]) for row in [*rows, *gone] if is_answered(cells.get(row.key))]
    return TablePart(asked, list(asked.columns.all()), there, len(rows))


def _explained(sheet: Sheet, contents: Contents) -> list[tuple[str, str]]:
    messages = {each.key: each.message for each in sheet.soft_findings(contents)}
    labels = {asked.code: asked.label for asked in sheet.questions}
    rules = {f"rule-{rule.order}": rule.message for rule in sheet.rules}
    return [
        (messages.get(key) or rules.get(key) or labels.get(question_of(key.partition("-")[2]), "Isian"), text)
        for key, text in contents.explanations.items()
    ]


def facts_of(paper: Paper) -> list[list[str]]:
    """What stands above the answers: label and text."""
    obligation = paper.obligation
    facts = [
        ["Perangkat daerah", paper.agency.name],
        ["Masa laporan", f"{formats.day(obligation.starts_on)} s.d. {formats.day(obligation.ends_on)}"],
        ["Tenggat", paper.moment(obligation.due_at)],
        ["Mengapa tanggal itu", _why(paper)],
        *(["Tenggat berubah", text] for text in _due_changes(paper)),
        ["Pertama dikirim", paper.moment(obligation.first_submitted_at)],
        ["Diterima", paper.moment(obligation.accepted_at)],
        ["Ketepatan waktu", paper.punctuality],
    ]
    if obligation.waived_at:
        facts.append(["Dibebaskan", f"{paper.moment(obligation.waived_at)}. {obligation.waived_reason}"])
    return facts


def _why(paper: Paper) -> str:
    rule = paper.obligation.rule
    own = " Periode dan tenggat ini bawaan portal; instruksi tidak menyebutnya." if rule["is_portal_default"] else ""
    return f"{rule['sentence']}{own}"


def _due_changes(paper: Paper) -> list[str]:
    return [
        f"dari {paper.moment(each.old_due_at)} menjadi {paper.moment(each.new_due_at)}: {each.reason}"
        for each in paper.obligation.due_changes.all()
    ]


def lines_of_revision(paper: Paper, revision: ReportRevision) -> list[str]:
    """One submission: what happened to it, and every note with the question it is about."""
    lines = [f"Dikirim oleh {revision.submitted_by_name}, {paper.moment(revision.submitted_at)}"]
    lines.append(_reviewed(paper, revision))
    lines += ["Dianggap belum dikirim (kosong atau salah kirim)"] if revision.is_void else []
    lines += [f"Catatan: {revision.note}"] if revision.note else []
    labels = {asked.code: asked.label for asked in paper.sheet.questions}
    lines += [f"{labels.get(key.partition('@')[0], key)}: {text}" for key, text in revision.notes.items()]
    if revision.reopened_at:
        by, at = revision.reopened_by_name, paper.moment(revision.reopened_at)
        lines.append(f"Dibuka lagi oleh {by}, {at}: {revision.reopen_reason}")
    return lines


def _reviewed(paper: Paper, revision: ReportRevision) -> str:
    if not revision.reviewed_at:
        return "Menunggu diperiksa"
    again = revision.outcome == ReportRevision.Outcome.REOPENED
    outcome = "Diterima" if again else str(revision.get_outcome_display()).capitalize()
    return f"{outcome} oleh {revision.reviewed_by_name}, {paper.moment(revision.reviewed_at)}"


def row_head(table: Indicator) -> str:
    return "Desa/kelurahan" if table.kind == Indicator.Kind.VILLAGE_TABLE else "Koperasi"


def value_of(asked: Indicator, answer: Any, *, bare: bool = False) -> Any:
    """An answer as a spreadsheet holds it: a number, a date or a text; None for nothing.

    bare: of a text everything, as it was written.
    """
    if not is_answered(answer):
        return None
    number = as_number(answer) if asked.is_numeric else None
    if number is not None:
        return int(number) if number == number.to_integral_value() else Decimal(number)
    if asked.kind == Indicator.Kind.DATE:
        return date.fromisoformat(answer)
    return str(answer) if bare and asked.kind == Indicator.Kind.TEXT else shown(asked, answer)


def unit_of(asked: Indicator) -> str:
    signs = {Indicator.Kind.MONEY: "Rp", Indicator.Kind.PERCENT: "%"}
    return signs.get(Indicator.Kind(asked.kind), asked.unit)
