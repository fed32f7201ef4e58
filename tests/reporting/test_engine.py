"""The tick in one regency: what is taken, who is told, what the digest says when it leaves."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.digest import NOTHING_LEFT, compose
from reporting.chasing.engine import chase_regency
from reporting.chasing.holds import NotHeld, release
from reporting.chasing.models import ChaseHold, ChaseNotice, ChaseStep, Directive, LadderStep
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation, Promise
from reporting.periods.waivers import waive

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")


def october(day, hour=8, minute=0):
    return datetime(2026, 10, day, hour, minute, tzinfo=WIB)


# September 2026 falls due on the 10th working day of October: Wednesday the 14th. The rungs: -5 on the 7th, -1 on the
# 13th, 0 on the 14th (urgent), +1 on the 15th, +3 on the 19th, +7 on the 23rd.
BEFORE, FIRST, EVE, DUE_DAY, OVERDUE, THIRD, SEVENTH = (october(day, 9) for day in (5, 7, 13, 14, 15, 19, 23))


@pytest.fixture
def september(katingan, actor_for):
    """Katingan on 5 October 2026 with only September's report of the health office to chase."""
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
        kept = Obligation.objects.select_related("agency").get(agency__code="dinkes", period="202609")
        Obligation.objects.exclude(pk=kept.pk).delete()
        Message.objects.all().delete()
        put_in_office(kept.agency, "nina", "deputy")
        yield kept


def put_in_office(agency, username, role):
    user = User.objects.create(username=username, full_name=username.title(), email=f"{username}@uji.example")
    since = date(2025, 1, 1)
    Membership.objects.create(regency_id=agency.regency_id, user=user, agency=agency, role=role, starts_on=since)


def told(at):
    """{person: their channels} of the notices written at a moment."""
    found = {}
    for notice in ChaseNotice.objects.filter(taken__taken_at=at).select_related("recipient").order_by("channel"):
        found.setdefault(notice.recipient.username, []).append(notice.channel)
    return found


def steps():
    return [(row.step.code, row.state) for row in ChaseStep.objects.select_related("step").order_by("pk")]


def words_of(username, now, channel="email"):
    message = Message.objects.filter(recipient__username=username, channel=channel).latest("pk")
    return compose(message, now)


BOTH = ["email", "in_app"]


