from __future__ import annotations

from django.contrib import admin

from agencies.models import Agency
from katingan_portal.spreadsheets.admin import TenantAdmin


@admin.register(Agency)
class AgencyAdmin(TenantAdmin):
    list_display = ["code", "name", "kind", "is_slot", "is_coordinator"]
    list_filter = ["kind", "is_slot"]
    search_fields = ["code", "name", "short_name"]
