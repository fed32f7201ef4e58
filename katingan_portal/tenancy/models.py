from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from katingan_portal.tenancy.scope import ScopeRequired, current_regency_id, in_platform_work, required_scope

M = TypeVar("M", bound=models.Model)


def valid_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Zona waktu tidak dikenal: %(name)s", params={"name": name})


class Regency(models.Model):
    """Kabupaten/kota: the tenant. Names and codes of all districts are public, so this table has no policy."""

    code = models.CharField("kode Kemendagri", max_length=5, unique=True)
    name = models.CharField("nama", max_length=100)
    province = models.CharField("provinsi", max_length=100, blank=True)
    time_zone = models.CharField("zona waktu", max_length=40, default="Asia/Jakarta", validators=[valid_time_zone])
    is_demo = models.BooleanField("berisi data contoh", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "kabupaten/kota"
        verbose_name_plural = "kabupaten/kota"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d\d\.\d\d$"), name="regency_code_is_kemendagri")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        return timezone.localtime(moment, self.zone)


class ScopedManager(models.Manager[M]):
    """Rows of the running work's regency. Asking without a scope raises ScopeRequired instead of guessing."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(regency_id=required_scope().regency_id)


class AcrossRegenciesManager(models.Manager[M]):
    """Rows of every regency, inside `platform_work(reason)` only. The one opt-out; grep for `across_regencies`."""

    def get_queryset(self) -> models.QuerySet[M]:
        if not in_platform_work():
            raise ScopeRequired("across_regencies is for platform_work(reason) only")
        return super().get_queryset()


class TenantForeignKey(models.ForeignKey):
    """A foreign key to another tenant-owned model.

    A plain foreign key ignores row security and would accept another regency's id; the constraint is therefore
    (regency_id, x_id) → (regency_id, id), made by `IsolateByRegency`.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class TenantModel(models.Model):
    """A row that belongs to one regency. Its migration must carry `IsolateByRegency`; a wall test looks."""

    regency = models.ForeignKey(
        Regency, on_delete=models.PROTECT, editable=False, default=current_regency_id, db_index=False, related_name="+"
    )

    objects: ClassVar[ScopedManager[Any]] = ScopedManager()

    class Meta:
        abstract = True
