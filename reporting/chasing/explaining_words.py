"""The answer in words: for every rung what was planned and why then, what became of it, and who heard of it or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from agencies.models import Membership
from katingan_portal.outbox.models import Message
from katingan_portal.ui.formats import clock as clock_time
from katingan_portal.ui.formats import day, short_day
from reporting.chasing.directory import ROLES_OF_AUDIENCE
from reporting.chasing.explaining import Coming, Facts, Round
from reporting.chasing.ladder_rules import DUE_NAMES, SHORT_AUDIENCES, when_words
from reporting.chasing.models import Audience, ChaseNotice, ChaseStep, Outside, Tone
from reporting.chasing.wording import OF_THE_PARTY
from reporting.periods.clocks import Clock
from reporting.periods.models import Promise

# A tick comes each minute; what is later than this has a reason worth telling.
PROMPT = timedelta(minutes=15)
# What a relay's answer means for who reads it (RFC 5321 and 3463); anything else stays "galat".
ERRORS = (
    (re.compile(r"\b5\.1\.|\b550\b|\b551\b|\b553\b"), "alamatnya ditolak server surat"),
    (re.compile(r"\b5\.2\.2\b|\b552\b"), "kotak suratnya penuh"),
    (re.compile(r"\b4\d\d\b|\b4\.\d\.\d"), "server surat menolak untuk sementara"),
    (re.compile(r"timed? ?out|refused|unreachable|resolve", re.IGNORECASE), "server surat tidak bisa dihubungi"),
)


@dataclass(frozen=True)
class Sees:
    """What this reader may know: everybody, or only the people of their own agency; and raw answers of the relay."""

    everybody: bool
    agency_id: int | None
    user_id: int | None
    outbox: bool = False

    def person(self, agency_id: int | None, user_id: int) -> bool:
        return self.everybody or user_id == self.user_id or (agency_id is not None and agency_id == self.agency_id)


@dataclass(frozen=True)
class Told:
    """One person who was told: as whom, and for each channel what became of the message."""

    name: str
    audience: str
    messages: tuple[tuple[str, str, str], ...]
    remark: str = ""


@dataclass(frozen=True)
class NotTold:
    name: str
    reason: str


@dataclass(frozen=True)
class Line:
    """One rung: its moment, what it is, why then, what became of it, who was told and who of the party was not."""

    at: datetime
    label: str
    why_then: str
    verdict: str
    tone: str
    told: tuple[Told, ...] = ()
    not_told: tuple[NotTold, ...] = ()
    hidden: int = 0


@dataclass(frozen=True)
class Chapter:
    """A round in words."""

    title: str
    is_running: bool
    lines: tuple[Line, ...]


class Teller:
    """Tells one reader."""

    def __init__(self, facts: Facts, sees: Sees) -> None:
        self.facts, self.sees, self.zone = facts, sees, facts.regency.zone

    def chapters(self) -> list[Chapter]:
        """Newest round first, since that is what people ask about."""
        return [self._chapter(each) for each in reversed(self.facts.rounds)]

    def next(self) -> str:
        """What comes next, and when; or why nothing does."""
        obligation = self.facts.obligation
        if obligation.waived_at:
            return "Kewajiban ini dibebaskan, jadi tidak ada lagi yang dikirim."
        if obligation.accepted_at:
            return "Laporannya sudah diterima, jadi tidak ada lagi yang dikirim."
        obstacle = self._obstacle()
        ahead = [
            (coming.rung.at, coming.step.label)
            for each in self.facts.rounds
            if each.is_running and not self._waits_for_promise(each)
            for coming in each.coming
            if coming.rung.at > self.facts.now
        ]
        if not ahead:
            return obstacle or "Tidak ada lagi tahap berikutnya."
        at, label = min(ahead)
        return f"{obstacle} Berikutnya: {label}, {self._moment(at)}.".strip()

    def _chapter(self, found: Round) -> Chapter:
        lines = [self._taken(step, found) for step in found.taken]
        lines += [self._coming(coming, found) for coming in found.coming]
        label = found.clock.label if not found.directive else "arahan"
        title = f"{label[0].upper()}{label[1:]}, {DUE_NAMES[found.clock]} {self._moment(found.due_at)}"
        return Chapter(title, found.is_running, tuple(sorted(lines, key=lambda line: line.at)))

    def _taken(self, step: ChaseStep, found: Round) -> Line:
        everyone = self.facts.notices.get(step.pk, [])
        shown = [notice for notice in everyone if self._may_see(notice, found)]
        people = {notice.recipient_id: notice for notice in shown}
        was_told = {notice.recipient_id for notice in everyone}
        return Line(
            at=step.planned_at,
            label=step.label,
            why_then=self._why_then(step.planned_at, step.offset, found),
            verdict=self._verdict(step, found),
            tone={"fired": "success", "superseded": "muted"}.get(step.state, "warning"),
            told=tuple(self._told(notice, shown, step) for notice in people.values()),
            not_told=tuple(self._not_told(step, found, was_told)) if step.state != "superseded" else (),
            hidden=len(was_told) - len(people),
        )

    def _may_see(self, notice: ChaseNotice, found: Round) -> bool:
        own = self.facts.party(found.clock).pk if notice.audience in OF_THE_PARTY else None
        return self.sees.person(own, notice.recipient_id)

    def _why_then(self, at: datetime, offset: int, found: Round) -> str:
        due, on = self._day(found.due_at), self._day(at)
        calendar = self.facts.calendar(found.clock)
        closed = calendar.closed_between(min(due, on), max(due, on))
        words = f"{when_words(found.clock, offset)[:1].upper()}{when_words(found.clock, offset)[1:]}"
        if closed:
            words += f"; libur yang dilewati: {', '.join(f'{short_day(each)} ({name})' for each, name in closed)}"
        if self.facts.moment(found.clock, found.due_at, offset) != at:
            words += "; dihitung menurut kalender kerja saat itu, yang sudah berubah"
        return f"{words}."

    def _verdict(self, step: ChaseStep, found: Round) -> str:
        taken = self._moment(step.taken_at)
        if step.state == ChaseStep.State.SUPERSEDED:
            return self._superseded(step, found)
        if step.state == ChaseStep.State.NOBODY:
            return f"Dilihat {taken}, tetapi tidak ada seorang pun yang bisa diberi tahu."
        raised = "Dinaikkan satu tahap karena janji tidak ditepati. " if step.after_broken_promise else ""
        return f"{raised}Dilakukan {taken}.{self._why_late(step)}"

    def _superseded(self, step: ChaseStep, found: Round) -> str:
        instead = next((s for s in found.taken if s.taken_at == step.taken_at and s.state != step.state), None)
        if instead:
            return f"Dilewati {self._moment(step.taken_at)}: “{instead.label}” yang tepat saat itu dan menggantikannya."
        if any(s.offset >= step.offset and s.state == ChaseStep.State.FIRED for s in found.taken):
            return "Dilewati: tahap yang lebih tinggi sudah dilakukan, dan penagihan tidak turun lagi."
        return "Dilewati: ketika dilihat, pengingat ini sudah tidak tepat lagi."

    def _why_late(self, step: ChaseStep) -> str:
        if step.taken_at - step.planned_at < PROMPT:
            return ""
        for hold in self.facts.holds:
            if hold.released_at and step.planned_at < hold.released_at <= step.taken_at:
                since = self._moment(hold.held_at)
                return f" Sebelumnya penagihan ditahan sejak {since}; {hold.released_by_name} melanjutkannya."
        for promise in self.facts.promises:
            if promise.made_at <= step.planned_at <= (promise.ended_at or step.taken_at):
                return f" Sebelumnya menunggu janji sampai {self._moment(promise.due_at)}."
        if step.planned_at < self.facts.obligation.raised_at:
            return " Jadwalnya sudah lewat ketika kewajiban ini dibuat."
        return " Lebih lambat dari jadwal, karena baru saat itu portal melihatnya lagi."

    def _coming(self, coming: Coming, found: Round) -> Line:
        why_then = self._why_then(coming.rung.at, coming.rung.offset, found)
        if coming.is_passed_over:
            since = self._moment(coming.step.counts_from) if coming.step.counts_from else ""
            verdict, tone = f"Tidak disusulkan: tahap ini diubah {since}, sesudah jadwalnya lewat.", "muted"
        elif self._waits_for_promise(found):
            verdict, tone = f"Menunggu janji sampai {self._moment(self.facts.obligation.promise_due_at)}.", "info"
        elif coming.rung.at > self.facts.now:
            verdict, tone = "Akan dilakukan bila belum selesai.", "neutral"
        else:
            verdict, tone = self._obstacle() or "Dilihat pada putaran berikutnya, dalam satu menit.", "warning"
        return Line(coming.rung.at, coming.step.label, why_then, verdict, tone)

    def _waits_for_promise(self, found: Round) -> bool:
        waits = self.facts.obligation.promise_due_at is not None
        return waits and found.clock != Clock.PROMISE and found.directive is None

    def _obstacle(self) -> str:
        hold, tick, complete = self.facts.open_hold, self.facts.last_tick, self.facts.last_complete
        if hold:
            return f"Penagihan ditahan sejak {self._moment(hold.held_at)} sampai seseorang melanjutkannya."
        if tick and tick.note:
            return tick.note
        if complete is None or complete.finished_at is None or complete.finished_at < self.facts.now - PROMPT:
            return "Penagih otomatis sedang diam; begitu berjalan lagi, penagihan dilanjutkan dari sini."
        return ""

    def _told(self, notice: ChaseNotice, shown: Iterable[ChaseNotice], step: ChaseStep) -> Told:
        own = [each for each in shown if each.recipient_id == notice.recipient_id]
        channels = {each.channel for each in own}
        messages = tuple((each.get_channel_display(), self._became(each), self._link(each)) for each in own)
        remark = "" if Message.Channel.EMAIL in channels else self._why_no_mail(notice, step)
        return Told(str(notice.recipient), SHORT_AUDIENCES[Audience(notice.audience)], messages, remark)

    def _became(self, notice: ChaseNotice) -> str:
        message = notice.message
        if notice.state == ChaseNotice.State.DROPPED:
            return f"tidak jadi disebut: {notice.reason}"
        words = OUTCOMES[Message.State(message.state)](message, self._moment)
        if message.attempts > 1:
            words += f", {message.attempts} kali dicoba"
        if message.possibly_repeated:
            words += ", mungkin terkirim dua kali"
        if message.last_error:
            words += f" ({plain_error(message.last_error)}{f': {message.last_error}' if self.sees.outbox else ''})"
        return words

    def _link(self, notice: ChaseNotice) -> str:
        message = notice.message
        if self.sees.outbox:
            return reverse("outbox:detail", args=[message.public_id])
        mine = notice.recipient_id == self.sees.user_id and message.state == Message.State.SENT
        return reverse("outbox:message", args=[message.public_id]) if mine else ""

    def _why_no_mail(self, notice: ChaseNotice, step: ChaseStep) -> str:
        contact = self.facts.contacts[notice.recipient_id]
        if Outside.EMAIL not in step.channels.split(","):
            return "tahap ini tidak lewat e-mail"
        if not notice.recipient.email:
            return "tidak punya alamat e-mail, jadi hanya di portal"
        if not contact.email_reminders and step.tone == Tone.REMINDER:
            return "mematikan e-mail untuk pengingat biasa, jadi hanya di portal"
        return "hanya di portal"

    def _not_told(self, step: ChaseStep, found: Round, told: set[int]) -> Iterable[NotTold]:
        """The people of the party who were in office then or are now, and heard nothing of it."""
        party, on, today = self.facts.party(found.clock), self._day(step.taken_at), self._day(self.facts.now)
        if not self.sees.person(party.pk, 0):
            return
        seen = set(told)
        for post in sorted(self.facts.people, key=lambda post: not post.is_in_force_on(on)):
            known = post.agency_id == party.pk and post.user_id not in seen
            if known and (post.is_in_force_on(on) or post.is_in_force_on(today)):
                seen.add(post.user_id)
                yield NotTold(str(post.user), self._reason(post, step, on))

    def _reason(self, post: Membership, step: ChaseStep, on: date) -> str:
        if post.starts_on > on:
            return f"saat itu belum bertugas (mulai {short_day(post.starts_on)})"
        if not post.is_in_force_on(on):
            return f"saat itu tidak bertugas lagi (sampai {short_day(post.ends_on)})"
        if not post.user.is_active:
            return "akunnya tidak aktif"
        wanted = {
            role for audience in step.audiences.split(",") if audience for role in ROLES_OF_AUDIENCE[Audience(audience)]
        }
        if post.role not in wanted:
            return f"sebagai {post.position} bukan penerima tahap ini"
        return "tidak tercatat sebagai penerima saat itu"

    def _moment(self, at: datetime | None) -> str:
        return f"{day(at, self.zone)} {clock_time(at, self.zone)}"

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def promise_words(promise: Promise) -> str:
    return f"{promise.made_by_name} berjanji mengirim paling lambat {day(promise.promised_on)}: {promise.reason}"


def plain_error(error: str) -> str:
    """What a server's answer means, for who is no postmaster."""
    return next((words for pattern, words in ERRORS if pattern.search(error)), "galat saat dikirim")


State = Message.State
Outcome = Callable[[Message, Callable[[datetime | None], str]], str]
OUTCOMES: dict[Message.State, Outcome] = {
    State.PLANNED: lambda message, moment: f"menunggu, berangkat {moment(message.next_attempt_at)}",
    State.SENDING: lambda message, moment: "sedang dikirim",
    State.UNKNOWN: lambda message, moment: f"belum pasti terkirim; diperiksa lagi {moment(message.next_attempt_at)}",
    State.SENT: lambda message, moment: f"terkirim {moment(message.sent_at)}{_read(message, moment)}",
    State.BOUNCED: lambda message, moment: "terpental: server penerima mengembalikannya",
    State.FAILED: lambda message, moment: "gagal terkirim",
    State.CANCELLED: lambda message, moment: f"dibatalkan: {message.reason}",
    State.SUPERSEDED: lambda message, moment: f"digantikan: {message.reason}",
}


def _read(message: Message, moment: Callable[[datetime | None], str]) -> str:
    return f", dibaca {moment(message.read_at)}" if message.read_at else ""
