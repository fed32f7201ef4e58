"""The register of cooperatives: the list with its totals, and a page for each."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cooperatives.actions import MilestoneRefused, record_milestone, withdraw_milestone
from cooperatives.exports import as_csv, as_xlsx
from cooperatives.forms import CooperativeFilter, MilestoneForm, WithdrawForm
from cooperatives.models import Cooperative, Milestone
from cooperatives.queries import cooperatives_with_milestones, figures_of, totals
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from villages.history import timeline_of
from villages.models import Subdistrict

HOME = {"label": "Beranda", "url": "/"}
PER_PAGE = 50


@for_members
@require_safe
def cooperative_list(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    context = {
        "page": Paginator(chosen.rows(), PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "totals": totals(),
        "may_export": may(_actor(request), Verb.EXPORT),
        "breadcrumbs": [HOME, {"label": "Koperasi"}],
    }
    return render(request, "cooperatives/list.html", context)


@for_members
@require_safe
def export(request: HttpRequest, extension: str) -> HttpResponse:
    """The list as it is filtered, with the figures of the newest source."""
    if extension not in ("xlsx", "csv") or not may(_actor(request), Verb.EXPORT):
        raise Http404
    rows = list(_chosen(request).rows())
    return as_xlsx(rows) if extension == "xlsx" else as_csv(rows)


@for_members
@require_safe
def cooperative_page(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _cooperative(request, code), MilestoneForm())


@for_members
@require_POST
def add_milestone(request: HttpRequest, code: str) -> HttpResponse:
    cooperative = _editable(request, code)
    form = MilestoneForm(request.POST)
    if form.is_valid():
        try:
            milestone = record_milestone(
                cooperative,
                Milestone.Kind(form.cleaned_data["kind"]),
                achieved_on=form.cleaned_data["achieved_on"],
                document_number=form.cleaned_data["document_number"],
                book_year=form.cleaned_data["book_year"],
                by=_actor(request),
            )
        except MilestoneRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{milestone} tercatat.")
            return redirect(_url(cooperative))
    return _page(request, cooperative, form)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def remove_milestone(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """GET asks for the reason; POST withdraws."""
    milestone = get_object_or_404(
        Milestone.objects.select_related("cooperative__village__subdistrict"), pk=pk, cooperative__village__code=code
    )
    cooperative = milestone.cooperative
    if not may(_actor(request), Verb.EDIT_COOPERATIVE, cooperative):
        raise Http404
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        withdraw_milestone(milestone, reason=form.cleaned_data["reason"], by=_actor(request))
        messages.success(request, f"{milestone} dibatalkan. Riwayatnya tetap tersimpan.")
        return redirect(_url(cooperative))
    crumbs = [*_crumbs(cooperative), {"label": "Batalkan tonggak"}]
    context = {"milestone": milestone, "cooperative": cooperative, "form": form, "breadcrumbs": crumbs}
    return render(request, "cooperatives/withdraw.html", context)


def _page(request: HttpRequest, cooperative: Cooperative, form: MilestoneForm) -> HttpResponse:
    siblings = Cooperative.objects.filter(village=cooperative.village).exclude(pk=cooperative.pk)
    context = {
        "cooperative": cooperative,
        "village": cooperative.village,
        "siblings": [{"name": str(each), "url": f"?nomor={each.number}"} for each in siblings],
        "milestones": milestone_rows(cooperative),
        "figures": figures_of(cooperative),
        "form": form,
        "may_edit": may(_actor(request), Verb.EDIT_COOPERATIVE, cooperative),
        "history": timeline_of(cooperative),
        "today": timezone.localdate(),
        "breadcrumbs": _crumbs(cooperative, leaf=True),
    }
    return render(request, "cooperatives/detail.html", context, status=422 if form.errors else 200)


def milestone_rows(cooperative: Cooperative) -> list[dict[str, Any]]:
    """Every kind of milestone, those not recorded too; an annual meeting has a line for each book year."""
    known: dict[str, list[Milestone | None]] = {}
    for each in cooperative.milestones.all():
        known.setdefault(each.kind, []).append(each)
    return [
        {"label": str(found) if found else kind.label, "milestone": found}
        for kind in Milestone.Kind
        for found in known.get(kind.value, [None])
    ]


def _chosen(request: HttpRequest) -> CooperativeFilter:
    return CooperativeFilter(request.GET, Subdistrict.objects.only("code", "name", "regency_id"))


def _cooperative(request: HttpRequest, code: str) -> Cooperative:
    """`code` is the village's; a village with several cooperatives tells them apart by ?nomor=."""
    number = request.GET.get("nomor", "")
    rows = cooperatives_with_milestones().filter(village__code=code)
    return get_object_or_404(rows, number=int(number) if number.isascii() and number.isdigit() else 1)


def _editable(request: HttpRequest, code: str) -> Cooperative:
    cooperative = _cooperative(request, code)
    if not may(_actor(request), Verb.EDIT_COOPERATIVE, cooperative):
        raise Http404
    return cooperative


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, request.actor)  # type: ignore[attr-defined]  # set by the scope's resolver


def _url(cooperative: Cooperative) -> str:
    url = reverse("cooperatives:detail", args=[cooperative.village.code])
    return url if cooperative.number == 1 else f"{url}?nomor={cooperative.number}"


def _crumbs(cooperative: Cooperative, *, leaf: bool = False) -> list[dict[str, str]]:
    own = {"label": cooperative.name} if leaf else {"label": cooperative.name, "url": _url(cooperative)}
    return [HOME, {"label": "Koperasi", "url": reverse("cooperatives:list")}, own]
