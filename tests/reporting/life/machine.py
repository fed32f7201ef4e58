"""Anything that people, the calendar and the clock can do to an obligation, in any order, on the real database.

Every step is a real action. The reference (reference.py) says beforehand whether it must succeed; afterwards the
history has grown exactly if something changed, and the invariants (invariants.py) are asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agencies.actions_people import PeopleRefused, end_membership
from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope
from reporting.answering import promises
from reporting.answering.promises import PromiseRefused
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseStep
from reporting.duties.actions import AssignmentRefused, assign, end_assignment
from reporting.duties.actions_forms import FormRefused, add_question, publish, start_draft
from reporting.duties.models import Assignment, Duty, Indicator, ReportForm
from reporting.duties.queries_forms import fingerprint_of_version
from reporting.duties.register import DutyRefused, revise_duty
from reporting.handovers.actions import Successor, hand_over
from reporting.periods.actions import raise_obligations
from reporting.periods.holidays import CalendarRefused, DayChange, close_day, open_day
from reporting.periods.models import Extension, Holiday, Obligation, Promise
from reporting.periods.queries import holiday_names, questions_of
from reporting.periods.waivers import WaiverRefused, lift_waiver, waive
from reporting.submissions import actions, extensions, review
from reporting.submissions.actions import Contents, ReportRefused
from reporting.submissions.extensions import ExtensionRefused
from reporting.submissions.models import Report
from tests.reporting.life import invariants
from tests.reporting.life.reference import OPEN, WIB, Life, Sent

REFUSALS = (
    ReportRefused, WaiverRefused, CalendarRefused, AssignmentRefused, FormRefused, ExtensionRefused, DutyRefused,
    PeopleRefused, PromiseRefused,
)  # fmt: skip
START = datetime(2026, 9, 28, 8, tzinfo=WIB)
END = datetime(2026, 12, 20, tzinfo=WIB)
PORTAL = Actor.system("Portal")
FIRST_DAY = date(2026, 9, 29)
PICK = st.integers(0, 30)
DAY = st.integers(0, 80).map(lambda days: FIRST_DAY + timedelta(days=days))


@dataclass(frozen=True)
class World:
    """What every run begins with, made once. people: ani and budi file, gita reviews, joko administers."""

    regency: Regency
    people: dict[str, Actor]
    citra: Scope
    elsewhere: Scope
    agencies: dict[int, Agency]
    grace: int
    successor: User


def answers_for(obligation: Obligation, number: int) -> dict[str, Any]:
    """An answer to every question of the machine's own form, in the JSON forms of answers.py."""
    kinds = {"yes_no": number % 2 == 0, "village_table": {"62.06.04.2001": {"kk": number}}}
    return {asked.code: kinds.get(asked.kind, number) for asked in questions_of(obligation)}


def without_promises() -> dict[str, str]:
    """The digest of what no tick may change."""
    return {table: told for table, told in invariants.digest().items() if table != "reporting_promise"}


def when(fits: Callable[[Life], bool]) -> Any:
    """Offer the rule only where it fits some obligation, so that the runs get far."""
    return precondition(lambda machine: any(fits(life) for life in machine.lives.values()))


