# ruff: noqa: B023 -- every thread has ended before the loop goes on
"""Two people at the same moment, on committed rows and real connections: one outcome, and words for the other.

Each pair starts at a barrier, several rounds on obligations of their own. Afterwards every stored row must still keep
the promises that need no memory of what happened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.answering import directives, disclaimers, promises
from reporting.answering.directives import DirectiveRefused
from reporting.answering.disclaimers import DisclaimerRefused
from reporting.answering.promises import PromiseRefused
from reporting.chasing.engine import chase_regency
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.holidays import CalendarRefused, DayChange, close_day
from reporting.periods.models import Disclaimer, DueChange, Extension, Holiday, Obligation, Promise
from reporting.periods.waivers import WaiverRefused, waive, waive_many
from reporting.submissions import actions, extensions, review
from reporting.submissions.actions import Contents, ReportRefused
from reporting.submissions.extensions import ExtensionRefused
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision
from tests.conftest import actor_of, everything_of, person, signed_in

REFUSALS = (
    DirectiveRefused,
    DisclaimerRefused,
    PromiseRefused,
    ReportRefused,
    WaiverRefused,
    ExtensionRefused,
    CalendarRefused,
)
ROUNDS = 4
NIL = Contents(is_nil=True, nil_reason="Belum ada kegiatan")


@dataclass
class Stage:
    """A district whose reports wait for what two people do. now: the moment of every action."""

    regency: Regency
    scope: Scope
    now: datetime
    people: dict[str, Actor]
    rows: Iterator[int]

    def next(self) -> Obligation:
        return self.get(next(self.rows))

    def get(self, key: int) -> Obligation:
        with applied(self.scope):
            return Obligation.objects.select_related("agency", "form", "regency").get(pk=key)

    def saved(self) -> Obligation:
        obligation = self.next()
        with applied(self.scope):
            actions.save_draft(obligation, NIL, version=0, by=self.people["ani"], now=self.now)
        return obligation

    def sent(self) -> tuple[Obligation, Report]:
        obligation = self.saved()
        with applied(self.scope):
            return obligation, actions.submit(obligation, by=self.people["ani"], now=self.now)

    def together(self, *acts: Callable[[], object]) -> list[str]:
        """Do all at once, each in a transaction of its own; per act "" when it was done, else what its person read."""
        start, told = threading.Barrier(len(acts)), ["?"] * len(acts)

        def run(number: int, act: Callable[[], object]) -> None:
            try:
                start.wait()
                with applied(self.scope):
                    act()
                told[number] = ""
            except REFUSALS as refusal:
                told[number] = str(refusal)
            except Exception as error:
                told[number] = f"ERROR {error!r}"
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "a deadlock is left"
        assert not any(words.startswith(("ERROR", "?")) for words in told), told
        return told


@pytest.fixture
def stage(committed_db) -> Iterator[Stage]:
    regency = Regency.objects.get(code="62.06")
    people = {name: actor_of(person(name)) for name in ("ani", "budi", "gita", "joko")}
    scope, now = everything_of(regency), timezone.now()
    with applied(scope):
        raise_obligations(regency, now=now, by=Actor.system("Uji"))
        keys = list(Obligation.objects.filter(due_at__gt=now + timedelta(days=1)).values_list("pk", flat=True))
    there = Stage(regency, scope, now, people, iter(keys))
    yield there
    with applied(scope):
        promises_hold()


def promises_hold() -> None:
    """What a row shows by itself: the invariants of tests/reporting/life without the memory of what was done."""
    for row in Obligation.objects.all():
        report = Report.objects.filter(obligation=row).first()
        state = report.state if report else ""
        sent = list(ReportRevision.objects.filter(report__obligation=row).order_by("number"))
        valid = [each.submitted_at for each in sent if not each.is_void]
        assert [each.number for each in sent] == list(range(1, len(sent) + 1))
        assert row.first_submitted_at == (valid[0] if valid else None)
        assert (row.accepted_at is not None) == (state == "accepted")
        assert (state == "submitted") == (bool(sent) and sent[-1].outcome == "")
        assert AcceptedFigure.objects.filter(obligation=row).exists() == (state == "accepted")
        assert row.next_chase_at is None or running_clock(row)
        moment = row.original_due_at
        for change in DueChange.objects.filter(obligation=row).order_by("pk"):
            assert change.old_due_at == moment
            moment = change.new_due_at
        assert moment == row.due_at


def one_of(told: list[str], *words: str) -> None:
    """Exactly one was done, and the other read one of these words."""
    assert told.count("") == 1, told
    other = next(each for each in told if each)
    assert any(word in other for word in words), other


def test_two_people_send_the_same_report(stage):
    for _ in range(ROUNDS):
        row = stage.saved()
        told = stage.together(
            *(lambda by=by: actions.submit(row, by=stage.people[by], now=stage.now) for by in ("ani", "budi"))
        )
        one_of(told, "sudah dikirim oleh")


def test_two_people_save_the_first_draft(stage):
    other = Contents(is_nil=True, nil_reason="Banjir")
    for _ in range(ROUNDS):
        row = stage.next()
        told = stage.together(
            lambda: actions.save_draft(row, NIL, version=0, by=stage.people["ani"], now=stage.now),
            lambda: actions.save_draft(row, other, version=0, by=stage.people["budi"], now=stage.now),
        )
        one_of(told, "menyimpan laporan ini sejak Anda membukanya")


def test_one_sends_while_the_other_saves(stage):
    """Either the draft was kept and that is what was sent, or it was sent and the other is told."""
    other = Contents(is_nil=True, nil_reason="Banjir")
    for _ in range(ROUNDS):
        row = stage.saved()
        told = stage.together(
            lambda: actions.submit(row, by=stage.people["budi"], now=stage.now),
            lambda: actions.save_draft(row, other, version=1, by=stage.people["ani"], now=stage.now),
        )
        assert told[0] == ""
        assert told[1] in ("", f"Laporan ini sudah dikirim oleh {stage.people['budi'].name}.")
        with applied(stage.scope):
            sent = ReportRevision.objects.get(report__obligation=row)
            assert sent.nil_reason == Report.objects.get(obligation=row).nil_reason
            assert sent.nil_reason == ("Belum ada kegiatan" if told[1] else "Banjir")


def test_one_accepts_while_the_other_returns(stage):
    for _ in range(ROUNDS):
        _, report = stage.sent()
        told = stage.together(
            lambda: review.accept(report, by=stage.people["gita"], now=stage.now),
            lambda: review.return_for_correction(report, note="Periksa", by=stage.people["joko"], now=stage.now),
        )
        one_of(told, "tidak sedang menunggu pemeriksaan: sudah diterima", "sudah dikembalikan oleh")


def test_one_returns_while_the_other_sends_again(stage):
    """What was sent is returned and then sent again, or the second sending comes too early and is told so."""
    for _ in range(ROUNDS):
        row, report = stage.sent()
        told = stage.together(
            lambda: review.return_for_correction(report, note="Periksa", by=stage.people["gita"], now=stage.now),
            lambda: actions.submit(row, by=stage.people["budi"], now=stage.now),
        )
        assert told[0] == ""
        assert told[1] in ("", f"Laporan ini sudah dikirim oleh {stage.people['ani'].name}.")


def test_one_accepts_while_the_other_reopens(stage):
    for _ in range(ROUNDS):
        row, report = stage.sent()
        told = stage.together(
            lambda: review.accept(report, by=stage.people["gita"], now=stage.now),
            lambda: review.reopen(report, reason="Keliru", by=stage.people["joko"], now=stage.now),
        )
        assert told[0] == "", told
        assert told[1] == "" or "tidak sedang terkunci" in told[1], told
        with applied(stage.scope):
            state = Report.objects.get(obligation=row).state
        assert state == ("accepted" if told[1] else "returned")


def asked(stage: Stage) -> tuple[Obligation, Extension]:
    row = stage.saved()
    wanted_on = (row.due_at + timedelta(days=20)).date()
    with applied(stage.scope):
        request = extensions.ask(
            row, stage.regency, wanted_on=wanted_on, reason="Banjir", by=stage.people["ani"], now=stage.now
        )
    return row, request


def test_one_grants_more_time_while_the_other_sends(stage):
    for _ in range(ROUNDS):
        row, request = asked(stage)
        told = stage.together(
            lambda: extensions.grant(
                request, stage.regency, granted_on=request.wanted_on, note="", by=stage.people["gita"], now=stage.now
            ),
            lambda: actions.submit(row, by=stage.people["ani"], now=stage.now),
        )
        assert told[1] == "", told
        assert told[0] == "" or "sudah dikirim, jadi tidak perlu diperpanjang" in told[0], told
        assert running_clock(stage.get(row.pk))[0] == Clock.REVIEW


def test_one_grants_while_the_other_withdraws(stage):
    for _ in range(ROUNDS):
        _, request = asked(stage)
        told = stage.together(
            lambda: extensions.grant(
                request, stage.regency, granted_on=request.wanted_on, note="", by=stage.people["gita"], now=stage.now
            ),
            lambda: extensions.withdraw(request, by=stage.people["ani"]),
        )
        one_of(told, "Permintaan ini sudah")


def test_one_waives_while_the_other_sends(stage):
    """Sent first: then it is waived with its report. Waived first: then the other need not send."""
    for _ in range(ROUNDS):
        row = stage.saved()
        told = stage.together(
            lambda: waive(row, reason="Bencana", by=stage.people["joko"], now=stage.now),
            lambda: actions.submit(row, by=stage.people["ani"], now=stage.now),
        )
        assert told[0] == "", told
        assert told[1] == "" or "sudah dibebaskan" in told[1], told


def test_one_waives_while_the_other_accepts(stage):
    for _ in range(ROUNDS):
        row, report = stage.sent()
        told = stage.together(
            lambda: waive(row, reason="Bencana", by=stage.people["joko"], now=stage.now),
            lambda: review.accept(report, by=stage.people["gita"], now=stage.now),
        )
        one_of(told, "sudah diterima atau sudah dibebaskan", "dibebaskan, jadi tidak perlu diperiksa")


def promising(stage: Stage, row: Obligation, by: str) -> Callable[[], object]:
    promised_on = (row.due_at + timedelta(days=3)).date()
    return lambda: promises.promise(
        row, stage.regency, promised_on=promised_on, reason="Banjir", by=stage.people[by], now=row.due_at
    )


def test_two_people_promise_at_once(stage):
    for _ in range(ROUNDS):
        row = stage.next()
        one_of(stage.together(promising(stage, row, "ani"), promising(stage, row, "budi")), "Masih ada janji")
        with applied(stage.scope):
            assert Promise.objects.filter(obligation=row).count() == 1


def test_one_promises_while_the_other_sends(stage):
    """Promised first: then it is kept at once. Sent first: nothing to promise. None is left open."""
    for _ in range(ROUNDS):
        row = stage.saved()
        told = stage.together(
            promising(stage, row, "budi"), lambda: actions.submit(row, by=stage.people["ani"], now=row.due_at)
        )
        assert told[1] == "", told
        assert told[0] == "" or "sudah dikirim, jadi tidak perlu dijanjikan" in told[0], told
        with applied(stage.scope):
            assert list(Promise.objects.filter(obligation=row).values_list("state", flat=True)) == ["kept"] * (
                told[0] == ""
            )
        assert (stage.get(row.pk).promise_due_at, running_clock(stage.get(row.pk))[0]) == (None, Clock.REVIEW)


def test_one_takes_a_promise_back_while_the_tick_finds_it_broken(stage):
    """Broken or taken back, never both, and the chase goes on."""
    for _ in range(ROUNDS):
        row = stage.next()
        with applied(stage.scope):
            given = promising(stage, row, "ani")()
        later = given.due_at + timedelta(days=7)
        told = stage.together(
            lambda given=given, later=later: promises.withdraw(given, by=stage.people["ani"], now=later),
            lambda later=later: chase_regency(stage.regency, now=later),
        )
        assert told[1] == ""
        with applied(stage.scope):
            given.refresh_from_db()
        row = stage.get(row.pk)
        assert row.promise_due_at is None
        assert (told[0], given.state, row.broken_promises) in [
            ("", "moot", 0), ("Janji ini sudah selesai: tidak ditepati.", "broken", 1),
        ]  # fmt: skip


def test_many_things_lock_many_obligations_and_none_waits_for_ever(stage):
    """A holiday re-dates all, one person waives many, another accepts many, two agencies send: in any order."""
    day = timezone.localdate(stage.now) + timedelta(days=1)
    for number in range(ROUNDS):
        pairs = [stage.sent() for _ in range(3)]
        drafts = [stage.saved() for _ in range(2)]
        keys = [row.pk for row, _ in reversed(pairs)] + [row.pk for row in drafts]
        change = DayChange(day + timedelta(days=number), "Cuti bersama susulan", Holiday.Kind.COLLECTIVE)
        told = stage.together(
            lambda change=change: close_day(stage.regency, change, by=stage.people["joko"], now=stage.now),
            lambda keys=keys: waive_many(keys, reason="Bencana", by=stage.people["joko"], now=stage.now),
            lambda pairs=pairs: review.accept_many(
                [(report, None) for _, report in reversed(pairs)], by=stage.people["gita"], now=stage.now
            ),
            *(lambda row=row: actions.submit(row, by=stage.people["ani"], now=stage.now) for row in drafts),
        )
        assert told[:3] == ["", "", ""]
        assert all(each == "" or "sudah dibebaskan" in each for each in told[3:]), told


def test_what_is_raised_while_a_day_is_closed_knows_the_day_or_is_re_dated(stage):
    """Neither order leaves an obligation with the date of the old calendar."""
    for number in range(ROUNDS):
        moment = stage.now + timedelta(days=40 + 31 * number)  # each time with another month to raise
        with applied(stage.scope):
            before = Obligation.objects.count()
        closed = (moment + timedelta(days=2 + number)).date()
        change = DayChange(closed, "Libur daerah", Holiday.Kind.LOCAL)
        told = stage.together(
            lambda moment=moment: raise_obligations(stage.regency, now=moment, by=Actor.system("Uji")),
            lambda change=change, moment=moment: close_day(stage.regency, change, by=stage.people["joko"], now=moment),
            lambda change=change, moment=moment: close_day(stage.regency, change, by=stage.people["gita"], now=moment),
        )
        assert told == ["", "", ""]
        with applied(stage.scope):
            assert Obligation.objects.count() > before
            assert Holiday.objects.filter(on=closed).count() == 1
            due = Obligation.objects.filter(due_at__gt=moment, rule__grace=None).values_list("period", "due_at")
            assert len(set(due)) == len({period for period, _ in due}) > 0


def test_a_double_click_on_send_sends_once_and_both_answers_say_that_it_is_sent(stage):
    """Two posts of one page at the same moment, whole requests on connections of their own."""
    with applied(stage.scope):
        dinkes = Agency.objects.get(code="dinkes")
        keys = list(Obligation.objects.filter(agency=dinkes).order_by("-pk").values_list("pk", flat=True))[:ROUNDS]
    for key in keys:
        session = f"{key:016x}"
        fields = {"version": "0", "session": session, "is_nil": "on", "nil_reason": "Belum ada kegiatan", "submit": "1"}
        pages = doubled(f"/laporan/{key}/isi/", fields)
        assert [page.status_code for page in pages] == [200, 200], [page.content.decode()[:2000] for page in pages]
        for page in pages:
            assert "Laporan terkirim" in page.content.decode()
        with applied(stage.scope):
            assert ReportRevision.objects.filter(report__obligation_id=key).count() == 1


def doubled(address: str, fields: dict[str, str]) -> list[Any]:
    """The answers to two posts of one signed-in browser at the same moment, each followed to its page."""
    browser = signed_in(person("ani"))
    start, answers = threading.Barrier(2), []

    def run() -> None:
        client = Client()
        client.cookies = browser.cookies
        try:
            start.wait()
            answers.append(client.post(address, fields, follow=True))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_two_people_say_that_it_is_not_theirs_and_two_administrators_decide(stage):
    for _ in range(ROUNDS):
        row = stage.next()
        told = stage.together(
            *(
                lambda by=by: disclaimers.disclaim(row, reason="Bukan kami", by=stage.people[by], now=stage.now)
                for by in ("ani", "budi")
            )
        )
        one_of(told, "sedang ditinjau")
        with applied(stage.scope):
            said = Disclaimer.objects.get(obligation=row)
        told = stage.together(
            lambda said=said: disclaimers.agree(said, note="", by=stage.people["joko"], now=stage.now),
            lambda said=said: disclaimers.refuse(said, note="Tetap", by=stage.people["gita"], now=stage.now),
        )
        one_of(told, "sudah selesai")


def test_one_answers_a_directive_while_it_is_withdrawn(stage):
    for _ in range(ROUNDS):
        row = stage.next()
        with applied(stage.scope):
            given = directives.give(
                row, stage.regency, text="Segera", due_on=row.due_at.date(), by=stage.people["gita"], now=stage.now
            )
        told = stage.together(
            lambda given=given: directives.answer(given, text="Sudah", by=stage.people["ani"], now=stage.now),
            lambda given=given: directives.withdraw(given, by=stage.people["gita"], now=stage.now),
        )
        one_of(told, "jadi langkah itu tidak bisa dilakukan")
