"""The measures by agency, kecamatan, form, duty or period, the grid agency × period, and both as spreadsheets."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.dashboards.exports import measures_xlsx, obligations_xlsx
from reporting.dashboards.forms import GridForm, MeasuresForm
from reporting.dashboards.grid import forms_in_use, grid_of
from reporting.dashboards.measures import rates_by, rates_of
from reporting.submissions.filters import ObligationFilter

HOME = {"label": "Beranda", "url": "/"}


@for_members
@require_GET
def measures_page(request: HttpRequest) -> HttpResponse:
    require(request, Verb.VIEW_DASHBOARD)
    form = _measures_form(request)
    context = {
        "form": form,
        "chosen": form.slice,
        "rates": rates_of(form.slice),
        "lines": rates_by(form.dimension, form.slice),
        "breadcrumbs": [HOME, _overview_crumb(), {"label": "Ukuran kepatuhan"}],
    }
    return render(request, "reporting/measures.html", context)


@for_members
@require_GET
def measures_file(request: HttpRequest) -> HttpResponse:
    require(request, Verb.VIEW_DASHBOARD)
    form = _measures_form(request)
    lines = rates_by(form.dimension, form.slice)
    head = form.dimension.label.capitalize()
    return measures_xlsx(form.title, head, lines, form.slice.now, f"kepatuhan-per-{form.dimension}.xlsx")


@for_members
@require_GET
def grid_page(request: HttpRequest) -> HttpResponse:
    """Agency × period of one form; each cell opens the obligation."""
    require(request, Verb.VIEW_DASHBOARD)
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    forms = list(forms_in_use())
    form = GridForm(request.GET, forms=forms, regency=portal.regency, now=timezone.now())
    grid = grid_of(form.form, form.slice, form.until) if form.form else None
    crumbs = [HOME, _overview_crumb(), {"label": "Kisi pelaporan"}]
    return render(request, "reporting/grid.html", {"form": form, "grid": grid, "breadcrumbs": crumbs})


@for_members
@require_GET
def obligations_file(request: HttpRequest) -> HttpResponse:
    """The list of obligations as it is filtered on its page."""
    actor = require(request, Verb.EXPORT)
    portal = cast(PortalRequest, request)
    if portal.regency is None:
        raise Http404
    form = MeasuresForm(request.GET, regency=portal.regency, now=timezone.now())
    rows = ObligationFilter(request.GET, now=form.slice.now, actor=actor).rows()
    return obligations_xlsx(rows, form.slice)


def _measures_form(request: HttpRequest) -> MeasuresForm:
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    return MeasuresForm(request.GET, regency=portal.regency, now=timezone.now())


def _overview_crumb() -> dict[str, Any]:
    return {"label": "Gambaran kabupaten", "url": reverse("reporting:overview")}
