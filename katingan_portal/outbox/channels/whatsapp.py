"""WhatsApp Business Cloud API of Meta: one POST per message, and no way to ask afterwards what became of it.

The contract: developers.facebook.com/docs/whatsapp/cloud-api, pages "messages" and "error codes". Nothing there makes
a repetition harmless, so a silence after the request is a doubt, as after SMTP's last dot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from django.conf import settings

from katingan_portal.outbox.channels.base import Lease, Outcome, Report
from katingan_portal.outbox.models import Message

# Whoever wrote to us within a day may get plain text; everybody else gets an approved template only.
LONGEST_TEXT = 4096
LONGEST_PARAMETER = 900
LONGEST_WAIT = timedelta(days=1)

# Meta's error codes. Throttled, overloaded, in maintenance; 131049: "not now, to keep the person's peace".
BUSY = {1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131049, 131056, 131057, 133004}
# Token, permission, payment, registration: nobody's message gets through until a person mends it.
NOT_SET_UP = {0, 3, 10, 33, 190, *range(200, 300), 368, 131005, 131031, 131042, 131045, 133010}
# No WhatsApp under this number, or one that does not take business messages; our own number.
UNDELIVERABLE = {131021, 131026, 131030}


class WhatsAppCloud:
    """A template message where a template is configured, else plain text."""

    def send(self, message: Message, lease: Lease) -> Report:
        if not is_configured():
            return Report(Outcome.REFUSED, "WhatsApp belum disiapkan di portal ini.")
        body = payload(message)
        # A new connection each time: one kept open may be closed by the other side just as the request leaves, and
        # that would look like a doubt.
        with httpx.Client(timeout=timeouts()) as client:
            lease.hand_over()
            try:
                answer = client.post(address(), json=body, headers={"Authorization": f"Bearer {token()}"})
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
                return Report(Outcome.UNREACHABLE, _words(error))
            except httpx.HTTPError as error:
                return Report(Outcome.UNKNOWN, _words(error))
        return report_of(answer)


def is_configured() -> bool:
    return bool(token() and settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID)


def token() -> str:
    return str(settings.PORTAL_WHATSAPP_TOKEN)


def address() -> str:
    base = settings.PORTAL_WHATSAPP_URL.rstrip("/")
    return f"{base}/{settings.PORTAL_WHATSAPP_VERSION}/{settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID}/messages"


def timeouts() -> httpx.Timeout:
    """Together no more than the two waits that a lease has room for."""
    return httpx.Timeout(settings.EMAIL_TIMEOUT, connect=settings.EMAIL_TIMEOUT / 4, write=settings.EMAIL_TIMEOUT / 4)


def payload(message: Message) -> dict[str, Any]:
    content = _template(message) if settings.PORTAL_WHATSAPP_TEMPLATE else _text(message)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.address.removeprefix("+"),
        "biz_opaque_callback_data": reference(message),
        **content,
    }


def reference(message: Message) -> str:
    """What Meta gives back with each status, so that the webhook knows whose message it is."""
    return f"{message.regency_id}:{message.public_id}"


def report_of(answer: httpx.Response) -> Report:
    """What Meta's answer means; error codes say more than the status."""
    said = _json(answer)
    if answer.is_success:
        ids = [sent.get("id", "") for sent in said.get("messages", []) if isinstance(sent, dict)]
        # Success without an id is not Meta's word: something between us and them answered.
        return Report(Outcome.ACCEPTED, ids[0], provider_id=ids[0]) if ids else _unreadable(answer)
    error = said.get("error")
    if not isinstance(error, dict):
        return _without_code(answer)
    code, detail = int(error.get("code") or 0), _error_text(error)
    if code in BUSY or answer.status_code == 429:
        return Report(Outcome.REFUSED_FOR_NOW, detail, wait=_retry_after(answer))
    if code in NOT_SET_UP or answer.status_code in (401, 403):
        return Report(Outcome.UNREACHABLE, detail)
    if answer.status_code >= 500:
        return Report(Outcome.REFUSED_FOR_NOW, detail, wait=_retry_after(answer))
    return Report(Outcome.REFUSED, detail, blames_address=code in UNDELIVERABLE)


def _without_code(answer: httpx.Response) -> Report:
    """A status alone. 502 and 504 are a gateway's: what stands behind it may have taken the message."""
    detail = f"HTTP {answer.status_code}"
    if answer.status_code in (502, 504):
        return Report(Outcome.UNKNOWN, detail)
    if answer.status_code == 429 or answer.status_code >= 500:
        return Report(Outcome.REFUSED_FOR_NOW, detail, wait=_retry_after(answer))
    return Report(Outcome.UNREACHABLE, detail)


def _unreadable(answer: httpx.Response) -> Report:
    return Report(Outcome.UNKNOWN, f"HTTP {answer.status_code} tanpa nomor pesan")


def _template(message: Message) -> dict[str, Any]:
    """Three places: the person's name, what it is about, the link. Meta refuses line breaks and runs of spaces."""
    places = [str(message.recipient or ""), message.subject, _url(message)]
    parameters = [{"type": "text", "text": " ".join(place.split())[:LONGEST_PARAMETER] or "-"} for place in places]
    template = {
        "name": settings.PORTAL_WHATSAPP_TEMPLATE,
        "language": {"code": settings.PORTAL_WHATSAPP_LANGUAGE},
        "components": [{"type": "body", "parameters": parameters}],
    }
    return {"type": "template", "template": template}


def _text(message: Message) -> dict[str, Any]:
    url = _url(message)
    body = message.body_text if url in message.body_text else f"{message.body_text.rstrip()}\n\n{url}"
    return {"type": "text", "text": {"preview_url": False, "body": body[:LONGEST_TEXT]}}


def _url(message: Message) -> str:
    return f"{settings.PORTAL_BASE_URL.rstrip('/')}{message.link or '/'}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _error_text(error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details", "") if isinstance(data, dict) else ""
    return " ".join(filter(None, [str(error.get("code", "")), str(error.get("message", "")), str(details)]))


def _retry_after(answer: httpx.Response) -> timedelta:
    value = answer.headers.get("Retry-After", "").strip()
    try:
        wait = timedelta(seconds=int(value)) if value.isdigit() else parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError):
        return timedelta()
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
