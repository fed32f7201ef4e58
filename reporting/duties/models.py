"""What is owed: the decree, its duties, who bears them from when to when, and what is asked about each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.rules import DueKind, DueRule, DueShift, PeriodType

# For a review, a correction, a promise; sixty working days are a quarter, and beyond it nobody waits for anything.
ALLOWED_DAYS = (1, 60)
WRONG_DAYS = "Tulis antara {} dan {} hari kerja.".format(*ALLOWED_DAYS)
SANE_DAYS = [MinValueValidator(ALLOWED_DAYS[0], WRONG_DAYS), MaxValueValidator(ALLOWED_DAYS[1], WRONG_DAYS)]


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
    """One duty of the decree, as printed, under the addressee (article) that it stands for.

    `article` and `text` are those of the newest version; what an obligation was raised under is in its own rule.
    """

    decree = TenantForeignKey(Decree, related_name="duties", verbose_name="instruksi")
    code = models.SlugField("kode", max_length=40)
    order = models.PositiveSmallIntegerField("urutan")
    article = models.CharField("bagian instruksi", max_length=120)
    text = models.TextField("bunyi tugas")
    is_common = models.BooleanField("tugas semua penerima instruksi", default=False)
    version = models.PositiveSmallIntegerField("versi", default=1)

    class Meta:
        verbose_name = "tugas"
        verbose_name_plural = "tugas"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["regency", "code"], name="duty_code_once")]

    def __str__(self) -> str:
        """The newest wording, or the one that a query has put in `worded`."""
        text: str = getattr(self, "worded", None) or self.text
        return text[:1].upper() + text[1:]


class DutyVersion(TenantModel):
    """The wording of a duty as it was from a date on. Written once, never changed."""

    duty = TenantForeignKey(Duty, related_name="versions", verbose_name="tugas")
    number = models.PositiveSmallIntegerField("versi")
    article = models.CharField("bagian instruksi", max_length=120)
    text = models.TextField("bunyi tugas")
    effective_on = models.DateField("berlaku mulai", null=True, blank=True)
    reason = models.CharField("alasan perubahan", max_length=500, blank=True)
    made_at = models.DateTimeField("dibuat", default=timezone.now)
    made_by_name = models.CharField("dibuat oleh", max_length=200)

    class Meta:
        verbose_name = "versi tugas"
        verbose_name_plural = "versi tugas"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["regency", "duty", "number"], name="duty_version_once")]

    def __str__(self) -> str:
        return f"{self.duty} (versi {self.number})"


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
    """What is collected, how often, and when it falls due. What it asks stands in its published versions.

    The due rule is the portal's default, not the decree's words, until an administrator says otherwise.
    """

    code = models.SlugField("kode", max_length=40)
    name = models.CharField("nama formulir", max_length=150)
    purpose = models.TextField("untuk apa", blank=True)
    period_type = models.CharField("periode", max_length=14, choices=PeriodType, default=PeriodType.MONTHLY)
    due_kind = models.CharField("cara menghitung tenggat", max_length=14, choices=DueKind, default=DueKind.WORKING_DAYS)
    due_count = models.PositiveSmallIntegerField("hari ke-", default=10)
    due_shift = models.CharField("bila hari itu libur", max_length=8, choices=DueShift, default=DueShift.NEXT)
    review_working_days = models.PositiveSmallIntegerField(
        "waktu pemeriksa (hari kerja)", default=5, validators=SANE_DAYS
    )
    correction_working_days = models.PositiveSmallIntegerField(
        "waktu perbaikan (hari kerja)", default=5, validators=SANE_DAYS
    )
    promise_working_days = models.PositiveSmallIntegerField(
        "janji paling jauh (hari kerja)", default=15, validators=SANE_DAYS
    )
    is_portal_default = models.BooleanField("aturan bawaan portal", default=True)
    collects_from = models.DateField("mulai ditagih")
    is_active = models.BooleanField("aktif", default=True)

    class Meta:
        verbose_name = "formulir laporan"
        verbose_name_plural = "formulir laporan"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="report_form_code_once"),
            models.CheckConstraint(condition=Q(due_count__gte=1, due_count__lte=60), name="report_form_due_is_sane"),
            models.CheckConstraint(
                condition=~Q(due_kind="weekday", due_count__gt=7) & ~Q(due_kind="day_of_month", due_count__gt=31),
                name="report_form_due_day_exists",
            ),
            models.CheckConstraint(
                condition=Q(
                    review_working_days__range=ALLOWED_DAYS,
                    correction_working_days__range=ALLOWED_DAYS,
                    promise_working_days__range=ALLOWED_DAYS,
                ),
                name="report_form_days_are_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def due_rule(self) -> DueRule:
        return DueRule(DueKind(self.due_kind), self.due_count, DueShift(self.due_shift))


class FormVersion(TenantModel):
    """What a form asks. A draft is edited; once published it never changes, and obligations point to it for good.

    The database refuses a change of a published version and of its questions and rules, whoever asks. A discarded
    draft is kept as it was, so that it can be taken back and is not proposed again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draf"
        PUBLISHED = "published", "Terbit"
        DISCARDED = "discarded", "Dibuang"

    form = TenantForeignKey(ReportForm, related_name="versions", verbose_name="formulir")
    number = models.PositiveSmallIntegerField("versi")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.DRAFT)
    note = models.CharField("apa yang berubah", max_length=500, blank=True)
    created_at = models.DateTimeField("dibuat", default=timezone.now)
    created_by_name = models.CharField("dibuat oleh", max_length=200)
    published_at = models.DateTimeField("terbit", null=True, blank=True)
    published_by_name = models.CharField("diterbitkan oleh", max_length=200, blank=True)

    class Meta:
        verbose_name = "versi formulir"
        verbose_name_plural = "versi formulir"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "form", "number"], name="form_version_once"),
            models.UniqueConstraint(
                fields=["regency", "form"], condition=Q(state="draft"), name="form_version_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], published_at__isnull=True)
                | Q(state="published", published_at__isnull=False),
                name="form_version_published_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} versi {self.number}"


class Indicator(TenantModel):
    """One question of a form version, phrased so that an official knows what to count.

    duty: the duty it is about; without one, every agency that files the form is asked. parent: the table that this is
    a column of. choices: [{"code", "label"}] of a choice. Bounds and decimals apply to numbers, money and percent.
    """

    class Kind(models.TextChoices):
        COUNT = "count", "bilangan bulat"
        NUMBER = "number", "bilangan desimal"
        MONEY = "money", "rupiah"
        PERCENT = "percent", "persen"
        YES_NO = "yes_no", "ya atau tidak"
        CHOICE = "choice", "pilihan"
        DATE = "date", "tanggal"
        TEXT = "text", "uraian"
        VILLAGE_TABLE = "village_table", "tabel per desa/kelurahan"
        COOPERATIVE_TABLE = "cooperative_table", "tabel per koperasi"

    class Aggregation(models.TextChoices):
        SUM = "sum", "dijumlahkan"
        LAST = "last", "nilai terakhir"
        MEAN = "mean", "dirata-ratakan"
        NONE = "none", "tidak digabung"

    NUMERIC = (Kind.COUNT, Kind.NUMBER, Kind.MONEY, Kind.PERCENT)
    TABLES = (Kind.VILLAGE_TABLE, Kind.COOPERATIVE_TABLE)

    version = TenantForeignKey(FormVersion, related_name="indicators", verbose_name="versi formulir")
    duty = TenantForeignKey(Duty, null=True, blank=True, related_name="indicators", verbose_name="tugas")
    parent = TenantForeignKey("self", null=True, blank=True, related_name="columns", verbose_name="tabel")
    section = models.CharField("bagian", max_length=120, blank=True)
    code = models.SlugField("kode", max_length=60)
    order = models.PositiveSmallIntegerField("urutan")
    label = models.CharField("pertanyaan", max_length=200)
    help_text = models.CharField("penjelasan", max_length=300, blank=True)
    unit = models.CharField("satuan", max_length=30, blank=True)
    kind = models.CharField("jenis", max_length=18, choices=Kind, default=Kind.COUNT)
    is_required = models.BooleanField("wajib diisi", default=True)
    minimum = models.DecimalField("nilai terkecil", max_digits=20, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField("nilai terbesar", max_digits=20, decimal_places=4, null=True, blank=True)
    decimals = models.PositiveSmallIntegerField("angka di belakang koma", default=0)
    choices: models.JSONField[Any, Any] = models.JSONField("pilihan", default=list, blank=True)
    aggregation = models.CharField("penggabungan", max_length=4, choices=Aggregation, default=Aggregation.SUM)
    warn_change_percent = models.PositiveSmallIntegerField(
        "ingatkan bila berubah lebih dari (%)", null=True, blank=True
    )

    class Meta:
        verbose_name = "indikator"
        verbose_name_plural = "indikator"
        ordering = ["duty__order", "order"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "version", "code"], name="indicator_code_once"),
            models.CheckConstraint(condition=Q(decimals__lte=4), name="indicator_decimals_fit"),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(maximum__gte=models.F("minimum")),
                name="indicator_bounds_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_numeric(self) -> bool:
        return self.kind in self.NUMERIC

    @property
    def is_table(self) -> bool:
        return self.kind in self.TABLES


class ValidationRule(TenantModel):
    """What must hold between the figures of one report, as in DHIS2: left side, operator, right side.

    Sides are expressions over indicator codes, e.g. "#{anggota-l} + #{anggota-p}" (reporting/duties/expressions.py).
    A hard rule stops the submission; a soft one asks the filer to explain why.
    """

    class Operator(models.TextChoices):
        EQUAL = "==", "sama dengan"
        NOT_EQUAL = "!=", "tidak sama dengan"
        LESS = "<", "kurang dari"
        AT_MOST = "<=", "paling banyak"
        MORE = ">", "lebih dari"
        AT_LEAST = ">=", "paling sedikit"

    version = TenantForeignKey(FormVersion, related_name="rules", verbose_name="versi formulir")
    order = models.PositiveSmallIntegerField("urutan")
    left = models.CharField("sisi kiri", max_length=300)
    operator = models.CharField("hubungan", max_length=2, choices=Operator)
    right = models.CharField("sisi kanan", max_length=300)
    message = models.CharField("pesan bila tidak terpenuhi", max_length=300)
    is_hard = models.BooleanField("menghalangi pengiriman", default=True)

    class Meta:
        verbose_name = "aturan pemeriksaan"
        verbose_name_plural = "aturan pemeriksaan"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["regency", "version", "order"], name="validation_rule_once")]

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"
