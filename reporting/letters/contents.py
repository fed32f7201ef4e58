"""What a letter says about the reports it names, from the rows as they stand: what is owed, and who was reminded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from agencies.models import Membership
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from katingan_portal.ui import formats
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.letters.models import Letter, LetterItem, LetterKind
from reporting.letters.papers import HistoryRow, OwedRow
from reporting.periods.calendar import period_from_key
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation, Promise
from reporting.periods.standing import days_late_of, is_overdue

PROMISED = {Promise.State.OPEN: "dijanjikan {}", Promise.State.BROKEN: "janji {} tidak ditepati"}
NOBODY = "tidak ada penerima yang terdaftar"


def still_overdue(letter: Letter, now: datetime) -> list[Obligation]:
    """What the letter is about and is owed still, by office and then by period."""
    rows = Obligation.objects.filter(is_overdue(now), letter_items__letter=letter).select_related("agency", "form")
    return list(rows.order_by("agency__kind", "agency__decree_order", "agency__code", "starts_on", "form__code"))


def owed_rows(
    obligations: Iterable[Obligation], regency: Regency, now: datetime, *, is_memo: bool = False
) -> tuple[OwedRow, ...]:
    """A note to the leadership tells that there was a warning, without its number: its table is narrow."""
    wanted = list(obligations)
    said = [letters_before(wanted, numbered=not is_memo), promises_about(wanted)]
    notes = {each.pk: "; ".join(text for about in said for text in about.get(each.pk, ())) for each in wanted}
    return tuple(_owed(each, notes[each.pk], now, regency.zone) for each in wanted)


def _owed(obligation: Obligation, note: str, now: datetime, zone: ZoneInfo) -> OwedRow:
    return OwedRow(
        agency=obligation.agency.name,
        report=obligation.form.name,
        period=period_from_key(obligation.period).label,
        due_at=obligation.due_at.isoformat(),
        days_late=days_late_of(obligation, now, zone),
        note=note,
    )


def letters_before(obligations: Iterable[Obligation], *, numbered: bool = True) -> dict[int, list[str]]:
    """{obligation id: the warnings in force about it, as "Teguran I 500.3/…, 3 Nov 2026"}."""
    rows = LetterItem.objects.filter(
        obligation__in=list(obligations), letter__state=Letter.State.ISSUED
    ).exclude(letter__kind=LetterKind.NOTA_DINAS)  # fmt: skip
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows.select_related("letter").order_by("letter__issued_at"):
        label = LetterKind(row.letter.kind).label.removeprefix("Surat ")
        number = f" {row.letter.full_number}" if numbered else ""
        found[row.obligation_id].append(f"{label}{number}, {formats.short_day(row.letter.issued_on)}")
    return found


def promises_about(obligations: Iterable[Obligation]) -> dict[int, list[str]]:
    """{obligation id: what was promised about it and is waited for, or was not kept}."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Promise.objects.filter(obligation__in=list(obligations), state__in=PROMISED).order_by("made_at")
    for row in rows:
        words = PROMISED[Promise.State(row.state)]
        found[row.obligation_id].append(words.format(formats.short_day(row.promised_on)))
    return found


def history_rows(obligations: Iterable[Obligation], *, is_memo: bool = False) -> tuple[HistoryRow, ...]:
    """Every reminder about these reports, oldest first: when, by which channel, to which offices, and how it went.

    What a reviewer was reminded of is not the addressee's affair, and stays out. A note to the leadership tells of each
    report the last reminder and how many there were: all of a district's would fill twenty pages.
    """
    about = {each.pk: each for each in obligations}
    steps = _steps(about)
    notices = _notices(about)
    posts = Posts({notice.recipient_id for told in notices.values() for notice in told})
    if is_memo:
        steps = _last_of_each(steps, about)
    return tuple(
        row
        for step in steps
        for row in _rows_of_step(step, about[step.obligation_id], notices[step.pk], posts, with_agency=is_memo)
    )


def _steps(about: dict[int, Obligation]) -> list[ChaseStep]:
    steps = ChaseStep.objects.filter(obligation__in=about).exclude(state=ChaseStep.State.SUPERSEDED)
    return list(steps.exclude(clock=Clock.REVIEW).order_by("taken_at", "pk"))


def _last_of_each(steps: list[ChaseStep], about: dict[int, Obligation]) -> list[ChaseStep]:
    """The newest step of each report in the reports' own order, its label saying how many there were. Not saved."""
    counts = Counter(step.obligation_id for step in steps)
    last = {step.obligation_id: step for step in steps}
    for step in last.values():
        step.label = f"Pengingat ke-{counts[step.obligation_id]}: {step.label}"
    return [last[key] for key in about if key in last]


def _rows_of_step(
    step: ChaseStep, obligation: Obligation, notices: list[ChaseNotice], posts: Posts, *, with_agency: bool
) -> Iterator[HistoryRow]:
    """One line for each outcome, with the channels that had it and the offices that it reached."""
    at, report = step.taken_at.isoformat(), f"{obligation.form.name} {period_from_key(obligation.period).label}"
    report = f"{obligation.agency.short_name}: {report}" if with_agency else report
    reached: dict[tuple[str, str], list[str]] = defaultdict(list)
    for notice in notices:
        outcome = notice.get_channel_display(), notice.message.get_state_display()
        position = posts.position(notice, step, obligation)
        if position not in reached[outcome]:
            reached[outcome].append(position)
    for (offices, state), channels in _alike(reached).items():
        yield HistoryRow(at, report, step.label, ", ".join(channels), ", ".join(offices), state)
    if step.state == ChaseStep.State.NOBODY:
        yield HistoryRow(at, report, step.label, formats.UNKNOWN, NOBODY, step.get_state_display())


def _alike(reached: dict[tuple[str, str], list[str]]) -> dict[tuple[tuple[str, ...], str], list[str]]:
    """{(offices, outcome): channels}: what went to the same offices with the same outcome is one line."""
    found: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for (channel, state), offices in reached.items():
        found[tuple(offices), state].append(channel)
    return found


def _notices(about: Iterable[int]) -> dict[int, list[ChaseNotice]]:
    """{step taken: who was told of it}, without those whose message was worded after the report had come in."""
    rows = ChaseNotice.objects.filter(taken__obligation__in=list(about)).exclude(state=ChaseNotice.State.DROPPED)
    found: dict[int, list[ChaseNotice]] = defaultdict(list)
    for row in rows.select_related("message").order_by("channel", "pk"):
        found[row.taken_id].append(row)
    return found


class Posts:
    """Which office each recipient held when they were told."""

    def __init__(self, users: set[int]) -> None:
        self.regency = Regency.objects.get(pk=current_regency_id())
        self.held: dict[int, list[Membership]] = defaultdict(list)
        rows = Membership.objects.filter(regency_id=current_regency_id(), user_id__in=users)
        for row in rows.select_related("agency"):
            self.held[row.user_id].append(row)

    def position(self, notice: ChaseNotice, step: ChaseStep, obligation: Obligation) -> str:
        """E.g. "Plt. Kepala Dinas Kesehatan"; of another office with its name behind."""
        on = self.regency.local(step.taken_at).date()
        rows = [row for row in self.held.get(notice.recipient_id, ()) if row.is_in_force_on(on)]
        own = next((row for row in rows if row.agency_id == obligation.agency_id), None)
        if own is not None:
            return own.position
        return f"{rows[0].position} ({rows[0].agency.short_name})" if rows else notice.get_audience_display()
