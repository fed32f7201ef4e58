"""What is owed by a day and not there yet: two statements over one regency, however long its history.

The tick asks this each minute of every regency, so it brings back only what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Subquery

from katingan_portal.tenancy.scope import current_regency_id
from reporting.duties.models import FormVersion, ReportForm
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import Period, period_from_key, periods_between

# An agency owes a form for a period when one of its duties of that time is asked about in it; a form that asks about
# no duty in particular is owed by every agency with a duty. The obligation freezes all its duties of that time.
# Stretches of time instead of assignments, and EXCEPT instead of NOT EXISTS, because the latter asked the index once
# per assignment and period: 1.1 s instead of 47 ms over 5,838 obligations, measured on a busy machine.
MISSING = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(form_ids)s::bigint[], %(keys)s::text[], %(firsts)s::date[], %(lasts)s::date[])
        AS p(form_id, period, starts_on, ends_on)
), about AS MATERIALIZED (
    SELECT DISTINCT version_id, duty_id FROM reporting_indicator
    WHERE regency_id = %(regency)s AND version_id = ANY(%(versions)s) AND duty_id IS NOT NULL
), bears AS MATERIALIZED (
    SELECT DISTINCT f.form_id, a.agency_id, a.starts_on, a.ends_on
    FROM unnest(%(forms)s::bigint[], %(versions)s::bigint[]) AS f(form_id, version_id)
    JOIN reporting_assignment a ON a.regency_id = %(regency)s
    JOIN agencies_agency g ON g.regency_id = a.regency_id AND g.id = a.agency_id AND NOT g.is_slot
    WHERE (f.version_id, a.duty_id) IN (SELECT version_id, duty_id FROM about)
       OR f.version_id NOT IN (SELECT version_id FROM about)
), absent AS MATERIALIZED (
    SELECT p.form_id, p.period, b.agency_id
    FROM asked p JOIN bears b ON b.form_id = p.form_id
        AND b.starts_on <= p.ends_on AND (b.ends_on IS NULL OR b.ends_on >= p.starts_on)
    EXCEPT
    SELECT form_id, period, agency_id FROM reporting_obligation
    WHERE regency_id = %(regency)s AND form_id = ANY(%(forms)s)
)
SELECT m.form_id, m.period, m.agency_id, array_agg(DISTINCT a.duty_id)
FROM absent m
JOIN asked p ON p.form_id = m.form_id AND p.period = m.period
JOIN reporting_assignment a ON a.regency_id = %(regency)s AND a.agency_id = m.agency_id
    AND a.starts_on <= p.ends_on AND (a.ends_on IS NULL OR a.ends_on >= p.starts_on)
GROUP BY m.form_id, m.period, m.agency_id, p.starts_on
ORDER BY p.starts_on, m.form_id, m.agency_id
"""


@dataclass(frozen=True)
class FormInForce:
    """An active form and its newest published version: what an obligation raised now will ask."""

    form: ReportForm
    version_id: int


@dataclass(frozen=True)
class Missing:
    """An obligation that should be there. duties: ids of what the agency bore on a day of the period, ascending."""

    form_id: int
    period: Period
    agency_id: int
    duties: list[int]


def forms_in_force() -> list[FormInForce]:
    """The active forms that have a published version."""
    published = FormVersion.objects.filter(form=OuterRef("pk"), state=FormVersion.State.PUBLISHED).order_by("-number")
    rows = ReportForm.objects.filter(is_active=True).annotate(version_now=Subquery(published.values("pk")[:1]))
    return [FormInForce(row, row.version_now) for row in rows if row.version_now]


def missing_obligations(forms: list[FormInForce], today: date) -> list[Missing]:
    """What is owed up to the period of `today`, oldest first."""
    asked = [
        (each.form.pk, period)
        for each in forms
        for period in periods_between(PeriodType(each.form.period_type), each.form.collects_from, today)
    ]
    if not asked:
        return []
    values: dict[str, Any] = {
        "regency": current_regency_id(),
        "forms": [each.form.pk for each in forms],
        "versions": [each.version_id for each in forms],
        "form_ids": [form_id for form_id, _ in asked],
        "keys": [period.key for _, period in asked],
        "firsts": [period.starts_on for _, period in asked],
        "lasts": [period.ends_on for _, period in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(MISSING, values)
        found = cursor.fetchall()
    return [Missing(form_id, period_from_key(key), agency_id, duties) for form_id, key, agency_id, duties in found]
