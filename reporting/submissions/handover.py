"""Who is asked to send a finished report where only the head may, and what the message says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from django.conf import settings
from django.urls import reverse

from agencies.models import Membership
from katingan_portal.accounts.permissions import Actor
from katingan_portal.outbox.actions import queue, supersede
from katingan_portal.outbox.models import Message
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.models import Report

KIND = "handover"
STALE_AFTER = timedelta(days=7)


def ask_to_send(
    report: Report, obligation: Obligation, leaders: Iterable[Membership], *, by: Actor, now: datetime
) -> None:
    """Queue the request in the portal and by e-mail, in the caller's transaction."""
    title = f"{obligation.form.name} {period_from_key(obligation.period).label}"
    link = reverse("reporting:file", args=[obligation.pk])
    for leader in leaders:
        text, html = _wording(title, obligation, leader, by, settings.PORTAL_BASE_URL.rstrip("/") + link)
        channels = [Message.Channel.IN_APP, *([Message.Channel.EMAIL] if leader.user.email else [])]
        for channel in channels:
            queue(
                key=f"handover:{report.pk}:{report.version}:{leader.user_id}:{channel}",
                kind=KIND,
                channel=channel,
                recipient=leader.user,
                address=leader.user.email,
                subject=f"Siap dikirim: {title}",
                body_text=text,
                body_html=html,
                link=link,
                about=report,
                not_before=now,
                expires_at=now + STALE_AFTER,
            )


def withdraw_handover(report: Report) -> None:
    supersede(report, kind=KIND, reason="Laporan sudah dikirim.")


def _wording(title: str, obligation: Obligation, leader: Membership, by: Actor, url: str) -> tuple[str, str]:
    parts = [
        f"Yth. {leader.user},",
        f"{title} dari {obligation.agency.name} sudah selesai diisi oleh {by.name} dan menunggu Anda kirim.",
        "Mohon diperiksa, lalu kirim dari halaman laporan itu.",
    ]
    closing = "Portal Koperasi Merah Putih"
    text = "\n\n".join([*parts, f"Periksa dan kirim: {url}", closing]) + "\n"
    html = "".join(f"<p>{escape(part)}</p>" for part in parts)
    return text, f'{html}<p><a href="{escape(url)}">Periksa dan kirim</a></p><p>{closing}</p>'
