"""The calendar address: what it shows to whom, what its bytes say, and when it is dead."""

from datetime import date, timedelta

import pytest
import time_machine
from icalendar import Calendar

from agencies.models import Membership
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from reporting.answering.directives import give
from reporting.answering.promises import promise
from reporting.periods.actions import raise_obligations
from reporting.periods.models import DueChange, Obligation
from reporting.periods.waivers import waive
from reporting.reaching import feeds
from reporting.reaching.models import CalendarFeed
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from tests.answering.conftest import BEFORE, OVERDUE, october
from tests.conftest import everything_of, person

pytestmark = pytest.mark.django_db
NIL = Contents(is_nil=True, nil_reason="Belum ada kegiatan")


@pytest.fixture
def overdue(september):
    with time_machine.travel(OVERDUE, tick=False):
        yield september


@pytest.fixture
def address(katingan, actor_for):
    """address("ani") → the path of a new calendar address of that person."""

    def build(name):
        with applied(Scope(katingan.pk)):
            membership = Membership.objects.filter(user=person(name)).order_by("pk")[0]
            secret = feeds.make_feed(membership, by=actor_for(name), now=OVERDUE)
        return f"/kalender/langganan/62.06/{secret}.ics"

    return build


def read(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def days(calendar):
    return {str(event["summary"]): event.decoded("dtstart") for event in calendar.walk("VEVENT")}


def test_the_agencys_due_date_with_its_reason_link_and_reminder(overdue, address, client, settings):
    settings.PORTAL_BASE_URL = "https://portal.example"
    calendar = read(client, address("ani"))
    assert (str(calendar["version"]), str(calendar["x-wr-calname"])) == ("2.0", "Tenggat Dinkes")
    assert calendar["refresh-interval"].to_ical() == b"PT6H"
    assert calendar["x-published-ttl"].to_ical() == b"PT6H"
    (event,) = calendar.walk("VEVENT")
    assert str(event["uid"]) == f"tenggat-{overdue.pk}.62.06@portal.example"
    assert str(event["summary"]) == "Tenggat Laporan bulanan Koperasi Merah Putih September 2026"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 10, 14), date(2026, 10, 15))
    assert event.decoded("dtstamp") == event.decoded("last-modified") == overdue.raised_at.replace(microsecond=0)
    assert event.decoded("sequence") == 0
    assert "Hari kerja ke-10 setelah September 2026 berakhir" in str(event["description"])
    assert str(event["url"]) == f"https://portal.example/laporan/{overdue.pk}/"
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(hours=-16)


def test_promises_and_directives_stand_in_it_too(overdue, address, client, katingan, actor_for):
    on = date(2026, 10, 20)
    promise(overdue, katingan, promised_on=on, reason="Server rusak", by=actor_for("ani"), now=OVERDUE)
    give(overdue, katingan, text="Segera.", due_on=date(2026, 10, 22), by=actor_for("hadi"), now=OVERDUE)
    named = "Laporan bulanan Koperasi Merah Putih September 2026"
    assert days(read(client, address("ani"))) == {
        f"Tenggat {named}": date(2026, 10, 14),
        f"Janji: {named}": on,
        f"Jawaban arahan: {named} – Dinkes": date(2026, 10, 22),
    }


def test_what_moved_keeps_its_uid_and_counts(overdue, address, client):
    path = address("ani")
    (before,) = read(client, path).walk("VEVENT")
    DueChange.objects.create(
        obligation=overdue, cause="extension", old_due_at=overdue.due_at, new_due_at=october(28, 23, 59), reason="x",
        made_at=OVERDUE, made_by_name="Gita",
    )  # fmt: skip
    Obligation.objects.filter(pk=overdue.pk).update(due_at=october(28, 23, 59))
    (after,) = read(client, path).walk("VEVENT")
    assert str(after["uid"]) == str(before["uid"])
    assert (after.decoded("dtstart"), after.decoded("sequence"), after.decoded("last-modified")) == (
        date(2026, 10, 28), 1, OVERDUE,
    )  # fmt: skip


