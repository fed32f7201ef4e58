"""The files that prove a report: photos and documents, private to the agency and its reviewers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from agencies.models import Agency
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.submissions.evidence.kinds import KINDS, Kind
from villages.models import Village


class Evidence(TenantModel):
    """One attached file. It hangs on the obligation, so that it can be there before the first draft is saved.

    sha256 is of the file as it came, which nobody downloads if it is a photo; copy_sha256 and thumb_sha256 are of the
    JPEGs without metadata that are served instead. The files lie in storage under these sums.
    taken_at, latitude, longitude (degrees) and camera are what the photo itself says, and may be forged.
    likeness: 32 hexadecimal digits that are near for pictures that look alike, or "".
    """

    class State(models.TextChoices):
        UNSCANNED = "unscanned", "tidak diperiksa virus"
        WAITING = "waiting", "menunggu pemeriksaan virus"
        CLEAN = "clean", "bebas virus"
        INFECTED = "infected", "mengandung virus, dikarantina"

    obligation = TenantForeignKey(Obligation, related_name="evidence", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    indicator = TenantForeignKey(
        Indicator, null=True, blank=True, related_name="evidence", verbose_name="untuk pertanyaan"
    )
    state = models.CharField("pemeriksaan virus", max_length=10, choices=State)
    upload_key = models.UUIDField("kunci pengiriman", null=True, blank=True)
    name = models.CharField("nama berkas", max_length=100)
    kind = models.CharField("jenis", max_length=5, choices=[(kind.key, kind.label) for kind in KINDS.values()])
    size = models.PositiveIntegerField("ukuran (bita)")
    sha256 = models.CharField(max_length=64)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    thumb_sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField("lebar (titik)", null=True, blank=True)
    height = models.PositiveIntegerField("tinggi (titik)", null=True, blank=True)
    likeness = models.CharField(max_length=32, blank=True)
    taken_at = models.DateTimeField("diambil", null=True, blank=True)
    latitude = models.DecimalField("lintang", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("bujur", max_digits=9, decimal_places=6, null=True, blank=True)
    village = TenantForeignKey(Village, null=True, blank=True, related_name="+", verbose_name="di desa")
    camera = models.CharField("kamera", max_length=100, blank=True)
    uploaded_at = models.DateTimeField("diunggah")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_by_name = models.CharField("diunggah oleh", max_length=200)
    scanned_at = models.DateTimeField("diperiksa virus", null=True, blank=True)
    virus = models.CharField("nama virus", max_length=200, blank=True)
    removed_at = models.DateTimeField("dihapus", null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    removed_by_name = models.CharField("dihapus oleh", max_length=200, blank=True)
    removed_reason = models.CharField("alasan dihapus", max_length=300, blank=True)
    erased_at = models.DateTimeField("berkas dimusnahkan", null=True, blank=True)

    class Meta:
        verbose_name = "bukti"
        verbose_name_plural = "bukti"
        ordering = ["uploaded_at", "pk"]
        indexes = [
            models.Index(
                fields=["regency", "uploaded_at"],
                condition=Q(state__in=["unscanned", "waiting"], removed_at__isnull=True),
                name="evidence_to_scan",
            ),
            models.Index(fields=["regency", "sha256"], name="evidence_same_file"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation", "sha256"],
                condition=Q(removed_at__isnull=True),
                name="evidence_file_once",
            ),
            models.UniqueConstraint(fields=["regency", "obligation", "upload_key"], name="evidence_upload_once"),
            models.CheckConstraint(condition=Q(size__gte=1), name="evidence_is_not_empty"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="evidence_place_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="infected") | ~Q(virus=""), name="evidence_infected_names_the_virus"
            ),
            models.CheckConstraint(
                condition=Q(copy_sha256="", thumb_sha256="") | ~Q(copy_sha256="") & ~Q(thumb_sha256=""),
                name="evidence_copies_come_together",
            ),
        ]

    def __str__(self) -> str:
        # History is read more widely than the file: its name stays out of it.
        return f"Bukti {self.pk}"

    @property
    def is_image(self) -> bool:
        return self.about_kind.is_image

    @property
    def about_kind(self) -> Kind:
        return KINDS[self.kind]

    @property
    def is_quarantined(self) -> bool:
        return self.state == self.State.INFECTED

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def sums(self) -> list[str]:
        """The sums of every file that this row needs in storage."""
        return [each for each in (self.sha256, self.copy_sha256, self.thumb_sha256) if each]
