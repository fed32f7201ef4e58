"""How a message leaves: one small class per channel."""

from __future__ import annotations

from katingan_portal.outbox.channels.base import Channel, Lease, LeaseLost, Outcome, Report
from katingan_portal.outbox.channels.email import Email
from katingan_portal.outbox.channels.in_app import InApp
from katingan_portal.outbox.channels.whatsapp import WhatsAppCloud
from katingan_portal.outbox.models import Message

__all__ = ["CHANNELS", "Channel", "Email", "InApp", "Lease", "LeaseLost", "Outcome", "Report", "WhatsAppCloud"]

CHANNELS: dict[str, Channel] = {
    Message.Channel.EMAIL: Email(),
    Message.Channel.IN_APP: InApp(),
    Message.Channel.WHATSAPP: WhatsAppCloud(),
}
