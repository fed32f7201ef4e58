"""Who is told of an answer: in the portal, and by e-mail where somebody has to act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import ROLES, Verb
from katingan_portal.outbox.actions import Draft, queue_many
from katingan_portal.outbox.framing import Letter, framed
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import current_regency_id
from katingan_portal.ui.formats import day
from reporting.chasing.models import ChaseNotice
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation, Promise

STALE_AFTER = timedelta(days=7)
REVIEWERS = [role.key for role in ROLES.values() if Verb.REVIEW_REPORT in role.everywhere]


def tell_promised(made: Promise, *, by: Actor, now: datetime) -> None:
    what = f"{made.made_by_name} berjanji: {_named(made.obligation)} dikirim paling lambat {day(made.promised_on)}."
    because = f"Alasannya: {made.reason}"
    then = "Penagihan menunggu sampai hari itu. Bila janji tidak ditepati, penagihan berlanjut satu tahap lebih tinggi."
    _tell_of_promise(made, "dibuat", f"Janji: {short(made.obligation)}", [what, because, then], by, now)


def tell_promise_withdrawn(taken_back: Promise, *, by: Actor, now: datetime) -> None:
    until = day(taken_back.promised_on)
    what = f"{by.name} menarik janji bahwa {_named(taken_back.obligation)} dikirim paling lambat {until}."
    subject = f"Janji ditarik: {short(taken_back.obligation)}"
    _tell_of_promise(taken_back, "ditarik", subject, [what, "Penagihan berjalan lagi."], by, now)


def told_of_delay(obligation: Obligation, now: datetime) -> list[User]:
    """Who heard from the chase about this obligation, and the coordinator: those still in office, each once."""
    heard = ChaseNotice.objects.filter(taken__obligation=obligation).values_list("recipient_id", flat=True).distinct()
    posts = Membership.objects.filter(regency_id=current_regency_id(), user__is_active=True)
    in_office = posts.on(timezone.localdate(now, obligation.regency.zone)).select_related("user")
    ids = set(heard)
    return unique(post.user for post in in_office if post.user_id in ids or post.role in REVIEWERS)


def unique(people: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in people}.values())


def drafts(
    key: str, kind: str, user: User, letter: Letter, about: Obligation, now: datetime, *, mails: bool
) -> list[Draft]:
    """In the portal, and with `mails` also by e-mail where the person has an address."""
    channels: list[str] = [Message.Channel.IN_APP]
    if mails and user.email:
        channels.append(Message.Channel.EMAIL)
    return [
        Draft(
            key=f"{key}:{user.pk}:{channel}", kind=kind, channel=channel, recipient=user, address=user.email,
            subject=letter.subject, body_text=letter.text, body_html=letter.html, link=letter.link, about=about,
            not_before=now, expires_at=now + STALE_AFTER,
        )
        for channel in channels
    ]  # fmt: skip


def tell(
    key: str, kind: str, subject: str, paragraphs: list[str], *, about: Obligation, people: Iterable[User], by: Actor,
    now: datetime, mails: bool,
) -> None:  # fmt: skip
    """One message to each of these people except who acts, with a link to the obligation."""
    link = reverse("reporting:obligation", args=[about.pk])
    written: list[Draft] = []
    for user in people:
        if user.pk != by.user_id:
            letter = framed(
                subject, to=str(user), paragraphs=paragraphs, link=link, link_label="Buka", place=about.regency.name
            )
            written += drafts(key, kind, user, letter, about, now, mails=mails)
    queue_many(written, now=now)


def short(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label} – {obligation.agency.short_name}"


def _named(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label} dari {obligation.agency.name}"


def _tell_of_promise(
    about: Promise, what: str, subject: str, paragraphs: list[str], by: Actor, now: datetime
) -> None:  # fmt: skip
    tell(
        f"promise:{about.pk}:{what}", "promise", subject, paragraphs, about=about.obligation,
        people=told_of_delay(about.obligation, now), by=by, now=now, mails=False,
    )  # fmt: skip
