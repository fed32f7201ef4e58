"""What Meta tells about WhatsApp messages. Open to the world; the signature is the key."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from katingan_portal.outbox.statuses import StillSending, apply_statuses


@csrf_exempt
@require_http_methods(["GET", "POST"])
def whatsapp(request: HttpRequest) -> HttpResponse:
    """GET proves to Meta that the address is ours, POST brings statuses. Whoever has no key finds nothing here."""
    if request.method == "GET":
        return _challenge(request)
    if not _is_signed(request):
        raise Http404
    try:
        apply_statuses(_read(request.body))
    except StillSending:
        # Meta tries again for days whatever is not answered by 200.
        return HttpResponse(status=503)
    return HttpResponse()


def _challenge(request: HttpRequest) -> HttpResponse:
    wanted = settings.PORTAL_WHATSAPP_VERIFY_TOKEN
    given = request.GET.get("hub.verify_token", "")
    if request.GET.get("hub.mode") != "subscribe" or not _same(given, wanted):
        raise Http404
    return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")


def _is_signed(request: HttpRequest) -> bool:
    secret = settings.PORTAL_WHATSAPP_APP_SECRET
    digest = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest() if secret else ""
    return _same(request.headers.get("X-Hub-Signature-256", ""), digest and f"sha256={digest}")


def _same(given: str, wanted: str) -> bool:
    """Nothing equals a secret that nobody set."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
