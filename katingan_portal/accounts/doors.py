"""The door of pages that show rows of a regency: every such view stands behind it, before it reads anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

View = Callable[..., HttpResponse]


def for_members(view: View) -> View:
    """Strangers sign in first; a person without a membership in force is told so instead of meeting an empty portal."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        if getattr(request, "membership", None) is None:
            return redirect("agencies:arrive")
        return view(request, *args, **kwargs)

    return guarded


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """What was sent is not done, so the way back is to the page with the form: many addresses answer only to POST."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    messages.warning(request, "Waktu masuk Anda sudah habis, jadi yang tadi belum tersimpan. Masuk, lalu kirim lagi.")
    return redirect_to_login(_page_before(request))


def _page_before(request: HttpRequest) -> str:
    """The page of this portal on which the form stood, else the first page."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    page = urlsplit(referer)
    return f"{page.path}?{page.query}" if page.query else page.path
