from __future__ import annotations

from django.contrib import admin

from cooperatives.models import Cooperative, Figure, Milestone, Source
from katingan_portal.spreadsheets.admin import TenantAdmin


@admin.register(Source)
class SourceAdmin(TenantAdmin):
    list_display = ["code", "name", "as_of"]
    search_fields = ["code", "name"]


@admin.register(Cooperative)
class CooperativeAdmin(TenantAdmin):
    list_display = ["name", "village", "formation"]
    list_filter = ["formation", "village__subdistrict"]
    list_select_related = ["village"]
    search_fields = ["name", "village__name", "village__code"]


@admin.register(Milestone)
class MilestoneAdmin(TenantAdmin):
    list_display = ["cooperative", "kind", "book_year", "achieved_on", "document_number", "source"]
    list_filter = ["kind", "source"]
    list_select_related = ["cooperative", "source"]
    search_fields = ["cooperative__name", "document_number"]


@admin.register(Figure)
class FigureAdmin(TenantAdmin):
    list_display = ["cooperative", "kind", "value", "source", "entered_by"]
    list_filter = ["kind", "source"]
    list_select_related = ["cooperative", "source"]
    search_fields = ["cooperative__name", "cooperative__village__code"]
