"""The data behind the pages, to look at and to export; every change goes through the pages and their history.

The base lives here because it exports spreadsheets; each app above registers its own models with it.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from import_export.admin import ExportMixin

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.formats import SafeCSV, SafeXLSX


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
        return self._may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_look(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self._may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _may_look(self, request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        in_regency = getattr(request, "membership", None) is not None
        return in_regency and isinstance(actor, Actor) and may(actor, Verb.USE_ADMIN)
