"""The spreadsheet of assignments, one row an agency and a duty, as an office keeps it after a reshuffle of tasks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields
from import_export.widgets import Widget

from agencies.imports import AgencyWidget
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.imports import ImportColumn, ImportKind, register
from katingan_portal.spreadsheets.matching import match_name
from katingan_portal.spreadsheets.resources import SafeResource
from katingan_portal.spreadsheets.values import BadValue, text
from katingan_portal.spreadsheets.values import day as day_of
from katingan_portal.spreadsheets.widgets import CellWidget
from reporting.duties.actions import assign, end_assignment
from reporting.duties.models import Assignment, Duty

REASON = "Tertulis dalam lembar kerja yang diimpor"


class DutyWidget(Widget):
    """A duty's code → the duty; a code that is only similar gets a question."""

    def __init__(self) -> None:
        super().__init__(coerce_to_string=False)
        self._duties: dict[str, Duty] | None = None

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Duty:
        typed = text(value, max_length=200)
        if not typed:
            raise BadValue("Sel ini kosong, padahal wajib diisi.")
        if self._duties is None:
            self._duties = {duty.code: duty for duty in Duty.objects.all()}
        duty = self._duties.get(typed.casefold())
        if duty is None:
            raise BadValue(f"Kode tugas “{typed}” tidak dikenal. {self._suggestion(typed)}")
        return duty

    def _suggestion(self, typed: str) -> str:
        near = [
            str(code) for code, _, _ in match_name(typed, [(code, code, "") for code in self._duties or {}]).choices
        ]
        return (
            f"Mungkin yang dimaksud {' atau '.join(near[:3])}." if near else "Kodenya tertulis di halaman tiap tugas."
        )


class AssignmentResource(SafeResource):
    """A row is known by duty, agency and first day: new ones are assigned, one with a last day added is ended."""

    duty = fields.Field(attribute="duty", column_name="tugas")
    agency = fields.Field(attribute="agency", column_name="perangkat_daerah")
    starts_on = fields.Field(attribute="starts_on", column_name="mulai", widget=CellWidget(day_of, required=True))
    ends_on = fields.Field(attribute="ends_on", column_name="sampai", widget=CellWidget(day_of))

    class Meta:
        model = Assignment
        fields = ("duty", "agency", "starts_on", "ends_on")
        import_id_fields = ("duty", "agency", "starts_on")

    writes_audit = False

    def __init__(self, by: Actor | None = None) -> None:
        super().__init__(by=by)
        # Made here and not in the class: they keep what they read, and the class serves every regency.
        self.fields["duty"].widget = DutyWidget()
        self.fields["agency"].widget = AgencyWidget()

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """The cells only: what an assignment may be, the actions say, in better words than the constraints."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_by_action(self, instance: Any, is_create: bool) -> None:
        if is_create:
            made = assign(
                instance.duty, instance.agency, starts_on=instance.starts_on, ends_on=instance.ends_on, by=self.by
            )
            instance.pk = made.pk
            return
        stored = Assignment.objects.select_related("duty", "agency").get(pk=instance.pk)
        end_assignment(stored, ends_on=instance.ends_on, reason=REASON, by=self.by)


register(
    ImportKind(
        key="penugasan",
        label="Penugasan",
        description=(
            "Satu baris per tugas dan perangkat daerah. Baris baru menjadi penugasan baru; baris yang sudah ada dan "
            "kini diberi tanggal akhir mengakhiri penugasannya. Penugasan yang tidak disebut tidak berubah."
        ),
        resource_factory=AssignmentResource,
        needs=Verb.MANAGE_DUTIES,
        columns=(
            ImportColumn("tugas", "Kode tugas, tertulis di halaman tiap tugas.", True, ("kode tugas",)),
            ImportColumn(
                "perangkat_daerah", "Kode, nama, singkatan, atau nama lain.", True, ("perangkat daerah", "opd", "skpd")
            ),
            ImportColumn("mulai", "Hari pertama bertugas.", True, ("tanggal mulai",)),
            ImportColumn("sampai", "Hari terakhir bertugas; kosong bila belum berakhir.", False, ("tanggal akhir",)),
        ),
        sample=(
            ("dinsos-anggota", "Dinas Kesehatan", "01/01/2027", None),
            ("kominfo-bimtek", "Diskopdag", "01/01/2027", "30/06/2027"),
        ),
    )
)
