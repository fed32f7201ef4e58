"""Letters about what is late: drafts, issued letters that never change, and the numbers they are given."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Membership
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.periods.models import Obligation


class LetterKind(models.TextChoices):
    TEGURAN_1 = "teguran_1", "Surat Teguran I"
    TEGURAN_2 = "teguran_2", "Surat Teguran II"
    TEGURAN_3 = "teguran_3", "Surat Teguran III"
    NOTA_DINAS = "nota_dinas", "Nota Dinas"


class Letterhead(TenantModel):
    """What the regency's letters have in common: the head, the place, who is to sign, and who gets a copy.

    Empty texts stand for what the portal knows by itself: the coordinating office, and its head in office.
    """

    address = models.CharField("alamat kantor", max_length=200, blank=True)
    contact = models.CharField("telepon, laman, dan pos-el", max_length=200, blank=True)
    place = models.CharField("tempat", max_length=60, blank=True)
    unit = models.CharField("kode unit", max_length=40, blank=True)
    signatory_title = models.CharField("jabatan penanda tangan", max_length=150, blank=True)
    signatory_name = models.CharField("nama penanda tangan", max_length=150, blank=True)
    signatory_rank = models.CharField("pangkat", max_length=60, blank=True)
    signatory_nip = models.CharField("NIP", max_length=30, blank=True)
    copies = models.TextField("tembusan", blank=True)

    class Meta:
        verbose_name = "kop surat"
        verbose_name_plural = "kop surat"
        constraints = [models.UniqueConstraint(fields=["regency"], name="letterhead_once")]

    def __str__(self) -> str:
        return "Kop surat"


class LetterSeries(TenantModel):
    """One run of numbers. Its row is locked while a letter gets its number, so that two cannot get the same."""

    class Code(models.TextChoices):
        TEGURAN = "teguran", "Surat teguran"
        NOTA_DINAS = "nota_dinas", "Nota dinas"

    code = models.CharField("rangkaian", max_length=12, choices=Code)
    pattern = models.CharField("pola nomor", max_length=100)

    class Meta:
        verbose_name = "rangkaian nomor surat"
        verbose_name_plural = "rangkaian nomor surat"
        ordering = ["-code"]
        constraints = [models.UniqueConstraint(fields=["regency", "code"], name="letter_series_once")]

    def __str__(self) -> str:
        return self.get_code_display()

    @classmethod
    def code_for(cls, kind: str) -> LetterSeries.Code:
        """Warnings I to III share one run of numbers; notes stay inside the house and have their own."""
        return cls.Code.NOTA_DINAS if kind == LetterKind.NOTA_DINAS else cls.Code.TEGURAN


class LetterYear(TenantModel):
    """The next number of a series in one year: numbers begin again each January."""

    series = TenantForeignKey(LetterSeries, related_name="years", verbose_name="rangkaian")
    year = models.PositiveSmallIntegerField("tahun")
    next_number = models.PositiveIntegerField("nomor berikutnya", default=1)

    class Meta:
        verbose_name = "nomor surat tahun"
        verbose_name_plural = "nomor surat tahun"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "series", "year"], name="letter_year_once"),
            models.CheckConstraint(condition=Q(next_number__gte=1), name="letter_numbers_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.year}"


class Letter(TenantModel):
    """A reminder in writing, or a note to the leadership. The portal prepares it; a person signs it on paper.

    Once issued nothing in it changes, in the database too, but that it can be voided; the number stays used.
    contents: the paper as it was issued (papers.Paper as JSON); empty until then.
    version: counts the changes of a draft, so that what is issued is what its issuer has read.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Rancangan"
        ISSUED = "issued", "Terbit"
        VOID = "void", "Dibatalkan"
        DROPPED = "dropped", "Tidak jadi terbit"

    kind = models.CharField("jenis", max_length=12, choices=LetterKind)
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.DRAFT)
    agency = TenantForeignKey(Agency, related_name="letters", verbose_name="tujuan")
    addressee = models.CharField("Yth.", max_length=200)
    nature = models.CharField("sifat", max_length=30)
    subject = models.CharField("hal", max_length=200)
    opening = models.TextField("pembuka")
    closing = models.TextField("penutup")
    copies = models.TextField("tembusan", blank=True)
    signatory_title = models.CharField("jabatan penanda tangan", max_length=150)
    signatory_acting = models.CharField(
        "status jabatan", max_length=3, choices=Membership.Acting, blank=True, default=""
    )
    signatory_name = models.CharField("nama penanda tangan", max_length=150, blank=True)
    signatory_rank = models.CharField("pangkat", max_length=60, blank=True)
    signatory_nip = models.CharField("NIP", max_length=30, blank=True)
    version = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField("disusun")
    drafted_by_name = models.CharField("disusun oleh", max_length=200)
    series = TenantForeignKey(LetterSeries, null=True, blank=True, related_name="letters", verbose_name="rangkaian")
    year = models.PositiveSmallIntegerField("tahun", null=True, blank=True)
    number = models.PositiveIntegerField("nomor urut", null=True, blank=True)
    full_number = models.CharField("nomor", max_length=100, blank=True)
    issued_on = models.DateField("tanggal surat", null=True, blank=True)
    issued_at = models.DateTimeField("terbit", null=True, blank=True)
    issued_by_name = models.CharField("diterbitkan oleh", max_length=200, blank=True)
    public_code = models.CharField("kode pemeriksaan", max_length=32, blank=True)
    contents: models.JSONField[Any, Any] = models.JSONField("isi saat terbit", default=dict, blank=True)
    ended_at = models.DateTimeField("berakhir", null=True, blank=True)
    ended_by_name = models.CharField("diakhiri oleh", max_length=200, blank=True)
    ended_reason = models.CharField("alasan", max_length=500, blank=True)

    class Meta:
        verbose_name = "surat"
        verbose_name_plural = "surat"
        ordering = ["-drafted_at", "-pk"]
        indexes = [models.Index(fields=["regency", "agency", "state"], name="letter_of_agency")]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "agency", "kind"], condition=Q(state="draft"), name="letter_one_draft_of_a_kind"
            ),
            models.UniqueConstraint(fields=["regency", "series", "year", "number"], name="letter_number_once"),
            models.UniqueConstraint(
                fields=["regency", "full_number"], condition=~Q(full_number=""), name="letter_full_number_once"
            ),
            models.UniqueConstraint(
                fields=["regency", "public_code"], condition=~Q(public_code=""), name="letter_public_code_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"], number__isnull=True, full_number="", public_code="")
                | (
                    Q(state__in=["issued", "void"], issued_on__isnull=False, issued_at__isnull=False)
                    & Q(series__isnull=False, year__isnull=False, number__isnull=False)
                    & ~Q(full_number="")
                    & ~Q(public_code="")
                ),
                name="letter_is_numbered_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "issued"], ended_at__isnull=True)
                | (Q(state__in=["void", "dropped"], ended_at__isnull=False) & ~Q(ended_reason="")),
                name="letter_ends_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.agency.short_name}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def was_issued(self) -> bool:
        return self.state in (self.State.ISSUED, self.State.VOID)

    @property
    def is_memo(self) -> bool:
        return self.kind == LetterKind.NOTA_DINAS