def test_what_is_settled_is_gone_and_what_is_to_be_corrected_stands_on_its_own_day(
    overdue, address, client, actor_for, katingan
):
    path = address("ani")
    actions.save_draft(overdue, NIL, version=0, by=actor_for("ani"), now=OVERDUE)
    report = actions.submit(overdue, by=actor_for("ani"), now=OVERDUE)
    assert days(read(client, path)) == {}
    review.return_for_correction(report, note="Periksa", by=actor_for("gita"), now=OVERDUE)
    named = "Laporan bulanan Koperasi Merah Putih September 2026"
    assert days(read(client, path)) == {f"Perbaikan {named}": date(2026, 10, 22)}
    overdue.refresh_from_db()
    waive(overdue, reason="x", by=actor_for("joko"), now=OVERDUE)
    assert days(read(client, path)) == {}


def test_the_coordinator_sees_reviews_and_the_office_sees_one_entry_for_all(
    overdue, address, client, actor_for, katingan
):
    raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
    Obligation.objects.exclude(period="202609").delete()
    actions.save_draft(overdue, NIL, version=0, by=actor_for("ani"), now=OVERDUE)
    actions.submit(overdue, by=actor_for("ani"), now=OVERDUE)
    named = "Laporan bulanan Koperasi Merah Putih September 2026"
    assert f"Periksa {named} – Dinkes" in days(read(client, address("gita")))
    (event,) = read(client, address("hadi")).walk("VEVENT")
    assert str(event["summary"]) == f"Tenggat {named}"
    assert "Belum dikirim oleh 20 perangkat daerah." in str(event["description"])


def test_nobody_sees_another_agencys_dates(overdue, address, client):
    assert days(read(client, address("citra"))) == {}
    assert days(read(client, address("eka"))) == {}


def test_an_unchanged_calendar_is_not_sent_again(overdue, address, client):
    path = address("ani")
    first = client.get(path)
    again = client.get(path, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Obligation.objects.filter(pk=overdue.pk).update(due_at=october(28, 23, 59))
    assert client.get(path, HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200


def test_a_new_address_kills_the_old_one_and_a_wrong_one_opens_nothing(overdue, address, client, katingan):
    old, new = address("ani"), address("ani")
    assert [client.get(path).status_code for path in (old, new)] == [404, 200]
    assert client.get("/kalender/langganan/62.06/salah.ics").status_code == 404
    assert client.get(new.replace("62.06", "62.99")).status_code == 404
    assert client.get(new.replace("62.06", "99.99")).status_code == 404
    with applied(everything_of(katingan)):
        feed = CalendarFeed.objects.get(revoked_at=None)
        assert feed.last_read_at == OVERDUE
        assert new.rpartition("/")[2].removesuffix(".ics") not in feed.digest
        assert history_of(feed)[0].verb == "membuat langganan kalender"


def test_the_address_dies_with_the_membership_and_the_account(overdue, address, client, ani, budi):
    path, other = address("ani"), address("budi")
    ani.memberships.update(ends_on=date(2026, 10, 14))
    assert client.get(path).status_code == 404
    assert client.get(other).status_code == 200
    budi.is_active = False
    budi.save()
    assert client.get(other).status_code == 404


def test_the_page_shows_the_address_once_and_takes_it_back(overdue, client_for, client, settings):
    ani = client_for("ani")
    assert "Buat alamat" in ani.get("/kalender/langganan/").content.decode()
    made = ani.post("/kalender/langganan/", {"create": "1"}).content.decode()
    path = made.partition(f"{settings.PORTAL_BASE_URL}/kalender/")[2].partition("</code>")[0]
    assert client.get(f"/kalender/{path}").status_code == 200
    later = ani.get("/kalender/langganan/").content.decode()
    assert path not in later
    assert "terakhir dibaca kalender 15 Oktober 2026" in later
    ani.post("/kalender/langganan/", {"revoke": "1"})
    assert client.get(f"/kalender/{path}").status_code == 404


def test_what_people_type_ends_neither_line_nor_file(overdue, katingan, address, client, actor_for):
    """A control sign makes some calendars refuse the whole file, of everybody in the office."""
    typed = "listrik\x01\x0b padam\r\nEND:VEVENT\r\nSUMMARY:palsu \u202etxet; \U0001f600"
    promise(overdue, katingan, promised_on=date(2026, 10, 20), reason=typed, by=actor_for("ani"), now=OVERDUE)
    content = client.get(address("ani")).content.decode()
    assert [sign for sign in "\x01\x0b\u202e" if sign in content] == []
    [made] = [each for each in Calendar.from_ical(content).walk("VEVENT") if "Janji" in str(each["summary"])]
    assert "karena: listrik padam\nEND:VEVENT\nSUMMARY:palsu txet; \U0001f600" in str(made["description"])
