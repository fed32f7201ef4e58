"""The read-only API: the same rows, the same walls, and the same definition of late as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter

from agencies.models import Agency
from cooperatives.models import Cooperative, Figure, Milestone
from katingan_portal.tenancy.models import Regency
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, is_overdue, with_standing
from reporting.submissions.models import Report
from villages.models import Village


class TokenScheme(OpenApiAuthenticationExtension):
    """How the description of the API names `Authorization: Token <key>`; registered by being defined."""

    target_class = "agencies.access.TokenAuthentication"
    name = "kunciApi"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "Token, spasi, lalu kunci dari halaman Akun, Kunci API."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


class VillageSerializer(serializers.ModelSerializer[Village]):
    subdistrict_code = serializers.CharField(source="subdistrict.code")
    subdistrict_name = serializers.CharField(source="subdistrict.name")

    class Meta:
        model = Village
        fields = [
            "code",
            "name",
            "kind",
            "subdistrict_code",
            "subdistrict_name",
            "postal_code",
            "latitude",
            "longitude",
        ]


class AgencySerializer(serializers.ModelSerializer[Agency]):
    subdistrict_code = serializers.CharField(source="subdistrict.code", default=None)

    class Meta:
        model = Agency
        fields = ["code", "name", "short_name", "kind", "is_slot", "is_coordinator", "subdistrict_code"]


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    source_name = serializers.CharField(source="source.name")
    as_of = serializers.DateField(source="source.as_of")

    class Meta:
        model = Milestone
        fields = ["kind", "book_year", "achieved_on", "document_number", "source_name", "as_of"]


class FigureSerializer(serializers.ModelSerializer[Figure]):
    source_name = serializers.CharField(source="source.name")
    as_of = serializers.DateField(source="source.as_of")

    class Meta:
        model = Figure
        fields = ["kind", "value", "source_name", "as_of"]


class CooperativeSerializer(serializers.ModelSerializer[Cooperative]):
    village_code = serializers.CharField(source="village.code")
    milestones = MilestoneSerializer(many=True)
    figures = FigureSerializer(many=True)

    class Meta:
        model = Cooperative
        fields = ["id", "name", "village_code", "formation", "milestones", "figures"]


class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    agency_code = serializers.CharField(source="agency.code")
    form_code = serializers.CharField(source="form.code")
    period_type = serializers.SerializerMethodField(help_text="mingguan sampai tahunan")
    period_label = serializers.SerializerMethodField(help_text="nama periode seperti di halaman, misalnya Januari 2026")
    due_changes = serializers.IntegerField(source="times_moved", help_text="berapa kali tenggatnya pindah")
    standing = serializers.SerializerMethodField(help_text="Satu definisi terlambat, sama dengan semua halaman.")
    report_state = serializers.ChoiceField(
        choices=Report.State.choices,
        allow_null=True,
        read_only=True,
        help_text="Keadaan laporannya; null bila belum ada atau Anda tidak boleh membacanya.",
    )
    review_due_at = serializers.SerializerMethodField(help_text="Batas pemeriksaan; null bagi yang tidak membacanya.")
    correction_due_at = serializers.SerializerMethodField(help_text="Batas perbaikan; null bagi yang tidak membacanya.")
    days_late = serializers.IntegerField(read_only=True, help_text="Hari kalender setempat; 0 bila tidak terlambat.")

    class Meta:
        model = Obligation
        fields = [
            "id", "agency_code", "form_code", "period", "period_type", "period_label", "starts_on", "ends_on",
            "due_at", "original_due_at", "due_changes", "rule", "first_submitted_at",
            "accepted_at", "waived_at", "standing", "days_late", "report_state", "review_due_at", "correction_due_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=PeriodType.choices))
    def get_period_type(self, obligation: Obligation) -> str:
        return str(period_from_key(obligation.period).type)

    def get_period_label(self, obligation: Obligation) -> str:
        return period_from_key(obligation.period).label

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_review_due_at(self, obligation: Obligation) -> str | None:
        return _to_readers(obligation, obligation.review_due_at)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_correction_due_at(self, obligation: Obligation) -> str | None:
        return _to_readers(obligation, obligation.correction_due_at)

    @extend_schema_field(serializers.ChoiceField(choices=Standing.choices))
    def get_standing(self, obligation: Obligation) -> str:
        return str(obligation.standing)  # type: ignore[attr-defined]  # annotated by the view


def _to_readers(obligation: Obligation, moment: datetime | None) -> str | None:
    """A clock that tells whether a report was returned, for those who may read that report only."""
    reads = obligation.report_state is not None  # type: ignore[attr-defined]  # annotated by the view
    return serializers.DateTimeField().to_representation(moment) if reads and moment else None


# Filters are declared one by one: made from a model, they would ask its manager at import, outside any scope.
class VillageFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Village.Kind.choices)
    subdistrict = filters.CharFilter(field_name="subdistrict__code")


class AgencyFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Agency.Kind.choices)
    is_slot = filters.BooleanFilter()


class CooperativeFilter(filters.FilterSet):
    subdistrict = filters.CharFilter(field_name="village__subdistrict__code")
    village = filters.CharFilter(field_name="village__code")


class ObligationFilter(filters.FilterSet):
    period = filters.CharFilter()
    agency = filters.CharFilter(field_name="agency__code")
    overdue = filters.BooleanFilter(method="only_overdue", label="hanya yang terlambat dan belum dikirim")

    def only_overdue(self, rows: QuerySet[Obligation], name: str, value: bool) -> QuerySet[Obligation]:
        condition = is_overdue(timezone.now())
        return rows.filter(condition) if value else rows.exclude(condition)


class VillageView(viewsets.ReadOnlyModelViewSet[Village]):
    """Desa dan kelurahan kabupaten ini."""

    serializer_class = VillageSerializer
    filterset_class = VillageFilter
    lookup_field = "code"
    lookup_value_regex = r"[0-9.]+"
    queryset = Village._base_manager.none()

    def get_queryset(self) -> QuerySet[Village]:
        return Village.objects.select_related("subdistrict").defer("boundary", "subdistrict__boundary")


class AgencyView(viewsets.ReadOnlyModelViewSet[Agency]):
    """Perangkat daerah, kecamatan, BUMD, dan pimpinan daerah."""

    serializer_class = AgencySerializer
    filterset_class = AgencyFilter
    lookup_field = "code"
    queryset = Agency._base_manager.none()

    def get_queryset(self) -> QuerySet[Agency]:
        return Agency.objects.select_related("subdistrict").defer("subdistrict__boundary")


class CooperativeView(viewsets.ReadOnlyModelViewSet[Cooperative]):
    """Koperasi dengan tonggak dan angkanya, masing-masing dengan sumber dan tanggalnya."""

    serializer_class = CooperativeSerializer
    filterset_class = CooperativeFilter
    queryset = Cooperative._base_manager.none()

    def get_queryset(self) -> QuerySet[Cooperative]:
        return (
            Cooperative.objects.select_related("village")
            .defer("village__boundary")
            .prefetch_related("milestones__source", "figures__source")
        )


class ObligationView(viewsets.ReadOnlyModelViewSet[Obligation]):
    """Siapa wajib melapor, untuk bulan apa, tenggatnya, dan keadaannya. Isi laporan tidak ada di sini."""

    serializer_class = ObligationSerializer
    filterset_class = ObligationFilter
    queryset = Obligation._base_manager.none()

    def get_queryset(self) -> QuerySet[Obligation]:
        regency: Regency = self.request._request.regency  # type: ignore[attr-defined]  # set with the scope
        # Row security leaves the sub-query without a row for those who may not read the report.
        state = Report.objects.filter(obligation=OuterRef("pk")).values("state")
        rows = Obligation.objects.select_related("agency", "form").annotate(
            times_moved=Count("due_changes"), report_state=Subquery(state)
        )
        return with_standing(rows, timezone.now(), regency.zone)


router = DefaultRouter()
_routes: list[tuple[str, Any]] = [
    ("villages", VillageView),
    ("agencies", AgencyView),
    ("cooperatives", CooperativeView),
    ("obligations", ObligationView),
]
for _prefix, _view in _routes:
    router.register(_prefix, _view, basename=_prefix.removesuffix("s"))
