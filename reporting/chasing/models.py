"""How what is late is pursued: the ladder as data, the steps taken, and the runs of the jobs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.periods.models import Obligation


class LadderStep(TenantModel):
    """One rung: so many working days before (−) or after (+) due, this audience hears of it."""

    class Audience(models.TextChoices):
        AGENCY = "agency", "operator dan pimpinan perangkat daerah"

    code = models.SlugField("kode", max_length=30)
    offset = models.SmallIntegerField("hari kerja dari tenggat")
    audience = models.CharField("penerima", max_length=20, choices=Audience)
    label = models.CharField("nama tahap", max_length=100)

    class Meta:
        verbose_name = "tahap penagihan"
        verbose_name_plural = "tahap penagihan"
        ordering = ["offset"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="ladder_code_once"),
            models.UniqueConstraint(fields=["regency", "offset"], name="ladder_offset_once"),
        ]

    def __str__(self) -> str:
        return self.label


class ChaseStep(TenantModel):
    """A rung taken for one obligation: fired once, or superseded by a later rung after an outage."""

    class State(models.TextChoices):
        FIRED = "fired", "dikirim"
        SUPERSEDED = "superseded", "digantikan tahap berikutnya"
        NOBODY = "nobody", "tidak ada penerima"

    obligation = TenantForeignKey(Obligation, related_name="chase_steps", verbose_name="kewajiban")
    step = TenantForeignKey(LadderStep, related_name="taken", verbose_name="tahap")
    state = models.CharField("keadaan", max_length=10, choices=State)
    planned_at = models.DateTimeField("jadwal")
    taken_at = models.DateTimeField("dilakukan")
    recipients = models.PositiveSmallIntegerField("jumlah penerima", default=0)

    class Meta:
        verbose_name = "tahap yang dilakukan"
        verbose_name_plural = "tahap yang dilakukan"
        ordering = ["planned_at"]
        constraints = [models.UniqueConstraint(fields=["regency", "obligation", "step"], name="chase_step_once")]

    def __str__(self) -> str:
        return f"{self.step} – {self.obligation}"


class JobRun(models.Model):
    """A run of a platform job over all regencies: the heartbeat, and the record of that work.

    Platform-level: it holds counts only, nothing of any regency.
    """

    job = models.CharField("pekerjaan", max_length=60)
    started_at = models.DateTimeField("mulai")
    finished_at = models.DateTimeField("selesai", null=True)
    checked = models.PositiveIntegerField("diperiksa", default=0)
    acted = models.PositiveIntegerField("dikerjakan", default=0)
    failed = models.PositiveIntegerField("gagal", default=0)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["job", "-started_at"], name="job_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=models.F("started_at")),
                name="job_run_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at}"
