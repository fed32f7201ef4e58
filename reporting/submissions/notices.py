"""What people are told about a report, in the portal and by e-mail: short, and nothing that its reader may not see.

The outbox is read more widely than a report that is not accepted, so the reviewer's words stay on the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from agencies.models import Membership
from agencies.queries import people_of
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import ROLES, Verb
from katingan_portal.outbox.actions import Draft, queue_many, supersede
from katingan_portal.outbox.framing import Letter, framed
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import current_regency_id
from katingan_portal.ui.formats import clock, day
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.models import Comment, ReportRevision

STALE_AFTER = timedelta(days=7)
AGENCY_ROLES = [role.key for role in ROLES.values() if Verb.READ_DRAFT in role.own_agency]
OVERSEERS = [role.key for role in ROLES.values() if role.reads_every_agency]


def agency_people(agency_id: int, now: datetime) -> list[User]:
    """Who may read the agency's unaccepted reports because they work there, each once."""
    posts = people_of([agency_id], timezone.localdate(now)).filter(role__in=AGENCY_ROLES)
    return list({post.user_id: post.user for post in posts}.values())


def people_who_may_see(agency_id: int, now: datetime) -> list[User]:
    """Everybody who may read the agency's unaccepted reports: its own people and who reads all, by name."""
    posts = (
        Membership.objects.filter(regency_id=current_regency_id(), role__in=OVERSEERS, user__is_active=True)
        .on(timezone.localdate(now))
        .select_related("user")
    )
    found = {user.pk: user for user in [*agency_people(agency_id, now), *(post.user for post in posts)]}
    return sorted(found.values(), key=str)


def tell_returned(obligation: Obligation, revision: ReportRevision, *, by: Actor, now: datetime) -> None:
    what = f"{_named(obligation)} perlu diperbaiki sebelum {_until(obligation)}."
    ask = "Catatan pemeriksa ada di halaman laporan, pada pertanyaan yang perlu diperbaiki."
    _tell_agency("report_returned", "Perlu diperbaiki", obligation, revision, [what, ask], by, now)


def tell_accepted(obligation: Obligation, revision: ReportRevision, *, by: Actor, now: datetime) -> None:
    what = f"{_named(obligation)} sudah diterima. Terima kasih; tidak ada lagi yang perlu Anda kerjakan."
    _tell_agency("report_accepted", "Diterima", obligation, revision, [what], by, now)


def tell_reopened(obligation: Obligation, revision: ReportRevision, *, by: Actor, now: datetime) -> None:
    what = f"{_named(obligation)}, yang sudah diterima, dibuka lagi dan perlu diperbaiki sebelum {_until(obligation)}."
    ask = "Alasannya ada di halaman laporan. Waktu kirim yang pertama tetap tercatat."
    _tell_agency("report_reopened", "Dibuka lagi", obligation, revision, [what, ask], by, now)


def tell_mentioned(obligation: Obligation, comment: Comment, people: Iterable[User], *, now: datetime) -> None:
    what = f"{comment.author_name} menyebut Anda dalam percakapan tentang {_named(obligation)}."
    link = reverse("reporting:obligation", args=[obligation.pk]) + "#percakapan"
    subject = f"Anda disebut: {_short(obligation)}"
    regency = obligation.regency
    drafts: list[Draft] = []
    for user in people:
        letter = framed(
            subject, to=str(user), paragraphs=[what], link=link, link_label="Baca dan jawab", place=regency.name
        )
        drafts += drafts_to(f"report_mention:{comment.pk}", "report_mention", user, letter, obligation, now)
    queue_many(drafts, now=now)


def still_to_correct(message: Message) -> str | None:
    """Recheck: a returned or reopened report that was sent again needs no letter any more."""
    obligation = _of(message)
    if obligation is None or obligation.waived_at or obligation.correction_due_at is None:
        return "laporan sudah dikirim lagi, diterima, atau dibebaskan"
    return _still_reads(message, obligation)


def still_accepted(message: Message) -> str | None:
    obligation = _of(message)
    if obligation is None or obligation.accepted_at is None:
        return "laporan dibuka lagi sebelum pesan ini berangkat"
    return _still_reads(message, obligation)


def still_reads(message: Message) -> str | None:
    """Recheck of a mention: the person may still see the report."""
    obligation = _of(message)
    return "kewajibannya tidak ada lagi" if obligation is None else _still_reads(message, obligation)


def _still_reads(message: Message, obligation: Obligation) -> str | None:
    people = people_who_may_see(obligation.agency_id, message.next_attempt_at)
    there = message.recipient_id in {user.pk for user in people}
    return None if there else "penerima tidak lagi boleh melihat laporan ini"


def _of(message: Message) -> Obligation | None:
    return Obligation.objects.filter(pk=message.thing_id).first()


def _tell_agency(
    kind: str, head: str, obligation: Obligation, revision: ReportRevision, paragraphs: list[str], by: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """To everyone of the agency who may read the report, except who decided; an older one of the kind is withdrawn."""
    supersede(obligation, kind=kind, reason="ada keputusan yang lebih baru")
    regency = obligation.regency
    link = reverse("reporting:obligation", args=[obligation.pk])
    drafts: list[Draft] = []
    for user in agency_people(obligation.agency_id, now):
        if user.pk != by.user_id:
            letter = framed(
                f"{head}: {_short(obligation)}", to=str(user), paragraphs=paragraphs, link=link,
                link_label="Buka laporan", place=regency.name,
            )  # fmt: skip
            drafts += drafts_to(f"{kind}:{revision.pk}", kind, user, letter, obligation, now)
    queue_many(drafts, now=now)


def drafts_to(key: str, kind: str, user: User, letter: Letter, about: Obligation, now: datetime) -> list[Draft]:
    """In the portal for everyone, by e-mail for who has an address."""
    channels = [Message.Channel.IN_APP] + ([Message.Channel.EMAIL] if user.email else [])
    return [
        Draft(
            key=f"{key}:{user.pk}:{channel}",
            kind=kind,
            channel=channel,
            recipient=user,
            address=user.email,
            subject=letter.subject,
            body_text=letter.text,
            body_html=letter.html,
            link=letter.link,
            about=about,
            not_before=now,
            expires_at=now + STALE_AFTER,
        )
        for channel in channels
    ]


def _short(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label}"


def _named(obligation: Obligation) -> str:
    return f"{_short(obligation)} dari {obligation.agency.name}"


def _until(obligation: Obligation) -> str:
    zone = obligation.regency.zone
    return f"{day(obligation.correction_due_at, zone)} {clock(obligation.correction_due_at, zone)}"
