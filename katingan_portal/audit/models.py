from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from katingan_portal.audit.verbs import in_words
from katingan_portal.tenancy.models import TenantModel


class Event(models.Model):
    """Who did what to which thing, when, why, and in which request. Never changed, never deleted."""

    at = models.DateTimeField("waktu", default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="pengguna"
    )
    actor_name = models.CharField("oleh", max_length=200)
    role = models.CharField("peran", max_length=30, blank=True)
    source = models.CharField("lewat", max_length=20)
    request_id = models.CharField("nomor permintaan", max_length=40, blank=True)
    verb = models.CharField("tindakan", max_length=60)
    thing_type = models.CharField("jenis", max_length=60)
    thing_id = models.CharField("nomor", max_length=40)
    thing_name = models.CharField("objek", max_length=200)
    changes: models.JSONField[Any, Any] = models.JSONField("perubahan", default=dict)
    reason = models.TextField("alasan", blank=True)

    class Meta:
        abstract = True
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.phrase} {self.thing_name}"

    @property
    def phrase(self) -> str:
        """The verb as people read it."""
        return in_words(self.verb)


class AuditEvent(Event, TenantModel):
    """A change inside one regency."""

    class Meta(Event.Meta):
        verbose_name = "jejak perubahan"
        verbose_name_plural = "jejak perubahan"
        indexes = [models.Index(fields=["regency", "thing_type", "thing_id", "-at"], name="audit_of_thing")]


class PlatformEvent(Event):
    """A change outside any regency: sign-ins, passwords, a new regency."""

    class Meta(Event.Meta):
        verbose_name = "jejak platform"
        verbose_name_plural = "jejak platform"
        indexes = [models.Index(fields=["thing_type", "thing_id", "-at"], name="platform_event_of_thing")]
