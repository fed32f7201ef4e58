"""From a letter's row to its paper: as a draft by the rows of this moment, as issued by what was frozen."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.urls import reverse

from agencies.models import Membership
from agencies.queries import leaders_of
from katingan_portal.tenancy.models import Regency
from reporting.letters.contents import history_rows, owed_rows, still_overdue
from reporting.letters.models import Letter
from reporting.letters.papers import Paper, Signatory, paper_from
from reporting.letters.queries import letterhead, writing_office
from reporting.periods.models import Obligation


def paper_of(letter: Letter, *, regency: Regency, now: datetime) -> Paper:
    """What the letter says: frozen once it was issued."""
    if letter.was_issued:
        return paper_from(letter.contents)
    return _paper(letter, still_overdue(letter, now), regency, now)


def issued_paper(letter: Letter, owed: list[Obligation], *, regency: Regency, now: datetime) -> Paper:
    """The paper to freeze, of a letter that has its number, day and public code."""
    return _paper(
        letter, owed, regency, now,
        number=letter.full_number, dated=str(letter.issued_on), check_url=check_url(letter, regency),
    )  # fmt: skip


def _paper(letter: Letter, owed: list[Obligation], regency: Regency, now: datetime, **given: str) -> Paper:
    head = letterhead()
    return Paper(
        kind=letter.get_kind_display(),
        is_memo=letter.is_memo,
        government=f"Pemerintah {regency.name}",
        office=writing_office().name,
        address=head.address,
        contact=head.contact,
        place=head.place,
        time_zone=regency.time_zone,
        nature=letter.nature,
        subject=letter.subject,
        addressee=letter.addressee,
        region=regency.name,
        opening=letter.opening,
        closing=letter.closing,
        signatory=signatory_of(letter),
        copies=tuple(line.strip() for line in letter.copies.splitlines() if line.strip()),
        owed=owed_rows(owed, regency, now, is_memo=letter.is_memo),
        history=history_rows(owed, is_memo=letter.is_memo),
        **given,
    )


def signatory_of(letter: Letter) -> Signatory:
    acting = f"{letter.get_signatory_acting_display()} " if letter.signatory_acting else ""
    return Signatory(
        f"{acting}{letter.signatory_title}", letter.signatory_name, letter.signatory_rank, letter.signatory_nip
    )


def signatory_fields(on: date) -> dict[str, str]:
    """Who is to sign a new draft: as the letterhead says, else the writing office's head in office."""
    head, office = letterhead(), writing_office()
    if head.signatory_title:
        names = ("signatory_title", "signatory_name", "signatory_rank", "signatory_nip")
        return {name: getattr(head, name) for name in names}
    leader = next((row for row in leaders_of(office.pk, on) if row.agency_id == office.pk), None)
    return _of_leader(leader) if leader else {"signatory_title": f"Kepala {office.name}"}


def _of_leader(leader: Membership) -> dict[str, str]:
    return {
        "signatory_title": leader.title or leader.get_role_display(),
        "signatory_acting": leader.acting,
        "signatory_name": str(leader.user),
    }


def check_url(letter: Letter, regency: Regency) -> str:
    """The address in the QR code, where anybody may confirm number, date and addressee."""
    path = reverse("reporting:letter_check", args=[regency.code, letter.public_code])
    return f"{settings.PORTAL_BASE_URL.rstrip('/')}{path}"
