"""Pages that mix apps: home, the district at a glance, one agency's standing, and search."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from agencies.access import PortalRequest, require
from agencies.models import Agency
from cooperatives.queries import nib_by_subdistrict, totals
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.queries import batches_visible_to
from katingan_portal.tenancy.models import Regency
from reporting.dashboards.exports import measures_xlsx
from reporting.dashboards.measures import (
    Dimension,
    Rates,
    Slice,
    late_list,
    latest_due_period,
    rates_by,
    rates_of,
    slice_of,
)
from reporting.dashboards.queries import agencies_without_people, tasks_for
from reporting.dashboards.search import find_everywhere
from reporting.duties.models import Decree
from reporting.duties.queries import assignments_of
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import known_periods, open_promises
from reporting.rows import rows_of
from reporting.submissions.queries import report_states

HOME = {"label": "Beranda", "url": "/"}
NOTHING = Rates(0, 0, 0, 0, 0, 0, 0, None)


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Yang perlu Anda kerjakan, first; then what this role looks at most."""
    portal = cast(PortalRequest, request)
    if portal.membership is None or portal.regency is None:
        return _home_without_membership(portal)
    now = timezone.now()
    context: dict[str, Any] = {"tasks": tasks_for(portal.actor, portal.regency, now), "decree": Decree.objects.first()}
    if may(portal.actor, Verb.VIEW_DASHBOARD):
        context |= _district(_slice(request, latest_due_period(now))) | _late(_slice(request))
        context["late"] = context["late"][:8]
    if Verb.FILE_REPORT in portal.actor.duties.own_agency:
        context |= _own(portal.membership.agency, _slice(request))
    elif may(portal.actor, Verb.IMPORT_SPREADSHEETS):
        context["imports"] = batches_visible_to(portal.actor)[:3]
    if may(portal.actor, Verb.MANAGE_PEOPLE):
        context["unreachable"] = agencies_without_people()
    return render(request, "reporting/home.html", context)


def _home_without_membership(portal: PortalRequest) -> HttpResponse:
    """A platform admin sees which districts there are, and nothing of what is in them."""
    if not getattr(portal.user, "is_platform_admin", False):
        return redirect("agencies:arrive")
    return render(portal, "reporting/home_of_platform.html", {"regencies": Regency.objects.all()})


@for_members
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """One picture of the district for the Bupati's office: completeness, timeliness, and who is late."""
    require(request, Verb.VIEW_DASHBOARD)
    chosen = _slice(request, _chosen_period(request, timezone.now()))
    context = _district(chosen) | _late(chosen)
    context |= {
        "totals": totals(),
        "nib_rows": nib_by_subdistrict(),
        "periods": known_periods(),
        "breadcrumbs": [HOME, {"label": "Gambaran kabupaten"}],
    }
    return render(request, "reporting/overview.html", context)


@for_members
@require_GET
def overview_xlsx(request: HttpRequest) -> HttpResponse:
    """The rates per agency as a spreadsheet, from the same functions as the page."""
    require(request, Verb.VIEW_DASHBOARD)
    chosen = _slice(request, _chosen_period(request, timezone.now()))
    label = period_from_key(chosen.period).label if chosen.period else "semua periode"
    lines = rates_by(Dimension.AGENCY, chosen)
    name = f"kepatuhan-{chosen.period or 'semua'}.xlsx"
    return measures_xlsx(f"Kepatuhan {label}", "Perangkat daerah", lines, chosen.now, name)


def _slice(request: HttpRequest, period: str | None = None, **chosen: Any) -> Slice:
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    return slice_of(portal.regency, timezone.now(), period=period, **chosen)


def _chosen_period(request: HttpRequest, now: datetime) -> str | None:
    """The period of the query string; "semua" is None; else the newest that has fallen due."""
    wanted = request.GET.get("period", "")
    if wanted == "semua":
        return None
    known = {period.key for period in known_periods()}
    return wanted if wanted in known else latest_due_period(now)


def _late(chosen: Slice) -> dict[str, Any]:
    obligations = list(late_list(chosen))
    late = rows_of(obligations, chosen.now, chosen.zone, promises=open_promises(obligations))
    return {"late": late, "late_count": len(late)}


def _district(chosen: Slice) -> dict[str, Any]:
    return {
        "now": chosen.now,
        "period": chosen.period,
        "period_label": period_from_key(chosen.period).label if chosen.period else "Semua periode",
        "rates": rates_of(chosen),
        "by_agency": rates_by(Dimension.AGENCY, chosen),
    }


def _own(agency: Agency, chosen: Slice) -> dict[str, Any]:
    newest = Obligation.objects.filter(agency=agency).select_related("form").order_by("-starts_on")[:6]
    rows = rows_of(newest, chosen.now, chosen.zone, report_states(agency))
    return {"own_obligations": rows, "own_assignments": assignments_of(agency).filter(ends_on=None)}


@for_members
@require_GET
def agency_standing(request: HttpRequest, code: str) -> HttpResponse:
    """What one agency bears and how its reports stand, for all staff of the district."""
    portal = cast(PortalRequest, request)
    if portal.membership is None:
        raise Http404
    agency = get_object_or_404(Agency, code=code)
    chosen = _slice(request, agency_id=agency.pk)
    newest = Obligation.objects.filter(agency=agency).select_related("form", "agency").order_by("-starts_on")[:24]
    rates = rates_of(chosen)
    context = {
        "agency": agency,
        "assignments": assignments_of(agency),
        "obligations": rows_of(newest, chosen.now, chosen.zone),
        "rates": rates if rates != NOTHING else None,
        "breadcrumbs": [
            HOME,
            {"label": "Perangkat daerah", "url": reverse("agencies:list")},
            {"label": agency.short_name, "url": reverse("agencies:detail", args=[agency.code])},
            {"label": "Tugas dan laporan"},
        ],
    }
    return render(request, "reporting/agency_standing.html", context)


@for_members
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:100]
    context = {"q": typed, "found": find_everywhere(typed), "breadcrumbs": [HOME, {"label": "Cari"}]}
    return render(request, "reporting/search.html", context)