class LifeOfAnObligation(RuleBasedStateMachine):
    world: ClassVar[World]
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now, self.lives, self.kept = START, {}, {}
        self.closed = set(holiday_names())
        self.questions = 0
        self.done["runs"] += 1
        self.raise_again()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # ------------------------------------------------------------------ helpers

    def attempt(self, verb: str, allowed: bool | None, act: Callable[[], object]) -> bool:
        """Do it; whether it was done. allowed: what the reference says, None where only the portal's checks know."""
        before, events = invariants.digest(), AuditEvent.objects.count()
        try:
            act()
            happened, told = True, ""
        except REFUSALS as refusal:
            happened, told = False, str(refusal)
        assert happened or told, verb
        assert allowed is None or happened == allowed, (verb, allowed)
        changed = invariants.digest() != before
        assert (AuditEvent.objects.count() > events) == changed, (verb, changed)
        assert happened or not changed, verb
        self.done[verb if happened else f"{verb}, refused"] += 1
        return happened

    def choose(self, pick: int, fits: Callable[[Life], bool]) -> tuple[Obligation, Life]:
        """Mostly one that the step fits, to get far; one time in six any, to be refused."""
        keys = sorted(self.lives)
        fitting = [key for key in keys if fits(self.lives[key])]
        among = fitting if fitting and pick % 6 != 5 else keys
        key = among[pick % len(among)]
        return Obligation.objects.select_related("agency", "form").get(pk=key), self.lives[key]

    def someone(self, pick: int) -> Actor:
        return self.world.people[("ani", "budi")[pick % 2]]

    @property
    def gita(self) -> Actor:
        return self.world.people["gita"]

    @property
    def joko(self) -> Actor:
        return self.world.people["joko"]

    def report_of(self, obligation: Obligation) -> Report | None:
        return Report.objects.filter(obligation=obligation).first()

    def meet(self, row: Obligation) -> None:
        """An obligation that was just raised: its frozen part is kept, its due moment is the reference's."""
        agency = self.world.agencies[row.agency_id]
        grace = 0
        if agency.code.startswith("kecamatan") and row.ends_on >= date(2026, 10, 1):
            grace = self.world.grace
        life = Life(agency.code, row.ends_on, row.form.due_count + grace, agency.works_saturday, row.due_at)
        assert row.due_at == row.original_due_at == life.due_by_rule(self.closed)
        self.lives[row.pk], self.kept[row.pk] = life, invariants.frozen(row)

    # ------------------------------------------------------------------ the portal's own steps

    @rule()
    def raise_again(self) -> None:
        regency, owed = self.world.regency, None
        self.attempt("raise", True, lambda: raise_obligations(regency, now=self.now, by=PORTAL))
        for row in Obligation.objects.exclude(pk__in=self.lives).select_related("form"):
            self.meet(row)
        before = invariants.digest()
        owed = raise_obligations(regency, now=self.now, by=PORTAL)
        assert owed == 0
        assert invariants.digest() == before

    @rule()
    def tick(self) -> None:
        """Raise, then chase: the chase touches nothing but its steps, broken promises and when to look again,
        on the running clock or on that of a promise."""
        self.raise_again()
        before, steps = without_promises(), set(ChaseStep.objects.values_list("pk", flat=True))
        chase_regency(self.world.regency, now=self.now)
        assert without_promises() == before
        new = ChaseStep.objects.exclude(pk__in=steps)
        for taken in new:
            life = self.lives[taken.obligation_id]
            running = {"submitted": "review", "returned": "correction"}.get(life.state, "filing")
            assert taken.clock in (running, "promise")
            assert (life.is_waived, life.state == "accepted") == (False, False)
        pairs = list(ChaseStep.objects.values_list("obligation_id", "step_id", "due_at", "occurrence"))
        assert len(pairs) == len(set(pairs))
        waiting = Obligation.objects.filter(next_chase_at__lte=self.now)
        assert not waiting.exists()
        chase_regency(self.world.regency, now=self.now)
        assert ChaseStep.objects.count() == len(pairs)
        self.done["tick"] += 1

    @rule(hours=st.sampled_from([1, 5, 14, 24, 24, 48, 96, 168]))
    def time_passes(self, hours: int) -> None:
        self.now = min(self.now + timedelta(hours=hours), END)

    @rule(after=st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(minutes=-1)]))
    def a_due_moment_comes(self, after: timedelta) -> None:
        ahead = [life.due + after for life in self.lives.values() if life.due + after > self.now]
        self.now = min(ahead, default=self.now)

    # ------------------------------------------------------------------ the agency

    @initialize(pasts=st.lists(st.sampled_from(["sent", "accept", "return", "void", "reopen", "lift"]), max_size=3))
    def some_have_a_past(self, pasts: list[str]) -> None:
        """So that short runs reach what otherwise needs many steps in one order."""
        for pick, past in enumerate(pasts):
            self.file(pick, pick)
            if past in ("accept", "reopen"):
                self.accept(0)
            if past in ("return", "void"):
                self.hand_back(0, is_void=past == "void")
            if past == "reopen":
                self.reopen(0)
            if past == "lift":
                self.waive(0)
                self.lift_waiver(0)

    @rule(pick=PICK, number=st.integers(0, 400), stale=st.integers(0, 9), part=st.integers(0, 5))
    def save(self, pick: int, number: int, stale: int, part: int) -> None:
        obligation, life = self.choose(pick, lambda life: life.state in OPEN)
        figures = answers_for(obligation, number)
        if part == 0:
            figures.popitem()
        contents = Contents(figures=figures, explanations={"angka": "benar"})
        report = self.report_of(obligation)
        version = (report.version if report else 0) + (7 if stale == 0 else 0)
        same = report is not None and actions.contents_of(report) == contents
        allowed = life.state in OPEN and (stale != 0 or same)

        def act() -> None:
            actions.save_draft(obligation, contents, version=version, by=self.someone(pick), now=self.now)

        if self.attempt("save", allowed, act):
            whole = obligation.form.code == "mesin" and part != 0
            self.saved(life, figures, is_nil=False, is_whole=whole)

    @rule(pick=PICK, reason=st.sampled_from(["Belum ada kegiatan", "Belum ada kegiatan", " "]))
    def save_nil(self, pick: int, reason: str) -> None:
        obligation, life = self.choose(pick, lambda life: life.state in OPEN)
        report = self.report_of(obligation)
        contents = Contents(is_nil=True, nil_reason=reason)

        def act() -> None:
            actions.save_draft(
                obligation, contents, version=report.version if report else 0, by=self.someone(pick), now=self.now
            )

        if self.attempt("save nil", life.state in OPEN and bool(reason.strip()), act):
            self.saved(life, {}, is_nil=True, is_whole=True)

    def saved(self, life: Life, figures: dict[str, Any], *, is_nil: bool, is_whole: bool) -> None:
        life.state = life.state or "draft"
        life.figures, life.is_nil, life.is_whole = figures, is_nil, is_whole

    @rule(pick=PICK, number=st.integers(0, 400))
    def file(self, pick: int, number: int) -> None:
        """Save and send in one go, as most people do."""
        self.save(pick, number, 1, 1)
        self.submit(pick)

    @when(lambda life: life.state in ("draft", "returned"))
    @rule(pick=PICK)
    def submit(self, pick: int) -> None:
        obligation, life = self.choose(pick, lambda life: life.may_be_sent)
        unsure = life.state in ("draft", "returned") and not life.is_waived and not life.is_whole
        allowed = None if unsure else life.may_be_sent
        by = self.someone(pick)
        if self.attempt("submit", allowed, lambda: actions.submit(obligation, by=by, now=self.now)):
            life.state = "submitted"
            life.sent.append(Sent(self.now, life.figures, life.is_nil))

    # ------------------------------------------------------------------ the reviewer

    def decide(
        self, verb: str, pick: int, fits: Callable[[Life], bool], act: Callable[[Report], object]
    ) -> Life | None:
        """The life it was done to, or None where it was refused or there is no report yet."""
        obligation, life = self.choose(pick, fits)
        report = self.report_of(obligation)
        if report is None:
            return None
        return life if self.attempt(verb, fits(life), lambda: act(report)) else None

    @when(lambda life: life.may_be_decided)
    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        life = self.decide(
            "accept", pick, lambda life: life.may_be_decided,
            lambda report: review.accept(report, by=self.gita, now=self.now),
        )  # fmt: skip
        if life:
            life.state = "accepted"

    @when(lambda life: life.may_be_decided)
    @rule(pick=PICK, is_void=st.sampled_from([False, False, True]))
    def hand_back(self, pick: int, is_void: bool) -> None:
        life = self.decide(
            "return as void" if is_void else "return", pick, lambda life: life.may_be_decided,
            lambda report: review.return_for_correction(
                report, note="Periksa", is_void=is_void, by=self.gita, now=self.now
            ),
        )  # fmt: skip
        if life:
            life.state, life.sent[-1].is_void = "returned", is_void

    @when(lambda life: life.state == "accepted")
    @rule(pick=PICK)
    def reopen(self, pick: int) -> None:
        life = self.decide(
            "reopen", pick, lambda life: life.state == "accepted",
            lambda report: review.reopen(report, reason="Keliru", by=self.gita, now=self.now),
        )  # fmt: skip
        if life:
            life.state = "returned"

    @when(lambda life: life.may_be_decided)
    @rule(pick=PICK)
    def decide_on_what_changed(self, pick: int) -> None:
        """The version that the reviewer saw is not the one that stands: nothing is decided."""
        self.decide(
            "accept unseen", pick, lambda life: False,
            lambda report: review.accept(report, by=self.gita, now=self.now, seen=report.version + 1),
        )  # fmt: skip

    # ------------------------------------------------------------------ waivers

    @rule(pick=PICK)
    def waive(self, pick: int) -> None:
        obligation, life = self.choose(pick, lambda life: not life.is_waived and life.state != "accepted")
        allowed = not life.is_waived and life.state != "accepted"
        if self.attempt("waive", allowed, lambda: waive(obligation, reason="Bencana", by=self.joko, now=self.now)):
            life.is_waived = True

    @when(lambda life: life.is_waived)
    @rule(pick=PICK)
    def lift_waiver(self, pick: int) -> None:
        obligation, life = self.choose(pick, lambda life: life.is_waived)
        regency = self.world.regency

        def act() -> None:
            lift_waiver(obligation, regency, reason="Banjir surut", by=self.joko, now=self.now)

        if self.attempt("lift waiver", life.is_waived, act):
            life.is_waived = False
            life.follow(self.closed, self.now)

    # ------------------------------------------------------------------ more time

    @rule(pick=PICK, days=st.integers(-2, 20))
    def ask_for_time(self, pick: int, days: int) -> None:
        obligation, life = self.choose(pick, lambda life: life.may_ask(life.due.date() + timedelta(days=9), self.now))
        wanted_on, regency, by = life.due.date() + timedelta(days=days), self.world.regency, self.someone(pick)

        def act() -> None:
            extensions.ask(obligation, regency, wanted_on=wanted_on, reason="Banjir", by=by, now=self.now)

        if self.attempt("ask for time", life.may_ask(wanted_on, self.now), act):
            life.is_asked = True

    def answer(self, verb: str, pick: int, fits: Callable[[Life], bool], act: Callable[[Extension], object]) -> Life:
        """Answer the newest request, which may have been answered before; the life, changed if it was done."""
        obligation, life = self.choose(pick, lambda life: life.is_asked)
        request = Extension.objects.filter(obligation=obligation).order_by("pk").last()
        if request and self.attempt(verb, fits(life), lambda: act(request)):
            life.is_asked = False
            life.answered = verb
        else:
            life.answered = ""
        return life

    @when(lambda life: life.is_asked)
    @rule(pick=PICK, days=st.integers(-2, 20))
    def grant(self, pick: int, days: int) -> None:
        life = self.choose(pick, lambda life: life.is_asked)[1]
        granted_on, regency = life.due.date() + timedelta(days=days), self.world.regency
        life = self.answer(
            "grant", pick, lambda life: life.may_grant(granted_on, self.now),
            lambda request: extensions.grant(
                request, regency, granted_on=granted_on, note="", by=self.gita, now=self.now
            ),
        )  # fmt: skip
        if life.answered == "grant":
            life.due = life.granted = datetime.combine(granted_on, time(23, 59), WIB)

    @when(lambda life: life.is_asked)
    @rule(pick=PICK, note=st.sampled_from(["Masih cukup waktu", "Masih cukup waktu", ""]))
    def refuse(self, pick: int, note: str) -> None:
        self.answer(
            "refuse", pick, lambda life: life.is_asked and bool(note),
            lambda request: extensions.refuse(request, note=note, by=self.gita, now=self.now),
        )  # fmt: skip

    @when(lambda life: life.is_asked)
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        self.answer(
            "withdraw", pick, lambda life: life.is_asked,
            lambda request: extensions.withdraw(request, by=self.someone(pick)),
        )  # fmt: skip

    # ------------------------------------------------------------------ promises

    @rule(pick=PICK, days=st.integers(-1, 25))
    def promise(self, pick: int, days: int) -> None:
        """What only the portal knows is whether it is taken: one at a time, not too far, none after three broken."""
        obligation, life = self.choose(pick, lambda life: life.state in OPEN and not life.is_waived)
        promised_on, regency, by = self.now.date() + timedelta(days=days), self.world.regency, self.someone(pick)

        def act() -> None:
            promises.promise(obligation, regency, promised_on=promised_on, reason="Banjir", by=by, now=self.now)

        may = None if life.state in OPEN and not life.is_waived and days >= 0 else False
        self.attempt("promise", may, act)

    @precondition(lambda _: Promise.objects.exists())
    @rule(pick=PICK)
    def take_promise_back(self, pick: int) -> None:
        given = list(Promise.objects.order_by("pk").select_related("obligation"))
        chosen = given[pick % len(given)]
        by, is_open = self.someone(pick), chosen.state == Promise.State.OPEN
        self.attempt("take a promise back", is_open, lambda: promises.withdraw(chosen, by=by, now=self.now))

    # ------------------------------------------------------------------ the calendar

    @rule(on=DAY, name=st.sampled_from(["Cuti bersama", "Hari jadi"]), kind=st.sampled_from(Holiday.Kind.values))
    def close_day(self, on: date, name: str, kind: str) -> None:
        change, regency = DayChange(on, name, kind), self.world.regency
        self.attempt("close day", True, lambda: close_day(regency, change, by=self.joko, now=self.now))
        self.closed.add(on)
        self.calendar_changed()

    @precondition(lambda self: any(FIRST_DAY <= on <= END.date() for on in self.closed))
    @rule(pick=PICK)
    def open_day(self, pick: int) -> None:
        rows = list(Holiday.objects.filter(on__gte=FIRST_DAY, on__lte=END).order_by("-pk"))
        row, regency = rows[pick % len(rows)], self.world.regency
        self.attempt("open day", not row.is_cancelled, lambda: open_day(regency, row, by=self.joko, now=self.now))
        self.closed.discard(row.on)
        self.calendar_changed()

    @rule(after=st.sampled_from([-1, 0, 1, 3600]), before=st.integers(0, 2))
    def cuti_bersama_comes_late(self, after: int, before: int) -> None:
        """A day just before the next due moment is closed, around that very moment."""
        ahead = sorted(life.due for life in self.lives.values() if life.due + timedelta(seconds=after) > self.now)
        if ahead:
            self.now = ahead[0] + timedelta(seconds=after)
            self.close_day((ahead[0] - timedelta(days=before)).date(), "Cuti bersama", Holiday.Kind.COLLECTIVE)

    def calendar_changed(self) -> None:
        for life in self.lives.values():
            life.follow(self.closed, self.now)

    # ------------------------------------------------------------------ duties and forms

    @rule(pick=PICK, starts_on=DAY, length=st.integers(-3, 40))
    def assign(self, pick: int, starts_on: date, length: int) -> None:
        duties = list(Duty.objects.order_by("pk")[:4])
        agencies = list(self.world.agencies.values())
        duty, agency = duties[pick % 4], agencies[pick % len(agencies)]
        ends_on = starts_on + timedelta(days=length) if length % 2 else None
        self.attempt("assign", None, lambda: assign(duty, agency, starts_on=starts_on, ends_on=ends_on, by=self.joko))

    @rule(pick=PICK, ends_on=DAY)
    def end_assignment(self, pick: int, ends_on: date) -> None:
        rows = list(Assignment.objects.order_by("ends_on", "pk").select_related("duty", "agency"))
        row = rows[pick % len(rows)]
        allowed = row.ends_on is None and ends_on >= row.starts_on
        self.attempt("end assignment", allowed, lambda: end_assignment(row, ends_on=ends_on, reason="x", by=self.joko))

    @rule(pick=PICK, effective_on=DAY, number=st.integers(0, 2))
    def revise_duty(self, pick: int, effective_on: date, number: int) -> None:
        duty = Duty.objects.order_by("pk")[pick % 4]
        wording = {"article": duty.article, "text": f"Bunyi ke-{number}", "effective_on": effective_on}
        self.attempt("revise duty", None, lambda: revise_duty(duty, reason="x", by=self.joko, now=self.now, **wording))

    @rule(pick=PICK)
    def official_leaves(self, pick: int) -> None:
        """The duty stays with the office; a later chase finds fewer people, or nobody."""
        posts = Membership.objects.filter(agency__in=self.world.agencies, ends_on=None).order_by("pk")
        if not posts:
            return
        post, last_day = posts[pick % len(posts)], self.now.astimezone(WIB).date()
        allowed = last_day >= post.starts_on
        self.attempt("official leaves", allowed, lambda: end_membership(post, on=last_day, by=self.joko))

    @rule(pick=PICK, days=st.integers(-20, 20))
    def official_hands_over(self, pick: int, days: int) -> None:
        posts = Membership.objects.filter(agency__in=self.world.agencies).order_by("pk")
        leaving, on = posts[pick % len(posts)], self.now.astimezone(WIB).date() + timedelta(days=days)
        successor = Successor(user=self.world.successor)

        def act() -> None:
            hand_over(leaving, successor, takes_over_on=on, note="Lanjutkan", by=self.joko, now=self.now)

        self.attempt("hand over", None, act)

    @rule()
    @precondition(lambda self: self.questions < 3)
    def publish_a_new_version(self) -> None:
        self.questions += 1

        def act() -> None:
            draft = start_draft(ReportForm.objects.get(code="mesin"), by=self.joko)
            add_question(
                draft, by=self.joko, code=f"tambahan-{self.questions}", label="Berapa?", kind=Indicator.Kind.COUNT
            )
            publish(draft, seen=fingerprint_of_version(draft), note="Tambah", by=self.joko, now=self.now)

        self.attempt("publish", True, act)

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def everything_holds(self) -> None:
        self.done["steps"] += 1
        rows = list(Obligation.objects.order_by("pk"))
        assert {row.pk for row in rows} == set(self.lives)
        invariants.check_dates(rows, self.lives, self.kept)
        invariants.check_reports(rows, self.lives)
        invariants.check_figures(rows, self.lives)
        invariants.check_measures(self.lives, self.now, self.world.regency)
        invariants.check_extensions(self.lives)
        invariants.check_promises(rows, self.lives)
        invariants.check_chase(rows, self.lives)
        invariants.check_walls(self.world.citra, self.world.elsewhere)
