"""Who was chased by hand, outside the outbox: written down before the other application opens."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q

from agencies.models import Agency
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


def contacts_about(obligation: Obligation) -> list[ContactLog]:
    """Who wrote to whom by hand about the obligation, newest first."""
    return list(ContactLog.objects.filter(obligation=obligation))


def as_events(contacts: Iterable[ContactLog]) -> list[dict[str, object]]:
    """Lines of a timeline."""
    return [
        {
            "at": each.made_at,
            "actor": each.made_by_name,
            "verb": f"menagih {each.recipient_name} lewat {each.get_channel_display()}",
            "detail": each.text,
            "tone": "accent",
        }
        for each in contacts
    ]
