"""One obligation of the decree, from the first tick to the chase, through a real broker, worker, beat and relay.

Nothing is called: the test only starts and kills processes, and moves time by moving the stored moments of a row, which
is all the portal goes by. So it does not matter at which hour or on which day it runs. Whatever happens in between is
the doing of beat's own timetable.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.outbox.delivery import LEASE, RECONCILE_AFTER
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from katingan_portal.ui.formats import clock, day
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import CHASE_TIME, OfficeCalendar, end_of_day, period_of
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of
from tests.chasing_live.processes import Backstage, backstage
from tests.conftest import person, signed_in
from tests.outbox.sink import Sink

# Most of it is waiting for real processes to start, on a machine that runs other things beside.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]
PEOPLE = ["ani@uji.example", "budi@uji.example", "lina@uji.example"]
STRUCK = "lina@uji.example"  # the last of them to be written to
TICK = 80  # what the machine needs to start a worker, and two rings of beat
DELIVER = 40
FINAL = {Message.State.SENT, Message.State.FAILED, Message.State.CANCELLED}


class Relay(Sink):
    """Takes every letter, but is struck once by what `strike` says for the next letter to an address."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.strike: dict[str, str] = {}
        self.struck: list[str] = []
        self.script = self._act

    def _act(self, recipient: str, times: int) -> str:
        action = self.strike.pop(recipient, "accept")
        if action != "accept":
            self.struck.append(recipient)
        return action

    def letters_saying(self, first_word: str, story: Story) -> list[EmailMessage]:
        """Those about the one report, which begin with "Pengingat" or "Terlambat … hari"."""
        letters = [message_from_bytes(each, policy=policy.default) for each in self.letters]
        subject = re.compile(rf"{first_word}( \d+ hari)?: {re.escape(story.named)}")
        return [letter for letter in letters if subject.fullmatch(letter["Subject"])]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    with Relay(tmp_path / "accepted") as relay:
        yield relay


@pytest.fixture
def behind(committed_db: str, relay: Relay, tmp_path: Path, worker_id: str) -> Iterator[Backstage]:
    number = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    with backstage(tmp_path, mail_port=relay.port, broker_number=number + 1) as found:
        yield found


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {what}"
        time.sleep(0.2)


class Story:
    """The monthly report of Dinas Kesehatan for the running month, as the database tells it."""

    def __init__(self) -> None:
        self.regency = Regency.objects.get(code="62.06")
        self.period = period_of(PeriodType.MONTHLY, self.regency.local(timezone.now()).date())
        self.named = f"Laporan bulanan Koperasi Merah Putih {self.period.label}"

    def obligation(self) -> Obligation | None:
        with applied(Scope(self.regency.pk)):
            rows = Obligation.objects.select_related("agency", "form")
            return rows.filter(agency__code="dinkes", period=self.period.key).first()

    def move(self, due_on: date) -> datetime:
        """As if the calendar had moved: the report is due at the end of a day, and the chase looks at it now."""
        due_at = end_of_day(due_on, self.regency.zone)
        with applied(Scope(self.regency.pk)):
            row = Obligation.objects.filter(agency__code="dinkes", period=self.period.key)
            row.update(due_at=due_at, next_chase_at=timezone.now())
        return due_at

    def next_chase_day(self) -> date:
        """The first working day whose 08.00, the hour at which rungs come, lies ahead."""
        local = self.regency.local(timezone.now())
        day = local.date() if local.time() < CHASE_TIME else local.date() + timedelta(days=1)
        while not self._calendar().is_working_day(day):
            day += timedelta(days=1)
        return day

    def chase_day_before(self, day: date, working_days: int) -> date:
        return self._calendar().shift(day, -working_days)

    def steps(self) -> dict[str, ChaseStep]:
        with applied(Scope(self.regency.pk)):
            rows = ChaseStep.objects.filter(obligation__agency__code="dinkes", obligation__period=self.period.key)
            return {row.step.code: row for row in rows.select_related("step")}

    def digests(self, step: str) -> dict[str, Message]:
        """{address: the e-mail in which its reader hears of this step of the report}."""
        with applied(Scope(self.regency.pk)):
            notices = ChaseNotice.objects.filter(
                taken__obligation__agency__code="dinkes", taken__obligation__period=self.period.key,
                taken__step__code=step, channel=Message.Channel.EMAIL,
            )  # fmt: skip
            return {notice.message.address: notice.message for notice in notices.select_related("message")}

    def states(self) -> set[str]:
        with applied(Scope(self.regency.pk)):
            return set(Message.objects.values_list("state", flat=True))

    def open_the_office(self) -> None:
        """As if the hour of every digest that waits had come; whatever the hour, this changes nothing else."""
        now = timezone.now()
        with applied(Scope(self.regency.pk)):
            waiting = Message.objects.filter(state=Message.State.PLANNED, next_attempt_at__gt=now)
            waiting.update(next_attempt_at=now)

    def all_final(self) -> bool:
        self.open_the_office()
        return self.states() <= FINAL

    def lose_the_lease(self, message: Message) -> None:
        """As if so long had passed since the worker died that its lease is over and the relay's log complete."""
        past = timezone.now() - LEASE - RECONCILE_AFTER
        with applied(Scope(self.regency.pk)):
            held = Message.objects.filter(pk=message.pk, state=Message.State.SENDING)
            assert held.update(lease_until=past) == 1, "nobody had died with it in hand"

    def _calendar(self) -> OfficeCalendar:
        with applied(Scope(self.regency.pk)):
            return calendar_of(Agency.objects.get(code="dinkes"))


