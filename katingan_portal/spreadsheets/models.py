from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from katingan_portal.spreadsheets.imports import ImportKind, kind_of
from katingan_portal.spreadsheets.table import MAX_BYTES
from katingan_portal.tenancy.models import TenantModel


class ImportBatch(TenantModel):
    """One uploaded spreadsheet: shown, then confirmed or left to expire, perhaps undone.

    Rows read = new + changed + unchanged + rejected, always. `agency_id` is no foreign key because agencies stand
    above this app; it says who, beside the uploader, may see and confirm the batch.
    """

    class State(models.TextChoices):
        PREVIEWED = "previewed", "Menunggu disimpan"
        CONFIRMED = "confirmed", "Tersimpan"
        UNDONE = "undone", "Dibatalkan"
        EXPIRED = "expired", "Kedaluwarsa"

    kind = models.CharField("jenis", max_length=60)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="pengunggah"
    )
    uploaded_by_name = models.CharField("diunggah oleh", max_length=200)
    agency_id = models.BigIntegerField("perangkat daerah", null=True)
    file_name = models.CharField("nama berkas", max_length=80)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField("isi berkas", max_length=MAX_BYTES, default=b"")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.PREVIEWED)
    new = models.PositiveIntegerField("baru", default=0)
    changed = models.PositiveIntegerField("berubah", default=0)
    unchanged = models.PositiveIntegerField("tetap", default=0)
    rejected = models.PositiveIntegerField("ditolak", default=0)
    notes: models.JSONField[Any, Any] = models.JSONField("catatan", default=list)
    row_results: models.JSONField[Any, Any] = models.JSONField("hasil per baris", default=list)
    changes: models.JSONField[Any, Any] = models.JSONField("perubahan", default=list)
    created_at = models.DateTimeField("diunggah", default=timezone.now)
    expires_at = models.DateTimeField("berlaku sampai")
    confirmed_at = models.DateTimeField("disimpan", null=True)
    confirmed_by_name = models.CharField("disimpan oleh", max_length=200, blank=True)
    undone_at = models.DateTimeField("dibatalkan", null=True)
    undone_by_name = models.CharField("dibatalkan oleh", max_length=200, blank=True)

    class Meta:
        verbose_name = "impor"
        verbose_name_plural = "impor"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["regency", "-created_at"], name="import_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "kind", "sha256"],
                condition=Q(state="confirmed", rejected=0),
                name="import_same_file_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "undone"], confirmed_at__isnull=False)
                | Q(state__in=["previewed", "expired"], confirmed_at__isnull=True),
                name="import_confirmed_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False) | ~Q(state="undone") & Q(undone_at__isnull=True),
                name="import_undone_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Impor {self.file_name}"

    def get_absolute_url(self) -> str:
        return reverse("spreadsheets:batch", args=[self.pk])

    @property
    def kind_label(self) -> str:
        kind: ImportKind | None = kind_of(self.kind)
        return kind.label if kind else self.kind

    @property
    def tone(self) -> str:
        return {"previewed": "warning", "confirmed": "success"}.get(self.state, "muted")

    @property
    def rows(self) -> int:
        """Rows read."""
        return self.new + self.changed + self.unchanged + self.rejected

    @property
    def to_write(self) -> int:
        return self.new + self.changed

    def has_expired(self, now: datetime) -> bool:
        return self.state == self.State.EXPIRED or (self.state == self.State.PREVIEWED and now >= self.expires_at)
