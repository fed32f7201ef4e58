from __future__ import annotations

from django.db import models
from django.db.models import Q

from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from villages.models import Village


class Source(TenantModel):
    """Where figures came from, and the day they were true: every figure on screen names one."""

    code = models.SlugField("kode", max_length=60)
    name = models.CharField("sumber", max_length=200)
    as_of = models.DateField("per tanggal")
    note = models.CharField("catatan", max_length=300, blank=True)

    class Meta:
        verbose_name = "sumber data"
        verbose_name_plural = "sumber data"
        ordering = ["-as_of", "code"]
        constraints = [models.UniqueConstraint(fields=["regency", "code"], name="source_code_once")]

    def __str__(self) -> str:
        return self.name


def presumed_name(village: Village) -> str:
    return f"Koperasi {village.get_kind_display()} Merah Putih {village.name}"


class Cooperative(TenantModel):
    """A Koperasi Merah Putih. One per village in Katingan, but no law says so: hence not one-to-one."""

    class Formation(models.TextChoices):
        UNKNOWN = "", "belum tercatat"
        NEW = "baru", "Pembentukan baru"
        GROWTH = "pengembangan", "Pengembangan"
        REVIVAL = "revitalisasi", "Revitalisasi"

    village = TenantForeignKey(Village, related_name="cooperatives", verbose_name="desa/kelurahan")
    number = models.PositiveSmallIntegerField("nomor urut di desa", default=1)
    name = models.CharField("nama", max_length=200)
    formation = models.CharField("model pembentukan", max_length=15, choices=Formation, blank=True, default="")

    class Meta:
        verbose_name = "koperasi"
        verbose_name_plural = "koperasi"
        ordering = ["village__code", "number"]
        constraints = [models.UniqueConstraint(fields=["regency", "village", "number"], name="cooperative_number_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def subdistrict_id(self) -> int:
        return self.village.subdistrict_id

    @property
    def has_presumed_name(self) -> bool:
        """No source gives the name in the deed: this one follows the national pattern."""
        return self.name == presumed_name(self.village)


class Milestone(TenantModel):
    """A dated fact about a cooperative. Milestones are no ladder: any may be there without the others."""

    class Kind(models.TextChoices):
        SOCIALISED = "sosialisasi", "Sosialisasi"
        VILLAGE_MEETING = "musdes", "Musyawarah desa/kelurahan"
        FOUNDING_MEETING = "rapat_pendirian", "Rapat pendirian"
        DEED = "akta", "Akta notaris"
        LEGAL_ENTITY = "badan_hukum", "SK AHU badan hukum"
        NIK = "nik", "NIK koperasi"
        NPWP = "npwp", "NPWP"
        NIB = "nib", "NIB"
        BANK_ACCOUNT = "rekening", "Rekening bank"
        SIMKOPDES = "simkopdes", "Akun SIMKOPDES"
        LOAN_PROPOSAL = "proposal", "Proposal pembiayaan"
        SHOP_OPEN = "gerai", "Gerai beroperasi"
        ANNUAL_MEETING = "rat", "RAT"

    cooperative = TenantForeignKey(Cooperative, on_delete=models.CASCADE, related_name="milestones")
    kind = models.CharField("tonggak", max_length=20, choices=Kind)
    book_year = models.PositiveSmallIntegerField("tahun buku", null=True, blank=True)
    achieved_on = models.DateField("tanggal", null=True, blank=True)
    document_number = models.CharField("nomor dokumen", max_length=100, blank=True)
    source = TenantForeignKey(Source, related_name="milestones", verbose_name="sumber")
    entered_by = models.CharField("dicatat oleh", max_length=200)

    class Meta:
        verbose_name = "tonggak"
        verbose_name_plural = "tonggak"
        ordering = ["cooperative", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "cooperative", "kind", "book_year"],
                nulls_distinct=False,
                name="milestone_once_per_book_year",
            ),
            models.CheckConstraint(
                condition=Q(kind="rat", book_year__isnull=False) | (~Q(kind="rat") & Q(book_year__isnull=True)),
                name="milestone_book_year_is_for_rat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} tahun buku {self.book_year}" if self.book_year else self.get_kind_display()


class Figure(TenantModel):
    """A number about a cooperative as one source gave it for one day. Pulls contradict each other: none overwrites.

    Money in whole rupiah. What a source says of NIB, NPWP and the like (1 or 0) is kept too, beside the milestone: the
    next pull may say otherwise, and the total of each pull must stay what it was.
    """

    class Kind(models.TextChoices):
        ACCOUNTS = "accounts", "Akun SIMKOPDES"
        NPWP = "npwp", "NPWP"
        NIB = "nib", "NIB"
        ANNUAL_MEETING = "rat", "RAT"
        SAVINGS_BASE = "simpanan_pokok_rp", "Simpanan pokok"
        SAVINGS_BASE_MEMBERS = "simpanan_pokok_members", "Anggota dengan simpanan pokok"
        SAVINGS_DUES = "simpanan_wajib_rp", "Simpanan wajib"
        SAVINGS_DUES_MEMBERS = "simpanan_wajib_members", "Anggota dengan simpanan wajib"
        TRANSACTIONS = "transaction_volume", "Volume transaksi"
        TRANSACTIONS_VALUE = "transaction_value_rp", "Nilai transaksi"

    cooperative = TenantForeignKey(Cooperative, on_delete=models.CASCADE, related_name="figures")
    kind = models.CharField("angka", max_length=30, choices=Kind)
    value = models.BigIntegerField("nilai")
    source = TenantForeignKey(Source, related_name="figures", verbose_name="sumber")
    entered_by = models.CharField("dicatat oleh", max_length=200)

    class Meta:
        verbose_name = "angka koperasi"
        verbose_name_plural = "angka koperasi"
        ordering = ["cooperative", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "cooperative", "kind", "source"], name="figure_once_per_source"),
            models.CheckConstraint(condition=Q(value__gte=0), name="figure_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"
