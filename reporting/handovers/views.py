"""The page where an office changes hands, and the successor's acknowledgement."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agencies.access import PortalRequest
from agencies.actions_people import PeopleRefused
from agencies.models import Agency, Membership
from katingan_portal.accounts.doors import for_members
from katingan_portal.tenancy.scope import current_regency_id
from reporting.handovers import actions
from reporting.handovers.forms import HandoverForm
from reporting.handovers.queries import may_hand_over, pending_for, possible_successors


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = cast(PortalRequest, request).actor
    agency = get_object_or_404(Agency, code=code)
    rows = Membership.objects.filter(regency_id=current_regency_id(), agency=agency).select_related("user")
    leaving = get_object_or_404(rows, pk=pk, ends_on=None)
    if not may_hand_over(actor, leaving):
        raise Http404
    people = possible_successors(leaving, actor)
    initial = {"takes_over_on": timezone.localdate(), "title": leaving.title}
    form = HandoverForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("takes_over_on", "note")}
        try:
            actions.hand_over(leaving, form.chosen, by=actor, now=timezone.now(), **data)
        except PeopleRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Serah terima {leaving.user} tercatat.")
            return redirect("agencies:detail", code)
    context = {
        "agency": agency,
        "leaving": leaving,
        "form": form,
        "breadcrumbs": [
            {"label": "Perangkat daerah", "url": reverse("agencies:list")},
            {"label": agency.short_name, "url": reverse("agencies:detail", args=[code])},
            {"label": "Orang", "url": reverse("agencies:people", args=[code])},
            {"label": "Serah terima"},
        ],
    }
    return render(request, "reporting/hand_over.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def acknowledge_handover(request: HttpRequest, pk: int) -> HttpResponse:
    portal = cast(PortalRequest, request)
    assert portal.membership is not None
    handover = get_object_or_404(pending_for(portal.membership), pk=pk)
    actions.acknowledge(handover, portal.membership, by=portal.actor, now=timezone.now())
    messages.success(request, "Serah terima sudah Anda baca. Yang masih terbuka ada di daftar tugas Anda.")
    return redirect("home")
