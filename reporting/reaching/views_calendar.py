"""The page on which a person makes their calendar address, and that address itself."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from agencies.access import PortalRequest, adopt
from katingan_portal.accounts.doors import for_members
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.reaching import feeds
from reporting.reaching.due_dates import entries_for
from reporting.reaching.ics import as_ics


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """One address for each role of a person, shown once, after it is made."""
    portal = cast(PortalRequest, request)
    membership, now = portal.membership, timezone.now()
    assert membership is not None, "the door lets nobody else in"
    if request.method == "POST" and "revoke" in request.POST:
        feeds.revoke_feed(membership, by=portal.actor, now=now)
        messages.success(request, "Alamat kalender dicabut. Kalender yang memakainya tidak diperbarui lagi.")
        return redirect("reporting:calendar_feed")
    secret = feeds.make_feed(membership, by=portal.actor, now=now) if request.method == "POST" else ""
    context: dict[str, Any] = {
        "feed": feeds.feed_of(membership),
        "breadcrumbs": [{"label": "Beranda", "url": "/"}, {"label": "Kalender di ponsel"}],
    }
    if secret:
        context |= _addresses(membership.regency, secret)
    response = render(request, "reporting/reaching/calendar_feed.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def calendar_ics(request: HttpRequest, code: str, secret: str) -> HttpResponseBase:
    """Due dates for whoever knows the secret; 404 for one that is wrong, revoked, or of somebody who left."""
    regency, now = get_object_or_404(Regency, code=code), timezone.now()
    with applied(Scope(regency.pk)):
        feed = feeds.feed_with(secret)
        if feed is None:
            raise Http404
        feeds.note_reading(feed, now)
        portal = cast(PortalRequest, request)
        scope = adopt(portal, feed.membership.user, feed.membership, source="calendar")
    with applied(scope):
        name = f"Tenggat {feed.membership.agency.short_name}"
        body = as_ics(entries_for(portal.actor, regency), name=name, regency=regency)
    return _answer(request, body)


def _answer(request: HttpRequest, body: bytes) -> HttpResponseBase:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="tenggat.ics"'
    conditional = get_conditional_response(request, etag=etag, response=response)
    return conditional or response


def _addresses(regency: Regency, secret: str) -> dict[str, str]:
    base = settings.PORTAL_BASE_URL.rstrip("/")
    address = base + reverse("reporting:calendar_ics", args=[regency.code, secret])
    return {"address": address, "webcal": f"webcal:{address.partition(':')[2]}"}
