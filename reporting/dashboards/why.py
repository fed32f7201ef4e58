"""Mengapa pesan ini dikirim, atau tidak dikirim? The chase of one obligation, with what people did beside it."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.access import PortalRequest
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.chasing.explaining import Facts
from reporting.chasing.explaining_words import Sees, Teller, promise_words
from reporting.chasing.views import crumbs_of, may_ask_why
from reporting.periods.calendar import period_from_key
from reporting.reaching.contact_log import contacts_about
from reporting.submissions.queries import obligation_or_404


@for_members
@require_safe
def why_page(request: HttpRequest, pk: int) -> HttpResponse:
    """For its agency, its reviewers and who looks after messages."""
    obligation = obligation_or_404(pk)
    portal = cast(PortalRequest, request)
    if not may_ask_why(portal.actor, obligation):
        raise Http404
    facts = Facts.load(obligation, cast(Regency, portal.regency), timezone.now())
    teller = Teller(facts, _sees(portal.actor))
    context = {
        "obligation": obligation,
        "period_label": period_from_key(obligation.period).label,
        "chapters": teller.chapters(),
        "next": teller.next(),
        "promises": [(promise, promise_words(promise)) for promise in facts.promises],
        "contacts": contacts_about(obligation),
        "breadcrumbs": crumbs_of(obligation, "Penagihan"),
    }
    return render(request, "reporting/ladder/why.html", context)


def _sees(actor: Actor) -> Sees:
    """Who reviews or looks after messages sees everybody; an agency its own people only."""
    outbox = may(actor, Verb.VIEW_OUTBOX)
    return Sees(outbox or may(actor, Verb.REVIEW_REPORT), actor.agency_id, actor.user_id, outbox)
