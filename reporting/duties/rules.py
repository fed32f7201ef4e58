"""How often a form is asked and when it falls due, as values: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices


class PeriodType(TextChoices):
    WEEKLY = "weekly", "mingguan"
    TWICE_MONTHLY = "twice_monthly", "dua kali sebulan"
    MONTHLY = "monthly", "bulanan"
    QUARTERLY = "quarterly", "triwulanan"
    HALF_YEARLY = "half_yearly", "semesteran"
    YEARLY = "yearly", "tahunan"


class DueKind(TextChoices):
    WORKING_DAYS = "working_days", "hari kerja ke-… setelah periode berakhir"
    CALENDAR_DAYS = "calendar_days", "hari ke-… setelah periode berakhir"
    DAY_OF_MONTH = "day_of_month", "tanggal … bulan berikutnya"
    WEEKDAY = "weekday", "hari tertentu pertama setelah periode berakhir (1 Senin … 7 Minggu)"


class DueShift(TextChoices):
    NEXT = "next", "mundur ke hari kerja berikutnya"
    PREVIOUS = "previous", "maju ke hari kerja sebelumnya"
    NONE = "none", "tetap pada hari itu"


@dataclass(frozen=True)
class DueRule:
    """When a period's report is due. `shift` says what happens when that day is closed (not for working days).

    PP 39/2006 counts report deadlines in working days, hence the default.
    """

    kind: DueKind = DueKind.WORKING_DAYS
    count: int = 10
    shift: DueShift = DueShift.NEXT
