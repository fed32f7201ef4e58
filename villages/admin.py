from __future__ import annotations

from django.contrib import admin

from katingan_portal.spreadsheets.admin import TenantAdmin
from villages.models import Subdistrict, Village


@admin.register(Subdistrict)
class SubdistrictAdmin(TenantAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    exclude = ["boundary"]


@admin.register(Village)
class VillageAdmin(TenantAdmin):
    list_display = ["code", "name", "kind", "subdistrict", "postal_code"]
    list_filter = ["kind", "subdistrict"]
    list_select_related = ["subdistrict"]
    search_fields = ["code", "name"]
    exclude = ["boundary"]
