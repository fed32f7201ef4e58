"""When it is owed: the calendar, and the stored obligations that every measure counts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import FormVersion, ReportForm
from villages.models import Subdistrict


class Holiday(TenantModel):
    """A day on which offices are closed. Cuti bersama are added mid-year, and districts have days of their own.

    is_cancelled: published, but the office is open all the same. The row stays, so that loading the published days
    again does not close it once more.
    """

    class Kind(models.TextChoices):
        NATIONAL = "national", "Libur nasional"
        COLLECTIVE = "collective", "Cuti bersama"
        LOCAL = "local", "Libur daerah"

    on = models.DateField("tanggal")
    name = models.CharField("nama", max_length=200)
    kind = models.CharField("jenis", max_length=12, choices=Kind)
    is_cancelled = models.BooleanField("dibatalkan, kantor buka", default=False)

    class Meta:
        verbose_name = "hari libur"
        verbose_name_plural = "hari libur"
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["regency", "on"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.on}: {self.name}"


class SubdistrictGrace(TenantModel):
    """Working days added to every due date of a kecamatan, from a day on, for a reason that everyone may read.

    34 villages of the district have no signal; which kecamatan that slows down is for an administrator to say.
    """

    subdistrict = TenantForeignKey(Subdistrict, related_name="graces", verbose_name="kecamatan")
    working_days = models.PositiveSmallIntegerField("tambahan hari kerja")
    reason = models.CharField("alasan", max_length=200)
    starts_on = models.DateField("berlaku untuk periode yang berakhir mulai")
    ends_on = models.DateField("sampai", null=True, blank=True)

    class Meta:
        verbose_name = "kelonggaran kecamatan"
        verbose_name_plural = "kelonggaran kecamatan"
        ordering = ["subdistrict_id", "-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "subdistrict"], condition=Q(ends_on__isnull=True), name="grace_open_once"
            ),
            models.CheckConstraint(condition=Q(working_days__gte=1, working_days__lte=30), name="grace_is_sane"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="grace_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subdistrict}: +{self.working_days} hari kerja"


class Obligation(TenantModel):
    """One agency × form × period, with its due moment and the rule frozen as it was when raised.

    `rule` is {"kind", "count", "shift", "grace": {"working_days", "reason"} | null, "works_saturday", "sentence",
    "skipped": [{"on", "name"}], "time_zone", "is_portal_default", "duties": [duty ids], "duty_versions":
    {duty id as text: version number}}. A change of form, duty or assignment never reaches back into it; a new holiday
    or a granted extension moves only `due_at` (and the sentence), and leaves a DueChange.
    review_due_at, correction_due_at, promise_due_at: the clocks of the reviewer, of a correction and of a promise,
    while they run; `clocks.py` says which one the chase follows, and is the one place that sets them.
    """

    agency = TenantForeignKey(Agency, related_name="obligations", verbose_name="perangkat daerah")
    form = TenantForeignKey(ReportForm, related_name="obligations", verbose_name="formulir")
    form_version = TenantForeignKey(FormVersion, related_name="obligations", verbose_name="versi formulir")
    period = models.CharField("periode", max_length=8)
    starts_on = models.DateField("awal periode")
    ends_on = models.DateField("akhir periode")
    due_at = models.DateTimeField("tenggat")
    original_due_at = models.DateTimeField("tenggat semula")
    rule: models.JSONField[Any, Any] = models.JSONField("aturan tenggat")
    raised_at = models.DateTimeField("dibuat")
    first_submitted_at = models.DateTimeField("pertama dikirim", null=True, blank=True)
    accepted_at = models.DateTimeField("diterima", null=True, blank=True)
    waived_at = models.DateTimeField("dibebaskan", null=True, blank=True)
    waived_reason = models.TextField("alasan pembebasan", blank=True)
    review_due_at = models.DateTimeField("batas pemeriksaan", null=True, blank=True)
    correction_due_at = models.DateTimeField("batas perbaikan", null=True, blank=True)
    promise_due_at = models.DateTimeField("batas janji", null=True, blank=True)
    broken_promises = models.PositiveSmallIntegerField("janji yang tidak ditepati", default=0)
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
            # Which regencies have something to chase at all: asked each minute, over all of them.
            models.Index(
                fields=["next_chase_at"], condition=Q(next_chase_at__isnull=False), name="obligation_chase_anywhere"
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


class DueChange(TenantModel):
    """The due moment of an obligation moved, and why. Written once, never changed."""

    class Cause(models.TextChoices):
        HOLIDAY = "holiday", "hari libur berubah"
        EXTENSION = "extension", "perpanjangan disetujui"

    obligation = TenantForeignKey(Obligation, related_name="due_changes", verbose_name="kewajiban")
    cause = models.CharField("sebab", max_length=12, choices=Cause)
    old_due_at = models.DateTimeField("tenggat lama")
    new_due_at = models.DateTimeField("tenggat baru")
    reason = models.CharField("keterangan", max_length=500)
    made_at = models.DateTimeField("pada")
    made_by_name = models.CharField("oleh", max_length=200)

    class Meta:
        verbose_name = "perubahan tenggat"
        verbose_name_plural = "perubahan tenggat"
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.obligation}: {self.get_cause_display()}"


class Extension(TenantModel):
    """An agency asks for more time. Private to it and to those who decide, like a draft."""

    class State(models.TextChoices):
        ASKED = "asked", "menunggu keputusan"
        GRANTED = "granted", "disetujui"
        REFUSED = "refused", "ditolak"
        WITHDRAWN = "withdrawn", "ditarik"

    obligation = TenantForeignKey(Obligation, related_name="extensions", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="extensions", verbose_name="perangkat daerah")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.ASKED)
    wanted_on = models.DateField("diminta sampai")
    reason = models.CharField("alasan", max_length=1000)
    asked_at = models.DateTimeField("diminta")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by_name = models.CharField("diminta oleh", max_length=200)
    granted_on = models.DateField("disetujui sampai", null=True, blank=True)
    decided_at = models.DateTimeField("diputuskan", null=True, blank=True)
    decided_by_name = models.CharField("diputuskan oleh", max_length=200, blank=True)
    decision_note = models.CharField("catatan keputusan", max_length=1000, blank=True)

    class Meta:
        verbose_name = "permintaan perpanjangan"
        verbose_name_plural = "permintaan perpanjangan"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation"], condition=Q(state="asked"), name="extension_asked_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(granted_on__isnull=False), name="extension_granted_has_its_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "refused"]) | Q(decided_at__isnull=False),
                name="extension_decided_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation}: {self.get_state_display()}"


class Promise(TenantModel):
    """An answer to the chase: "will file by … because …". The chase waits for it; a broken one resumes a step higher.

    Readable by all staff who may see the obligation: everyone who was told of the delay sees what was promised.
    """

    class State(models.TextChoices):
        OPEN = "open", "ditunggu"
        KEPT = "kept", "ditepati"
        BROKEN = "broken", "tidak ditepati"
        MOOT = "moot", "tidak berlaku lagi"

    obligation = TenantForeignKey(Obligation, related_name="promises", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="promises", verbose_name="perangkat daerah")
    state = models.CharField("keadaan", max_length=8, choices=State, default=State.OPEN)
    promised_on = models.DateField("dijanjikan")
    due_at = models.DateTimeField("batas janji")
    reason = models.CharField("alasan", max_length=500)
    made_at = models.DateTimeField("dibuat")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField("oleh", max_length=200)
    ended_at = models.DateTimeField("selesai", null=True, blank=True)

    class Meta:
        verbose_name = "janji"
        verbose_name_plural = "janji"
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation"], condition=Q(state="open"), name="promise_open_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="promise_has_its_reason"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="promise_ended_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation}: {self.get_state_display()}"


class Disclaimer(TenantModel):
    """An agency says that an obligation is not its duty; an administrator settles it. It stops no clock.

    Readable by the agency, who reviews, administrators and the Bupati's office.
    """

    class State(models.TextChoices):
        OPEN = "open", "sedang ditinjau"
        AGREED = "agreed", "disetujui, kewajiban dibebaskan"
        REFUSED = "refused", "ditolak"
        WITHDRAWN = "withdrawn", "ditarik"

    obligation = TenantForeignKey(Obligation, related_name="disclaimers", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="disclaimers", verbose_name="perangkat daerah")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField("alasan", max_length=1000)
    made_at = models.DateTimeField("dibuat")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField("oleh", max_length=200)
    ended_at = models.DateTimeField("selesai", null=True, blank=True)
    ended_by_name = models.CharField("diputuskan oleh", max_length=200, blank=True)
    decision_note = models.CharField("alasan keputusan", max_length=1000, blank=True)

    class Meta:
        verbose_name = "pernyataan bukan tugas"
        verbose_name_plural = "pernyataan bukan tugas"
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation"], condition=Q(state="open"), name="disclaimer_open_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="disclaimer_has_its_reason"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="disclaimer_ended_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(decision_note=""), name="disclaimer_refused_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Bukan tugas: {self.obligation}"
