"""What is owed by a day and not there yet: two statements over one regency, however long its history.

The tick asks this each minute of every regency, so it brings back only what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import OuterRef, Subquery

from katingan_portal.tenancy.scope import current_regency_id
from reporting.duties.models import FormVersion, ReportForm
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import Period, period_from_key, periods_between

# An agency owes a form for a period when one of its duties of that time is asked about in it; a form that asks about
# no duty in particular is owed by every agency with a duty. The obligation freezes all its duties of that time.
MISSING = """
WITH asked AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::date[])
        AS p(form_id, version_id, period, starts_on, ends_on)
), general AS (
    SELECT v.version_id FROM unnest(%s::bigint[]) AS v(version_id) WHERE NOT EXISTS (
        SELECT FROM reporting_indicator i
        WHERE i.regency_id = %s AND i.version_id = v.version_id AND i.duty_id IS NOT NULL)
)
SELECT p.form_id, p.period, a.agency_id, array_agg(DISTINCT a.duty_id)
FROM asked p
JOIN reporting_assignment a
  ON a.regency_id = %s AND a.starts_on <= p.ends_on AND (a.ends_on IS NULL OR a.ends_on >= p.starts_on)
JOIN agencies_agency g ON g.id = a.agency_id AND g.regency_id = a.regency_id AND NOT g.is_slot
WHERE NOT EXISTS (
    SELECT FROM reporting_obligation o
    WHERE o.regency_id = a.regency_id AND o.agency_id = a.agency_id AND o.form_id = p.form_id AND o.period = p.period)
GROUP BY p.form_id, p.version_id, p.period, p.starts_on, a.agency_id
HAVING p.version_id IN (SELECT version_id FROM general) OR bool_or(EXISTS (
    SELECT FROM reporting_indicator i
    WHERE i.regency_id = a.regency_id AND i.version_id = p.version_id AND i.duty_id = a.duty_id))
ORDER BY p.starts_on, p.form_id, a.agency_id
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
        (each.form.pk, each.version_id, period)
        for each in forms
        for period in periods_between(PeriodType(each.form.period_type), each.form.collects_from, today)
    ]
    if not asked:
        return []
    regency = current_regency_id()
    form_ids, versions, periods = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            MISSING,
            [
                [*form_ids], [*versions], [p.key for p in periods], [p.starts_on for p in periods],
                [p.ends_on for p in periods], [each.version_id for each in forms], regency, regency,
            ],
        )  # fmt: skip
        found = cursor.fetchall()
    return [Missing(form_id, period_from_key(key), agency_id, duties) for form_id, key, agency_id, duties in found]
