"""A person's own messages, and the outbox for who looks after it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from katingan_portal.outbox import actions, delivery
from katingan_portal.outbox.broken import broken_contacts
from katingan_portal.outbox.channels import whatsapp
from katingan_portal.outbox.kinds import KINDS
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.queries import count_by_state, inbox_of, messages_matching, unread_count

PER_PAGE = 25
CHANNEL_TABS = {
    "": (Message.Channel.IN_APP, "Pemberitahuan"),
    "email": (Message.Channel.EMAIL, "E-mail"),
    "whatsapp": (Message.Channel.WHATSAPP, "WhatsApp"),
}
TONES = {
    Message.State.PLANNED: "info",
    Message.State.SENDING: "info",
    Message.State.UNKNOWN: "warning",
    Message.State.SENT: "success",
    Message.State.BOUNCED: "danger",
    Message.State.FAILED: "danger",
    Message.State.CANCELLED: "muted",
    Message.State.SUPERSEDED: "muted",
}


@for_members
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    user_id = _member(request)
    tab = request.GET.get("saluran", "")
    channel, _ = CHANNEL_TABS.get(tab, CHANNEL_TABS[""])
    unread = unread_count(user_id)
    context = {
        "page": _page(request, inbox_of(user_id, channel)),
        "tabs": _tabs(channel, unread),
        "unread": unread,
        "is_elsewhere": channel != Message.Channel.IN_APP,
    }
    return render(request, "outbox/inbox.html", context)


@for_members
@require_safe
def message(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One's own message. Opening it changes nothing: a browser may fetch ahead."""
    own = _own(request, public_id)
    crumbs = [{"label": "Pesan", "url": reverse("outbox:inbox")}, {"label": str(own), "url": ""}]
    return render(request, "outbox/message.html", {"message": own, "breadcrumbs": crumbs})


@for_members
@require_POST
def read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark as read, and go on to what the message is about if that was the button."""
    own = _own(request, public_id)
    actions.mark_read(own)
    if "open" in request.POST and own.link.startswith("/"):
        return redirect(own.link)
    return redirect("outbox:inbox")


@for_members
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    actions.mark_all_read(_member(request))
    messages.success(request, "Semua pesan ditandai sudah dibaca.")
    return redirect("outbox:inbox")


@for_members
@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    require_verb(request, Verb.VIEW_OUTBOX)
    chosen = {name: request.GET.get(name, "")[:100] for name in ("state", "kind", "q", "recipient")}
    recipient = int(chosen["recipient"]) if chosen["recipient"].isdecimal() else None
    page = _page(request, messages_matching(chosen["state"], chosen["kind"], chosen["q"], recipient))
    counts = count_by_state()
    context = {
        "page": page,
        "rows": [(row, TONES[row.state]) for row in page],
        "states": [(value, label, counts.get(value, 0)) for value, label in Message.State.choices],
        "kinds": KINDS,
        "chosen": chosen,
        "dead": sum(counts.get(state, 0) for state in Message.DEAD),
        "tabs": outbox_tabs("browse"),
        "asks_relay": delivery.can_ask_relay(),
    }
    return render(request, "outbox/browse.html", context)


@for_members
@require_safe
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    require_verb(request, Verb.VIEW_OUTBOX)
    shown = _any(public_id)
    context = {
        "message": shown,
        "tone": TONES[Message.State(shown.state)],
        "facts": _facts(shown, request),
        "events": _events(shown),
        "breadcrumbs": _crumbs(shown),
    }
    return render(request, "outbox/detail.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def resend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST acts."""
    actor = require_verb(request, Verb.VIEW_OUTBOX)
    shown = _any(public_id)
    if request.method != "POST":
        return render(request, "outbox/resend.html", {"message": shown, "breadcrumbs": _crumbs(shown)})
    try:
        actions.resend(shown, by=actor)
    except actions.ResendRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Pesan dijadwalkan untuk dikirim ulang sekarang.")
    return redirect("outbox:detail", public_id)


@for_members
@require_POST
def resend_many(request: HttpRequest) -> HttpResponse:
    """The first POST shows what was ticked, the one from that page acts."""
    actor = require_verb(request, Verb.VIEW_OUTBOX)
    ticked = list(
        Message.objects.filter(public_id__in=_uuids(request.POST.getlist("message")), state__in=Message.DEAD)
        .select_related("recipient")
        .order_by("created_at", "id")
    )
    if not ticked:
        messages.info(request, "Centang dahulu pesan yang gagal atau terpental.")
        return redirect(f"{reverse('outbox:browse')}?state=dead")
    if "yes" not in request.POST:
        failing = set(broken_contacts().values_list("user_id", flat=True))
        context = {"rows": ticked, "failing": failing & {row.recipient_id for row in ticked}}
        return render(request, "outbox/resend_many.html", context | {"breadcrumbs": _crumbs(None)})
    done, refusals = actions.resend_many(ticked, by=actor)
    if done:
        messages.success(request, f"{done} pesan dijadwalkan untuk dikirim ulang sekarang.")
    for refusal in refusals:
        messages.error(request, refusal)
    return redirect("outbox:browse")