class LetterItem(TenantModel):
    """One overdue report that a letter is about. What of it was printed stands in the letter's contents."""

    letter = TenantForeignKey(Letter, related_name="items", verbose_name="surat")
    obligation = TenantForeignKey(Obligation, related_name="letter_items", verbose_name="kewajiban")

    class Meta:
        verbose_name = "laporan dalam surat"
        verbose_name_plural = "laporan dalam surat"
        constraints = [models.UniqueConstraint(fields=["regency", "letter", "obligation"], name="letter_item_once")]

    def __str__(self) -> str:
        return f"{self.letter}: {self.obligation_id}"


class LetterFile(TenantModel):
    """The bytes of an issued letter, kept in the row: written with its number or not at all, and never changed.

    About 60 kB a letter, some hundred letters a district and year; docs/decisions/0060 has the reckoning.
    """

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "DOCX"

    letter = TenantForeignKey(Letter, related_name="files", verbose_name="surat")
    format = models.CharField("bentuk", max_length=4, choices=Format)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField("isi")

    class Meta:
        verbose_name = "berkas surat"
        verbose_name_plural = "berkas surat"
        constraints = [models.UniqueConstraint(fields=["regency", "letter", "format"], name="letter_file_once")]

    def __str__(self) -> str:
        return f"{self.letter}.{self.format}"
