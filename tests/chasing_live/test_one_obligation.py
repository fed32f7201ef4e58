"""One obligation of the decree, from the first tick to the chase, through a real broker, worker, beat and relay.

Nothing is called: the test only starts and kills processes, and moves time by moving the stored moments of a row, which
is all the portal goes by. Whatever happens in between is the doing of beat's own timetable.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from django.utils import timezone

from katingan_portal.outbox.delivery import LEASE, RECONCILE_AFTER
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from katingan_portal.ui.formats import clock, day
from reporting.chasing.models import ChaseStep
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import period_of
from reporting.periods.models import Obligation
from tests.chasing_live.processes import Backstage, backstage
from tests.conftest import person, signed_in
from tests.outbox.sink import Sink

# Beat's first tick comes after a minute and there are two, so the test lasts over two minutes and mostly waits.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]
PEOPLE = ["ani@uji.example", "budi@uji.example", "lina@uji.example"]
STRUCK = "lina@uji.example"  # the last of them to be written to
TICK = 60 + 20  # a minute of beat and what the machine needs
DELIVER = 15 + 20
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

    def letters_about(self, subject: str) -> list[EmailMessage]:
        letters = [message_from_bytes(each, policy=policy.default) for each in self.letters]
        return [letter for letter in letters if letter["Subject"] == subject]


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

    def obligation(self) -> Obligation | None:
        with applied(Scope(self.regency.pk)):
            rows = Obligation.objects.select_related("agency", "form")
            return rows.filter(agency__code="dinkes", period=self.period.key).first()

    def move(self, due_at: datetime) -> None:
        """As if the calendar had moved on: the report is due at `due_at`, and the chase looks at it now."""
        with applied(Scope(self.regency.pk)):
            row = Obligation.objects.filter(agency__code="dinkes", period=self.period.key)
            row.update(due_at=due_at, next_chase_at=timezone.now())

    def steps(self) -> dict[str, ChaseStep]:
        with applied(Scope(self.regency.pk)):
            rows = ChaseStep.objects.filter(obligation__agency__code="dinkes", obligation__period=self.period.key)
            return {row.step.code: row for row in rows.select_related("step")}

    def messages(self, step: str = "") -> dict[str, Message]:
        """{address: e-mail} of one step of this obligation; without a step every message of the regency, by key."""
        with applied(Scope(self.regency.pk)):
            if not step:
                return {row.key: row for row in Message.objects.all()}
            prefix = f"chase:{self.obligation().pk}:{step}:"
            emails = Message.objects.filter(key__startswith=prefix, channel=Message.Channel.EMAIL)
            return {row.address: row for row in emails}

    def all_final(self) -> bool:
        return all(row.state in FINAL for row in self.messages().values())

    def lose_the_lease(self, message: Message) -> None:
        """As if so long had passed since the worker died that its lease is over and the relay's log complete."""
        past = timezone.now() - LEASE - RECONCILE_AFTER
        with applied(Scope(self.regency.pk)):
            held = Message.objects.filter(pk=message.pk, state=Message.State.SENDING)
            assert held.update(lease_until=past) == 1, "nobody had died with it in hand"


def subject_of(story: Story, first_word: str) -> str:
    return f"{first_word}: Laporan bulanan Koperasi Merah Putih {story.period.label}"


