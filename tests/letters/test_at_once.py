"""Two people at the same moment, on committed rows and real connections: no number twice, none left out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connections
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied, platform_work
from reporting.chasing.models import ChaseStep, JobRun, LadderStep
from reporting.letters import actions, actions_series
from reporting.letters.drafting import keep_drafts
from reporting.letters.models import Letter, LetterItem, LetterKind, LetterSeries, LetterYear
from reporting.letters.refusals import LetterRefused
from reporting.letters.tasks import run_drafting
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation
from tests.conftest import actor_of, everything_of, person

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ROUNDS = 4


class Office:
    """A district with overdue reports, and what several people do in it at once."""

    def __init__(self) -> None:
        self.regency = Regency.objects.get(code="62.06")
        self.scope = everything_of(self.regency)
        self.people = {name: actor_of(person(name)) for name in ("gita", "joko")}
        with applied(self.scope):
            raise_obligations(self.regency, now=NOW, by=Actor.system("Uji"))
            late = Obligation.objects.filter(due_at__lt=NOW).values_list("agency_id", flat=True)
            self.agencies = list(Agency.objects.filter(pk__in=set(late)))

    def draft(self, agency: Agency, kind: LetterKind, by: str = "gita") -> Letter:
        with applied(self.scope):
            about = list(Obligation.objects.filter(agency=agency, due_at__lt=NOW).select_related("agency", "form"))
            return actions.draft(kind, agency, about, regency=self.regency, by=self.people[by], now=NOW)

    def issue(self, letter: Letter, by: str = "gita") -> Letter:
        with applied(self.scope):
            return actions.issue(letter, seen=0, regency=self.regency, by=self.people[by], now=NOW)

    def together(self, *acts: Callable[[], object]) -> list[str]:
        """Per act "" when it was done, else the refusal."""
        start, told = threading.Barrier(len(acts)), ["?"] * len(acts)

        def run(number: int, act: Callable[[], object]) -> None:
            try:
                start.wait()
                act()
                told[number] = ""
            except LetterRefused as refusal:
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

    def numbers(self) -> list[int]:
        with applied(self.scope):
            return sorted(Letter.objects.exclude(number=None).values_list("number", flat=True))


@pytest.fixture
def office(committed_db) -> Office:
    return Office()


def test_many_letters_issued_at_once_get_each_number_once(office):
    """The very first numbers of the year too, when neither series nor year have their row yet."""
    letters = [office.draft(agency, LetterKind.TEGURAN_1) for agency in office.agencies[:8]]
    told = office.together(*(lambda letter=letter: office.issue(letter) for letter in letters))
    assert told == [""] * 8
    assert office.numbers() == list(range(1, 9))


def test_two_people_issue_the_same_draft_once(office):
    for round_ in range(ROUNDS):
        letter = office.draft(office.agencies[round_], LetterKind.TEGURAN_1)
        told = office.together(*(lambda by=by, it=letter: office.issue(it, by) for by in ("gita", "joko")))
        assert sorted(told) == ["", "Surat ini bukan rancangan lagi: terbit."]
        assert office.numbers() == list(range(1, round_ + 2))


def test_one_that_fails_among_others_leaves_no_gap(office, monkeypatch):
    letters = [office.draft(agency, LetterKind.TEGURAN_1) for agency in office.agencies[:6]]
    failing = {office.agencies[1].name, office.agencies[4].name}
    set_pdf = actions.letter_pdf

    def sometimes(paper):
        if paper.owed[0].agency in failing:
            raise LetterRefused("PDF gagal")
        return set_pdf(paper)

    monkeypatch.setattr(actions, "letter_pdf", sometimes)
    told = office.together(*(lambda letter=letter: office.issue(letter) for letter in letters))
    assert told.count("PDF gagal") == 2
    assert office.numbers() == [1, 2, 3, 4]
    with applied(office.scope):
        assert LetterYear.objects.get().next_number == 5


def test_who_waits_too_long_for_a_number_is_told_and_may_try_again(office, monkeypatch):
    monkeypatch.setattr(actions_series, "PATIENCE", "200ms")
    letter = office.draft(office.agencies[0], LetterKind.TEGURAN_1)
    held, told = threading.Event(), threading.Event()

    def hold() -> None:
        with applied(office.scope):
            actions_series.locked_series(LetterSeries.Code.TEGURAN)
            held.set()
            told.wait(60)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    with pytest.raises(LetterRefused, match="Surat lain sedang diterbitkan"):
        office.issue(letter)
    told.set()
    holder.join(60)
    assert office.issue(letter).number == 1


def test_two_people_draft_the_same_letter_once(office):
    for round_ in range(ROUNDS):
        agency = office.agencies[round_]
        told = office.together(
            *(lambda by=by, to=agency: office.draft(to, LetterKind.TEGURAN_1, by) for by in ("gita", "joko"))
        )
        assert sorted(words[:9] for words in told) == ["", "Rancangan"]
        with applied(office.scope):
            assert Letter.objects.filter(agency=agency).count() == 1


def test_a_report_added_while_its_letter_is_issued_is_in_it_or_refused(office):
    """Either order is right; a row in the letter that its paper does not name is not."""
    for round_ in range(ROUNDS):
        agency = office.agencies[round_]
        letter = office.draft(agency, LetterKind.TEGURAN_1)
        with applied(office.scope):
            late = list(LetterItem.objects.filter(letter=letter).order_by("pk"))
            spare = late[-1].obligation
            late[-1].delete()

        def add(letter=letter, spare=spare):
            with applied(office.scope):
                try:
                    LetterItem.objects.create(letter=letter, obligation=spare)
                except Exception as error:
                    raise LetterRefused("ditolak") from error

        told = office.together(lambda letter=letter: office.issue(letter), add)
        assert told[0] == ""
        assert told[1] in ("", "ditolak")
        with applied(office.scope):
            issued = Letter.objects.get(pk=letter.pk)
            assert issued.items.count() == len(issued.contents["owed"])


def test_jobs_at_once_close_a_settled_draft_once(office):
    letter = office.draft(office.agencies[0], LetterKind.TEGURAN_1)
    with applied(office.scope):
        Obligation.objects.filter(agency=office.agencies[0]).update(waived_at=NOW, waived_reason="Bencana")

    def job() -> None:
        with applied(office.scope):
            keep_drafts(office.regency, now=NOW)

    office.together(job, job, job)
    with applied(office.scope):
        assert Letter.objects.get(pk=letter.pk).state == "dropped"


def test_the_job_works_as_the_worker_over_every_regency_and_leaves_its_run(office, as_role):
    """The district without a coordinating office is left in peace."""
    as_role("worker")
    with applied(office.scope):
        obligation = Obligation.objects.filter(agency=office.agencies[1], due_at__lt=timezone.now())[0]
        ChaseStep.objects.create(
            obligation=obligation, step=LadderStep.objects.all()[0], clock=Clock.FILING, due_at=obligation.due_at,
            state=ChaseStep.State.FIRED, label="Tahap", offset=9, tone="firm",
            letter=LetterKind.TEGURAN_1, planned_at=NOW, taken_at=NOW,
        )  # fmt: skip
    with platform_work("test"):
        run, again = run_drafting(), run_drafting()
        assert (run.checked, run.acted, run.failed) == (Regency.objects.count(), 1, 0)
        assert (again.acted, again.failed, again.pk) == (0, 0, None)
        assert JobRun.objects.filter(job="draft_letters").count() == 1
    with applied(office.scope):
        assert Letter.objects.get().agency_id == obligation.agency_id
