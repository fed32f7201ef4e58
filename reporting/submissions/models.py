"""What was filed: the agency's private report, its revisions, and the accepted figures that all may read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agencies.models import Agency
from cooperatives.models import Cooperative
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from villages.models import Village


class Report(TenantModel):
    """An agency's answer to one obligation. Private to the agency and its reviewers until accepted.

    `figures` is {indicator code: answer} in the JSON forms of reporting/submissions/answers.py. `explanations` is
    {rule or indicator key: why the figure is right all the same}. `return_notes` is {indicator code: what to mend}.
    `version` grows with each save, so that two people who edit at once are told instead of overwriting one another.
    `draft_session` names the opened page that saved last: it may save on, and counts as one entry in the history.
    `handed_at`: since when the head is asked to send it, and by whom.
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
    explanations: models.JSONField[Any, Any] = models.JSONField("penjelasan", default=dict, blank=True)
    obstacles = models.TextField("kendala", blank=True)
    follow_up = models.TextField("tindak lanjut", blank=True)
    is_nil = models.BooleanField("nihil", default=False)
    nil_reason = models.CharField("alasan nihil", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField("disimpan")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    draft_session = models.CharField("lembar isian", max_length=16, blank=True, default="")
    handed_at = models.DateTimeField("diserahkan kepada pimpinan", null=True, blank=True)
    handed_by_name = models.CharField("diserahkan oleh", max_length=200, blank=True, default="")
    submitted_at = models.DateTimeField("dikirim", null=True, blank=True)
    return_note = models.TextField("catatan pengembalian", blank=True)
    return_notes: models.JSONField[Any, Any] = models.JSONField("catatan per pertanyaan", default=dict, blank=True)

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
    """What was submitted, each time, and what the reviewer said. Private like the report.

    `evidence` holds the ids of the files that were attached then; their rows and files stay.
    """

    class Outcome(models.TextChoices):
        WAITING = "", "menunggu"
        ACCEPTED = "accepted", "diterima"
        RETURNED = "returned", "dikembalikan"
        REOPENED = "reopened", "dibuka lagi sesudah diterima"

    report = TenantForeignKey(Report, related_name="revisions", verbose_name="laporan")
    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    number = models.PositiveSmallIntegerField("revisi")
    figures: models.JSONField[Any, Any] = models.JSONField("angka", default=dict)
    explanations: models.JSONField[Any, Any] = models.JSONField("penjelasan", default=dict, blank=True)
    obstacles = models.TextField("kendala", blank=True)
    follow_up = models.TextField("tindak lanjut", blank=True)
    is_nil = models.BooleanField("nihil", default=False)
    nil_reason = models.CharField("alasan nihil", max_length=300, blank=True)
    submitted_at = models.DateTimeField("dikirim")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_by_name = models.CharField("dikirim oleh", max_length=200)
    outcome = models.CharField("hasil", max_length=10, choices=Outcome, blank=True, default="")
    reviewed_at = models.DateTimeField("diperiksa", null=True)
    reviewed_by_name = models.CharField("diperiksa oleh", max_length=200, blank=True)
    note = models.TextField("catatan", blank=True)
    notes: models.JSONField[Any, Any] = models.JSONField("catatan per pertanyaan", default=dict, blank=True)
    is_void = models.BooleanField("dianggap belum dikirim", default=False)
    reopened_at = models.DateTimeField("dibuka lagi", null=True, blank=True)
    reopened_by_name = models.CharField("dibuka lagi oleh", max_length=200, blank=True)
    reopen_reason = models.TextField("alasan dibuka lagi", blank=True)
    evidence: ArrayField[list[int], list[int]] = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        verbose_name = "revisi laporan"
        verbose_name_plural = "revisi laporan"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "report", "number"], name="revision_once"),
            models.CheckConstraint(
                condition=~Q(outcome="reopened") | (Q(reopened_at__isnull=False) & ~Q(reopen_reason="")),
                name="revision_reopened_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} revisi {self.number}"


class AcceptedFigure(TenantModel):
    """An answer of an accepted report: shared with all staff of the district.

    A number is in `value`, every other kind of answer in `text`. A cell of a table says which village or cooperative.
    """

    obligation = TenantForeignKey(Obligation, related_name="accepted_figures", verbose_name="kewajiban")
    indicator = TenantForeignKey(Indicator, related_name="accepted_figures", verbose_name="indikator")
    village = TenantForeignKey(Village, null=True, blank=True, related_name="accepted_figures", verbose_name="desa")
    cooperative = TenantForeignKey(
        Cooperative, null=True, blank=True, related_name="accepted_figures", verbose_name="koperasi"
    )
    value = models.DecimalField("nilai", max_digits=20, decimal_places=4, null=True, blank=True)
    text = models.TextField("isi", blank=True)

    class Meta:
        verbose_name = "angka diterima"
        verbose_name_plural = "angka diterima"
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation", "indicator", "village", "cooperative"],
                nulls_distinct=False,
                name="accepted_figure_once",
            ),
            models.CheckConstraint(
                condition=Q(village__isnull=True) | Q(cooperative__isnull=True), name="accepted_figure_of_one_row"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.text if self.value is None else self.value}"


class Comment(TenantModel):
    """A remark on a report, between its agency and its reviewers. Written once, never changed.

    `mentions` holds the ids of the users who were named and told.
    """

    report = TenantForeignKey(Report, related_name="comments", verbose_name="laporan")
    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField("oleh", max_length=200)
    text = models.TextField("isi")
    mentions: ArrayField[list[int], list[int]] = ArrayField(models.BigIntegerField(), default=list, blank=True)
    written_at = models.DateTimeField("pada")

    class Meta:
        verbose_name = "komentar"
        verbose_name_plural = "komentar"
        ordering = ["written_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text[:40]}"
