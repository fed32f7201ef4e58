"""The two clocks of an obligation in words: first valid submission, and acceptance with whom it waits for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from katingan_portal.ui.formats import clock, day
from reporting.periods.models import Obligation
from reporting.periods.standing import days_late_of
from reporting.submissions.models import Report


@dataclass(frozen=True)
class Fact:
    """One line: what, when, and what it means. The fields are those of components/key_values.html."""

    label: str
    value: str
    note: str = ""


def clocks_of(obligation: Obligation, report: Report | None, now: datetime, zone: ZoneInfo) -> list[Fact]:
    """`report`: as far as the reader may see it; without it nothing is said of a return, which is private."""
    return [_first(obligation, now, zone), _second(obligation, report, now, zone)]


def days_between(first: datetime, last: datetime, zone: ZoneInfo) -> int:
    """Calendar days of the regency from one moment to a later one."""
    return (last.astimezone(zone).date() - first.astimezone(zone).date()).days


def in_days(days: int) -> str:
    return f"{days} hari" if days > 0 else "kurang dari sehari"


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{day(at, zone)} {clock(at, zone)}"


def _first(obligation: Obligation, now: datetime, zone: ZoneInfo) -> Fact:
    sent, due = obligation.first_submitted_at, obligation.due_at
    if obligation.waived_at:
        return Fact("Pengiriman pertama", _moment(sent, zone) if sent else "Tidak perlu", "dibebaskan")
    late = days_late_of(obligation, now, zone)
    if sent is None:
        note = f"lewat tenggat {late} hari" if late else f"tenggat {_moment(due, zone)}"
        return Fact("Pengiriman pertama", "Belum dikirim", note)
    return Fact("Pengiriman pertama", _moment(sent, zone), f"terlambat {late} hari" if late else "tepat waktu")


def _second(obligation: Obligation, report: Report | None, now: datetime, zone: ZoneInfo) -> Fact:
    sent, accepted = obligation.first_submitted_at, obligation.accepted_at
    if accepted and sent:
        waited = in_days(days_between(sent, accepted, zone))
        return Fact("Penerimaan", _moment(accepted, zone), f"{waited} sejak pertama dikirim")
    return Fact("Penerimaan", "Belum diterima", waits_for(obligation, report, now, zone))


def waits_for(obligation: Obligation, report: Report | None, now: datetime, zone: ZoneInfo) -> str:
    """Whose turn it is, since or until when; "" while nothing was sent or the reader may not know."""
    if obligation.waived_at or report is None:
        return "" if obligation.waived_at or not obligation.first_submitted_at else "sedang diproses"
    if report.state == Report.State.SUBMITTED:
        since = f"Menunggu pemeriksa sejak {_moment(report.submitted_at, zone)}"
        return since + _limit(obligation.review_due_at, now, zone, "batasnya")
    if report.state == Report.State.RETURNED:
        return f"Menunggu perbaikan oleh {obligation.agency.name}" + _limit(
            obligation.correction_due_at, now, zone, "sampai"
        )
    return ""


def _limit(due: datetime | None, now: datetime, zone: ZoneInfo, word: str) -> str:
    if due is None:
        return ""
    over = f", lewat {in_days(days_between(due, now, zone))}" if now > due else ""
    comma = "," if word == "batasnya" else ""
    return f"{comma} {word} {_moment(due, zone)}{over}"