def strike(relay: Relay, story: Story, action: str, times: int) -> Callable[[], bool]:
    """Arm the relay; true once it has struck so often, the digests having left at their hour."""
    relay.strike[STRUCK] = action

    def has_struck() -> bool:
        story.open_the_office()
        return relay.struck == [STRUCK] * times

    return has_struck


def kill_while_sending(behind: Backstage, story: Story, step: str, *, handed_over: bool) -> Message:
    """SIGKILL the worker while the relay keeps it waiting; the message as the dead left it."""

    def only_one_is_in_hand() -> bool:
        rows = story.digests(step)
        row = rows.pop(STRUCK)
        in_hand = row.state == Message.State.SENDING and (row.handed_over_at is not None) == handed_over
        return in_hand and {other.state for other in rows.values()} == {Message.State.SENT}

    until(only_one_is_in_hand, 18, f"the others have theirs and the letter to {STRUCK} is in the middle")
    behind.kill("worker")
    assert only_one_is_in_hand(), "the worker got to mark it before it died"
    return story.digests(step)[STRUCK]


def rings_of_beat(behind: Backstage) -> int:
    return behind.log_of("beat").count("Sending due task tick (reporting.tick)")


def page(path: str) -> str:
    """What who looks after the outbox sees there, without the layout of the source."""
    response = signed_in(person("joko")).get(path)
    assert response.status_code == 200
    return unescape(re.sub(r"\s*(<[^>]*>\s*)+", " ", response.content.decode()))


