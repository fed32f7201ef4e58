"""What every page carries: whose portal it is, and the way around for this person's role."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from agencies.access import active_memberships
from agencies.models import Agency, Membership
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.outbox.broken import broken_contacts
from katingan_portal.outbox.queries import unread_count
from reporting.answering.directives import directives_in
from reporting.letters.queries import reads_every_letter
from reporting.submissions.queries import waiting_for_review

Count = Callable[[Actor], int]


def portal(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html. A request that failed before the middleware has none of it."""
    membership = getattr(request, "membership", None)
    regency = getattr(request, "regency", None)
    context: dict[str, Any] = {
        "regency": regency,
        "membership": membership,
        "memberships": [],
        "nav_items": [],
        "is_demo": bool(regency and regency.is_demo),
        "development": settings.PORTAL_DEVELOPMENT,
        "version": VERSION,
    }
    if membership is not None:
        context["memberships"] = _memberships(request)
        context["nav_items"] = nav_items(request.path, request.actor)  # type: ignore[attr-defined]
    return context


def nav_items(path: str, actor: Actor) -> list[dict[str, Any]]:
    unread = unread_count(actor.user_id) if actor.user_id else 0
    items = [_item("Beranda", "home", "home")]
    if may(actor, Verb.VIEW_DASHBOARD):
        items.append(_item("Gambaran", "chart-bar", "reporting:overview"))
    if may(actor, Verb.REVIEW_REPORT):
        waiting = waiting_for_review().count()
        items.append(_item("Pemeriksaan", "checklist", "reporting:review_queue", waiting, short="Periksa"))
    items.append(_item("Laporan", "report", "reporting:obligations"))
    items.append(_item("Pesan", "mail", "outbox:inbox", unread))
    if reads_every_letter(actor):
        items.append(_item("Surat", "license", "reporting:letters"))
    if may(actor, Verb.DIRECT):
        items.append(_item("Arahan", "speakerphone", "reporting:directives", directives_in("dijawab").count()))
    items.append(_item("Koperasi", "building-store", "cooperatives:list"))
    items.append(_item("Desa", "map-pin", "villages:list"))
    items.append(_item("Tugas", "list-check", "reporting:duties"))
    if may(actor, Verb.MANAGE_DUTIES):
        items.append(_item("Kalender", "calendar", "reporting:calendar"))
        items.append(_item("Tangga penagihan", "stairs-up", "reporting:ladder"))
    if may(actor, Verb.MANAGE_FORMS):
        items.append(_item("Formulir", "file-text", "reporting:forms"))
    items.append(_item("Perangkat daerah", "building-community", "agencies:list"))
    if may(actor, Verb.IMPORT_SPREADSHEETS):
        items.append(_item("Impor", "table-import", "spreadsheets:list"))
    if may(actor, Verb.VIEW_OUTBOX):
        items.append(_item("Kotak keluar", "send", "outbox:browse", broken_contacts().count()))
        items.append(_item("Denyut portal", "heartbeat", "heartbeat"))
    _mark_active(items, path)
    return items


def _item(label: str, icon: str, url_name: str, badge: int = 0, *, short: str = "") -> dict[str, Any]:
    """`short` stands under the icon on a phone, where a fifth of 390 pixels holds about nine letters."""
    url = reverse(url_name)
    return {"label": label, "short": short, "icon": icon, "url": url, "active": False, "badge": badge or None}


def _mark_active(items: list[dict[str, Any]], path: str) -> None:
    """The item with the longest address that the path begins with."""
    fitting = [item for item in items if path == item["url"] or (item["url"] != "/" and path.startswith(item["url"]))]
    if fitting:
        max(fitting, key=lambda item: len(item["url"]))["active"] = True


def _memberships(request: HttpRequest) -> list[Membership]:
    """The person's memberships in this regency with their agencies; those elsewhere carry their regency's name."""
    memberships = list(active_memberships(request.user).select_related("regency"))  # type: ignore[arg-type]
    agencies = Agency.objects.in_bulk([m.agency_id for m in memberships])
    for membership in memberships:
        membership.agency = agencies.get(membership.agency_id) or Agency(name=membership.regency.name)
    return memberships


def _version() -> str:
    try:
        return version("katingan-portal")
    except PackageNotFoundError:
        return "0.1"


VERSION = _version()
