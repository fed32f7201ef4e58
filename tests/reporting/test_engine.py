from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.engine import chase_regency, still_owed
from reporting.chasing.models import ChaseStep
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.periods.waivers import waive

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
# September 2026 falls due on the 10th working day of October: the 14th.
BEFORE, REMINDER, AFTER_DUE, CHASE = (datetime(2026, 10, day, 12, tzinfo=WIB) for day in (5, 10, 15, 16))


@pytest.fixture
def september(katingan, actor_for):
    """Katingan on 5 October 2026 with August's reports out of the way."""
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
        Obligation.objects.exclude(period="202609").delete()
        yield Obligation.objects.select_related("agency").get(agency__code="dinkes")


def mails(obligation):
    rows = Message.objects.filter(thing_id=str(obligation.pk)).order_by("pk")
    return [(m.channel, m.recipient.username, m.subject.split(":")[0]) for m in rows]


def test_obligations_are_raised_once_for_each_agency_with_duties(katingan, september, actor_for):
    assert Obligation.objects.count() == 21
    assert not Obligation.objects.filter(agency__is_slot=True).exists()
    assert not Obligation.objects.filter(agency__kind="leadership").exists()
    assert raise_obligations(katingan, now=BEFORE, by=actor_for("joko")) == 42, "the deleted August and October"
    Obligation.objects.exclude(period="202609").delete()
    assert september.due_at == datetime(2026, 10, 14, 23, 59, tzinfo=WIB)
    assert september.rule["is_portal_default"] is True


def test_the_reminder_and_the_chase_go_out_once_each(katingan, september):
    people = ("ani", "budi", "lina")
    chase_regency(katingan, now=BEFORE)
    assert mails(september) == []
    chase_regency(katingan, now=REMINDER)
    chase_regency(katingan, now=REMINDER)
    both = [(channel, name) for name in people for channel in ("in_app", "email")]
    assert sorted(mails(september)) == sorted((c, n, "Pengingat") for c, n in both)
    chase_regency(katingan, now=AFTER_DUE)
    chase_regency(katingan, now=CHASE)
    chase_regency(katingan, now=CHASE)
    assert len(mails(september)) == 12
    assert [s.state for s in ChaseStep.objects.filter(obligation=september)] == ["fired", "fired"]
    september.refresh_from_db()
    assert september.next_chase_at is None


def test_after_an_outage_only_the_chase_goes_out(katingan, september):
    chase_regency(katingan, now=CHASE)
    steps = ChaseStep.objects.filter(obligation=september).order_by("planned_at")
    assert [s.state for s in steps] == ["superseded", "fired"]
    assert {subject for _, _, subject in mails(september)} == {"Terlambat"}


def test_an_agency_without_people_is_recorded_not_forgotten(katingan, september):
    chase_regency(katingan, now=CHASE)
    taken = ChaseStep.objects.get(obligation__agency__code="dkpp", state__in=["fired", "nobody"])
    assert (taken.state, taken.recipients) == ("nobody", 0)


def test_what_is_settled_is_not_chased_and_its_waiting_messages_fail_the_recheck(katingan, september, actor_for):
    chase_regency(katingan, now=REMINDER)
    message = Message.objects.filter(thing_id=str(september.pk)).first()
    assert still_owed(message) is None
    waive(september, reason="uji", by=actor_for("joko"), now=REMINDER)
    assert still_owed(message) == "sudah dikirim atau dibebaskan"
    chase_regency(katingan, now=CHASE)
    assert {subject for _, _, subject in mails(september)} == {"Pengingat"}


def test_a_person_who_left_fails_the_recheck(katingan, september, ani):
    chase_regency(katingan, now=REMINDER)
    message = Message.objects.filter(thing_id=str(september.pk), recipient=ani).first()
    ani.memberships.update(ends_on=REMINDER.date().replace(month=9))
    assert still_owed(message) == "penerima tidak lagi bertugas di perangkat daerah ini"