def outbox_tabs(active: str) -> list[dict[str, Any]]:
    failing = broken_contacts().count()
    return [
        {"label": "Pesan", "url": reverse("outbox:browse"), "active": active == "browse"},
        {
            "label": "Kontak bermasalah",
            "url": reverse("outbox:broken"),
            "active": active == "broken",
            "count": failing or None,
        },
    ]


def _uuids(values: list[str]) -> list[UUID]:
    found = []
    for value in values[:PER_PAGE]:
        with suppress(ValueError):
            found.append(UUID(value))
    return found


def require_verb(request: HttpRequest, verb: Verb) -> Actor:
    """The outbox lies below agencies.access, so it asks the one permission question by itself."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not may(actor, verb):
        raise Http404
    return actor


def _member(request: HttpRequest) -> int:
    assert request.user.pk is not None, "the door lets nobody else in"
    return int(request.user.pk)


def _own(request: HttpRequest, public_id: UUID) -> Message:
    user_id = _member(request)
    return get_object_or_404(
        Message.objects.filter(recipient_id=user_id, state=Message.State.SENT), public_id=public_id
    )


def _any(public_id: UUID) -> Message:
    return get_object_or_404(Message.objects.select_related("recipient"), public_id=public_id)


def _page(request: HttpRequest, rows: QuerySet[Message]) -> Any:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _tabs(channel: str, unread: int) -> list[dict[str, Any]]:
    tabs = []
    for tab, (own, label) in CHANNEL_TABS.items():
        if own == Message.Channel.WHATSAPP and not whatsapp.is_configured():
            continue
        url = reverse("outbox:inbox") + (f"?saluran={tab}" if tab else "")
        count = unread if own == Message.Channel.IN_APP and unread else None
        tabs.append({"label": label, "url": url, "active": own == channel, "count": count})
    return tabs


def _crumbs(shown: Message | None) -> list[dict[str, str]]:
    here = {"label": "Kotak keluar", "url": reverse("outbox:browse")}
    if shown is None:
        return [here, {"label": "Kirim ulang", "url": ""}]
    return [here, {"label": str(shown), "url": reverse("outbox:detail", args=[shown.public_id])}]


def _facts(shown: Message, request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"label": "Penerima", "value": shown.recipient or shown.address},
        {"label": "Alamat", "value": shown.address or "kotak masuk portal"},
        {"label": "Saluran", "value": shown.get_channel_display()},
        {"label": "Jenis", "value": KINDS[shown.kind].label},
        {"label": "Percobaan", "value": shown.attempts},
        {"label": "Mungkin terkirim dua kali", "value": "ya" if shown.possibly_repeated else "tidak"},
        {"label": "Alasan tidak dikirim", "value": shown.reason},
        {"label": "Jawaban terakhir server", "value": shown.last_error},
        {"label": "Message-ID", "value": shown.message_id if shown.is_email else ""},
        {"label": "Nomor di WhatsApp", "value": shown.provider_id},
    ]


def _events(shown: Message) -> list[dict[str, Any]]:
    """What the row knows of its own history and what people did to it, newest first."""
    portal = "Portal"
    facts: list[tuple[datetime | None, str, str]] = [
        (shown.created_at, portal, "menulis pesan ini"),
        (shown.composed_at if shown.is_worded_late else None, portal, "menulis isinya"),
        (shown.handed_over_at, portal, "menyerahkannya kepada pengirim"),
        (shown.sent_at, portal, "mencatatnya sebagai terkirim"),
        (shown.delivered_at, "WhatsApp", "menyampaikannya"),
        (shown.bounced_at, portal, "mencatat bahwa pesan ini terpental"),
        (shown.read_at, str(shown.recipient or "Penerima"), "menandainya sudah dibaca"),
    ]
    facts += [(event.at, event.actor_name, event.phrase) for event in history_of(shown)]
    known = [{"at": at, "actor": actor, "verb": verb} for at, actor, verb in facts if at is not None]
    return sorted(known, key=lambda event: cast(datetime, event["at"]), reverse=True)
