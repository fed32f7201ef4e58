from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agencies.views_people import _international, qr_image
from katingan_portal.accounts.models import AccessLink, User
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from tests.agencies.people import mails, newcomer, office, secret_in, serve

pytestmark = pytest.mark.django_db

NEW = "perahu kelotok biru 12"


@pytest.fixture()
def camat(client_for):
    newcomer("uji-camat", office("subdistrict"), "camat")
    return client_for("uji-camat")


@pytest.fixture()
def clerk():
    """Somebody of the camat's own office."""
    return newcomer("uji-juru-tulis", office("subdistrict"), "subdistrict_operator")


@pytest.fixture()
def admin(client_for):
    newcomer("uji-admin", office(is_coordinator=True), "district_admin")
    return client_for("uji-admin")


def rescue(client, user, agency=None):
    row = user.memberships.order_by("pk").first()
    with applied(Scope(row.regency_id)):
        code = agency.code if agency else row.agency.code
    return client.post(f"/perangkat-daerah/{code}/orang/{row.pk}/tautan/")


def test_a_camat_rescues_people_of_their_own_office(camat, clerk, katingan):
    response = rescue(camat, clerk)
    page = response.content.decode()
    assert response.status_code == 200
    assert "data:image/svg+xml;base64," in page
    assert "https://wa.me/?text=" in page
    assert response["Cache-Control"] == "no-store, private"

    visitor = Client()
    visitor.post(f"/tautan/{secret_in(page)}/", {"new_password": NEW, "repeated": NEW})
    clerk.refresh_from_db()
    assert clerk.check_password(NEW)
    assert visitor.session["_auth_user_id"] == str(clerk.pk)
    with applied(Scope(katingan.pk)):
        event = history_of(clerk.memberships.get())[0]
    assert (event.verb, event.actor_name) == ("issue_access_link", "Uji uji-camat")


def test_the_person_concerned_is_told_without_the_secret(camat, clerk):
    secret = secret_in(rescue(camat, clerk).content.decode())
    (notice,) = mails(recipient=clerk)

    assert (notice.channel, notice.kind) == ("in_app", "account")
    assert "Uji uji-camat" in notice.body_text
    assert secret not in notice.body_text + notice.link


def test_asking_first_makes_no_link(camat, clerk):
    row = clerk.memberships.get()
    code = office("subdistrict").code

    assert camat.get(f"/perangkat-daerah/{code}/orang/{row.pk}/tautan/").status_code == 200
    assert not AccessLink.objects.filter(user=clerk).exists()


def test_a_rescue_link_lives_a_day(camat, clerk):
    rescue(camat, clerk)
    left = AccessLink.objects.get(user=clerk).expires_at - timezone.now()

    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


@pytest.mark.parametrize("who", ["ani", "citra", "budi", "neighbour"])
def test_a_camat_rescues_nobody_of_another_office(camat, clerk, who):
    newcomer("neighbour", office("subdistrict", number=1), "subdistrict_operator")

    assert rescue(camat, User.objects.get(username=who)).status_code == 404
    assert AccessLink.objects.count() == 0
    assert rescue(camat, clerk).status_code == 200


def test_a_camat_cannot_borrow_their_own_offices_address_for_others(camat, ani):
    assert rescue(camat, ani, agency=office("subdistrict")).status_code == 404


@pytest.mark.parametrize("days", [-300, 30])
def test_a_camat_rescues_nobody_with_greater_reach(camat, clerk, days):
    """The clerk administers the district too, already or from next month on."""
    starts_on = timezone.localdate() + timedelta(days=days)
    other = serve(clerk, office(is_coordinator=True), "district_admin", starts_on)
    assert rescue(camat, clerk).status_code == 404

    ended = timezone.localdate() - timedelta(days=1)
    type(other).objects.filter(pk=other.pk).update(starts_on=ended, ends_on=ended)
    assert rescue(camat, clerk).status_code == 200, "what is over counts no more"


def test_a_camat_rescues_no_district_admin_who_sits_in_their_own_office(camat, clerk):
    serve(clerk, office("subdistrict"), "district_admin")

    assert rescue(camat, clerk).status_code == 404


def test_nobody_rescues_a_platform_admin(camat, admin, clerk):
    User.objects.filter(pk=clerk.pk).update(is_platform_admin=True)

    assert [rescue(client, clerk).status_code for client in (camat, admin)] == [404, 404]


def test_a_district_admin_rescues_anybody_of_the_regency(admin, ani, clerk):
    assert [rescue(admin, user).status_code for user in (ani, clerk)] == [200, 200]


def test_a_district_admin_rescues_nobody_who_also_serves_elsewhere(admin, ani, elsewhere):
    serve(ani, office("opd", regency=elsewhere), "operator")

    assert rescue(admin, ani).status_code == 404


def test_a_district_admin_rescues_nobody_of_another_regency(admin, ani, dewi):
    assert rescue(admin, dewi).status_code == 404
    assert rescue(admin, dewi, agency=office(memberships__user=ani)).status_code == 404


@pytest.mark.parametrize("who", ["ani", "budi", "citra"])
def test_ordinary_people_rescue_nobody(client_for, admin, ani, budi, who):
    target = budi if who == "ani" else ani

    assert rescue(client_for(who), target).status_code == 404
    assert rescue(admin, target).status_code == 200


def test_nobody_rescues_themselves(camat):
    """It would spare whoever sits at an open screen the current password."""
    assert rescue(camat, User.objects.get(username="uji-camat")).status_code == 404


def test_nobody_is_rescued_from_being_disabled_or_dismissed(admin, ani, budi):
    User.objects.filter(pk=ani.pk).update(is_active=False)
    budi.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))

    assert [rescue(admin, user).status_code for user in (ani, budi)] == [404, 404]


@pytest.mark.parametrize(
    ("phone", "number"),
    [("0812-3456 789", "628123456789"), ("+62 812 3456", "628123456"), ("62812", "62812"), ("", "")],
)
def test_phone_numbers_as_whatsapp_wants_them(phone, number):
    assert _international(phone) == number


def test_qr_image_is_an_inline_picture():
    assert qr_image("https://contoh.id/tautan/abc/").startswith("data:image/svg+xml;base64,PHN2Zy")
