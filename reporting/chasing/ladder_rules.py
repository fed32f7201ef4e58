"""What a ladder must be to be believed, and how its steps are named: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import TextChoices

from reporting.chasing.models import Audience, LadderStep, Outside, StepLetter
from reporting.periods.clocks import Clock

WARNINGS = {StepLetter.FIRST: 1, StepLetter.SECOND: 2, StepLetter.THIRD: 3}
# {clock: (before its due day, on it, after it)}; {n} is working days.
NAMES = {
    Clock.FILING: (
        "Pengingat {n} hari kerja sebelum tenggat",
        "Pengingat pada hari tenggat",
        "Tagihan {n} hari kerja sesudah tenggat",
    ),
    Clock.CORRECTION: (
        "Pengingat {n} hari kerja sebelum batas perbaikan",
        "Pengingat pada hari batas perbaikan",
        "Tagihan perbaikan {n} hari kerja sesudah batas",
    ),
    Clock.REVIEW: (
        "Pengingat {n} hari kerja sebelum batas pemeriksaan",
        "Pengingat pada hari batas pemeriksaan",
        "Pemeriksaan lewat {n} hari kerja",
    ),
    Clock.PROMISE: (
        "Pengingat {n} hari kerja sebelum hari yang dijanjikan",
        "Pengingat pada hari yang dijanjikan",
        "",
    ),
    Clock.DIRECTIVE: (
        "Pengingat {n} hari kerja sebelum batas jawaban arahan",
        "Pengingat pada hari batas jawaban arahan",
        "Arahan belum dijawab, lewat {n} hari kerja",
    ),
}
SHORT_AUDIENCES = {
    Audience.OPERATOR: "operator",
    Audience.HEAD: "pimpinan",
    Audience.DEPUTY: "sekretaris",
    Audience.COORDINATOR: "koordinator",
    Audience.SECRETARY: "Sekretaris Daerah",
    Audience.EXECUTIVE: "Kantor Bupati",
}
# What the due day of each clock is called.
DUE_NAMES = {
    Clock.FILING: "tenggat",
    Clock.CORRECTION: "batas perbaikan",
    Clock.REVIEW: "batas pemeriksaan",
    Clock.PROMISE: "hari yang dijanjikan",
    Clock.DIRECTIVE: "batas jawaban",
}


@dataclass(frozen=True)
class Problem:
    """Why a ladder cannot be so, for the user; field: the input that it is about."""

    text: str
    field: str | None = None


def problems_of(steps: Iterable[LadderStep], clock: Clock) -> list[Problem]:
    """What is wrong with the steps that would be in force. An empty ladder pursues nothing."""
    ladder = sorted(steps, key=lambda step: step.offset)
    found = (check(ladder, clock) for check in (_nobody, _by_mail, _twice, _promise, _repeat, _letters, _last_resort))
    return [problem for problem in found if problem]


def proposed_label(clock: Clock, offset: int, letter: str = StepLetter.NONE) -> str:
    """What a step is called unless somebody names it."""
    before, on, after = NAMES[clock]
    pattern = before if offset < 0 else after if offset else on
    name = pattern.format(n=abs(offset))
    if offset > 0 and letter in WARNINGS:
        return f"Teguran {'I' * WARNINGS[StepLetter(letter)]}, {when_words(clock, offset)}"
    return name


def when_words(clock: Clock, offset: int) -> str:
    """ "3 hari kerja sesudah tenggat"."""
    due = DUE_NAMES[clock]
    if offset == 0:
        return f"pada hari {due.removeprefix('hari ')}"
    return f"{abs(offset)} hari kerja {'sebelum' if offset < 0 else 'sesudah'} {due}"


def in_order(chosen: Iterable[str], choices: type[TextChoices]) -> list[str]:
    """As the choices are: audiences from the party upwards, since who is several hears of it as the first."""
    wanted = set(chosen)
    return [choice.value for choice in choices if choice in wanted]


def _nobody(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    if any(not step.audiences for step in ladder):
        return Problem("Pilih sedikitnya satu penerima; tanpa itu pesannya tidak sampai kepada siapa pun.", "audiences")
    return None


def _by_mail(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    if any(step.is_mandatory and Outside.EMAIL not in step.channels for step in ladder):
        text = "Tahap wajib harus lewat e-mail juga, sebab portal tidak dibuka setiap orang setiap hari."
        return Problem(text, "channels")
    return None


def _twice(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    for earlier, later in pairwise(ladder):
        if earlier.offset == later.offset:
            other = earlier if earlier.pk else later
            text = f"Sudah ada tahap {when_words(clock, later.offset)}: “{other.label}”. Ubah tahap itu saja."
            return Problem(text, "days")
    return None


def _promise(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    if clock == Clock.PROMISE and any(step.offset > 0 or step.repeat_every for step in ladder):
        text = (
            "Tahap janji hanya bisa sebelum atau pada hari yang dijanjikan. Janji yang tidak ditepati melanjutkan"
            " tangga semula satu tahap lebih tinggi."
        )
        return Problem(text, "side")
    return None


def _repeat(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    for step in ladder[:-1]:
        if step.repeat_every:
            text = f"Hanya tahap terakhir yang bisa diulang, sedangkan sesudah “{step.label}” masih ada tahap lain."
            return Problem(text, "repeat_every")
    return None


def _letters(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    highest = 0
    for step in ladder:
        if step.letter and step.offset <= 0:
            return Problem("Surat hanya disiapkan pada tahap sesudah hari jatuh temponya lewat.", "letter")
        number = WARNINGS.get(StepLetter(step.letter), highest)
        if number < highest:
            return Problem(f"“{step.label}” datang sesudah surat teguran yang lebih tinggi.", "letter")
        highest = number
    return None


def _last_resort(ladder: list[LadderStep], clock: Clock) -> Problem | None:
    if clock == Clock.FILING and not any(step.is_mandatory and step.offset > 0 for step in ladder):
        text = (
            "Tangga pengiriman laporan harus punya sedikitnya satu tahap wajib sesudah tenggat; tanpa itu yang"
            " terlambat bisa tidak pernah ditagih."
        )
        return Problem(text, "is_mandatory")
    return None
