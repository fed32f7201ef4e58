"""SMTP, one transaction per message, in steps, so that only a silence after the last dot is a doubt."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from katingan_portal.outbox.channels.base import Lease, Outcome, Report
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.status import blames_address

READY_FOR_CONTENT = 354


class Email:
    """One SMTP transaction per message, in steps, so that only a silence after the last dot is a doubt."""

    def send(self, message: Message, lease: Lease) -> Report:
        try:
            content = compose(message).as_bytes()
        except ValidationError as error:
            return Report(Outcome.REFUSED, f"Alamat tidak dapat dipakai: {_words(error)}", blames_address=True)
        except ValueError as error:
            return Report(Outcome.REFUSED, f"Surat tidak dapat disusun: {_words(error)}")
        try:
            smtp = connect()
        except (OSError, smtplib.SMTPException) as error:
            return Report(Outcome.UNREACHABLE, _words(error))
        try:
            return _transact(smtp, message.address, content, lease)
        finally:
            smtp.close()


def connect() -> smtplib.SMTP:
    """A greeted, encrypted and signed-in connection, as far as the settings ask for it.

    Encrypted means with a certificate that names the host and that the machine trusts; there is no way around.
    """
    smtp = _dial()
    try:
        # The last dot is a small packet after a small packet: Nagle would hold each one back for 40 ms.
        cast(socket.socket, smtp.sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS and not settings.EMAIL_USE_SSL:
            smtp.starttls(context=ssl.create_default_context())
            # What was said before is forgotten (RFC 3207, 4.2), the greeting too.
            smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _dial() -> smtplib.SMTP:
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    if settings.EMAIL_USE_SSL:
        return smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=timeout)


def compose(message: Message) -> EmailMessage:
    """The letter. Raises ValidationError for a bad address, ValueError for a line break in a header."""
    validate_email(message.address)
    if not message.address.isascii():
        raise ValidationError("Alamat e-mail hanya boleh memuat huruf Latin tanpa tanda.")
    letter = EmailMessage(policy=SMTP)
    letter["From"] = settings.DEFAULT_FROM_EMAIL
    letter["To"] = message.address
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(timezone.localtime(message.created_at))
    letter["Message-ID"] = message.message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(_with_link(message), cte="quoted-printable")
    if message.body_html:
        letter.add_alternative(message.body_html, subtype="html", cte="quoted-printable")
    return letter


def _transact(smtp: smtplib.SMTP, address: str, content: bytes, lease: Lease) -> Report:
    try:
        refusal = _envelope(smtp, address)
        if refusal:
            return refusal
        lease.hand_over()
        refusal = _content(smtp, content)
        if refusal:
            return refusal
        lease.hold()
    except (OSError, smtplib.SMTPException) as error:
        # A server drops what ends without the dot (RFC 5321, 4.1.1.4), so nobody has it.
        return Report(Outcome.REFUSED_FOR_NOW, _words(error))
    return _last_dot(smtp)


def _envelope(smtp: smtplib.SMTP, address: str) -> Report | None:
    code, answer = smtp.mail(sender())
    if code != 250:
        return _refusal(code, answer)
    code, answer = smtp.rcpt(address)
    if code in (250, 251):
        return None
    return replace(_refusal(code, answer), blames_address=blames_address(_text(code, answer)))


def _content(smtp: smtplib.SMTP, content: bytes) -> Report | None:
    code, answer = smtp.docmd("DATA")
    if code != READY_FOR_CONTENT:
        return _refusal(code, answer)
    smtp.send(re.sub(rb"(?m)^\.", b"..", content))
    return None


def _last_dot(smtp: smtplib.SMTP) -> Report:
    try:
        smtp.send(b".\r\n")
        code, answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Report(Outcome.UNKNOWN, _words(error))
    if code != 250:
        return _refusal(code, answer)
    with suppress(OSError, smtplib.SMTPException):
        smtp.putcmd("QUIT")
    return Report(Outcome.ACCEPTED, _text(code, answer))


def sender() -> str:
    """The envelope's sender, where bounces go: its own mailbox, or the address inside DEFAULT_FROM_EMAIL."""
    if settings.PORTAL_BOUNCE_ADDRESS:
        return str(settings.PORTAL_BOUNCE_ADDRESS)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = settings.DEFAULT_FROM_EMAIL
    return str(letter["From"].addresses[0].addr_spec)


def _refusal(code: int, answer: bytes) -> Report:
    # -1 is smtplib's word for an answer that was no SMTP.
    outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.REFUSED_FOR_NOW
    return Report(outcome, _text(code, answer))


def _with_link(message: Message) -> str:
    url = f"{settings.PORTAL_BASE_URL.rstrip('/')}{message.link}" if message.link.startswith("/") else message.link
    if not url or url in message.body_text:
        return message.body_text
    return f"{message.body_text.rstrip()}\n\nBuka di portal: {url}\n"


def _text(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(error.messages)
    return f"{type(error).__name__}: {error}"
