"""The people of an agency: who serves, who is invited, who leaves, and who needs help to get back in."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import cast
from urllib.parse import quote

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agencies import actions_access, actions_people
from agencies.access import PortalRequest, require
from agencies.forms_people import EndForm, InvitationForm, PositionForm
from agencies.mails import page, rescue_share_text
from agencies.models import Agency, Invitation, Membership
from agencies.queries_people import may_rescue, may_see_people, members_of, open_invitations
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.scope import current_regency_id


@for_members
@require_http_methods(["GET", "HEAD"])
def people(request: HttpRequest, code: str) -> HttpResponse:
    actor = cast(PortalRequest, request).actor
    agency = get_object_or_404(Agency, code=code)
    if not may_see_people(actor, agency):
        raise Http404
    manages = may(actor, Verb.MANAGE_PEOPLE, agency)
    context = {
        "agency": agency,
        "breadcrumbs": _crumbs(agency),
        "members": members_of(agency, seen_by=actor),
        "invitations": open_invitations(agency).select_related("invited_by") if manages else [],
        "manages": manages,
        "sees_when": manages or may(actor, Verb.ISSUE_ACCESS_LINK, agency),
        "now": timezone.now(),
    }
    return render(request, "agencies/people.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, code: str) -> HttpResponse:
    agency, actor = _managed(request, code)
    form = InvitationForm(agency, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions_people.invite(agency, form.seat(), by=actor)
        except actions_people.PeopleRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Undangan untuk {invitation.full_name} dikirim ke {invitation.email}.")
            return redirect("agencies:people", code)
    context = {"agency": agency, "form": form, "breadcrumbs": [*_crumbs(agency, leaf=False), {"label": "Undang"}]}
    return render(request, "agencies/invite.html", context)


@for_members
@require_POST
def resend_invitation(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    told = "Undangan baru dikirim ke {0.email}. Tautan yang lama tidak berlaku lagi."
    return _settle(request, code, pk, actions_people.resend_invitation, told)


@for_members
@require_POST
def withdraw_invitation(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return _settle(request, code, pk, actions_people.withdraw_invitation, "Undangan untuk {0.full_name} ditarik.")


def _settle(request: HttpRequest, code: str, pk: int, action: Callable[..., object], told: str) -> HttpResponse:
    """Do something with one invitation of the agency; told: the message, with the invitation as {0}."""
    agency, actor = _managed(request, code)
    invitation = get_object_or_404(Invitation, agency=agency, pk=pk)
    try:
        action(invitation, by=actor)
        messages.success(request, told.format(invitation))
    except actions_people.PeopleRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("agencies:people", code)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def membership(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    agency, actor = _managed(request, code)
    row = _member(agency, pk)
    form = PositionForm(request.POST or None, instance=_member(agency, pk))
    if request.method == "POST" and form.is_valid():
        actions_people.change_position(
            row, title=form.cleaned_data["title"], acting=form.cleaned_data["acting"], by=actor
        )
        messages.success(request, "Jabatan tersimpan.")
        return redirect("agencies:people", code)
    return _membership_page(request, agency, row, position=form)


@for_members
@require_POST
def end_membership(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    agency, actor = _managed(request, code)
    row = _member(agency, pk)
    form = EndForm(row, request.POST)
    if form.is_valid():
        try:
            actions_people.end_membership(
                row, on=form.cleaned_data["ends_on"], reason=form.cleaned_data["reason"], by=actor
            )
        except actions_people.PeopleRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Masa tugas {row.user} sudah dicatat berakhir.")
            return redirect("agencies:people", code)
    return _membership_page(request, agency, row, end=form)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def rescue(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """GET asks; POST makes the link and shows it this once."""
    agency = get_object_or_404(Agency, code=code)
    row = _member(agency, pk)
    actor = require(request, Verb.ISSUE_ACCESS_LINK, row)
    if not may_rescue(actor, row.user, row.regency_id):
        raise Http404
    context = {"agency": agency, "row": row, "breadcrumbs": [*_crumbs(agency, leaf=False), {"label": "Tautan masuk"}]}
    if request.method != "POST":
        return render(request, "agencies/rescue.html", context)
    link, secret = actions_access.rescue(row, by=actor)
    url = page("accounts:access_link", secret)
    context |= {
        "link": link,
        "url": url,
        "qr": qr_image(url),
        "share": f"https://wa.me/{_international(row.user.phone)}?text={quote(rescue_share_text(row.user, url))}",
    }
    return render(request, "agencies/rescue_link.html", context)


def qr_image(text: str) -> str:
    """A QR code as the address of an inline picture, dark on white so that it scans in a dark theme too."""
    buffer = io.BytesIO()
    segno.make(text, error="m").save(buffer, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()


def _international(phone: str) -> str:
    """0812-3456 → 628123456, as wa.me wants it; empty lets WhatsApp ask for the contact."""
    digits = "".join(filter(str.isdigit, phone))
    return f"62{digits[1:]}" if digits.startswith("0") else digits


def _managed(request: HttpRequest, code: str) -> tuple[Agency, Actor]:
    agency = get_object_or_404(Agency, code=code)
    return agency, require(request, Verb.MANAGE_PEOPLE, agency)


def _member(agency: Agency, pk: int) -> Membership:
    """Membership has no row security: the regency stands in the query, as well as the agency."""
    rows = Membership.objects.filter(regency_id=current_regency_id(), agency=agency).select_related("user")
    return get_object_or_404(rows, pk=pk)


def _membership_page(
    request: HttpRequest,
    agency: Agency,
    row: Membership,
    position: PositionForm | None = None,
    end: EndForm | None = None,
) -> HttpResponse:
    context = {
        "agency": agency,
        "row": row,
        "position": position or PositionForm(instance=row),
        "end": end or EndForm(row),
        "breadcrumbs": [*_crumbs(agency, leaf=False), {"label": str(row.user)}],
    }
    return render(request, "agencies/membership.html", context)


def _crumbs(agency: Agency, *, leaf: bool = True) -> list[dict[str, str]]:
    here = {"label": "Orang"}
    if not leaf:
        here["url"] = reverse("agencies:people", args=[agency.code])
    return [
        {"label": "Perangkat daerah", "url": reverse("agencies:list")},
        {"label": agency.short_name, "url": reverse("agencies:detail", args=[agency.code])},
        here,
    ]
