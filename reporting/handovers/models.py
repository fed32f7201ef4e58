"""An official leaves, a successor takes over: what was open at that moment, until the successor has seen it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Invitation, Membership
from katingan_portal.accounts.roles import ROLE_CHOICES
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel


class Handover(TenantModel):
    """From one person to the next in a role of an agency. Private to the agency, as the open items are.

    items: [{"kind", "text", "obligation"}] as they stood when it was made. successor is empty until an invited person
    has come.
    """

    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    role = models.CharField("peran", max_length=30, choices=ROLE_CHOICES)
    leaving = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+", verbose_name="yang digantikan")
    successor = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pengganti"
    )
    invitation = TenantForeignKey(Invitation, null=True, blank=True, related_name="+", verbose_name="undangan")
    takes_over_on = models.DateField("pengganti mulai")
    note = models.TextField("catatan", blank=True)
    items: models.JSONField[Any, Any] = models.JSONField("yang masih terbuka", default=list, blank=True)
    made_at = models.DateTimeField("dibuat")
    made_by_name = models.CharField("dibuat oleh", max_length=200)
    acknowledged_at = models.DateTimeField("dibaca pengganti", null=True, blank=True)

    class Meta:
        verbose_name = "serah terima"
        verbose_name_plural = "serah terima"
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "leaving"], name="handover_once_per_membership"),
            models.CheckConstraint(
                condition=Q(successor__isnull=False) | Q(invitation__isnull=False), name="handover_has_a_successor"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(successor__isnull=False),
                name="handover_read_by_its_successor",
            ),
        ]

    def __str__(self) -> str:
        return f"Serah terima {self.get_role_display()} {self.agency.short_name}"
