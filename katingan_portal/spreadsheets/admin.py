"""The data behind the pages, to look at and to export; every change goes through the pages and their history.

The base lives here because it exports spreadsheets; each app above registers its own models with it.
"""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from import_export.admin import ExportMixin

from katingan_portal.spreadsheets.admin_site import may_look
from katingan_portal.spreadsheets.formats import SafeCSV, SafeXLSX

admin.site.unregister(Group)  # roles are memberships; Django's groups grant nothing here


class TenantAdmin(ExportMixin, admin.ModelAdmin):
    """View and export only, for who may Verb.USE_ADMIN, within the request's regency."""

    formats = [SafeXLSX, SafeCSV]
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """The scoped manager, named here because the admin would take the default one of any model."""
        rows: QuerySet[Model] = self.model.objects.all()
        return rows.order_by(*self.get_ordering(request) or self.model._meta.ordering)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_look(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