def test_an_obligation_is_raised_reminded_overdue_and_chased_once_through_two_deaths(behind: Backstage, relay: Relay):
    story = Story()
    assert story.obligation() is None
    behind.start_beat()
    behind.start_worker()
    until(story.obligation, TICK, "the first tick has raised the obligation")
    until(story.states, TICK, "what was overdue long ago is told")
    until(story.all_final, TICK, "what was overdue long ago is out of the way")
    raised = story.obligation()
    assert (story.steps(), raised.next_chase_at < raised.due_at) == ({}, True)
    assert relay.letters_saying("Pengingat", story) == []

    # A working day before due. The worker dies before the relay has heard a word of the letter to Lina.
    has_struck = strike(relay, story, "hang at RCPT", times=1)
    due = story.move(story.next_chase_day())
    until(has_struck, TICK, "beat has rung and the reminder is on its way")
    assert rings_of_beat(behind) >= 1
    in_hand = kill_while_sending(behind, story, "pengingat", handed_over=False)
    story.lose_the_lease(in_hand)
    behind.start_worker()
    until(lambda: len(relay.letters_saying("Pengingat", story)) == 3, DELIVER, "all have the reminder")
    until(story.all_final, DELIVER, "every message has its end")
    assert_each_has_it_once(story, relay, "pengingat", "Pengingat", f"Tenggat {when(due, story)}.")
    assert chased(story) == {"pengingat-5": ("superseded", 0), "pengingat": ("fired", 3)}

    # A working day after due nobody has filed. The relay takes the letter to Lina; the worker dies before it hears so.
    has_struck = strike(relay, story, "accept, then hang", times=2)
    rung = rings_of_beat(behind)
    due = story.move(story.chase_day_before(story.next_chase_day(), 2))
    until(lambda: has_struck() and rings_of_beat(behind) > rung, TICK, "beat has rung and the chase is on its way")
    doubtful = kill_while_sending(behind, story, "tagihan-1", handed_over=True)
    story.lose_the_lease(doubtful)
    behind.start_worker()
    until(lambda: len(relay.letters_saying("Terlambat", story)) >= 4, DELIVER, "the doubt is settled")
    until(story.all_final, DELIVER, "every message has its end")

    letters, digests = relay.letters_saying("Terlambat", story), story.digests("tagihan-1")
    assert Counter(letter["To"] for letter in letters) == Counter([*PEOPLE, STRUCK])
    assert {letter["Message-ID"] for letter in letters} == {row.message_id for row in digests.values()}
    assert all(f"Tenggat {when(due, story)}, sudah lewat " in body_of(letter) for letter in letters)
    assert {address for address, row in digests.items() if row.possibly_repeated} == {STRUCK}
    assert_pages_tell_why(story, digests)

    # The reminder is not told again, no step was taken twice, and nothing of it all hangs.
    assert len(relay.letters_saying("Pengingat", story)) == 3
    assert chased(story) == {
        "pengingat-5": ("superseded", 0),
        "pengingat": ("fired", 3),
        "hari-tenggat": ("superseded", 0),
        "tagihan-1": ("fired", 3),
    }
    assert story.states() == {Message.State.SENT}
    assert max((relay.accepted - Counter([doubtful.message_id])).values()) == 1


def chased(story: Story) -> dict[str, tuple[str, int]]:
    return {code: (row.state, row.recipients) for code, row in story.steps().items()}


def assert_each_has_it_once(story: Story, relay: Relay, step: str, first_word: str, sentence: str) -> None:
    letters, rows = relay.letters_saying(first_word, story), story.digests(step)
    assert sorted(letter["To"] for letter in letters) == PEOPLE
    assert {letter["To"]: letter["Message-ID"] for letter in letters} == {a: r.message_id for a, r in rows.items()}
    assert all(sentence in body_of(letter) for letter in letters)
    assert not any(row.possibly_repeated for row in rows.values())


def assert_pages_tell_why(story: Story, digests: dict[str, Message]) -> None:
    """The page of the report, and those of the outbox."""
    assert page(f"/laporan/{story.obligation().pk}/").count("dilakukan, 3 orang") == 1
    assert page(f"/laporan/{story.obligation().pk}/penagihan/").count("mungkin terkirim dua kali") == 1
    for address, row in digests.items():
        told = page(f"/pesan/keluar/{row.public_id}/")
        assert row.message_id in told
        assert f"Mungkin terkirim dua kali {'ya' if address == STRUCK else 'tidak'}" in told


def when(moment: datetime, story: Story) -> str:
    local = story.regency.local(moment)
    return f"{day(local, story.regency.zone)} {clock(local, story.regency.zone)}"


def body_of(letter: EmailMessage) -> str:
    return letter.get_body(("plain",)).get_content()
