"""Who is told of an answer: in the portal, and by e-mail where somebody has to act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
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
from reporting.chasing.models import ChaseNotice, Directive
from reporting.periods.calendar import period_from_key
from reporting.periods.clocks import clock_beneath
from reporting.periods.models import Disclaimer, Obligation, Promise
from reporting.submissions.notices import agency_people, people_who_may_see

STALE_AFTER = timedelta(days=7)
GONE = "penerima tidak lagi bertugas di sana"


@dataclass(frozen=True)
class Notice:
    """One thing to be told. key: what it is about so exactly that a second one would be a repetition.

    about: the row that a recheck asks before it leaves. link: "" for the page of the obligation.
    """

    key: str
    kind: str
    subject: str
    paragraphs: list[str]
    about: models.Model
    obligation: Obligation
    mails: bool = False
    link: str = ""
    link_label: str = "Buka laporan"


def tell_promised(made: Promise, *, by: Actor, now: datetime) -> None:
    until = day(made.promised_on)
    told = [
        f"{made.made_by_name} berjanji: {_named(made.obligation)} dikirim paling lambat {until}.",
        f"Alasannya: {made.reason}",
        "Penagihan menunggu sampai hari itu. Bila janji tidak ditepati, penagihan berlanjut satu tahap lebih tinggi.",
    ]
    _tell_of_promise(made, "dibuat", "Janji", told, by, now)


def tell_promise_withdrawn(taken_back: Promise, *, by: Actor, now: datetime) -> None:
    until = day(taken_back.promised_on)
    what = f"{by.name} menarik janji bahwa {_named(taken_back.obligation)} dikirim paling lambat {until}."
    _tell_of_promise(taken_back, "ditarik", "Janji ditarik", [what, "Penagihan berjalan lagi."], by, now)


def tell_disclaimed(made: Disclaimer, *, by: Actor, now: datetime) -> None:
    what = f"{made.agency.name} menyatakan bahwa {short(made.obligation)} bukan tugasnya: {made.reason}"
    ask = "Laporannya tetap ditagih sampai Anda memutuskan."
    link = reverse("reporting:settle_disclaimer", args=[made.pk])
    notice = Notice(
        f"disclaimer:{made.pk}", "disclaimer_made", f"Bukan tugas kami: {short(made.obligation)}", [what, ask], made,
        made.obligation, mails=True, link=link, link_label="Putuskan",
    )  # fmt: skip
    tell(notice, with_verb(Verb.MANAGE_DUTIES, now), by=by, now=now)


def tell_disclaimer_decided(decided: Disclaimer, *, by: Actor, now: datetime) -> None:
    agreed = decided.state == Disclaimer.State.AGREED
    outcome = "disetujui; laporannya tidak perlu dikirim" if agreed else "ditolak; laporannya tetap ditunggu"
    told = [f"Pernyataan bahwa {short(decided.obligation)} bukan tugas Anda {outcome}."]
    told += [f"Alasan {by.name}: {decided.decision_note}"] if decided.decision_note else []
    notice = Notice(
        f"disclaimer:{decided.pk}:diputuskan", "disclaimer_decided", f"Keputusan: {short(decided.obligation)}", told,
        decided, decided.obligation, mails=True,
    )  # fmt: skip
    tell(notice, agency_people(decided.agency_id, now), by=by, now=now)


def tell_directed(given: Directive, *, by: Actor, now: datetime) -> None:
    told = [
        f"Arahan Kantor Bupati tentang {short(given.obligation)}:",
        given.text,
        f"Jawaban ditunggu paling lambat {day(given.due_at, given.obligation.regency.zone)}.",
    ]
    notice = Notice(
        f"directive:{given.pk}", "directive", f"Arahan: {short(given.obligation)}", told, given, given.obligation,
        mails=True, link_label="Baca dan jawab",
    )  # fmt: skip
    tell(notice, agency_people(given.agency_id, now), by=by, now=now)


def tell_directive_ended(ended: Directive, outcome: str, *, by: Actor, now: datetime) -> None:
    """To the agency, in the portal only: withdrawn, or its answer is accepted. Nothing is left to do."""
    what = f"Arahan tentang {short(ended.obligation)} {outcome}."
    notice = Notice(
        f"directive:{ended.pk}:{ended.state}", "directive", f"Arahan selesai: {short(ended.obligation)}", [what], ended,
        ended.obligation,
    )  # fmt: skip
    tell(notice, agency_people(ended.agency_id, now), by=by, now=now)


def tell_directive_answered(answered: Directive, *, by: Actor, now: datetime) -> None:
    what = f"{answered.agency.name} menjawab arahan tentang {short(answered.obligation)}:"
    notice = Notice(
        f"directive:{answered.pk}:dijawab", "directive_answered", f"Jawaban arahan: {short(answered.obligation)}",
        [what, answered.answer], answered, answered.obligation, mails=True, link_label="Baca",
    )  # fmt: skip
    tell(notice, with_verb(Verb.DIRECT, now), by=by, now=now)


def tell(notice: Notice, people: Iterable[User], *, by: Actor, now: datetime) -> None:
    """One message to each of these people except who acts."""
    link = notice.link or reverse("reporting:obligation", args=[notice.obligation.pk])
    written: list[Draft] = []
    for user in people:
        if user.pk != by.user_id:
            letter = framed(
                notice.subject, to=str(user), paragraphs=notice.paragraphs, link=link, link_label=notice.link_label,
                place=notice.obligation.regency.name,
            )  # fmt: skip
            written += _drafts(notice, user, letter, now)
    queue_many(written, now=now)


def told_of_delay(obligation: Obligation, now: datetime) -> list[User]:
    """Whom the chase told (or is about to tell) of what is promised now, as far as they may read it, and who reviews.

    Not those of earlier rounds, whose delay is over, nor whoever heard of it in an office that they have left.
    """
    running = clock_beneath(obligation)
    if running is None:
        return with_verb(Verb.REVIEW_REPORT, now)
    notices = ChaseNotice.objects.filter(
        taken__obligation=obligation, taken__directive=None, taken__clock=running[0], taken__due_at=running[1]
    )
    heard = set(notices.exclude(state=ChaseNotice.State.DROPPED).values_list("recipient_id", flat=True))
    still_reading = [user for user in people_who_may_see(obligation.agency_id, now) if user.pk in heard]
    return list({user.pk: user for user in [*still_reading, *with_verb(Verb.REVIEW_REPORT, now)]}.values())


def with_verb(verb: Verb, now: datetime) -> list[User]:
    """Who may do this everywhere in the district, each once."""
    roles = _roles_with(verb)
    return _unique(post for post in _in_office(now) if post.role in roles)


def still_undecided(message: Message) -> str | None:
    """Recheck: nobody need decide what was withdrawn or decided, or about a report that was sent or waived."""
    waiting = Disclaimer.objects.filter(pk=message.thing_id, state=Disclaimer.State.OPEN)
    open_still = waiting.filter(obligation__first_submitted_at=None, obligation__waived_at=None).exists()
    return None if open_still else "sudah diputuskan, ditarik, atau tidak berlaku lagi"


def still_to_answer(message: Message) -> str | None:
    """Recheck of a directive's e-mail: it may have been answered or withdrawn, and the person may have left."""
    given = Directive.objects.filter(pk=message.thing_id, state=Directive.State.OPEN).first()
    if given is None:
        return "arahan sudah dijawab atau ditarik"
    return _gone_unless_among(agency_people(given.agency_id, message.next_attempt_at), message)