def test_obligations_are_raised_once_for_each_agency_with_duties(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
        kept = Obligation.objects.filter(period="202609")
        assert kept.count() == 21
        assert not kept.filter(agency__is_slot=True).exists()
        assert not kept.filter(agency__kind="leadership").exists()
        assert raise_obligations(katingan, now=BEFORE, by=actor_for("joko")) == 0
        assert kept.get(agency__code="dinkes").due_at == october(14, 23, 59)
        assert kept.get(agency__code="dinkes").rule["is_portal_default"] is True


def test_each_rung_comes_at_its_time_once_and_reaches_further_up(katingan, september):
    chase_regency(katingan, now=BEFORE)
    assert (steps(), told(BEFORE)) == ([], {})
    for now in (FIRST, EVE, DUE_DAY, OVERDUE, THIRD, SEVENTH):
        chase_regency(katingan, now=now)
        chase_regency(katingan, now=now)
    codes = ["pengingat-5", "pengingat", "hari-tenggat", "tagihan-1", "tagihan-3", "teguran-1"]
    assert steps() == [(code, "fired") for code in codes]
    assert told(FIRST) == {"ani": BOTH, "lina": BOTH}
    assert told(EVE) == told(OVERDUE) == {"ani": BOTH, "budi": BOTH, "lina": BOTH}
    assert told(THIRD) == told(OVERDUE) | {"nina": BOTH, "gita": BOTH}
    assert set(told(SEVENTH)) == {"ani", "budi", "lina", "gita"}, "nobody of the Sekretariat Daerah has the role yet"
    september.refresh_from_db()
    assert september.next_chase_at == datetime(2026, 11, 3, 8, tzinfo=WIB), "teguran II, 14 working days after due"


def test_after_an_outage_only_the_latest_right_step_goes_out(katingan, september):
    chase_regency(katingan, now=october(20, 9))
    gone = ["pengingat-5", "pengingat", "hari-tenggat", "tagihan-1"]
    assert steps() == [*((code, "superseded") for code in gone), ("tagihan-3", "fired")]
    assert Message.objects.filter(recipient__username="ani").count() == 2


def test_an_agency_without_people_is_recorded_not_forgotten(katingan, september):
    Membership.objects.filter(agency=september.agency).update(ends_on=date(2026, 1, 1))
    chase_regency(katingan, now=OVERDUE)
    assert steps()[-1] == ("tagihan-1", "nobody")
    assert ChaseStep.objects.latest("pk").recipients == 0


def test_one_message_per_person_and_day_has_all_items(katingan, september, actor_for):
    raise_obligations(katingan, now=OVERDUE, by=actor_for("joko"))
    chase_regency(katingan, now=OVERDUE)
    mine = ChaseNotice.objects.filter(recipient__username="lina", channel="email")
    assert mine.count() == 4, "August and September of two agencies"
    assert mine.values("message").distinct().count() == 1
    letter = words_of("lina", OVERDUE)
    assert letter.subject == "4 hal perlu ditindaklanjuti, 4 sudah lewat waktu"
    assert letter.text.count("/laporan/") == 4
    assert "Dinas Kesehatan" in letter.text
    assert "Dinas Sosial" in letter.text


def test_a_digest_waits_for_office_hours_of_a_working_day(katingan, september):
    saturday = october(17, 10)
    chase_regency(katingan, now=saturday)
    moments = set(Message.objects.values_list("next_attempt_at", flat=True))
    assert moments == {october(19)}


def test_what_comes_after_todays_digest_has_left_goes_into_the_next_days(katingan, september, actor_for):
    chase_regency(katingan, now=OVERDUE)
    Message.objects.update(state="sent", sent_at=OVERDUE)
    raise_obligations(katingan, now=OVERDUE, by=actor_for("joko"))
    chase_regency(katingan, now=OVERDUE + timedelta(hours=1))
    later = Message.objects.filter(recipient__username="ani", state="planned")
    assert set(later.values_list("next_attempt_at", flat=True)) == {october(16)}


def test_an_urgent_step_goes_at_once_and_by_itself(katingan, september):
    evening = october(14, 19)
    chase_regency(katingan, now=evening)
    mails = Message.objects.filter(recipient__username="ani", channel="email")
    assert [(mail.next_attempt_at, "urgent" in mail.key) for mail in mails] == [(evening, True)]


def test_an_ordinary_reminder_respects_the_persons_choice_but_not_the_legal_minimum(katingan, september, ani):
    Contact.objects.create(user=ani, email_reminders=False, digest_hour=10)
    chase_regency(katingan, now=FIRST)
    assert told(FIRST) == {"ani": ["in_app"], "lina": BOTH}
    hours = Message.objects.filter(recipient=ani).values_list("next_attempt_at", flat=True)
    assert list(hours) == [october(7, 10)]
    chase_regency(katingan, now=OVERDUE)
    assert told(OVERDUE)["ani"] == BOTH


def test_by_whatsapp_only_where_it_is_configured_and_wanted(katingan, september, ani, settings):
    Contact.objects.create(user=ani, whatsapp_number="+6281234567890", whatsapp_on=True)
    chase_regency(katingan, now=FIRST)
    assert told(FIRST) == {"ani": BOTH, "lina": BOTH}
    settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = "x", "1"
    chase_regency(katingan, now=EVE)
    assert told(EVE) == {"ani": [*BOTH, "whatsapp"], "budi": BOTH, "lina": BOTH}
    message = Message.objects.get(recipient=ani, channel="whatsapp")
    assert message.address == "+6281234567890"


def test_a_step_leaves_the_portal_only_by_its_channels(katingan, september, ani, settings):
    Contact.objects.create(user=ani, whatsapp_number="+6281234567890", whatsapp_on=True)
    settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = "x", "1"
    LadderStep.objects.filter(code="pengingat-5").update(channels=[])
    chase_regency(katingan, now=FIRST)
    assert told(FIRST) == {"ani": ["in_app"], "lina": ["in_app"]}
    LadderStep.objects.filter(code="pengingat").update(channels=["whatsapp"])
    chase_regency(katingan, now=EVE)
    assert told(EVE) == {"ani": ["in_app", "whatsapp"], "budi": ["in_app"], "lina": ["in_app"]}
    assert list(ChaseStep.objects.order_by("pk").values_list("channels", flat=True)) == ["", "whatsapp"]


def test_while_the_head_is_away_the_deputy_hears_of_it_too(katingan, september, budi):
    Contact.objects.create(user=budi, away_from=date(2026, 10, 12), away_until=date(2026, 10, 16))
    chase_regency(katingan, now=EVE)
    assert set(told(EVE)) == {"ani", "budi", "lina", "nina"}


def test_what_was_settled_meanwhile_is_not_said(katingan, september, actor_for):
    chase_regency(katingan, now=EVE)
    assert isinstance(words_of("ani", EVE), Letter)
    waive(september, reason="uji", by=actor_for("joko"), now=EVE)
    assert words_of("ani", EVE) == NOTHING_LEFT
    notice = ChaseNotice.objects.filter(recipient__username="ani", channel="email").latest("pk")
    assert (notice.state, notice.reason) == ("dropped", "sudah diselesaikan sebelum pesan ini berangkat")
    september.refresh_from_db()
    assert september.next_chase_at is None
    chase_regency(katingan, now=OVERDUE)
    assert steps()[-1] == ("pengingat", "fired")


def test_a_person_who_left_is_not_told(katingan, september, ani):
    chase_regency(katingan, now=EVE)
    ani.memberships.update(ends_on=date(2026, 9, 1))
    assert words_of("ani", EVE) == NOTHING_LEFT


def test_a_form_with_a_ladder_of_its_own_follows_only_that(katingan, september):
    LadderStep.objects.create(
        form=september.form, code="sendiri", offset=2, audiences=["head"], label="Sendiri", tone="formal"
    )
    chase_regency(katingan, now=OVERDUE)
    assert steps() == []
    chase_regency(katingan, now=october(16, 9))
    assert (steps(), set(told(october(16, 9)))) == ([("sendiri", "fired")], {"budi"})


def test_an_extension_starts_the_ladder_anew(katingan, september):
    chase_regency(katingan, now=EVE)
    september.due_at, september.next_chase_at = october(28, 23, 59), EVE
    september.save()
    chase_regency(katingan, now=EVE)
    assert len(steps()) == 2, "superseded -5, fired -1; the new ones lie ahead"
    chase_regency(katingan, now=october(21, 9))
    assert steps()[-1] == ("pengingat-5", "fired"), "five working days before the new date"


def promise(obligation, until):
    Promise.objects.create(
        obligation=obligation, agency=obligation.agency, promised_on=until.date(), due_at=until, reason="uji",
        made_at=OVERDUE, made_by_name="Budi",
    )  # fmt: skip
    obligation.refresh_from_db()
    obligation.promise_due_at, obligation.next_chase_at = until, OVERDUE
    obligation.save()


def test_the_chase_waits_for_a_promise_and_resumes_one_step_higher_when_it_is_broken(katingan, september):
    chase_regency(katingan, now=OVERDUE)
    promise(september, october(20, 23, 59))
    chase_regency(katingan, now=THIRD)
    assert steps()[-1] == ("tagihan-1", "fired"), "the +3 waits"
    chase_regency(katingan, now=october(20, 9))
    assert steps()[-1] == ("janji-hari-ini", "fired")
    chase_regency(katingan, now=october(21, 7))
    september.refresh_from_db()
    assert (september.broken_promises, september.next_chase_at) == (0, october(21))
    chase_regency(katingan, now=october(21, 9))
    assert steps()[-2:] == [("tagihan-3", "superseded"), ("teguran-1", "fired")]
    assert ChaseStep.objects.latest("pk").after_broken_promise
    september.refresh_from_db()
    assert (september.promise_due_at, september.broken_promises) == (None, 1)
    assert Promise.objects.get(obligation=september).state == "broken"
    assert "Janji untuk mengirimnya tidak ditepati." in words_of("budi", october(21, 9)).text
    chase_regency(katingan, now=SEVENTH)
    assert steps()[-1] == ("teguran-1", "fired"), "its own day comes, but it was taken already"


def test_a_digest_that_was_sent_ahead_of_its_day_is_left_alone_too(katingan, september, actor_for):
    chase_regency(katingan, now=OVERDUE)
    Message.objects.update(state="sent", sent_at=OVERDUE)
    raise_obligations(katingan, now=OVERDUE, by=actor_for("joko"))
    chase_regency(katingan, now=OVERDUE)
    Message.objects.update(state="sent", sent_at=OVERDUE)
    september.next_chase_at = OVERDUE
    september.due_at -= timedelta(days=7)
    september.save()
    chase_regency(katingan, now=OVERDUE)
    later = Message.objects.filter(recipient__username="ani", state="planned")
    assert set(later.values_list("next_attempt_at", flat=True)) == {october(19)}


def test_who_reviews_is_chased_for_the_review_and_their_head_after_it(katingan, september, actor_for):
    september.first_submitted_at, september.review_due_at = EVE, october(19, 23, 59)
    september.next_chase_at = EVE
    september.save()
    put_in_office(Agency.objects.get(code="dkukmp"), "wati", "head")
    now = october(20, 9)
    chase_regency(katingan, now=now)
    assert steps() == [("periksa-pengingat", "superseded"), ("periksa-1", "fired")]
    assert set(told(now)) == {"gita", "wati"}
    assert words_of("gita", now).subject.startswith("Terlambat 1 hari: pemeriksaan Laporan bulanan")


def test_a_directive_has_a_ladder_beside_that_of_the_report(katingan, september):
    Directive.objects.create(
        obligation=september, agency=september.agency, text="Segera.", due_at=october(14, 23, 59), given_at=BEFORE,
        given_by_name="Hadi", next_chase_at=BEFORE,
    )  # fmt: skip
    chase_regency(katingan, now=OVERDUE)
    fired = [code for code, state in steps() if state == "fired"]
    assert fired == ["tagihan-1", "arahan-1"]
    assert "Arahan tentang Laporan bulanan" in words_of("ani", OVERDUE).text


def test_a_storm_is_held_until_a_person_releases_it(katingan, september, actor_for, settings):
    settings.PORTAL_CHASE_HOLD_ABOVE = 20
    raise_obligations(katingan, now=OVERDUE, by=actor_for("joko"))
    done = chase_regency(katingan, now=OVERDUE)
    assert (done.is_held, steps()) == (True, [])
    hold = ChaseHold.objects.get(released_at=None)
    assert (hold.count, hold.usual) == (42, 0)
    assert chase_regency(katingan, now=OVERDUE).is_held
    release(by=actor_for("joko"), now=OVERDUE)
    assert chase_regency(katingan, now=OVERDUE).steps == 42
    with pytest.raises(NotHeld):
        release(by=actor_for("joko"), now=OVERDUE)


def test_a_row_that_breaks_is_left_for_later_and_the_others_are_chased(katingan, september):
    row = Obligation.objects.get(pk=september.pk)
    row.pk, row.agency, row.due_at = None, Agency.objects.get(code="dinsos"), datetime(9999, 12, 31, 12, tzinfo=UTC)
    row.save(force_insert=True)
    Obligation.objects.update(next_chase_at=BEFORE)
    done = chase_regency(katingan, now=OVERDUE)
    assert (done.checked, done.steps, done.failed) == (2, 1, 1)
    assert steps()[-1] == ("tagihan-1", "fired")
    row.refresh_from_db()
    assert row.next_chase_at == OVERDUE + timedelta(hours=1)
    assert chase_regency(katingan, now=OVERDUE).checked == 0


def test_another_regency_is_not_touched(katingan, elsewhere, september):
    chase_regency(katingan, now=OVERDUE)
    with applied(Scope(elsewhere.pk)):
        assert not ChaseStep.objects.exclude(label="KNR-62.99").exists()
    assert Agency.objects.filter(pk=september.agency_id).exists()


@pytest.mark.parametrize(("role", "hears"), [("head", True), ("deputy", True), ("import_admin", False)])
def test_who_stays_in_the_office_for_other_things_hears_nothing_of_its_reports(katingan, september, role, hears):
    """The role may change between the tick and the hour of the digest."""
    chase_regency(katingan, now=OVERDUE)
    Membership.objects.filter(user__username="budi", agency=september.agency).update(role=role)
    said = words_of("budi", OVERDUE)
    assert isinstance(said, Letter) if hears else said == NOTHING_LEFT
