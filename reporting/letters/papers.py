"""A letter as a document: everything its PDF and its DOCX say, in one value that can be frozen as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from katingan_portal.ui import formats

UNSIGNED_DRAFT = "RANCANGAN – belum ditandatangani"
UNSIGNED_ISSUED = "Dokumen belum bertanda tangan; sah setelah ditandatangani pejabat."
NUMBER_TO_COME = "(diberikan saat terbit)"
NAME_TO_COME = "…" * 16
WORDS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")


@dataclass(frozen=True)
class OwedRow:
    """One overdue report. due_at: a moment in ISO form. note: what was written or promised about it before."""

    agency: str
    report: str
    period: str
    due_at: str
    days_late: int
    note: str = ""


@dataclass(frozen=True)
class HistoryRow:
    """One reminder by one channel: to whom by office, never by name or address. at: a moment in ISO form."""

    at: str
    report: str
    step: str
    channel: str
    to: str
    state: str


@dataclass(frozen=True)
class Signatory:
    """Who is to sign: printed under an empty space. title: with Plt. or Plh. before it."""

    title: str
    name: str = ""
    rank: str = ""
    nip: str = ""


@dataclass(frozen=True)
class Paper:
    """number and dated ("2026-11-25") are empty while it is a draft; check_url then is too."""

    kind: str
    is_memo: bool
    government: str
    office: str
    address: str
    contact: str
    place: str
    time_zone: str
    nature: str
    subject: str
    addressee: str
    region: str
    opening: str
    closing: str
    signatory: Signatory
    copies: tuple[str, ...]
    owed: tuple[OwedRow, ...]
    history: tuple[HistoryRow, ...]
    number: str = ""
    dated: str = ""
    check_url: str = ""

    @property
    def is_draft(self) -> bool:
        return not self.number

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def shown_number(self) -> str:
        return self.number or NUMBER_TO_COME

    @property
    def shown_date(self) -> str:
        return formats.day(date.fromisoformat(self.dated)) if self.dated else "(tanggal terbit)"

    @property
    def attachments(self) -> str:
        return counted(1, "berkas") if self.history else "-"

    @property
    def footer(self) -> str:
        return UNSIGNED_DRAFT if self.is_draft else UNSIGNED_ISSUED

    def day(self, moment: str) -> str:
        return formats.short_day(datetime.fromisoformat(moment), self.zone)

    def moment(self, moment: str) -> str:
        at = datetime.fromisoformat(moment)
        return f"{formats.short_day(at, self.zone)}, {formats.clock(at, self.zone)}"

    def frozen(self) -> dict[str, Any]:
        """As JSON has it: lists where there are tuples."""
        frozen: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return frozen


def counted(number: int, noun: str) -> str:
    """ "1 (satu) berkas", as official letters count."""
    word = f" ({WORDS[number]})" if number < len(WORDS) else ""
    return f"{number}{word} {noun}"


def paper_from(frozen: dict[str, Any]) -> Paper:
    """The paper that was frozen at issue."""
    return Paper(
        **{
            **frozen,
            "signatory": Signatory(**frozen["signatory"]),
            "copies": tuple(frozen["copies"]),
            "owed": tuple(OwedRow(**each) for each in frozen["owed"]),
            "history": tuple(HistoryRow(**each) for each in frozen["history"]),
        }
    )
