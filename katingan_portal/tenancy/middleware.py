from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

from katingan_portal.tenancy.scope import Scope, applied, leaving_nothing_behind

ScopeResolver = Callable[[HttpRequest], Scope | None]


class RegencyScopeMiddleware:
    """Owns the transaction of the request, so that the whole response renders inside one scope.

    ATOMIC_REQUESTS alone is not enough: it covers neither middleware nor the rendering of a TemplateResponse, where
    the scope would be gone. Lazy streaming would run after it too, so it is refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolve: ScopeResolver = import_string(settings.PORTAL_SCOPE_RESOLVER)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with leaving_nothing_behind(), transaction.atomic():
            scope = self.resolve(request)
            with applied(scope) if scope else nullcontext():
                response = self.get_response(request)
                refuse_streaming(response)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def refuse_streaming(response: HttpResponseBase) -> None:
    if getattr(response, "streaming", False) and not getattr(response, "file_to_stream", None):
        raise ImproperlyConfigured("lazy streaming would run outside the tenant's transaction")
