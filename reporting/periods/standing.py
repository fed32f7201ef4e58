"""The one definition of late. Every screen, export, API answer and message asks here.

On time: the first submission that was not returned as empty came at or before the due moment. Not yet due and waived
obligations are outside every rate. The same rule stands once in Python and once in SQL; a test holds them together.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, CharField, Count, F, Q, QuerySet, TextChoices, Value, When

from reporting.periods.models import Obligation


class Standing(TextChoices):
    WAIVED = "waived", "Dibebaskan"
    ON_TIME = "on_time", "Tepat waktu"
    LATE = "late", "Terlambat dikirim"
    NOT_DUE = "not_due", "Belum jatuh tempo"
    OVERDUE = "overdue", "Terlambat, belum dikirim"


def standing_of(obligation: Obligation, now: datetime) -> Standing:
    if obligation.waived_at:
        return Standing.WAIVED
    if obligation.first_submitted_at:
        return Standing.ON_TIME if obligation.first_submitted_at <= obligation.due_at else Standing.LATE
    return Standing.NOT_DUE if now <= obligation.due_at else Standing.OVERDUE


def is_owed() -> Q:
    """Nothing was filed and nothing waived: what the chase pursues."""
    return Q(first_submitted_at__isnull=True, waived_at__isnull=True)


def is_overdue(now: datetime) -> Q:
    return is_owed() & Q(due_at__lt=now)


def standing_in_sql(now: datetime) -> Case:
    return Case(
        When(waived_at__isnull=False, then=Value(Standing.WAIVED)),
        When(first_submitted_at__lte=F("due_at"), then=Value(Standing.ON_TIME)),
        When(first_submitted_at__isnull=False, then=Value(Standing.LATE)),
        When(due_at__gte=now, then=Value(Standing.NOT_DUE)),
        default=Value(Standing.OVERDUE),
        output_field=CharField(),
    )


def with_standing(rows: QuerySet[Obligation], now: datetime) -> QuerySet[Obligation]:
    return rows.annotate(standing=standing_in_sql(now))


def measures(now: datetime) -> dict[str, Count]:
    """Aggregates over obligations: expected, received, on_time, accepted, overdue, waived, not_due.

    expected counts what is due; what came early counts from its due moment on, like the rest.
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
    }


def rate(part: int, whole: int) -> float | None:
    """A share from 0 to 1, or None where nothing was expected: an empty rate is not 0 %."""
    return None if whole == 0 else part / whole
