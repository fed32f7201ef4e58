from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from katingan_portal.accounts.models import SignInThrottle, User, UserSession
from katingan_portal.audit.models import PlatformEvent

pytestmark = pytest.mark.django_db

SIGN_IN = "/masuk/"
PASSWORD = "jembatan kayu ulin 7"
WRONG = "Nama pengguna atau kata sandi tidak cocok"
BLOCKED = "Terlalu banyak percobaan. Coba lagi dalam"


@pytest.fixture(autouse=True)
def _known_password(ani):
    ani.set_password(PASSWORD)
    ani.save()


def sign_in(client, name="ani", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"name": name, "password": password, **more})


def verbs_about(user):
    return list(PlatformEvent.objects.filter(thing_id=str(user.pk)).order_by("id").values_list("verb", flat=True))


def test_sign_in_by_user_name_lists_the_session(client, ani):
    response = sign_in(client)

    assert (response.status_code, response.url) == (302, reverse("agencies:arrive"))
    row = UserSession.objects.get(user=ani, session_key=client.session.session_key)
    assert row.address == "127.0.0.1"
    assert verbs_about(ani) == ["sign_in"]


@pytest.mark.parametrize("spelling", [str.lower, str.upper, lambda name: f"  {name} "])
def test_sign_in_by_email_in_any_spelling(client, ani, spelling):
    assert sign_in(client, spelling(ani.email)).status_code == 302
    assert client.session["_auth_user_id"] == str(ani.pk)


@pytest.mark.parametrize(("name", "password"), [("ani", "salah"), ("tidak.ada", PASSWORD), ("tidak@ada.id", "x")])
def test_sign_in_refuses_with_the_same_words(client, ani, name, password):
    response = sign_in(client, name, password)

    assert response.status_code == 200
    assert WRONG in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert PlatformEvent.objects.filter(verb="refuse_sign_in").count() == 1


def test_sign_in_never_writes_down_an_unknown_name(client):
    sign_in(client, "rahasia-yang-salah-ketik", "x")

    event = PlatformEvent.objects.get(verb="refuse_sign_in")
    assert (event.thing_id, event.thing_name) == ("0", "nama yang tidak dikenal")


def test_sign_in_refuses_an_inactive_user(client, ani):
    User.objects.filter(pk=ani.pk).update(is_active=False)

    assert WRONG in sign_in(client).content.decode()


def test_sign_in_blocks_after_five_failures_even_with_the_right_password(client, ani):
    for _ in range(5):
        sign_in(client, password="salah")
    response = sign_in(client)

    assert response.status_code == 429
    assert BLOCKED in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert verbs_about(ani) == ["refuse_sign_in"] * 5 + ["block_sign_in"]


def test_sign_in_works_again_when_the_wait_is_over(client, ani):
    for _ in range(5):
        sign_in(client, password="salah")
    SignInThrottle.objects.update(blocked_until=timezone.now() - timedelta(seconds=1))

    assert sign_in(client).status_code == 302
    assert not SignInThrottle.objects.filter(key__startswith="ani|").exists()


def test_sign_in_of_somebody_without_email_keeps_the_count_of_their_address(client, ani):
    """Otherwise an own account would reset the guesses at everybody else's."""
    User.objects.filter(pk=ani.pk).update(email="")
    sign_in(client, "budi", "salah")
    sign_in(client)

    assert SignInThrottle.objects.get(key="|127.0.0.1").failures == 1


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/laporan/", True),
        ("https://jahat.example/", False),
        ("//jahat.example/", False),
        ("/\\jahat.example", False),
        ("javascript:alert(1)", False),
    ],
)
def test_sign_in_leads_on_to_its_own_pages_only(client, wanted, kept):
    asked = client.get(SIGN_IN, {"next": wanted}).content.decode()
    led = sign_in(client, next=wanted).url
    landed = client.get(led)

    assert ('name="next"' in asked, "next=" in led) == (kept, kept)
    assert landed.url == (wanted if kept else "/")


def test_arrive_refuses_another_host(client_for):
    assert client_for("ani").get(reverse("agencies:arrive"), {"next": "https://jahat.example/"}).url == "/"


def test_arrive_is_friendly_to_somebody_without_an_office(client_for, ani):
    ani.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))

    page = client_for("ani").get(reverse("agencies:arrive")).content.decode()
    assert "Akun Anda belum mempunyai tugas aktif" in page
    assert "Dinas Kesehatan" in page, "what they used to be stands there"


def test_sign_out_takes_a_post_and_ends_the_session(client, ani):
    sign_in(client)
    key = client.session.session_key

    assert client.get("/keluar/").status_code == 405
    assert client.post("/keluar/").url == SIGN_IN
    assert not UserSession.objects.filter(session_key=key).exists()
    assert client.get("/akun/").status_code == 302
    assert verbs_about(ani) == ["sign_in", "sign_out"]


def test_sign_in_makes_a_new_session_key(client):
    client.get(SIGN_IN)
    session = client.session
    session["x"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client)

    assert client.session.session_key != session.session_key


def test_sign_in_takes_no_post_without_a_csrf_token():
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client).status_code == 403


def test_a_disabled_users_session_dies_at_once(client_for, ani):
    client = client_for("ani")
    assert client.get("/akun/").status_code == 200
    User.objects.filter(pk=ani.pk).update(is_active=False)

    assert client.get("/akun/").status_code == 302


def one_demo_sign_in():
    return [{"label": "Operator Dinas Kesehatan", "username": "ani", "password": PASSWORD}]


def test_demo_sign_ins_show_in_development_with_demo_people_only(client, settings, katingan):
    settings.PORTAL_DEMO_SIGN_INS = f"{__name__}.one_demo_sign_in"
    katingan.is_demo = True
    katingan.save()
    settings.PORTAL_DEVELOPMENT = False
    hidden = client.get(SIGN_IN).content.decode()
    settings.PORTAL_DEVELOPMENT = True
    shown = client.get(SIGN_IN).content.decode()
    settings.PORTAL_DEMO_SIGN_INS = "reporting.no_such_module.demo"
    tolerated = client.get(SIGN_IN)

    assert PASSWORD not in hidden
    assert PASSWORD in shown
    assert tolerated.status_code == 200


def test_a_form_that_stood_open_too_long_is_answered_in_the_words_of_the_portal():
    answer = Client(enforce_csrf_checks=True).post("/masuk/", {"name": "ani", "password": "salah"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Halaman itu terlalu lama terbuka" in page
    assert "CSRF" not in page
