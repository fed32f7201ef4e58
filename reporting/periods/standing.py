"""The one definition of late. Every screen, export, API answer and message asks here.

On time: the first submission that was not returned as empty or void came at or before the due moment. Not yet due and
waived obligations are outside every rate. Each rule stands once in Python and once in SQL; a test holds them together.

Days late are counted by the regency's calendar, not by hours: what was due on Monday and comes on Tuesday is one day
late whatever the clock said, and what is late at all is at least one day late. Working days would flatter who lets a
long weekend pass.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from reporting.periods.models import Obligation


class Standing(TextChoices):
    WAIVED = "waived", "Dibebaskan"
    ON_TIME = "on_time", "Tepat waktu"
    LATE = "late", "Terlambat dikirim"
    NOT_DUE = "not_due", "Belum jatuh tempo"
    OVERDUE = "overdue", "Terlambat, belum dikirim"


IS_LATE = (Standing.LATE, Standing.OVERDUE)


def standing_of(obligation: Obligation, now: datetime) -> Standing:
    if obligation.waived_at:
        return Standing.WAIVED
    if obligation.first_submitted_at:
        return Standing.ON_TIME if obligation.first_submitted_at <= obligation.due_at else Standing.LATE
    return Standing.NOT_DUE if now <= obligation.due_at else Standing.OVERDUE


def days_late_of(obligation: Obligation, now: datetime, zone: ZoneInfo) -> int:
    """Local calendar days from the due day to the day it was filed, or to today; 0 for what is not late."""
    if standing_of(obligation, now) not in IS_LATE:
        return 0
    came = (obligation.first_submitted_at or now).astimezone(zone).date()
    return max(1, (came - obligation.due_at.astimezone(zone).date()).days)


def is_owed() -> Q:
    """Nothing was filed and nothing waived: what the chase pursues."""
    return Q(first_submitted_at__isnull=True, waived_at__isnull=True)


def is_overdue(now: datetime) -> Q:
    return is_owed() & Q(due_at__lt=now)


def is_late(now: datetime) -> Q:
    """Filed after the due moment, or overdue."""
    return Q(waived_at__isnull=True) & (Q(first_submitted_at__gt=F("due_at")) | is_overdue(now))


def standing_in_sql(now: datetime) -> Case:
    return Case(
        When(waived_at__isnull=False, then=Value(Standing.WAIVED)),
        When(first_submitted_at__lte=F("due_at"), then=Value(Standing.ON_TIME)),
        When(first_submitted_at__isnull=False, then=Value(Standing.LATE)),
        When(due_at__gte=now, then=Value(Standing.NOT_DUE)),
        default=Value(Standing.OVERDUE),
        output_field=CharField(),
    )


def days_since_due(now: datetime, zone: ZoneInfo) -> Expression:
    """Days late of what is late; meaningless for the rest."""
    came = TruncDate(Coalesce(F("first_submitted_at"), Value(now)), tzinfo=zone)
    due = TruncDate(F("due_at"), tzinfo=zone)
    return Func(came, due, template="GREATEST(1, %(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def days_late_in_sql(now: datetime, zone: ZoneInfo) -> Case:
    return Case(When(is_late(now), then=days_since_due(now, zone)), default=Value(0), output_field=IntegerField())


def with_standing(rows: QuerySet[Obligation], now: datetime, zone: ZoneInfo) -> QuerySet[Obligation]:
    """The rows with `standing` and `days_late`."""
    return rows.annotate(standing=standing_in_sql(now), days_late=days_late_in_sql(now, zone))


class Median(Aggregate):
    """The middle value, or the mean of the two in the middle; None over nothing."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"
    output_field = FloatField()


def measures(now: datetime, zone: ZoneInfo) -> dict[str, Aggregate]:
    """Aggregates over obligations: expected, received, on_time, accepted, overdue, waived, not_due, median_days_late.

    expected counts what is due; what came early counts from its due moment on, like the rest. The median is over
    what is late, filed or not.
    """
    due = Q(waived_at__isnull=True, due_at__lt=now)
    return {
        "expected": Count("pk", filter=due),
        "received": Count("pk", filter=due & Q(first_submitted_at__isnull=False)),
        "on_time": Count("pk", filter=due & Q(first_submitted_at__lte=F("due_at"))),
        "accepted": Count("pk", filter=due & Q(accepted_at__isnull=False)),
        "overdue": Count("pk", filter=is_overdue(now)),
        "waived": Count("pk", filter=Q(waived_at__isnull=False)),
        "not_due": Count("pk", filter=Q(waived_at__isnull=True, due_at__gte=now)),
        "median_days_late": Median(days_since_due(now, zone), filter=is_late(now)),
    }


def rate(part: int, whole: int) -> float | None:
    """A share from 0 to 1, or None where nothing was expected: an empty rate is not 0 %."""
    return None if whole == 0 else part / whole
