"""When it is owed: the calendar, and the stored obligations that every measure counts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import ReportForm


class Holiday(TenantModel):
    """A day on which offices are closed. Cuti bersama are added mid-year, and districts have days of their own."""

    class Kind(models.TextChoices):
        NATIONAL = "national", "Libur nasional"
        COLLECTIVE = "collective", "Cuti bersama"
        LOCAL = "local", "Libur daerah"

    on = models.DateField("tanggal")
    name = models.CharField("nama", max_length=200)
    kind = models.CharField("jenis", max_length=12, choices=Kind)

    class Meta:
        verbose_name = "hari libur"
        verbose_name_plural = "hari libur"
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["regency", "on"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.on}: {self.name}"


class Obligation(TenantModel):
    """One agency × form × period, with its due moment and the rule frozen as it was when raised.

    `rule` is {"working_days", "sentence", "skipped": [{"on", "name"}], "time_zone", "is_portal_default",
    "duties": [duty ids]}. A change of calendar, form or assignment never reaches back into it.
    """

    agency = TenantForeignKey(Agency, related_name="obligations", verbose_name="perangkat daerah")
    form = TenantForeignKey(ReportForm, related_name="obligations", verbose_name="formulir")
    period = models.CharField("periode", max_length=8)
    starts_on = models.DateField("awal periode")
    ends_on = models.DateField("akhir periode")
    due_at = models.DateTimeField("tenggat")
    rule: models.JSONField[Any, Any] = models.JSONField("aturan tenggat")
    raised_at = models.DateTimeField("dibuat")
    first_submitted_at = models.DateTimeField("pertama dikirim", null=True, blank=True)
    accepted_at = models.DateTimeField("diterima", null=True, blank=True)
    waived_at = models.DateTimeField("dibebaskan", null=True, blank=True)
    waived_reason = models.TextField("alasan pembebasan", blank=True)
    next_chase_at = models.DateTimeField("penagihan berikutnya", null=True, blank=True)

    class Meta:
        verbose_name = "kewajiban lapor"
        verbose_name_plural = "kewajiban lapor"
        ordering = ["-starts_on", "agency__code"]
        indexes = [
            models.Index(fields=["regency", "due_at"], name="obligation_due"),
            models.Index(
                fields=["regency", "next_chase_at"],
                condition=Q(next_chase_at__isnull=False),
                name="obligation_to_chase",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["regency", "agency", "form", "period"], name="obligation_once"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(first_submitted_at__isnull=False),
                name="obligation_accepted_after_submitted",
            ),
            models.CheckConstraint(
                condition=Q(waived_at__isnull=True) | ~Q(waived_reason=""), name="obligation_waived_with_reason"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="obligation_period_runs_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.period} – {self.agency.short_name}"