def kill_while_sending(behind: Backstage, story: Story, step: str, *, handed_over: bool) -> Message:
    """SIGKILL the worker while the relay keeps it waiting; the message as the dead left it."""

    def only_one_is_in_hand() -> bool:
        rows = story.messages(step)
        row = rows.pop(STRUCK)
        in_hand = row.state == Message.State.SENDING and (row.handed_over_at is not None) == handed_over
        return in_hand and {other.state for other in rows.values()} == {Message.State.SENT}

    until(only_one_is_in_hand, 18, f"the others have theirs and the letter to {STRUCK} is in the middle")
    behind.kill("worker")
    assert only_one_is_in_hand(), "the worker got to mark it before it died"
    return story.messages(step)[STRUCK]


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
    until(lambda: story.messages() and story.all_final(), 60, "what was overdue long ago is out of the way")
    raised = story.obligation()
    assert (story.steps(), raised.next_chase_at < raised.due_at) == ({}, True)
    assert relay.letters_about(subject_of(story, "Pengingat")) == []

    # Two days before due. The worker dies before the relay has heard a word of the letter to Lina.
    relay.strike[STRUCK] = "hang at RCPT"
    due = timezone.now() + timedelta(days=2)
    story.move(due)
    until(lambda: relay.struck == [STRUCK], TICK, "beat has rung and the reminder is on its way")
    assert rings_of_beat(behind) >= 1
    in_hand = kill_while_sending(behind, story, "pengingat", handed_over=False)
    story.lose_the_lease(in_hand)
    behind.start_worker()
    until(lambda: len(relay.letters_about(subject_of(story, "Pengingat"))) == 3, DELIVER, "all have the reminder")
    until(story.all_final, DELIVER, "every message has its end")
    assert_each_has_it_once(story, relay, "pengingat", "Pengingat", f"jatuh tempo {when(due, story)}.")
    assert {row.state for row in story.steps().values()} == {"fired"}

    # Three weeks later nobody has filed. The relay takes the letter to Lina, and the worker dies before it hears so.
    relay.strike[STRUCK] = "accept, then hang"
    due = timezone.now() - timedelta(days=21)
    rung = rings_of_beat(behind)
    story.move(due)
    until(lambda: relay.struck == [STRUCK, STRUCK], TICK, "beat has rung and the chase is on its way")
    assert rings_of_beat(behind) > rung
    doubtful = kill_while_sending(behind, story, "tagihan-1", handed_over=True)
    story.lose_the_lease(doubtful)
    behind.start_worker()
    until(lambda: len(relay.letters_about(subject_of(story, "Terlambat"))) >= 4, DELIVER, "the doubt is settled")
    until(story.all_final, DELIVER, "every message has its end")

    letters = relay.letters_about(subject_of(story, "Terlambat"))
    chased = story.messages("tagihan-1")
    assert Counter(letter["To"] for letter in letters) == Counter([*PEOPLE, STRUCK])
    assert {letter["Message-ID"] for letter in letters} == {row.message_id for row in chased.values()}
    assert all(f"jatuh tempo {when(due, story)} dan belum kami terima." in body_of(letter) for letter in letters)
    assert {address for address, row in chased.items() if row.possibly_repeated} == {STRUCK}
    assert_pages_tell_why(story, chased)

    # The reminder is not told again, no step was taken twice, and nothing of it all hangs.
    assert len(relay.letters_about(subject_of(story, "Pengingat"))) == 3
    assert {code: (row.state, row.recipients) for code, row in story.steps().items()} == {
        "pengingat": ("fired", 3),
        "tagihan-1": ("fired", 3),
    }
    assert {row.state for row in story.messages().values()} == {Message.State.SENT}
    assert max((relay.accepted - Counter([doubtful.message_id])).values()) == 1


def assert_each_has_it_once(story: Story, relay: Relay, step: str, first_word: str, sentence: str) -> None:
    letters = relay.letters_about(subject_of(story, first_word))
    rows = story.messages(step)
    assert sorted(letter["To"] for letter in letters) == PEOPLE
    assert {letter["To"]: letter["Message-ID"] for letter in letters} == {a: r.message_id for a, r in rows.items()}
    assert all(sentence in body_of(letter) for letter in letters)
    assert not any(row.possibly_repeated for row in rows.values())


def assert_pages_tell_why(story: Story, chased: dict[str, Message]) -> None:
    """The page of the report, and those of the outbox."""
    shown = page(f"/laporan/{story.obligation().pk}/")
    assert shown.count("dikirim, 3 orang") == 2
    assert shown.count("mungkin terkirim dua kali") == 1
    for address, row in chased.items():
        told = page(f"/pesan/keluar/{row.public_id}/")
        assert row.message_id in told
        assert f"Mungkin terkirim dua kali {'ya' if address == STRUCK else 'tidak'}" in told


def when(moment: datetime, story: Story) -> str:
    local = story.regency.local(moment)
    return f"{day(local, story.regency.zone)} {clock(local, story.regency.zone)}"


def body_of(letter: EmailMessage) -> str:
    return letter.get_body(("plain",)).get_content()
