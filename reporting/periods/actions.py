"""Raise what is owed, and change the calendar it is counted by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import holidays as published
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record, record_many
from katingan_portal.tenancy.models import Regency
from reporting.duties.models import ReportForm
from reporting.duties.queries import agencies_owing
from reporting.periods.calendar import Due, Period, due_after, months_between
from reporting.periods.models import Holiday, Obligation
from reporting.periods.queries import holiday_names


@transaction.atomic
def load_holidays(years: Iterable[int], *, by: Actor) -> int:
    """National holidays and cuti bersama of `years` from the `holidays` package; returns how many were new.

    A day that is already in the table stays as an administrator left it.
    """
    known = set(Holiday.objects.values_list("on", flat=True))
    rows = [
        Holiday(on=day, name=name, kind=kind)
        for category, kind in (("public", Holiday.Kind.NATIONAL), ("government", Holiday.Kind.COLLECTIVE))
        for day, name in published.country_holidays("ID", years=years, categories=(category,), language="id").items()
        if day not in known
    ]
    unique = {row.on: row for row in reversed(rows)}
    made = Holiday.objects.bulk_create(unique.values())
    record_many("memuat hari libur", made, by=by)
    return len(made)


@transaction.atomic
def raise_obligations(regency: Regency, *, now: datetime, by: Actor) -> int:
    """Make every obligation that exists by `now` and is not there yet; returns how many were made.

    One per agency with an assignment in force during the period, for each month from the form's first to the
    running one. Idempotent: the unique constraint decides, whoever else raises at the same time.
    """
    names = holiday_names()
    made = 0
    for form in ReportForm.objects.filter(is_active=True):
        for period in months_between(form.collects_from, regency.local(now).date()):
            made += _raise_period(regency, form, period, names, now, by)
    return made


def _raise_period(
    regency: Regency, form: ReportForm, period: Period, names: dict[date, str], now: datetime, by: Actor
) -> int:
    there = set(Obligation.objects.filter(form=form, period=period.key).values_list("agency_id", flat=True))
    owing = {a: d for a, d in agencies_owing(form, period.starts_on, period.ends_on).items() if a not in there}
    if not owing:
        return 0
    due = due_after(period, form.due_working_days, names, regency.zone)
    agencies = Agency.objects.in_bulk(owing)
    rows = [
        Obligation(
            agency=agencies[agency_id],
            form=form,
            period=period.key,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            due_at=due.moment,
            rule=frozen_rule(form, due, regency, duties),
            raised_at=now,
            next_chase_at=now,
        )
        for agency_id, duties in owing.items()
    ]
    Obligation.objects.bulk_create(rows, ignore_conflicts=True)
    new = Obligation.objects.filter(form=form, period=period.key, agency_id__in=owing, raised_at=now)
    record_many("kewajiban dibuat", new.select_related("agency", "form"), by=by)
    return len(rows)


def frozen_rule(form: ReportForm, due: Due, regency: Regency, duties: list[int]) -> dict[str, object]:
    return {
        "working_days": form.due_working_days,
        "sentence": due.sentence,
        "skipped": [{"on": day.isoformat(), "name": name} for day, name in due.skipped],
        "time_zone": regency.time_zone,
        "is_portal_default": form.is_portal_default,
        "duties": duties,
    }


class WaiverRefused(Exception):
    """Nothing to waive any more; the message is for the user."""


@transaction.atomic
def waive(obligation: Obligation, *, reason: str, by: Actor, now: datetime | None = None) -> None:
    """The agency need not report for this period. Stays outside every rate, and says so. Ends the chase."""
    locked = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
    if locked.accepted_at or locked.waived_at:
        raise WaiverRefused("Laporan periode ini sudah diterima atau sudah dibebaskan.")
    locked.waived_at = now or timezone.now()
    locked.waived_reason = reason
    locked.next_chase_at = None
    locked.save(update_fields=["waived_at", "waived_reason", "next_chase_at"])
    record("membebaskan", locked, by=by, reason=reason)
