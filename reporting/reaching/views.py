"""Chasing by hand from the page of an obligation."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from agencies.access import PortalRequest
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from reporting.answering.views import about, regency_of
from reporting.periods.models import Obligation
from reporting.reaching import contacting
from reporting.reaching.contact_log import ContactLog
from reporting.submissions.queries import obligation_or_404

MAY_CHASE = (Verb.REVIEW_REPORT, Verb.MANAGE_DUTIES, Verb.DIRECT)


def may_chase_by_hand(actor: Actor, obligation: Obligation) -> bool:
    """Who reviews, administers or directs; not the agency itself."""
    return any(may(actor, verb, obligation) for verb in MAY_CHASE)


@for_members
@require_POST
def chase_by_whatsapp(request: HttpRequest, pk: int, post_pk: int) -> HttpResponse:
    """Log the use, then show the link: a form that led straight to WhatsApp would be stopped by the page's policy."""
    obligation = obligation_or_404(pk)
    actor = _require(request, obligation)
    now = timezone.now()
    people = {each.post.pk: each.post for each in contacting.people_to_contact(obligation, now)}
    if post_pk not in people:
        raise Http404
    try:
        logged = contacting.chase_by_whatsapp(
            obligation, regency_of(request), post=people[post_pk], by=actor, now=now
        )  # fmt: skip
    except contacting.ContactRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("reporting:obligation", pk)
    return redirect("reporting:contact", logged.pk)


@for_members
@require_safe
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """The ready text and the link, for who is about to send it."""
    logged = get_object_or_404(ContactLog.objects.select_related("obligation__agency", "obligation__form"), pk=pk)
    actor = _require(request, logged.obligation)
    if logged.made_by_id != actor.user_id:
        raise Http404
    context = about(logged.obligation, "Tagih lewat WhatsApp") | {
        "logged": logged,
        "link": contacting.whatsapp_link(logged, timezone.now()),
    }
    return render(request, "reporting/reaching/contact.html", context)


def _require(request: HttpRequest, obligation: Obligation) -> Actor:
    actor = cast(PortalRequest, request).actor
    if not may_chase_by_hand(actor, obligation):
        raise Http404
    return actor
