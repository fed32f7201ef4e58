"""Letters on the pages of others: an obligation says which name it, an agency which it got."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template

from agencies.models import Agency
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from katingan_portal.ui import formats
from reporting.letters.queries import letters_naming, letters_to
from reporting.periods.models import Obligation

register = template.Library()
SHOWN = 10


@register.inclusion_tag("reporting/letters/_panel.html", takes_context=True)
def letters_about(context: template.Context, obligation: Obligation) -> dict[str, Any]:
    """The letters that name this report, as far as this reader may see them."""
    letters = letters_naming(obligation, context["request"].actor)[:SHOWN]
    return {"letters": letters, "regency": context["regency"]}


@register.inclusion_tag("reporting/letters/_panel.html", takes_context=True)
def letters_of(context: template.Context, agency: Agency) -> dict[str, Any]:
    """The letters to this agency, and the way to write one where something is overdue."""
    actor = context["request"].actor
    return {
        "letters": letters_to(agency, actor)[:SHOWN],
        "may_draft": may(actor, Verb.ISSUE_LETTER) and not agency.is_slot,
        "agency": agency,
        "regency": context["regency"],
    }


@register.filter
def iso_moment(text: str, zone: str) -> str:
    """2026-11-24T16:59:00+00:00 → 24 Nov 2026, in the regency's own time."""
    return formats.short_day(datetime.fromisoformat(text), ZoneInfo(zone))
