"""Ways out of the portal that need no gateway: what people sent by hand, and calendars that others read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from agencies.models import Agency, Membership
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.periods.models import Obligation


class ContactLog(TenantModel):
    """Somebody took a ready message about an obligation to a person by a channel of their own. Written once.

    Written before the link is shown: whether it was really sent, only the other application knows.
    """

    class Channel(models.TextChoices):
        WHATSAPP = "whatsapp", "WhatsApp"

    obligation = TenantForeignKey(Obligation, related_name="contacts", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="+", verbose_name="perangkat daerah")
    channel = models.CharField("saluran", max_length=10, choices=Channel, default=Channel.WHATSAPP)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recipient_name = models.CharField("kepada", max_length=200)
    had_number = models.BooleanField("nomornya diketahui portal")
    text = models.CharField("isi", max_length=1000)
    made_at = models.DateTimeField("pada")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField("oleh", max_length=200)

    class Meta:
        verbose_name = "kontak langsung"
        verbose_name_plural = "kontak langsung"
        ordering = ["-made_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="contact_log_says_something")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} kepada {self.recipient_name}"


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
