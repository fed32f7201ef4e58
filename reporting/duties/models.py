"""What is owed: the decree, its duties, who bears them from when to when, and what is asked about each."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel


class Decree(TenantModel):
    """The instruction that the duties come from."""

    number = models.CharField("nomor", max_length=100)
    title = models.CharField("tentang", max_length=300)
    issuer = models.CharField("ditetapkan oleh", max_length=100)
    signed_on = models.DateField("tanggal", null=True, blank=True)
    note = models.TextField("catatan", blank=True)

    class Meta:
        verbose_name = "instruksi"
        verbose_name_plural = "instruksi"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["regency", "number"], name="decree_number_once")]

    def __str__(self) -> str:
        return f"{self.issuer} Nomor {self.number}"


class Duty(TenantModel):
    """One duty of the decree, as printed, under the addressee (article) that it stands for."""

    decree = TenantForeignKey(Decree, related_name="duties", verbose_name="instruksi")
    code = models.SlugField("kode", max_length=40)
    order = models.PositiveSmallIntegerField("urutan")
    article = models.CharField("bagian instruksi", max_length=120)
    text = models.TextField("bunyi tugas")
    is_common = models.BooleanField("tugas semua penerima instruksi", default=False)

    class Meta:
        verbose_name = "tugas"
        verbose_name_plural = "tugas"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["regency", "code"], name="duty_code_once")]

    def __str__(self) -> str:
        return self.text[:1].upper() + self.text[1:]


class Assignment(TenantModel):
    """Which agency bears a duty, from when to when (both included). Never changed backwards, only ended."""

    duty = TenantForeignKey(Duty, related_name="assignments", verbose_name="tugas")
    agency = TenantForeignKey(Agency, related_name="assignments", verbose_name="perangkat daerah")
    starts_on = models.DateField("mulai")
    ends_on = models.DateField("sampai", null=True, blank=True)

    class Meta:
        verbose_name = "penugasan"
        verbose_name_plural = "penugasan"
        ordering = ["duty__order", "agency__code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="assignment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["regency", "duty", "agency"], condition=Q(ends_on__isnull=True), name="assignment_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.duty}"

    @staticmethod
    def within(starts_on: date, ends_on: date) -> Q:
        """In force on at least one day from starts_on to ends_on."""
        return Q(starts_on__lte=ends_on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))


class ReportForm(TenantModel):
    """What is collected, how often, and when it falls due.

    The due rule is the portal's default, not the decree's words, until an administrator says otherwise.
    """

    code = models.SlugField("kode", max_length=40)
    name = models.CharField("nama formulir", max_length=150)
    due_working_days = models.PositiveSmallIntegerField("tenggat (hari kerja setelah periode)", default=10)
    is_portal_default = models.BooleanField("aturan bawaan portal", default=True)
    collects_from = models.DateField("mulai ditagih")
    is_active = models.BooleanField("aktif", default=True)

    class Meta:
        verbose_name = "formulir laporan"
        verbose_name_plural = "formulir laporan"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="report_form_code_once"),
            models.CheckConstraint(
                condition=Q(due_working_days__gte=1, due_working_days__lte=60), name="report_form_due_is_sane"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Indicator(TenantModel):
    """One question about one duty, phrased so that an official knows what to count."""

    class Kind(models.TextChoices):
        COUNT = "count", "bilangan bulat"
        MONEY = "money", "rupiah"
        PERCENT = "percent", "persen"

    form = TenantForeignKey(ReportForm, related_name="indicators", verbose_name="formulir")
    duty = TenantForeignKey(Duty, related_name="indicators", verbose_name="tugas")
    code = models.SlugField("kode", max_length=60)
    order = models.PositiveSmallIntegerField("urutan")
    label = models.CharField("pertanyaan", max_length=200)
    help_text = models.CharField("penjelasan", max_length=300, blank=True)
    unit = models.CharField("satuan", max_length=30, blank=True)
    kind = models.CharField("jenis", max_length=10, choices=Kind, default=Kind.COUNT)
    maximum = models.BigIntegerField("nilai terbesar", null=True, blank=True)

    class Meta:
        verbose_name = "indikator"
        verbose_name_plural = "indikator"
        ordering = ["duty__order", "order"]
        constraints = [models.UniqueConstraint(fields=["regency", "form", "code"], name="indicator_code_once")]

    def __str__(self) -> str:
        return self.label
