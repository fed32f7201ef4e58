"""A promise: when it is taken, what waits for it, who hears of it, and how it ends."""

from datetime import date, timedelta

import pytest

from agencies.models import Membership
from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Message
from reporting.answering.promises import PromiseRefused, promise, withdraw
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.periods.models import Promise
from reporting.periods.queries import open_promises
from reporting.periods.waivers import waive
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from tests.answering.conftest import BEFORE, DUE, OVERDUE, october, told

pytestmark = pytest.mark.django_db
NIL = Contents(is_nil=True, nil_reason="Belum ada kegiatan")


@pytest.fixture
def make(september, katingan, actor_for):
    """make(day) → a promise by Ani for that day of October, on the 15th unless said otherwise."""

    def build(day, *, now=OVERDUE, by="ani", reason="Server rusak"):
        on = date(2026, 10, day) if isinstance(day, int) else day
        return promise(september, katingan, promised_on=on, reason=reason, by=actor_for(by), now=now)

    return build


@pytest.fixture
def file(september, actor_for):
    def build(now):
        actions.save_draft(september, NIL, version=0, by=actor_for("ani"), now=now)
        return actions.submit(september, by=actor_for("ani"), now=now)

    return build


def test_a_promise_makes_the_chase_wait_and_is_written_down(september, make, katingan):
    made = make(20)
    september.refresh_from_db()
    assert (made.due_at, made.state, made.made_by_name) == (october(20, 23, 59), "open", "Ani Operator")
    assert (september.promise_due_at, september.next_chase_at, september.due_at) == (made.due_at, OVERDUE, DUE)
    assert open_promises([september]) == {september.pk: made}
    event = history_of(september)[0]
    assert (event.verb, event.reason) == (
        "berjanji", "Akan dikirim paling lambat 20 Oktober 2026, karena: Server rusak",
    )  # fmt: skip
    chase_regency(katingan, now=october(19))
    assert not ChaseStep.objects.filter(clock="filing", state="fired", planned_at__gt=OVERDUE).exists()


def test_those_who_were_told_of_the_delay_and_the_coordinator_hear_of_the_promise(september, make, katingan):
    chase_regency(katingan, now=OVERDUE)
    make(20)
    assert told("promise") == [("budi", "in_app"), ("gita", "in_app"), ("lina", "in_app")]
    message = Message.objects.filter(kind="promise").first()
    assert "Ani Operator berjanji: Laporan bulanan" in message.body_text
    assert "paling lambat 20 Oktober 2026" in message.body_text
    assert "Alasannya: Server rusak" in message.body_text
    assert f"/laporan/{september.pk}/" in message.body_text


def test_who_heard_of_it_in_an_office_they_left_hears_no_more(september, make, katingan):
    """Lina still leads Dinas Sosial, but has nothing to do with the reports of Dinas Kesehatan any more."""
    chase_regency(katingan, now=OVERDUE)
    posts = Membership.objects.filter(user__username="lina", agency=september.agency)
    assert posts.update(ends_on=date(2026, 10, 14)) == 1
    make(20)
    assert told("promise") == [("budi", "in_app"), ("gita", "in_app")]


def test_who_heard_of_an_earlier_round_hears_nothing_of_this_one(september, make, katingan):
    """More time was granted since: the delay that they heard of is over."""
    chase_regency(katingan, now=OVERDUE)
    september.due_at = october(16, 23, 59)
    september.save()
    make(20, now=october(15, 10))
    assert told("promise") == [("gita", "in_app")]


def test_who_was_spared_a_word_about_it_hears_nothing_either(september, make, katingan):
    chase_regency(katingan, now=OVERDUE)
    dropped = ChaseNotice.objects.filter(recipient__username="budi")
    assert dropped.update(state=ChaseNotice.State.DROPPED, reason="tenggat berubah") > 0
    make(20)
    assert told("promise") == [("gita", "in_app"), ("lina", "in_app")]


def test_who_was_never_told_hears_nothing_but_the_coordinator_does(make):
    make(20)
    assert told("promise") == [("gita", "in_app")]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (14, "Tanggal itu sudah lewat"),
        (date(2026, 11, 6), "paling jauh 15 hari kerja dari hari ini, yaitu 5 November 2026"),
    ],
)
def test_a_day_that_is_past_or_too_far_is_refused_politely(september, make, day, words):
    with pytest.raises(PromiseRefused, match=words):
        make(day)
    september.refresh_from_db()
    assert (september.promise_due_at, Promise.objects.count()) == (None, 0)


