"""What a chase says: short enough for a phone, in three tones, and never more than its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from katingan_portal.outbox.framing import Item, Letter, Section, framed_sections
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import clock, day
from reporting.chasing.models import Audience, ChaseNotice, StepLetter, Tone
from reporting.periods.calendar import period_from_key
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

MOST_ITEMS = 15
OF_THE_PARTY = (Audience.OPERATOR, Audience.HEAD, Audience.DEPUTY)
TONES = (Tone.FORMAL, Tone.FIRM, Tone.REMINDER)
OPENINGS = {
    Tone.REMINDER: "Sekadar mengingatkan:",
    Tone.FIRM: "Mohon perhatian Anda. Yang berikut ini sudah lewat waktunya:",
    Tone.FORMAL: "Dengan hormat kami sampaikan bahwa yang berikut ini belum juga diselesaikan:",
}
FOR_INFORMATION = "Untuk diketahui dan, bila perlu, ditindaklanjuti:"
ANSWERS = "mengisi, mengirim nihil, atau berjanji kapan akan dikirim. Bila bukan tugas Anda, katakan di sana."
DISPUTED = "Perangkat daerah menyatakan ini bukan tugasnya; sedang ditinjau admin kabupaten."
CLOSINGS = {
    Tone.REMINDER: "Terima kasih. Bila sudah dikirim hari ini, abaikan pesan ini.",
    Tone.FIRM: "Bila ada kendala, jawablah dari halaman laporannya supaya kami tahu.",
    Tone.FORMAL: "Sesuai tangga penagihan, keterlambatan ini diteruskan kepada pimpinan daerah.",
}


@dataclass(frozen=True)
class Wording:
    """What one message is made of: to whom, in which regency, as of when, and the notices that still hold.

    disputed: obligations whose agency says that they are not its duty, while nobody has decided.
    """

    name: str
    regency: Regency
    now: datetime
    notices: Sequence[ChaseNotice]
    disputed: frozenset[int] = frozenset()

    @property
    def tone(self) -> Tone:
        """The most serious of what its reader has to do, or else of what they hear of."""
        own = {notice.taken.tone for notice in self.notices if notice.audience in OF_THE_PARTY}
        present = own or {notice.taken.tone for notice in self.notices}
        return next(tone for tone in TONES if tone in present)

    @property
    def is_own(self) -> bool:
        """Whether the reader has to act on any of it, or only hears of it."""
        return any(notice.audience in OF_THE_PARTY for notice in self.notices)


def word(wording: Wording) -> Letter:
    """One message with all its items, each with its own link: what to do first, then what to know."""
    shown = sorted(wording.notices, key=lambda notice: notice.audience not in OF_THE_PARTY)[:MOST_ITEMS]
    links = {link_of(notice) for notice in wording.notices}
    return framed_sections(
        subject_of(wording),
        to=wording.name,
        sections=_sections(shown, wording),
        after=_after(wording),
        link=links.pop() if len(links) == 1 else reverse("home"),
        place=wording.regency.name,
    )


def _sections(shown: Sequence[ChaseNotice], wording: Wording) -> list[Section]:
    own = [item_of(notice, wording) for notice in shown if notice.audience in OF_THE_PARTY]
    known = [item_of(notice, wording) for notice in shown if notice.audience not in OF_THE_PARTY]
    sections = [Section(OPENINGS[wording.tone], own), Section(FOR_INFORMATION, known)]
    return [section for section in sections if section.items]


def _after(wording: Wording) -> list[str]:
    """What can be answered, that a long list goes on in the portal, and what comes next."""
    left_out = len(wording.notices) - MOST_ITEMS
    more = [f"Dan {left_out} lagi; semuanya ada di portal."] if left_out > 0 else []
    asked = [notice for notice in wording.notices if _may_answer(notice)]
    # Who is late cannot ask for more time any more.
    extend = "meminta perpanjangan, " if any(_may_extend(notice, wording.now) for notice in asked) else ""
    answers = [f"Buka laporannya untuk {extend}{ANSWERS}"] if asked else []
    return [*more, *answers, *([CLOSINGS[wording.tone]] if wording.is_own else [])]


def _may_answer(notice: ChaseNotice) -> bool:
    asks = notice.taken.clock in (Clock.FILING, Clock.CORRECTION, Clock.PROMISE)
    return asks and notice.audience in OF_THE_PARTY


def _may_extend(notice: ChaseNotice, now: datetime) -> bool:
    return notice.taken.clock == Clock.FILING and now <= notice.taken.due_at


def subject_of(wording: Wording) -> str:
    """ "Terlambat 3 hari: Laporan bulanan Oktober 2026", or how many items there are."""
    if len(wording.notices) > 1:
        late = sum(notice.taken.due_at < wording.now for notice in wording.notices)
        urgent = f", {late} sudah lewat waktu" if late else ""
        return f"{len(wording.notices)} hal perlu ditindaklanjuti{urgent}"
    notice = wording.notices[0]
    late_days = days_over(notice, wording)
    head = f"Terlambat {late_days} hari" if late_days else "Pengingat"
    return f"{head}: {subject_matter(notice)}"


def subject_matter(notice: ChaseNotice) -> str:
    named = named_of(notice.taken.obligation)
    return {
        Clock.REVIEW: f"pemeriksaan {named}",
        Clock.CORRECTION: f"perbaikan {named}",
        Clock.DIRECTIVE: f"arahan tentang {named}",
    }.get(Clock(notice.taken.clock), named)


def named_of(obligation: Obligation) -> str:
    return f"{obligation.form.name} {period_from_key(obligation.period).label}"


def item_of(notice: ChaseNotice, wording: Wording) -> Item:
    """One line: what is owed by whom, by when, and how far it has come. Links to the obligation."""
    taken = notice.taken
    what, whose = subject_matter(notice), taken.obligation.agency.name
    title = f"{what} – {whose}" if notice.audience in OF_THE_PARTY else f"{whose}: {what}"
    lines = [_when(notice, wording)]
    if taken.after_broken_promise:
        lines.append("Janji untuk mengirimnya tidak ditepati.")
    if taken.obligation_id in wording.disputed:
        lines.append(DISPUTED)
    if taken.letter in (StepLetter.FIRST, StepLetter.SECOND, StepLetter.THIRD):
        lines.append("Surat teguran disiapkan.")
    return Item(title[0].upper() + title[1:], " ".join(lines), link_of(notice))


def link_of(notice: ChaseNotice) -> str:
    return reverse("reporting:obligation", args=[notice.taken.obligation_id or 0])


def days_over(notice: ChaseNotice, wording: Wording) -> int:
    """Local calendar days since the due day; 0 while it has not passed."""
    due = notice.taken.due_at
    if wording.now <= due:
        return 0
    return max(1, (wording.regency.local(wording.now).date() - wording.regency.local(due).date()).days)


def _when(notice: ChaseNotice, wording: Wording) -> str:
    due = f"{day(notice.taken.due_at, wording.regency.zone)} {clock(notice.taken.due_at, wording.regency.zone)}"
    over = days_over(notice, wording)
    late = f", sudah lewat {over} hari" if over else ""
    return {
        Clock.FILING: f"Tenggat {due}{late}.",
        Clock.CORRECTION: f"Perbaikan ditunggu sampai {due}{late}.",
        Clock.REVIEW: f"Pemeriksaan ditunggu sampai {due}{late}.",
        Clock.PROMISE: f"Dijanjikan paling lambat {due}.",
        Clock.DIRECTIVE: f"Jawaban ditunggu sampai {due}{late}.",
    }[Clock(notice.taken.clock)]
