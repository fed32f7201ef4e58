from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from katingan_portal.accounts.roles import ROLE_CHOICES, ROLES, Role
from katingan_portal.tenancy.models import Regency, TenantForeignKey, TenantModel
from villages.models import Subdistrict


class Agency(TenantModel):
    """An organisation that bears duties. A slot is one that the decree means but no source names yet.

    A slot cannot be assigned, invited to or chased until an administrator names it.
    """

    class Kind(models.TextChoices):
        OPD = "opd", "Perangkat daerah"
        SUBDISTRICT = "subdistrict", "Kecamatan"
        BUMD = "bumd", "BUMD"
        LEADERSHIP = "leadership", "Pimpinan daerah"

    code = models.SlugField("kode", max_length=40)
    kind = models.CharField("jenis", max_length=12, choices=Kind)
    name = models.CharField("nama", max_length=150)
    short_name = models.CharField("nama singkat", max_length=60)
    aliases: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, verbose_name="nama lain"
    )
    subdistrict = TenantForeignKey(Subdistrict, null=True, blank=True, related_name="offices", verbose_name="kecamatan")
    is_slot = models.BooleanField("belum dinamai", default=False)
    is_coordinator = models.BooleanField("penerima laporan", default=False)
    works_saturday = models.BooleanField("bekerja pada hari Sabtu", default=False)
    operator_submits = models.BooleanField("operator boleh mengirim laporan", default=True)
    decree_order = models.PositiveSmallIntegerField("urutan dalam instruksi", null=True, blank=True)

    class Meta:
        verbose_name = "perangkat daerah"
        verbose_name_plural = "perangkat daerah"
        ordering = ["kind", "decree_order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="agency_code_once"),
            models.UniqueConstraint(
                fields=["regency"], condition=Q(is_coordinator=True), name="agency_one_coordinator"
            ),
            models.CheckConstraint(
                condition=Q(kind="subdistrict", subdistrict__isnull=False)
                | (~Q(kind="subdistrict") & Q(subdistrict__isnull=True)),
                name="agency_subdistrict_office_has_its_subdistrict",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def agency_id(self) -> int:
        """An agency is its own for `may()`."""
        return self.pk


class MembershipQuerySet(models.QuerySet["Membership"]):
    def on(self, day: date) -> MembershipQuerySet:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Membership(models.Model):
    """A person's role at an agency, from a date to a date (both included).

    No row-level security and no scoped manager: it must be read before the scope is known. It is exposed by no API,
    and pages read it through `agencies.queries`, always by regency.
    """

    class Acting(models.TextChoices):
        NONE = "", "definitif"
        PLT = "plt", "Plt."
        PLH = "plh", "Plh."

    regency = models.ForeignKey(Regency, on_delete=models.PROTECT, related_name="+", editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    agency = TenantForeignKey(Agency, related_name="memberships", verbose_name="perangkat daerah")
    role = models.CharField("peran", max_length=30, choices=ROLE_CHOICES)
    title = models.CharField("jabatan", max_length=150, blank=True)
    acting = models.CharField("status jabatan", max_length=3, choices=Acting, blank=True, default="")
    starts_on = models.DateField("mulai")
    ends_on = models.DateField("sampai", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "keanggotaan"
        verbose_name_plural = "keanggotaan"
        ordering = ["agency_id", "role", "user_id"]
        indexes = [models.Index(fields=["regency", "agency", "role"], name="membership_of_agency")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="membership_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["user", "agency", "role"], condition=Q(ends_on__isnull=True), name="membership_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.user})"

    @property
    def duties(self) -> Role:
        return ROLES[self.role]

    def is_in_force_on(self, day: date) -> bool:
        """As `MembershipQuerySet.on`, for rows that were read already."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)

    @property
    def position(self) -> str:
        """E.g. "Plt. Kepala Dinas Kesehatan", or the role's name when no title was given."""
        title = self.title or self.get_role_display()
        return f"{self.get_acting_display()} {title}" if self.acting else title


class Invitation(TenantModel):
    """An open seat at an agency, offered to an e-mail address. Only the digest of its link is kept."""

    agency = TenantForeignKey(Agency, related_name="invitations", verbose_name="perangkat daerah")
    role = models.CharField("peran", max_length=30, choices=ROLE_CHOICES)
    title = models.CharField("jabatan", max_length=150, blank=True)
    acting = models.CharField("status jabatan", max_length=3, choices=Membership.Acting, blank=True, default="")
    full_name = models.CharField("nama lengkap", max_length=150)
    email = models.EmailField("alamat e-mail")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField("berlaku sampai")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Undangan {self.full_name}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


class ApiToken(models.Model):
    """A key for machine reading of the API, bound to one membership. Only the digest is kept.

    No row-level security: it is read before the scope is known, and by its digest only.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="api_tokens")
    label = models.CharField("keperluan", max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.label
