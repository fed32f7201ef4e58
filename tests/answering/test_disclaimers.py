""" "Not our duty": what it changes (nothing), who is asked, and what an administrator's decision does."""

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Message
from reporting.answering import notices
from reporting.answering.disclaimers import (
    DisclaimerRefused,
    agree,
    assignments_behind,
    disclaim,
    refuse,
    waiting_for_admin,
    withdraw,
)
from reporting.chasing.digest import compose
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseStep
from reporting.periods.models import Disclaimer
from reporting.periods.waivers import waive
from reporting.submissions import actions
from reporting.submissions.actions import Contents
from tests.answering.conftest import BEFORE, OVERDUE, october, told

pytestmark = pytest.mark.django_db
WHY = "Apotek desa urusan Dinas PMD"


@pytest.fixture
def said(september, actor_for):
    return disclaim(september, reason=WHY, by=actor_for("ani"), now=OVERDUE)


def test_the_administrator_is_told_and_no_clock_stops(september, said, katingan):
    september.refresh_from_db()
    assert (said.state, said.made_by_name, september.promise_due_at) == ("open", "Ani Operator", None)
    assert told("disclaimer_made") == [("joko", "email"), ("joko", "in_app")]
    assert [each.pk for each in waiting_for_admin()] == [said.pk]
    assert [event.verb for event in history_of(said)] == ["menyatakan bukan tugas"]
    assert [event.verb for event in history_of(september)] == ["kewajiban dibuat"], "that page is read more widely"
    chase_regency(katingan, now=OVERDUE)
    assert ChaseStep.objects.filter(state="fired").latest("pk").step.code == "tagihan-1"


def test_the_letters_of_the_chase_say_that_it_is_looked_at(september, said, katingan, actor_for):
    chase_regency(katingan, now=OVERDUE)
    message = Message.objects.get(kind="chase", recipient__username="budi", channel="email")
    letter = compose(message, OVERDUE)
    assert isinstance(letter, Letter)
    assert "menyatakan ini bukan tugasnya; sedang ditinjau admin kabupaten." in letter.text
    refuse(said, note="Tetap tugas Dinkes", by=actor_for("joko"), now=OVERDUE)
    assert "sedang ditinjau" not in compose(message, OVERDUE).text


def test_agreeing_waives_the_report_and_ends_its_chase(september, said, actor_for):
    agree(said, note="", by=actor_for("joko"), now=october(16))
    said.refresh_from_db()
    september.refresh_from_db()
    assert (said.state, said.ended_by_name, said.ended_at) == ("agreed", "Joko Admin", october(16))
    assert (september.waived_at, september.next_chase_at) == (october(16), None)
    assert september.waived_reason == "Bukan tugas Dinkes, disetujui admin kabupaten"
    assert told("disclaimer_decided") == [
        (name, channel) for name in ("ani", "budi", "lina") for channel in ("email", "in_app")
    ]
    assert list(waiting_for_admin()) == []
    assert {each.agency.code for each in assignments_behind(september)} == {"dinkes"}


def test_what_was_filed_meanwhile_is_not_waived(september, said, actor_for):
    contents = Contents(is_nil=True, nil_reason="Belum ada")
    actions.save_draft(september, contents, version=0, by=actor_for("ani"), now=OVERDUE)
    actions.submit(september, by=actor_for("ani"), now=OVERDUE)
    with pytest.raises(DisclaimerRefused, match="sudah dikirim sesudah"):
        agree(said, note="", by=actor_for("joko"), now=october(16))
    september.refresh_from_db()
    said.refresh_from_db()
    assert (september.waived_at, said.state) == (None, "open")


def test_refusing_needs_its_reason_which_the_agency_is_told(september, said, actor_for):
    with pytest.raises(DisclaimerRefused, match="Tulis alasan penolakan"):
        refuse(said, note=" ", by=actor_for("joko"), now=october(16))
    refuse(said, note="Diktum kedua menyebut Dinkes", by=actor_for("joko"), now=october(16))
    said.refresh_from_db()
    september.refresh_from_db()
    assert (said.state, september.waived_at) == ("refused", None)
    message = Message.objects.filter(kind="disclaimer_decided").first()
    assert "Diktum kedua menyebut Dinkes" in message.body_text


def test_it_is_said_once_at_a_time_and_decided_once(september, said, actor_for):
    with pytest.raises(DisclaimerRefused, match="sudah disampaikan dan sedang ditinjau"):
        disclaim(september, reason="lagi", by=actor_for("budi"), now=OVERDUE)
    withdraw(said, by=actor_for("budi"), now=OVERDUE)
    for decide in (agree, refuse):
        with pytest.raises(DisclaimerRefused, match="sudah selesai: ditarik"):
            decide(said, note="x", by=actor_for("joko"), now=OVERDUE)
    assert disclaim(september, reason="lagi", by=actor_for("budi"), now=OVERDUE).state == "open"


def test_a_reason_is_asked(september, actor_for):
    with pytest.raises(DisclaimerRefused, match="Tulis mengapa"):
        disclaim(september, reason=" ", by=actor_for("ani"), now=OVERDUE)
    assert Disclaimer.objects.count() == 0


@pytest.mark.parametrize("settled", ["sent", "waived"])
def test_what_is_settled_is_not_disclaimed_nor_decided_any_more(september, said, actor_for, settled):
    message = Message.objects.get(kind="disclaimer_made", channel="email")
    assert notices.still_undecided(message) is None
    if settled == "sent":
        contents = Contents(is_nil=True, nil_reason="x")
        actions.save_draft(september, contents, version=0, by=actor_for("ani"), now=OVERDUE)
        actions.submit(september, by=actor_for("ani"), now=OVERDUE)
    else:
        waive(september, reason="x", by=actor_for("joko"), now=OVERDUE)
    assert list(waiting_for_admin()) == []
    assert notices.still_undecided(message) == "sudah diputuskan, ditarik, atau tidak berlaku lagi"
    september.refresh_from_db()
    with pytest.raises(DisclaimerRefused):
        disclaim(september, reason="lagi", by=actor_for("ani"), now=OVERDUE)


def test_before_due_it_can_be_said_as_well(september, actor_for):
    assert disclaim(september, reason=WHY, by=actor_for("ani"), now=BEFORE).state == "open"
