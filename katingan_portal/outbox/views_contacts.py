"""How a person wants to be reached, and the contacts that fail, for who looks after them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.models import User
from katingan_portal.accounts.roles import Verb
from katingan_portal.outbox import contacts
from katingan_portal.outbox.broken import broken_contacts
from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.directory import directory
from katingan_portal.outbox.forms import PreferencesForm
from katingan_portal.outbox.models import Contact
from katingan_portal.outbox.queries import dead_of
from katingan_portal.outbox.views import PER_PAGE, outbox_tabs, require_verb


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    contact = contacts.contact_of(user.pk)
    form = PreferencesForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        contacts.set_preferences(user.pk, **form.choices, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, "Pengaturan pesan tersimpan.")
        return redirect("outbox:preferences")
    context = {
        "form": form,
        "contact": contact,
        "email_is_broken": contact.email_is_broken(user.email),
        "by_whatsapp": whatsapp.is_configured(),
    }
    return render(request, "outbox/preferences.html", context)


@for_members
@require_safe
def broken(request: HttpRequest) -> HttpResponse:
    require_verb(request, Verb.VIEW_OUTBOX)
    page = Paginator(broken_contacts(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _rows(list(page)),
        "tabs": outbox_tabs("broken"),
    }
    return render(request, "outbox/broken.html", context)


@for_members
@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    actor = require_verb(request, Verb.VIEW_OUTBOX)
    contact = get_object_or_404(Contact.objects.select_related("user"), pk=pk)
    contacts.try_again(contact, by=actor)
    messages.success(
        request,
        f"Alamat {contact.user} dicoba lagi mulai pesan berikutnya. Pesan yang gagal dapat dikirim ulang di sini.",
    )
    return redirect(f"{reverse('outbox:browse')}?state=dead&recipient={contact.user_id}")


def _rows(broken: list[Contact]) -> list[dict[str, Any]]:
    """One row per way that fails; a person whose e-mail and WhatsApp fail has two."""
    user_ids = [contact.user_id for contact in broken]
    places = directory().places(user_ids, timezone.localdate())
    waiting = dict(dead_of(user_ids).values_list("recipient_id").annotate(Count("id")))
    rows = []
    for contact in broken:
        shared = {"contact": contact, "place": places.get(contact.user_id), "waiting": waiting.get(contact.user_id, 0)}
        if contact.email_is_broken(contact.user.email):
            email = ("E-mail", contact.user.email, contact.email_error, contact.email_broken_at)
            rows.append(shared | dict(zip(("channel", "address", "error", "since"), email, strict=True)))
        if contact.whatsapp_broken_at:
            chat = ("WhatsApp", contact.whatsapp_number, contact.whatsapp_error, contact.whatsapp_broken_at)
            rows.append(shared | dict(zip(("channel", "address", "error", "since"), chat, strict=True)))
    return rows
