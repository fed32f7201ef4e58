from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from katingan_portal.tenancy.models import AcrossRegenciesManager, ScopedManager, TenantModel


class Message(TenantModel):
    """One message to one recipient by one channel, written in the transaction of what causes it.

    The row is the queue; Celery only rings. State machine: planned → sending (lease, token) → sent | planned (4xx,
    back-off) | failed (5xx, or too many tries) | unknown (no answer after DATA) → sent once more under the same
    Message-ID and marked `possibly_repeated`. cancelled and superseded are ends before sending.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        IN_APP = "in_app", "Kotak masuk portal"

    class State(models.TextChoices):
        PLANNED = "planned", "Menunggu dikirim"
        SENDING = "sending", "Sedang dikirim"
        UNKNOWN = "unknown", "Belum pasti terkirim"
        SENT = "sent", "Terkirim"
        FAILED = "failed", "Gagal"
        CANCELLED = "cancelled", "Dibatalkan"
        SUPERSEDED = "superseded", "Digantikan"

    key = models.CharField("kunci", max_length=200)
    kind = models.CharField("jenis", max_length=30)
    channel = models.CharField("saluran", max_length=10, choices=Channel)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="penerima"
    )
    address = models.CharField("alamat", max_length=254, blank=True)
    subject = models.CharField("perihal", max_length=200)
    body_text = models.TextField("isi")
    body_html = models.TextField("isi HTML", blank=True)
    link = models.CharField("tautan", max_length=300, blank=True)
    thing_type = models.CharField(max_length=60, blank=True)
    thing_id = models.CharField(max_length=40, blank=True)
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.PLANNED)
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField("basi setelah")
    attempts = models.PositiveSmallIntegerField("percobaan", default=0)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    sent_at = models.DateTimeField("terkirim", null=True)
    read_at = models.DateTimeField("dibaca", null=True)
    possibly_repeated = models.BooleanField("mungkin terkirim dua kali", default=False)
    last_error = models.CharField("galat terakhir", max_length=500, blank=True)

    objects = ScopedManager()
    across_regencies = AcrossRegenciesManager()

    class Meta:
        verbose_name = "pesan"
        verbose_name_plural = "pesan"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["planned", "unknown"]), name="message_to_send"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_leased"),
            models.Index(fields=["regency", "recipient", "-created_at"], name="message_of_recipient"),
            models.Index(fields=["regency", "thing_type", "thing_id"], name="message_about_thing"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["regency", "key"], name="message_key_once"),
            models.CheckConstraint(
                condition=Q(state="sending", token__isnull=False, lease_until__isnull=False)
                | (~Q(state="sending") & Q(token__isnull=True, lease_until__isnull=True)),
                name="message_leased_only_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_its_moment"
            ),
        ]

    def __str__(self) -> str:
        return self.subject
