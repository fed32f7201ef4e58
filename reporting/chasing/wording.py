"""What a chase says: short enough for a phone, plain, and never more than its reader may see."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from katingan_portal.outbox.framing import Letter, framed
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import clock, day
from reporting.chasing.models import LadderStep
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, standing_of


def word(obligation: Obligation, step: LadderStep, name: str, regency: Regency, now: datetime) -> Letter:
    """The message of one step to one person. Dates in the regency's own time."""
    period = period_from_key(obligation.period).label
    due = regency.local(obligation.due_at)
    when = f"{day(due, regency.zone)} {clock(due, regency.zone)}"
    link = reverse("reporting:obligation", args=[obligation.pk])
    if standing_of(obligation, now) == Standing.OVERDUE:
        subject = f"Terlambat: {obligation.form.name} {period}"
        body = (
            f"{obligation.form.name} {period} dari {obligation.agency.name} jatuh tempo {when} dan belum kami terima."
        )
        ask = "Mohon segera diisi dan dikirim. Bila tidak ada kegiatan, kirimkan laporan nihil beserta alasannya."
    else:
        subject = f"Pengingat: {obligation.form.name} {period}"
        body = f"{obligation.form.name} {period} dari {obligation.agency.name} jatuh tempo {when}."
        ask = "Mohon dikirim sebelum tenggat. Bila tidak ada kegiatan, kirimkan laporan nihil beserta alasannya."
    return framed(subject, to=name, paragraphs=[body, ask], link=link, link_label="Buka laporan", place=regency.name)
