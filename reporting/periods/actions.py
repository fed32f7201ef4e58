"""Raise what is owed, and change the calendar it is counted by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import holidays as published
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record, record_many
from katingan_portal.tenancy.models import Regency
from reporting.duties.models import Assignment, Duty, FormVersion, ReportForm
from reporting.duties.queries import version_in_force
from reporting.duties.rules import DueKind, DueRule, DueShift, PeriodType
from reporting.periods.calendar import (
    Due,
    Grace,
    OfficeCalendar,
    Period,
    due_after,
    period_from_key,
    periods_between,
)
from reporting.periods.models import Holiday, Obligation, SubdistrictGrace
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

    One per agency with an assignment in force during the period, for each period from the form's first to the
    running one. Idempotent: the unique constraint decides, whoever else raises at the same time. A form without a
    published version asks nothing yet.
    """
    made = 0
    context: RaisingContext | None = None
    for form in ReportForm.objects.filter(is_active=True):
        missing = _missing(form, regency.local(now).date())
        version = version_in_force(form) if missing else None
        if version:
            context = context or RaisingContext.load(regency)
            made += _raise(form, version, missing, context, now, by)
    return made


Missing = list[tuple[Period, int, list[int]]]


def _missing(form: ReportForm, today: date) -> Missing:
    """(period, agency id, its duty ids) of what is owed up to today and not there yet."""
    there = set(Obligation.objects.filter(form=form).values_list("period", "agency_id"))
    assignments = list(
        Assignment.objects.filter(agency__is_slot=False)
        .order_by("duty__order")
        .values_list("agency_id", "duty_id", "starts_on", "ends_on")
    )
    missing: Missing = []
    for period in periods_between(PeriodType(form.period_type), form.collects_from, today):
        for agency_id, duties in _owing(assignments, period).items():
            if (period.key, agency_id) not in there:
                missing.append((period, agency_id, duties))
    return missing


def _owing(assignments: list[tuple[int, int, date, date | None]], period: Period) -> dict[int, list[int]]:
    """{agency id: duty ids} of the assignments in force on at least one day of the period."""
    owing: dict[int, list[int]] = {}
    for agency_id, duty_id, starts_on, ends_on in assignments:
        if starts_on <= period.ends_on and (ends_on is None or ends_on >= period.starts_on):
            owing.setdefault(agency_id, []).append(duty_id)
    return owing


@dataclass(frozen=True)
class RaisingContext:
    """What every due date of one regency is counted with, read once."""

    regency: Regency
    holidays: dict[date, str]
    agencies: dict[int, Agency]
    graces: list[SubdistrictGrace]
    duty_versions: dict[int, int]

    @classmethod
    def load(cls, regency: Regency) -> RaisingContext:
        return cls(
            regency,
            holiday_names(),
            Agency.objects.in_bulk(),
            list(SubdistrictGrace.objects.all()),
            dict(Duty.objects.values_list("pk", "version")),
        )

    def calendar_of(self, agency: Agency) -> OfficeCalendar:
        return OfficeCalendar(self.holidays, agency.works_saturday)

    def grace_of(self, agency: Agency, period: Period) -> Grace | None:
        """The kecamatan's own added days on the period's last day."""
        for row in self.graces:
            ends_on = row.ends_on or date.max
            if row.subdistrict_id == agency.subdistrict_id and row.starts_on <= period.ends_on <= ends_on:
                return Grace(row.working_days, row.reason)
        return None


def _raise(
    form: ReportForm, version: FormVersion, missing: Missing, context: RaisingContext, now: datetime, by: Actor
) -> int:
    rows = [
        _obligation(form, version, period, context.agencies[agency_id], duties, context, now)
        for period, agency_id, duties in missing
    ]
    Obligation.objects.bulk_create(rows, ignore_conflicts=True)
    wanted = {(row.period, row.agency_id) for row in rows}
    new = Obligation.objects.filter(form=form, raised_at=now).select_related("agency", "form")
    made = [row for row in new if (row.period, row.agency_id) in wanted]
    record_many("kewajiban dibuat", made, by=by)
    return len(made)


def _obligation(
    form: ReportForm, version: FormVersion, period: Period, agency: Agency, duties: list[int],
    context: RaisingContext, now: datetime,
) -> Obligation:  # fmt: skip
    grace = context.grace_of(agency, period)
    due = due_after(period, form.due_rule, context.calendar_of(agency), context.regency.zone, grace)
    frozen = {
        "kind": form.due_kind,
        "count": form.due_count,
        "shift": form.due_shift,
        "grace": {"working_days": grace.working_days, "reason": grace.reason} if grace else None,
        "works_saturday": agency.works_saturday,
        "time_zone": context.regency.time_zone,
        "is_portal_default": form.is_portal_default,
        "duties": duties,
        "duty_versions": {str(duty): context.duty_versions[duty] for duty in duties},
    }
    return Obligation(
        agency=agency,
        form=form,
        form_version=version,
        period=period.key,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        due_at=due.moment,
        original_due_at=due.moment,
        rule=frozen | words_of(due),
        raised_at=now,
        next_chase_at=now,
    )


def words_of(due: Due) -> dict[str, Any]:
    """The part of a frozen rule that says why this date; it follows the calendar while the date may still move."""
    skipped = [{"on": day.isoformat(), "name": name} for day, name in due.skipped]
    return {"sentence": due.sentence, "skipped": skipped}


def due_by_rule(obligation: Obligation, holidays: dict[date, str], regency: Regency) -> Due:
    """The due moment by the obligation's own frozen rule and the calendar as it is now."""
    rule = obligation.rule
    grace = Grace(**rule["grace"]) if rule["grace"] else None
    calendar = OfficeCalendar(holidays, rule["works_saturday"])
    due_rule = DueRule(DueKind(rule["kind"]), rule["count"], DueShift(rule["shift"]))
    return due_after(period_from_key(obligation.period), due_rule, calendar, regency.zone, grace)


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
    locked.next_chase_at = locked.review_due_at = locked.correction_due_at = None
    locked.save(update_fields=["waived_at", "waived_reason", "next_chase_at", "review_due_at", "correction_due_at"])
    record("membebaskan", locked, by=by, reason=reason)
