from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from katingan_portal.tenancy.models import AcrossRegenciesManager, ScopedManager, TenantModel


class Message(TenantModel):
    """One message to one recipient by one channel, written in the transaction of what causes it.

    The row is the queue; Celery only rings. docs/decisions and `delivery.py` tell the state machine:

        planned → sending (lease, token) → sent | planned (4xx, back-off) | failed (5xx, too many tries)
                                         → unknown (no answer after the content, or the lease ran out)
        unknown → sending → sent (the relay has it) | sent once more under the same Message-ID

    `handed_over_at` says that a relay may have this message: set before DATA, cleared when it certainly has not.
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

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
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
    confidential = models.BooleanField("rahasia bagi penerima", default=False)
    thing_type = models.CharField(max_length=60, blank=True)
    thing_id = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField("dibuat", default=timezone.now)
    expires_at = models.DateTimeField("basi setelah")

    state = models.CharField("keadaan", max_length=10, choices=State, default=State.PLANNED)
    next_attempt_at = models.DateTimeField("percobaan berikutnya", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("percobaan", default=0)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField("pengirim", max_length=80, blank=True)
    handed_over_at = models.DateTimeField("diserahkan", null=True)
    sent_at = models.DateTimeField("terkirim", null=True)
    read_at = models.DateTimeField("dibaca", null=True)
    possibly_repeated = models.BooleanField("mungkin terkirim dua kali", default=False)
    withdrawn_as = models.CharField("ditarik sebagai", max_length=10, choices=State, blank=True)
    reason = models.CharField("alasan tidak dikirim", max_length=300, blank=True)
    last_error = models.CharField("galat terakhir", max_length=500, blank=True)

    objects: ClassVar[ScopedManager[Any]] = ScopedManager()
    across_regencies: ClassVar[AcrossRegenciesManager[Any]] = AcrossRegenciesManager()

    class Meta:
        verbose_name = "pesan"
        verbose_name_plural = "pesan"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(state__in=["planned", "unknown"]), name="message_to_send"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_leased"),
            models.Index(fields=["regency", "recipient", "-created_at"], name="message_of_recipient"),
            models.Index(fields=["regency", "thing_type", "thing_id"], name="message_about_thing"),
            models.Index(fields=["regency", "-created_at"], name="message_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["regency", "key"], name="message_key_once"),
            models.UniqueConstraint(fields=["regency", "public_id"], name="message_public_id_once"),
            models.CheckConstraint(
                condition=Q(state="sending", token__isnull=False, lease_until__isnull=False)
                | (~Q(state="sending") & Q(token__isnull=True, lease_until__isnull=True)),
                name="message_leased_only_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_its_moment"
            ),
            models.CheckConstraint(
                condition=~Q(state="unknown") | Q(handed_over_at__isnull=False), name="message_unknown_was_handed_over"
            ),
            models.CheckConstraint(
                condition=~Q(state="planned") | Q(handed_over_at__isnull=True), name="message_planned_is_nowhere_else"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("outbox:message", args=[self.public_id])

    @property
    def is_email(self) -> bool:
        return self.channel == self.Channel.EMAIL

    @property
    def may_be_resent(self) -> bool:
        return self.state == self.State.FAILED
