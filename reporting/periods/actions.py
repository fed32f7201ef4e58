"""Raise what is owed, and count when it falls due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record_many
from katingan_portal.tenancy.models import Regency
from reporting.duties.models import DutyVersion
from reporting.duties.rules import DueKind, DueRule, DueShift
from reporting.periods.calendar import Due, Grace, OfficeCalendar, Period, due_after, period_from_key
from reporting.periods.missing import FormInForce, Missing, forms_in_force, missing_obligations
from reporting.periods.models import Obligation, SubdistrictGrace
from reporting.periods.queries import holiday_names

BATCH = 500


@transaction.atomic
def raise_obligations(regency: Regency, *, now: datetime, by: Actor) -> int:
    """Make every obligation that exists by `now` and is not there yet; returns how many were made.

    One per agency with an assignment in force during the period, for each period from the form's first to the
    running one. Idempotent: who finds something missing takes the regency's lock and looks again, and the unique
    constraint stands behind. A form without a published version asks nothing yet.
    """
    forms = forms_in_force()
    today = regency.local(now).date()
    if not missing_obligations(forms, today):
        return 0
    take_turns(regency)
    missing = missing_obligations(forms, today)
    return _raise(forms, missing, regency, now, by) if missing else 0


def take_turns(regency: Regency) -> None:
    """Until this transaction ends, nobody else raises in this regency or changes its closed days.

    Without it, what is raised while a day is being closed would be dated by the old calendar, and never re-dated.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('raise_obligations'), %s)", [regency.pk])


@dataclass(frozen=True)
class RaisingContext:
    """What every due date of one regency is counted with, read once.

    duty_versions: {duty id: [(number, effective on or None)], newest first}.
    """

    regency: Regency
    holidays: dict[date, str]
    agencies: dict[int, Agency]
    graces: list[SubdistrictGrace]
    duty_versions: dict[int, list[tuple[int, date | None]]]

    @classmethod
    def load(cls, regency: Regency) -> RaisingContext:
        versions: dict[int, list[tuple[int, date | None]]] = {}
        rows = DutyVersion.objects.order_by("-number").values_list("duty_id", "number", "effective_on")
        for duty_id, number, effective_on in rows:
            versions.setdefault(duty_id, []).append((number, effective_on))
        graces = list(SubdistrictGrace.objects.all())
        return cls(regency, holiday_names(), Agency.objects.in_bulk(), graces, versions)

    def calendar_of(self, agency: Agency) -> OfficeCalendar:
        return OfficeCalendar(self.holidays, agency.works_saturday)

    def grace_of(self, agency: Agency, period: Period) -> Grace | None:
        """The kecamatan's own added days on the period's last day."""
        for row in self.graces:
            ends_on = row.ends_on or date.max
            if row.subdistrict_id == agency.subdistrict_id and row.starts_on <= period.ends_on <= ends_on:
                return Grace(row.working_days, row.reason)
        return None

    def wording_of(self, duty_id: int, period: Period) -> int:
        """The number of the duty's version that holds on the period's last day."""
        for number, effective_on in self.duty_versions.get(duty_id, []):
            if effective_on is None or effective_on <= period.ends_on:
                return number
        return 1


def _raise(forms: list[FormInForce], missing: list[Missing], regency: Regency, now: datetime, by: Actor) -> int:
    context = RaisingContext.load(regency)
    asked = {form.form.pk: form for form in forms}
    rows = [_obligation(asked[each.form_id], each, context, now) for each in missing]
    Obligation.objects.bulk_create(rows, batch_size=BATCH)
    record_many("kewajiban dibuat", rows, by=by)
    return len(rows)


def _obligation(asked: FormInForce, missing: Missing, context: RaisingContext, now: datetime) -> Obligation:
    form, period, agency = asked.form, missing.period, context.agencies[missing.agency_id]
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
        "duties": missing.duties,
        "duty_versions": {str(duty): context.wording_of(duty, period) for duty in missing.duties},
    }
    return Obligation(
        agency=agency,
        form=form,
        form_version_id=asked.version_id,
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


def due_by_rule(obligation: Obligation, holidays: Mapping[date, str]) -> Due:
    """The due moment by the obligation's own frozen rule, hours of its office included, over these holidays."""
    rule = obligation.rule
    grace = Grace(**rule["grace"]) if rule["grace"] else None
    calendar = OfficeCalendar(holidays, rule["works_saturday"])
    due_rule = DueRule(DueKind(rule["kind"]), rule["count"], DueShift(rule["shift"]))
    return due_after(period_from_key(obligation.period), due_rule, calendar, ZoneInfo(rule["time_zone"]), grace)