def still_of_agency(message: Message) -> str | None:
    """Recheck of a decision: its reader still works where it was asked."""
    decided = Disclaimer.objects.filter(pk=message.thing_id).first()
    return _gone_unless_among(agency_people(decided.agency_id, message.next_attempt_at) if decided else [], message)


def still_directs(message: Message) -> str | None:
    return _gone_unless_among(with_verb(Verb.DIRECT, message.next_attempt_at), message)


def short(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label} – {obligation.agency.short_name}"


def _gone_unless_among(people: Iterable[User], message: Message) -> str | None:
    return None if message.recipient_id in {user.pk for user in people} else GONE


def _named(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label} dari {obligation.agency.name}"


def _tell_of_promise(about: Promise, what: str, head: str, told: list[str], by: Actor, now: datetime) -> None:
    subject = f"{head}: {short(about.obligation)}"
    notice = Notice(f"promise:{about.pk}:{what}", "promise", subject, told, about.obligation, about.obligation)
    tell(notice, told_of_delay(about.obligation, now), by=by, now=now)


def _drafts(notice: Notice, user: User, letter: Letter, now: datetime) -> list[Draft]:
    channels: list[str] = [Message.Channel.IN_APP]
    if notice.mails and user.email:
        channels.append(Message.Channel.EMAIL)
    return [
        Draft(
            key=f"{notice.key}:{user.pk}:{channel}", kind=notice.kind, channel=channel, recipient=user,
            address=user.email, subject=letter.subject, body_text=letter.text, body_html=letter.html, link=letter.link,
            about=notice.about, not_before=now, expires_at=now + STALE_AFTER,
        )
        for channel in channels
    ]  # fmt: skip


def _in_office(now: datetime) -> Iterable[Membership]:
    posts = Membership.objects.filter(regency_id=current_regency_id(), user__is_active=True)
    return posts.on(timezone.localdate(now)).select_related("user")


def _roles_with(verb: Verb) -> set[str]:
    return {role.key for role in ROLES.values() if verb in role.everywhere}


def _unique(posts: Iterable[Membership]) -> list[User]:
    return list({post.user_id: post.user for post in posts}.values())
