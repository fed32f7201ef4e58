from __future__ import annotations

from typing import Any

from django.db import models

from katingan_portal.tenancy.models import TenantForeignKey, TenantModel


class Subdistrict(TenantModel):
    """Kecamatan, keyed by its Kemendagri code. The boundary is GeoJSON geometry, simplified."""

    code = models.CharField("kode", max_length=8)
    name = models.CharField("nama", max_length=100)
    latitude = models.DecimalField("lintang", max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField("bujur", max_digits=8, decimal_places=5, null=True)
    boundary: models.JSONField[Any, Any] = models.JSONField("batas", null=True)

    class Meta:
        verbose_name = "kecamatan"
        verbose_name_plural = "kecamatan"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="subdistrict_code_once"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^\d\d\.\d\d\.\d\d$"), name="subdistrict_code_is_kemendagri"
            ),
        ]

    def __str__(self) -> str:
        return f"Kecamatan {self.name}"


class Village(TenantModel):
    """Desa or kelurahan, keyed by its Kemendagri code, whose fourth group begins with 2 (desa) or 1 (kelurahan)."""

    class Kind(models.TextChoices):
        DESA = "desa", "Desa"
        KELURAHAN = "kelurahan", "Kelurahan"

    subdistrict = TenantForeignKey(Subdistrict, related_name="villages", verbose_name="kecamatan")
    code = models.CharField("kode", max_length=13)
    name = models.CharField("nama", max_length=100)
    kind = models.CharField("jenis", max_length=10, choices=Kind)
    postal_code = models.CharField("kode pos", max_length=5, blank=True)
    latitude = models.DecimalField("lintang", max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField("bujur", max_digits=8, decimal_places=5, null=True)
    boundary: models.JSONField[Any, Any] = models.JSONField("batas", null=True)

    class Meta:
        verbose_name = "desa/kelurahan"
        verbose_name_plural = "desa/kelurahan"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="village_code_once"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^\d\d\.\d\d\.\d\d\.[12]\d\d\d$"), name="village_code_is_kemendagri"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"
