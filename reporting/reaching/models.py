"""Calendar addresses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from agencies.models import Membership
from katingan_portal.tenancy.models import TenantModel


class CalendarFeed(TenantModel):
    """An address from which a calendar application reads a person's due dates. Only the digest of its secret is kept.

    Bound to a membership: when that ends, the address is dead.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField("dibuat")
    last_read_at = models.DateTimeField("terakhir dibaca", null=True, blank=True)
    revoked_at = models.DateTimeField("dicabut", null=True, blank=True)
    label = models.CharField("untuk", max_length=200)

    class Meta:
        verbose_name = "langganan kalender"
        verbose_name_plural = "langganan kalender"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "digest"], name="calendar_feed_secret_once"),
            models.UniqueConstraint(
                fields=["regency", "membership"], condition=Q(revoked_at__isnull=True), name="calendar_feed_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Kalender {self.label}"
