from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth import logout
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from katingan_portal.accounts.models import UserSession

SEEN_EVERY = timedelta(minutes=5)


class RequestIdMiddleware:
    """One id per request, in the audit trail and on the error page, so that a person can quote it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store, private")
        return response


class SessionSeenMiddleware:
    """A session that its owner ended elsewhere is signed out; a living one is marked as seen now and then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.session.session_key:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        row = UserSession.objects.filter(session_key=request.session.session_key).first()
        if row is None:
            logout(request)
        elif row.seen_at < timezone.now() - SEEN_EVERY:
            UserSession.objects.filter(pk=row.pk).update(seen_at=timezone.now())


class NoNulMiddleware:
    """An address with a NUL in it is refused: PostgreSQL keeps no such text, and each view would break on it anew."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = (text for values in request.GET.lists() for text in (values[0], *values[1]))
        if "\0" in request.path_info or any("\0" in text for text in asked):
            raise BadRequest("NUL in the address")
        return self.get_response(request)
