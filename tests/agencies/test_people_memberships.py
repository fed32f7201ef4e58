from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies import actions_people
from agencies.models import Membership
from agencies.queries_people import administrators
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from tests.agencies.people import newcomer, office

pytestmark = pytest.mark.django_db


@pytest.fixture()
def kesehatan(ani):
    return office(memberships__user=ani)


@pytest.fixture()
def admin(client_for):
    newcomer("uji-admin", office(is_coordinator=True), "district_admin")
    return client_for("uji-admin")


def page_of(membership, code, tail=""):
    return f"/perangkat-daerah/{code}/orang/{membership.pk}/{tail}"


def end(client, membership, code, on):
    return client.post(page_of(membership, code, "akhiri/"), {"ends_on": on.isoformat(), "reason": "Mutasi"})


def test_people_page_lists_who_serves(admin, kesehatan, ani, budi):
    page = admin.get(f"/perangkat-daerah/{kesehatan.code}/orang/").content.decode()

    assert ani.full_name in page
    assert budi.full_name in page
    assert "Tautan masuk" in page


@pytest.mark.parametrize(("who", "status"), [("ani", 200), ("budi", 200), ("citra", 404), ("uji-camat", 404)])
def test_people_page_is_for_the_agency_itself_and_its_administrators(client_for, kesehatan, who, status):
    newcomer("uji-camat", office("subdistrict"), "camat")

    assert client_for(who).get(f"/perangkat-daerah/{kesehatan.code}/orang/").status_code == status


def test_people_page_gives_the_agency_itself_nothing_to_press(client_for, kesehatan):
    page = client_for("ani").get(f"/perangkat-daerah/{kesehatan.code}/orang/").content.decode()

    assert "Tautan masuk" not in page
    assert "Undang orang" not in page


@pytest.mark.parametrize("who", ["ani", "uji-admin"])
def test_people_page_does_not_grow_queries_with_its_people(admin, client_for, kesehatan, who):
    client, url = client_for(who), f"/perangkat-daerah/{kesehatan.code}/orang/"
    newcomer("uji-1", kesehatan, "operator")
    with CaptureQueriesContext(connection) as with_one:
        client.get(url)
    for number in (2, 3):
        newcomer(f"uji-{number}", kesehatan, "operator")
    with CaptureQueriesContext(connection) as with_three:
        page = client.get(url).content.decode()

    assert "Uji uji-3" in page
    assert len(with_three) == len(with_one)


def test_changing_the_position_is_recorded(admin, kesehatan, budi, katingan):
    row = budi.memberships.get(agency=kesehatan)
    response = admin.post(page_of(row, kesehatan.code), {"title": "Kepala Dinas", "acting": "plh"})

    row.refresh_from_db()
    assert (response.status_code, row.position) == (302, "Plh. Kepala Dinas")
    with applied(Scope(katingan.pk)):
        event = history_of(row)[0]
    assert event.verb == "change_position"
    assert event.changes["acting"][1] == "plh"


def test_ending_a_membership_shuts_the_door_after_its_last_day(admin, client_for, kesehatan, ani, katingan):
    row, today, client = ani.memberships.get(), timezone.localdate(), client_for("ani")
    people = f"/perangkat-daerah/{kesehatan.code}/orang/"
    assert end(admin, row, kesehatan.code, today).status_code == 302
    assert client.get(people).status_code == 200, "the last day is still a day of work"
    assert end(admin, row, kesehatan.code, today - timedelta(days=1)).status_code == 302
    assert client.get(people).url == "/mulai/"

    with applied(Scope(katingan.pk)):
        event = history_of(row)[0]
    assert (event.verb, event.reason) == ("end_membership", "Mutasi")


def test_ending_before_the_start_is_refused(admin, kesehatan, ani):
    row = ani.memberships.get()
    page = end(admin, row, kesehatan.code, row.starts_on - timedelta(days=1))

    assert "sebelum tanggal mulai" in page.content.decode()
    row.refresh_from_db()
    assert row.ends_on is None


def test_the_last_district_admin_cannot_be_ended(in_katingan, katingan):
    administrators(katingan.pk).update(ends_on=date(2026, 1, 1), starts_on=date(2026, 1, 1))
    coordinator = office(is_coordinator=True)
    first = newcomer("uji-admin-1", coordinator, "district_admin").memberships.get()
    by, today = Actor.system("uji"), timezone.localdate()
    with pytest.raises(actions_people.PeopleRefused, match="terakhir"):
        actions_people.end_membership(first, on=today, by=by)

    newcomer("uji-admin-2", coordinator, "district_admin")
    actions_people.end_membership(first, on=today, by=by)
    assert Membership.objects.get(pk=first.pk).ends_on == today


@pytest.mark.parametrize("who", ["ani", "budi", "citra", "dewi"])
def test_only_a_district_admin_ends_a_membership(admin, client_for, kesehatan, ani, who):
    row, today = ani.memberships.get(), timezone.localdate()

    assert end(client_for(who), row, kesehatan.code, today).status_code == 404
    row.refresh_from_db()
    assert row.ends_on is None
    assert end(admin, row, kesehatan.code, today).status_code == 302


def test_a_membership_of_another_regency_is_a_404(admin, kesehatan, ani, dewi):
    theirs = dewi.memberships.get()

    assert end(admin, theirs, kesehatan.code, timezone.localdate()).status_code == 404
    assert end(admin, ani.memberships.get(), kesehatan.code, timezone.localdate()).status_code == 302