def test_today_and_the_last_day_are_taken(make, actor_for):
    withdraw(make(15), by=actor_for("ani"), now=OVERDUE)
    assert make(date(2026, 11, 5)).state == "open"


def test_the_last_day_is_a_setting_of_the_form(september, make):
    september.form.promise_working_days = 2
    september.form.save()
    with pytest.raises(PromiseRefused, match="paling jauh 2 hari kerja dari hari ini, yaitu 19 Oktober"):
        make(20)
    assert make(19).state == "open"


def test_before_due_only_a_day_after_it_makes_sense(make):
    with pytest.raises(PromiseRefused, match=r"Tenggatnya masih 14 Oktober 2026.*tidak mengubah apa-apa"):
        make(14, now=BEFORE)
    assert make(15, now=BEFORE).due_at == october(15, 23, 59)


def test_long_before_due_nothing_is_promised(september, make):
    september.due_at = DUE + timedelta(days=60)
    september.save()
    with pytest.raises(PromiseRefused, match="jadi belum perlu dijanjikan"):
        make(20)


def test_a_promise_needs_its_reason(make):
    with pytest.raises(PromiseRefused, match="Tulis alasannya"):
        make(20, reason="  ")
    assert make(20, reason="Server rusak").reason == "Server rusak"


def test_one_promise_at_a_time_and_another_after_taking_it_back(september, make, actor_for):
    first = make(20)
    with pytest.raises(PromiseRefused, match="Masih ada janji yang berlaku"):
        make(21, by="budi")
    withdraw(first, by=actor_for("budi"), now=october(16))
    first.refresh_from_db()
    september.refresh_from_db()
    assert (first.state, first.ended_at) == ("moot", october(16))
    assert (september.promise_due_at, september.next_chase_at, september.broken_promises) == (None, october(16), 0)
    assert ("gita", "in_app") in told("promise")
    with pytest.raises(PromiseRefused, match="tidak berlaku lagi"):
        withdraw(first, by=actor_for("ani"), now=october(16))
    assert make(21, by="budi", now=october(16)).state == "open"


def test_after_taking_it_back_the_chase_goes_on_where_it_is(make, katingan, actor_for):
    chase_regency(katingan, now=OVERDUE)
    withdraw(make(20), by=actor_for("ani"), now=october(19))
    chase_regency(katingan, now=october(19))
    assert ChaseStep.objects.latest("pk").step.code == "tagihan-3"
    assert not ChaseStep.objects.latest("pk").after_broken_promise


def test_a_broken_promise_counts_and_after_three_no_more_are_taken(september, make, katingan):
    day = 15
    for number in (1, 2, 3):
        make(day, now=october(day))
        day += 1 if day != 16 else 3
        chase_regency(katingan, now=october(day))
        september.refresh_from_db()
        assert (september.broken_promises, september.promise_due_at) == (number, None)
    with pytest.raises(PromiseRefused, match=r"Sudah 3 janji.*Bicaralah dengan koordinator"):
        make(day + 1, now=october(day))
    states = Promise.objects.values_list("state", flat=True)
    assert list(states) == ["broken", "broken", "broken"]


def test_a_promise_is_kept_by_sending_in_time(september, make, file):
    made = make(20)
    file(october(20, 23))
    made.refresh_from_db()
    september.refresh_from_db()
    assert (made.state, september.broken_promises, september.promise_due_at) == ("kept", 0, None)


@pytest.mark.parametrize("settled", ["sent", "waived"])
def test_what_is_sent_or_waived_is_not_promised(september, make, file, actor_for, settled):
    if settled == "sent":
        file(OVERDUE)
    else:
        waive(september, reason="uji", by=actor_for("joko"), now=OVERDUE)
    with pytest.raises(PromiseRefused, match="tidak perlu dijanjikan"):
        make(20)
    assert Promise.objects.count() == 0


def test_a_correction_can_be_promised_too(september, make, file, actor_for):
    report = file(OVERDUE)
    review.return_for_correction(report, note="Periksa", by=actor_for("gita"), now=OVERDUE)
    september.refresh_from_db()
    assert september.correction_due_at == october(22, 23, 59)
    with pytest.raises(PromiseRefused, match="Tenggatnya masih 22 Oktober"):
        make(22)
    assert make(23).due_at == october(23, 23, 59)
