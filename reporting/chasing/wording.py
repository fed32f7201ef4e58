"""What a chase says: short enough for a phone, in three tones, and never more than its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from katingan_portal.outbox.framing import Item, Letter, framed_items
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import clock, day
from reporting.chasing.models import Audience, ChaseNotice, LetterKind, Tone
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
ANSWERS = (
    "Buka laporannya untuk mengisi, mengirim nihil, meminta perpanjangan, atau berjanji kapan akan dikirim."
    " Bila bukan tugas Anda, katakan di sana."
)
CLOSINGS = {
    Tone.REMINDER: "Terima kasih. Bila sudah dikirim hari ini, abaikan pesan ini.",
    Tone.FIRM: "Bila ada kendala, jawablah dari halaman laporannya supaya kami tahu.",
    Tone.FORMAL: "Sesuai tahapan penagihan, kelambatan ini diteruskan kepada pimpinan daerah.",
}


@dataclass(frozen=True)
class Wording:
    """What one message is made of: to whom, in which regency, as of when, and the notices that still hold."""

    name: str
    regency: Regency
    now: datetime
    notices: Sequence[ChaseNotice]

    @property
    def tone(self) -> Tone:
        """The most serious of its notices."""
        present = {notice.taken.tone for notice in self.notices}
        return next(tone for tone in TONES if tone in present)

    @property
    def is_own(self) -> bool:
        """Whether the reader has to act on any of it, or only hears of it."""
        return any(notice.audience in OF_THE_PARTY for notice in self.notices)


def word(wording: Wording) -> Letter:
    """One message with all its items, the most pressing first, each with its own link."""
    items = [item_of(notice, wording) for notice in wording.notices]
    opening = OPENINGS[wording.tone] if wording.is_own else FOR_INFORMATION
    asks_report = any(
        notice.taken.clock in (Clock.FILING, Clock.CORRECTION, Clock.PROMISE) for notice in wording.notices
    )
    after = [ANSWERS] if wording.is_own and asks_report else []
    left_out = len(items) - MOST_ITEMS
    if left_out > 0:
        after.insert(0, f"Dan {left_out} lagi; semuanya ada di portal.")
    return framed_items(
        subject_of(wording),
        to=wording.name,
        opening=opening,
        items=items[:MOST_ITEMS],
        after=[*after, CLOSINGS[wording.tone]],
        link=items[0].link if len(items) == 1 else reverse("home"),
        place=wording.regency.name,
    )


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
    title = f"{subject_matter(notice)} – {taken.obligation.agency.name}"
    lines = [_when(notice, wording)]
    if taken.after_broken_promise:
        lines.append("Janji untuk mengirimnya tidak ditepati.")
    if taken.letter in (LetterKind.FIRST, LetterKind.SECOND, LetterKind.THIRD):
        lines.append("Surat teguran disiapkan.")
    return Item(
        title[0].upper() + title[1:], " ".join(lines), reverse("reporting:obligation", args=[taken.obligation_id])
    )


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
