"""What was filed: the agency's private report, its revisions, and the accepted figures that all may read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation


class Report(TenantModel):
    """An agency's answer to one obligation. Private to the agency and its reviewers until accepted.

    `figures` is {indicator code: whole number as int, or null}. `version` grows with each save, so that two
    people who edit at once are told instead of overwriting one another.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draf"
        SUBMITTED = "submitted", "Terkirim, menunggu diperiksa"
        RETURNED = "returned", "Dikembalikan untuk diperbaiki"
        ACCEPTED = "accepted", "Diterima"

    obligation = TenantForeignKey(Obligation, related_name="reports", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="reports", verbose_name="perangkat daerah")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.DRAFT)
    figures: models.JSONField[Any, Any] = models.JSONField("angka", default=dict)
    obstacles = models.TextField("kendala", blank=True)
    follow_up = models.TextField("tindak lanjut", blank=True)
    is_nil = models.BooleanField("nihil", default=False)
    nil_reason = models.CharField("alasan nihil", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField("disimpan")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField("dikirim", null=True, blank=True)
    return_note = models.TextField("catatan pengembalian", blank=True)

    class Meta:
        verbose_name = "laporan"
        verbose_name_plural = "laporan"
        constraints = [
            models.UniqueConstraint(fields=["regency", "obligation"], name="report_once_per_obligation"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False), name="report_sent_has_its_moment"
            ),
            models.CheckConstraint(condition=Q(is_nil=False) | ~Q(nil_reason=""), name="report_nil_with_reason"),
        ]

    def __str__(self) -> str:
        return f"Laporan {self.obligation}"


class ReportRevision(TenantModel):
    """What was submitted, each time, and what the reviewer said. Private like the report."""

    class Outcome(models.TextChoices):
        WAITING = "", "menunggu"
        ACCEPTED = "accepted", "diterima"
        RETURNED = "returned", "dikembalikan"

    report = TenantForeignKey(Report, related_name="revisions", verbose_name="laporan")
    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    number = models.PositiveSmallIntegerField("revisi")
    figures: models.JSONField[Any, Any] = models.JSONField("angka", default=dict)
    obstacles = models.TextField("kendala", blank=True)
    follow_up = models.TextField("tindak lanjut", blank=True)
    is_nil = models.BooleanField("nihil", default=False)
    nil_reason = models.CharField("alasan nihil", max_length=300, blank=True)
    submitted_at = models.DateTimeField("dikirim")
    submitted_by_name = models.CharField("dikirim oleh", max_length=200)
    outcome = models.CharField("hasil", max_length=10, choices=Outcome, blank=True, default="")
    reviewed_at = models.DateTimeField("diperiksa", null=True)
    reviewed_by_name = models.CharField("diperiksa oleh", max_length=200, blank=True)
    note = models.TextField("catatan", blank=True)

    class Meta:
        verbose_name = "revisi laporan"
        verbose_name_plural = "revisi laporan"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["regency", "report", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.report} revisi {self.number}"


class AcceptedFigure(TenantModel):
    """A figure of an accepted report: shared with all staff of the district."""

    obligation = TenantForeignKey(Obligation, related_name="accepted_figures", verbose_name="kewajiban")
    indicator = TenantForeignKey(Indicator, related_name="accepted_figures", verbose_name="indikator")
    value = models.BigIntegerField("nilai")

    class Meta:
        verbose_name = "angka diterima"
        verbose_name_plural = "angka diterima"
        constraints = [
            models.UniqueConstraint(fields=["regency", "obligation", "indicator"], name="accepted_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"
