"""The texts that invitations and links travel in. Plain words, one link, and what to do when it was not expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from agencies.models import Invitation
from katingan_portal.accounts.models import User
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui import formats


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str


def page(name: str, *args: str) -> str:
    """The full address of one of the portal's pages."""
    return settings.PORTAL_BASE_URL.rstrip("/") + reverse(name, args=args)


def moment(at: datetime, regency: Regency) -> str:
    return f"{formats.day(at, regency.zone)} {formats.clock(at, regency.zone)}"


def invitation_mail(invitation: Invitation, secret: str, regency: Regency, invited_by: str) -> Mail:
    return Mail(
        f"Undangan ke Portal Koperasi Merah Putih {regency.name}",
        f"""Yth. {invitation.full_name},

{invited_by} mengundang Anda ke Portal Koperasi Merah Putih {regency.name}
sebagai {invitation.get_role_display()} di {invitation.agency.name}.

Buka tautan ini untuk menerima undangan dan membuat kata sandi:
{page("agencies:accept_invitation", secret)}

Tautan berlaku sampai {moment(invitation.expires_at, regency)} dan hanya dapat dipakai satu kali.
Jangan teruskan pesan ini. Jika Anda merasa tidak seharusnya menerimanya, abaikan saja.
""",
    )


def reset_mail(user: User, secret: str, expires_at: datetime, regency: Regency) -> Mail:
    return Mail(
        "Atur ulang kata sandi Portal Koperasi Merah Putih",
        f"""Yth. {user.full_name},

Ada permintaan untuk mengatur ulang kata sandi akun Anda ({user.username}).
Buka tautan ini untuk membuat kata sandi baru:
{page("accounts:access_link", secret)}

Tautan berlaku sampai {moment(expires_at, regency)} dan hanya dapat dipakai satu kali.
Jika bukan Anda yang meminta, abaikan pesan ini: kata sandi Anda tidak berubah.
""",
    )


def rescue_notice(user: User, issuer: str, at: datetime, regency: Regency) -> Mail:
    """Told to the person concerned inside the portal; it carries no link."""
    return Mail(
        "Tautan masuk darurat dibuat untuk akun Anda",
        f"""{issuer} membuat tautan masuk darurat untuk akun {user.username}
pada {moment(at, regency)}. Tautan itu berlaku 24 jam dan hanya dapat dipakai satu kali.

Jika Anda tidak memintanya, ganti kata sandi Anda dan beri tahu admin kabupaten.
""",
    )


def rescue_share_text(user: User, url: str) -> str:
    """For a WhatsApp chat that the issuer opens with the person."""
    return (
        f"Yth. {user.full_name}, ini tautan masuk ke Portal Koperasi Merah Putih untuk membuat kata sandi baru: {url} "
        "Berlaku 24 jam dan hanya sekali pakai. Jangan diteruskan."
    )
