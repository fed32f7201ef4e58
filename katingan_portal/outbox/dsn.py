"""Reads delivery status notifications (RFC 3464): which of our letters came back, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import cast

MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")
STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class Bounce:
    """One recipient of one letter that came back. status as "5.1.1"; empty where the report says none."""

    message_ids: tuple[str, ...]
    recipient: str
    status: str
    diagnostic: str


def bounces_in(letter: bytes) -> list[Bounce]:
    """What a letter says has failed for good: nothing when it is no report, or one about a delay or a success."""
    report = message_from_bytes(letter, policy=policy.default)
    if report.get_content_type() != "multipart/report" or not report.is_multipart():
        return []
    ids = tuple(dict.fromkeys(_ids(report)))
    return [_bounce(group, ids) for group in _recipient_groups(report) if _text(group, "Action").lower() == "failed"]


def _recipient_groups(report: EmailMessage) -> Iterator[Message]:
    """message/delivery-status is a list of header groups: one about the report, then one per recipient."""
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from cast(list[Message], part.get_payload())[1:]


def _bounce(group: Message, message_ids: tuple[str, ...]) -> Bounce:
    recipient = _text(group, "Original-Recipient") or _text(group, "Final-Recipient")
    status = STATUS.search(_text(group, "Status"))
    diagnostic = _text(group, "Diagnostic-Code")
    return Bounce(
        message_ids=message_ids,
        recipient=recipient.rpartition(";")[2].strip().strip("<>").lower(),
        status=status[0] if status else "",
        diagnostic=" ".join(diagnostic.partition(";")[2].split() or diagnostic.split()),
    )


def _ids(report: EmailMessage) -> Iterator[str]:
    """The Message-IDs that the report is about: of the returned letter or its headers, else what it answers."""
    for part in report.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            yield from MESSAGE_ID.findall(_text(cast(list[Message], part.get_payload())[0], "Message-ID"))
        elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            yield from MESSAGE_ID.findall(_text(message_from_bytes(_content(part)), "Message-ID"))
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        yield from MESSAGE_ID.findall(_text(report, name))


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(headers: Message, name: str) -> str:
    """A header's value; what a broken mail host writes must not stop us."""
    try:
        return str(headers.get(name, ""))
    except (ValueError, IndexError, AttributeError):
        return ""
