"""Who comes into the admin pages, and through which door."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb


def may_look(request: HttpRequest) -> bool:
    """A member in force who may Verb.USE_ADMIN in the request's regency."""
    actor = getattr(request, "actor", None)
    in_regency = getattr(request, "membership", None) is not None
    return in_regency and isinstance(actor, Actor) and may(actor, Verb.USE_ADMIN)


class PortalAdminSite(admin.AdminSite):
    """Open by role; `is_staff`, which asks about the person and not the membership, opens nothing here."""

    site_title = site_header = "Admin data"
    index_title = "Data di balik halaman"

    def has_permission(self, request: HttpRequest) -> bool:
        return may_look(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Only the portal's own door, which slows guessing down; to who is inside but may not, nothing is here."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(reverse("admin:index"))
