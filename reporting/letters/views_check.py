"""The page behind the QR code: whoever holds a letter may see whether its number, date and addressee are right."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.letters.models import Letter


@never_cache
@require_GET
def check_letter(request: HttpRequest, district: str, letter_code: str) -> HttpResponse:
    """Open to the world: the code has 128 bits and stands on the paper. What it opens stands on the paper too.

    Every address that leads nowhere gets the same answer.
    """
    regency = Regency.objects.filter(code=district).first()
    letter = _letter(regency, letter_code) if regency else None
    template = "reporting/letters/check.html" if letter else "reporting/letters/check_unknown.html"
    context = {"letter": letter, "issuer": regency} if letter else {}
    response = render(request, template, context, status=200 if letter else 404)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _letter(regency: Regency, letter_code: str) -> dict[str, object] | None:
    """What the page may say, and no more, so that its template cannot."""
    shown = ("kind", "state", "full_number", "issued_on", "addressee")
    with applied(Scope(regency.pk)):
        row = Letter.objects.exclude(public_code="").filter(public_code=letter_code).only(*shown).first()
        if row is None:
            return None
        return {
            "kind": row.get_kind_display(),
            "number": row.full_number,
            "dated": row.issued_on,
            "addressee": row.addressee,
            "is_void": row.state == Letter.State.VOID,
            "state": row.get_state_display(),
        }
