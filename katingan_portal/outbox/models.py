from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from katingan_portal.tenancy.models import AcrossRegenciesManager, ScopedManager, TenantModel


def domain_of_address() -> Lower:
    """The part behind the @, as the index on it has it."""
    return Lower(Func(F("address"), Value("@"), Value(2), function="split_part", output_field=CharField()))


class Message(TenantModel):
    """One message to one recipient by one channel, written in the transaction of what causes it.

    The row is the queue; Celery only rings. docs/decisions and `delivery.py` tell the state machine:

        planned → sending (lease, token) → sent | planned (4xx, back-off) | failed (5xx, too many tries)
                                         → unknown (no answer after the content, or the lease ran out)
        unknown → sending → sent (the relay has it) | sent once more under the same Message-ID
        sent → bounced (a mail host further on, or WhatsApp, gave it back)

    `handed_over_at` says that a relay may have this message: set before DATA, cleared when it certainly has not.
    `composed_at` says when its words were written: at `created_at`, or by its kind's composer at each try until a
    relay may have it (`composing.py`); NULL before the first.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        IN_APP = "in_app", "Kotak masuk portal"
        WHATSAPP = "whatsapp", "WhatsApp"

    class State(models.TextChoices):
        PLANNED = "planned", "Menunggu dikirim"
        SENDING = "sending", "Sedang dikirim"
        UNKNOWN = "unknown", "Belum pasti terkirim"
        SENT = "sent", "Terkirim"
        BOUNCED = "bounced", "Terpental"
        FAILED = "failed", "Gagal"
        CANCELLED = "cancelled", "Dibatalkan"
        SUPERSEDED = "superseded", "Digantikan"

    # Will not arrive unless a person does something.
    DEAD: ClassVar = (State.FAILED, State.BOUNCED)

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    key = models.CharField("kunci", max_length=200)
    kind = models.CharField("jenis", max_length=30)
    channel = models.CharField("saluran", max_length=10, choices=Channel)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="penerima"
    )
    address = models.CharField("alamat", max_length=254, blank=True)
    subject = models.CharField("perihal", max_length=200, blank=True)
    body_text = models.TextField("isi", blank=True)
    body_html = models.TextField("isi HTML", blank=True)
    link = models.CharField("tautan", max_length=300, blank=True)
    confidential = models.BooleanField("rahasia bagi penerima", default=False)
    thing_type = models.CharField(max_length=60, blank=True)
    thing_id = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField("dibuat", default=timezone.now)
    composed_at = models.DateTimeField("ditulis", null=True)
    expires_at = models.DateTimeField("basi setelah")

    state = models.CharField("keadaan", max_length=10, choices=State, default=State.PLANNED)
    next_attempt_at = models.DateTimeField("percobaan berikutnya", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("percobaan", default=0)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField("pengirim", max_length=80, blank=True)
    handed_over_at = models.DateTimeField("diserahkan", null=True)
    sent_at = models.DateTimeField("terkirim", null=True)
    provider_id = models.CharField("nomor di penyedia", max_length=150, blank=True)
    delivered_at = models.DateTimeField("sampai", null=True)
    bounced_at = models.DateTimeField("terpental", null=True)
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
            BrinIndex(fields=["created_at"], name="message_of_day"),
            models.Index(
                domain_of_address(),
                F("handed_over_at"),
                condition=Q(channel="email", handed_over_at__isnull=False),
                name="message_mail_of_domain",
            ),
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
                condition=~Q(state="bounced") | Q(sent_at__isnull=False, bounced_at__isnull=False),
                name="message_bounced_was_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state="unknown") | Q(handed_over_at__isnull=False), name="message_unknown_was_handed_over"
            ),
            models.CheckConstraint(
                condition=~Q(state="planned") | Q(handed_over_at__isnull=True), name="message_planned_is_nowhere_else"
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(ditulis saat dikirim)"

    def get_absolute_url(self) -> str:
        return reverse("outbox:message", args=[self.public_id])

    @property
    def is_email(self) -> bool:
        return self.channel == self.Channel.EMAIL

    @property
    def is_worded_late(self) -> bool:
        """Whether its words are written when it leaves, not when it was queued."""
        return self.composed_at != self.created_at

    @property
    def may_be_resent(self) -> bool:
        return self.state in self.DEAD


class Contact(TenantModel):
    """How one person wants to be reached in one regency, and where reaching them is known to fail.

    Who never chose anything has no row: `contacts.contacts_of` gives the defaults.
    """

    EARLIEST_HOUR, LATEST_HOUR = 6, 15

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    email_reminders = models.BooleanField("e-mail untuk pengingat biasa", default=True)
    digest_hour = models.PositiveSmallIntegerField(
        "jam ringkasan", default=8, validators=[MinValueValidator(EARLIEST_HOUR), MaxValueValidator(LATEST_HOUR)]
    )
    whatsapp_number = models.CharField(
        "nomor WhatsApp", max_length=16, blank=True, validators=[RegexValidator(r"^\+[1-9]\d{7,14}$")]
    )
    whatsapp_on = models.BooleanField("kirim juga lewat WhatsApp", default=False)
    away_from = models.DateField("tidak bertugas dari", null=True, blank=True)
    away_until = models.DateField("sampai", null=True, blank=True)

    email_broken_at = models.DateTimeField("e-mail ditolak sejak", null=True, blank=True)
    email_broken_address = models.CharField("alamat yang ditolak", max_length=254, blank=True)
    email_error = models.CharField("jawaban server surat", max_length=500, blank=True)
    whatsapp_broken_at = models.DateTimeField("WhatsApp gagal sejak", null=True, blank=True)
    whatsapp_error = models.CharField("jawaban WhatsApp", max_length=500, blank=True)

    class Meta:
        verbose_name = "kontak"
        verbose_name_plural = "kontak"
        constraints = [
            models.UniqueConstraint(fields=["regency", "user"], name="contact_once_per_person"),
            models.CheckConstraint(
                condition=Q(digest_hour__gte=6, digest_hour__lte=15), name="contact_digest_in_office_hours"
            ),
            models.CheckConstraint(
                condition=Q(whatsapp_number="") | Q(whatsapp_number__regex=r"^\+[1-9]\d{7,14}$"),
                name="contact_number_is_e164",
            ),
            models.CheckConstraint(
                condition=Q(whatsapp_on=False) | ~Q(whatsapp_number=""), name="contact_whatsapp_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True)
                | Q(away_from__isnull=False, away_until__isnull=False, away_from__lte=F("away_until")),
                name="contact_away_from_until",
            ),
            models.CheckConstraint(
                condition=Q(email_broken_at__isnull=True, email_broken_address="")
                | (Q(email_broken_at__isnull=False) & ~Q(email_broken_address="")),
                name="contact_broken_address_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Kontak {self.user}"

    def is_away_on(self, day: date) -> bool:
        return self.away_from is not None and self.away_until is not None and self.away_from <= day <= self.away_until

    def email_is_broken(self, address: str) -> bool:
        """Whether letters to `address` were refused for good; another address is a new try."""
        return self.email_broken_at is not None and self.email_broken_address == address
