"""A directive: who hears of it at once, what answering and withdrawing end, and that the ladder pursues it."""

from datetime import date

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Message
from reporting.answering import notices
from reporting.answering.directives import DirectiveRefused, answer, close, directives_in, give, open_for, withdraw
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseStep, Directive
from reporting.periods.waivers import waive
from tests.answering.conftest import OVERDUE, october, told

pytestmark = pytest.mark.django_db
DUE = date(2026, 10, 20)
AGENCY = [(name, channel) for name in ("ani", "budi", "lina") for channel in ("email", "in_app")]


@pytest.fixture
def given(september, katingan, actor_for):
    return give(september, katingan, text="Kirim pekan ini.", due_on=DUE, by=actor_for("hadi"), now=OVERDUE)


def fired():
    return list(ChaseStep.objects.filter(directive__isnull=False, state="fired").values_list("step__code", flat=True))


def test_the_agency_is_told_at_once_and_reminded_until_it_answers(given, katingan, actor_for):
    assert (given.state, given.due_at, given.next_chase_at) == ("open", october(20, 23, 59), OVERDUE)
    assert told("directive") == AGENCY
    assert "Kirim pekan ini." in Message.objects.filter(kind="directive").first().body_text
    assert (history_of(given)[0].actor_name, history_of(given)[0].verb) == ("Hadi Pemantau", "memberi arahan")
    chase_regency(katingan, now=october(19))
    chase_regency(katingan, now=october(21))
    assert fired() == ["arahan-pengingat", "arahan-1"]
    assert [each.pk for each in open_for(given.agency_id)] == [given.pk]


def test_an_answer_ends_the_reminders_and_reaches_who_directs(given, katingan, actor_for):
    answer(given, text="Sudah kami kirim.", by=actor_for("budi"), now=october(16))
    given.refresh_from_db()
    assert (given.state, given.answer, given.ended_by_name, given.next_chase_at) == (
        "answered", "Sudah kami kirim.", "Budi Kepala", None,
    )  # fmt: skip
    assert told("directive_answered") == [("hadi", "email"), ("hadi", "in_app")]
    chase_regency(katingan, now=october(21))
    assert fired() == []
    assert list(open_for(given.agency_id)) == []
    assert [each.pk for each in directives_in("dijawab")] == [given.pk]


def test_an_answer_that_was_read_is_closed(given, actor_for):
    with pytest.raises(DirectiveRefused, match="menunggu jawaban, jadi langkah itu"):
        close(given, by=actor_for("hadi"), now=october(16))
    answer(given, text="Sudah.", by=actor_for("ani"), now=october(16))
    close(given, by=actor_for("hadi"), now=october(17))
    given.refresh_from_db()
    assert (given.state, given.closed_at, given.closed_by_name) == ("closed", october(17), "Hadi Pemantau")
    assert [each.pk for each in directives_in("selesai")] == [given.pk]


def test_what_is_withdrawn_need_not_be_answered_nor_sent(given, katingan, actor_for):
    mail = Message.objects.filter(kind="directive", channel="email").first()
    assert notices.still_to_answer(mail) is None
    withdraw(given, by=actor_for("hadi"), now=october(16))
    assert notices.still_to_answer(mail) == "arahan sudah dijawab atau ditarik"
    states = set(Message.objects.filter(kind="directive", channel="email").values_list("state", flat=True))
    assert states == {"cancelled"}
    assert Message.objects.filter(kind="directive", channel="in_app", subject__startswith="Arahan selesai").count() == 3
    with pytest.raises(DirectiveRefused, match="Arahan ini ditarik"):
        answer(given, text="Sudah.", by=actor_for("ani"), now=october(16))
    chase_regency(katingan, now=october(21))
    assert fired() == []


def test_who_left_the_agency_is_not_written_to(given, ani):
    mail = Message.objects.get(kind="directive", channel="email", recipient=ani)
    ani.memberships.update(ends_on=date(2026, 10, 1))
    assert notices.still_to_answer(mail) == "penerima tidak lagi bertugas di sana"


def test_one_at_a_time_with_words_and_a_day_ahead(september, katingan, given, actor_for):
    wish = {"text": "Lagi.", "due_on": DUE, "by": actor_for("hadi"), "now": OVERDUE}
    with pytest.raises(DirectiveRefused, match="Masih ada arahan yang menunggu"):
        give(september, katingan, **wish)
    withdraw(given, by=actor_for("hadi"), now=OVERDUE)
    with pytest.raises(DirectiveRefused, match="Tulis apa yang diminta"):
        give(september, katingan, **wish | {"text": " "})
    with pytest.raises(DirectiveRefused, match="Pilih hari ini atau sesudahnya"):
        give(september, katingan, **wish | {"due_on": date(2026, 10, 14)})
    assert give(september, katingan, **wish).state == "open"
    waive(september, reason="x", by=actor_for("joko"), now=OVERDUE)
    withdraw(Directive.objects.get(state="open"), by=actor_for("hadi"), now=OVERDUE)
    with pytest.raises(DirectiveRefused, match="sudah dibebaskan"):
        give(september, katingan, **wish)


def test_an_answer_has_words(given, actor_for):
    with pytest.raises(DirectiveRefused, match="Tulis jawabannya"):
        answer(given, text="  ", by=actor_for("ani"), now=OVERDUE)
    given.refresh_from_db()
    assert given.state == "open"


def test_the_tabs_of_the_list(given, actor_for):
    assert [each.pk for each in directives_in("", OVERDUE)] == [given.pk]
    assert [each.pk for each in directives_in("lewat", OVERDUE)] == []
    assert [each.pk for each in directives_in("lewat", october(21))] == [given.pk]
