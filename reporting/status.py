"""The badge of an obligation: one word per state, the same on every page."""

from __future__ import annotations

from datetime import datetime

from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, standing_of
from reporting.submissions.models import Report

BY_REPORT = {
    Report.State.DRAFT: "draf",
    Report.State.SUBMITTED: "menunggu",
    Report.State.RETURNED: "dikembalikan",
    Report.State.ACCEPTED: "diterima",
}


def status_of(obligation: Obligation, now: datetime, report_state: str | None = None) -> str:
    """A key of ui.statuses. `report_state` refines it where the reader may see the report."""
    if obligation.waived_at:
        return "dibebaskan"
    if obligation.accepted_at:
        return "diterima"
    if standing_of(obligation, now) == Standing.OVERDUE:
        return "terlambat"
    if report_state:
        return BY_REPORT[Report.State(report_state)]
    return "menunggu" if obligation.first_submitted_at else "belum"
