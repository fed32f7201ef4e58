import pytest

from katingan_portal.accounts.actions import end_session, in_person
from katingan_portal.accounts.models import User, UserSession
from katingan_portal.audit.models import PlatformEvent

pytestmark = pytest.mark.django_db

PASSWORD = "jembatan kayu ulin 7"
NEW = "perahu kelotok biru 12"


@pytest.fixture(autouse=True)
def _known_password(ani):
    ani.set_password(PASSWORD)
    ani.save()


def is_signed_in(client):
    return client.get("/akun/").status_code == 200


def profile(client, **changes):
    data = {"full_name": "Ani Lestari", "email": "ani.baru@contoh.id", "phone": "", "current_password": ""}
    return client.post("/akun/profil/", {**data, **changes})


def new_password(client, current=PASSWORD, new=NEW, repeated=NEW):
    data = {"current_password": current, "new_password": new, "repeated": repeated}
    return client.post("/akun/kata-sandi/", data)


def test_ending_one_session_signs_that_browser_out(client_for, ani):
    here, there = client_for("ani"), client_for("ani")
    row = UserSession.objects.get(session_key=there.session.session_key)
    assert is_signed_in(there)

    assert here.post(f"/akun/perangkat/{row.pk}/akhiri/").status_code == 302
    assert not is_signed_in(there)
    assert is_signed_in(here)
    assert PlatformEvent.objects.filter(verb="end_session", actor=ani).count() == 1


def test_ending_somebody_elses_session_is_a_404(client_for):
    ani, citra = client_for("ani"), client_for("citra")
    row = UserSession.objects.get(session_key=citra.session.session_key)

    assert ani.post(f"/akun/perangkat/{row.pk}/akhiri/").status_code == 404
    assert is_signed_in(citra)


def test_ending_all_others_keeps_this_one(client_for):
    here, there, elsewhere = client_for("ani"), client_for("ani"), client_for("ani")
    here.post("/akun/perangkat/akhiri-lainnya/")

    assert [is_signed_in(client) for client in (here, there, elsewhere)] == [True, False, False]


def test_end_session_kills_the_cookie_even_if_only_the_row_is_gone(client_for, ani):
    client = client_for("ani")
    UserSession.objects.filter(session_key=client.session.session_key).delete()

    assert not is_signed_in(client)


def test_the_session_list_shows_no_dead_sessions(client_for, ani):
    here, there = client_for("ani"), client_for("ani")
    end_session(UserSession.objects.get(session_key=there.session.session_key), by=in_person(ani))
    UserSession.objects.create(user=ani, session_key="sudah-lewat", address="10.9.8.7")

    assert "10.9.8.7" not in here.get("/akun/").content.decode()


def test_changing_the_password_asks_the_current_one_and_ends_other_sessions(client_for, ani):
    here, there = client_for("ani"), client_for("ani")
    assert new_password(here).status_code == 302

    ani.refresh_from_db()
    assert ani.check_password(NEW)
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert UserSession.objects.get(user=ani).session_key == here.session.session_key
    assert PlatformEvent.objects.filter(verb="change_password", thing_id=str(ani.pk)).count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"current": "salah"}, "Kata sandi saat ini tidak cocok."),
        ({"repeated": "lain sama sekali 3"}, "Kedua kata sandi belum sama."),
        ({"new": "pendek", "repeated": "pendek"}, "12"),
    ],
)
def test_changing_the_password_refuses(client_for, ani, wrong, words):
    client = client_for("ani")
    response = new_password(client, **wrong)

    assert response.status_code == 200
    assert words in response.content.decode()
    ani.refresh_from_db()
    assert ani.check_password(PASSWORD)


def test_an_open_screen_is_no_place_to_guess_the_password(client_for, ani):
    client = client_for("ani")
    for _ in range(5):
        new_password(client, current="salah")

    assert "Coba lagi dalam" in new_password(client).content.decode()
    ani.refresh_from_db()
    assert ani.check_password(PASSWORD)


def test_a_new_email_takes_the_password(client_for, ani):
    before = ani.email
    client = client_for("ani")
    refused = profile(client)
    ani.refresh_from_db()
    assert (refused.status_code, ani.email) == (200, before)

    profile(client, current_password=PASSWORD)
    ani.refresh_from_db()
    assert ani.email == "ani.baru@contoh.id"
    event = PlatformEvent.objects.get(verb="change_profile")
    assert event.changes["email"] == [before, "ani.baru@contoh.id"]


def test_name_and_phone_change_without_the_password(client_for, ani):
    profile(client_for("ani"), full_name="Ani L. Sari", email=ani.email, phone="0812 3456 789")

    ani.refresh_from_db()
    assert (ani.full_name, ani.phone) == ("Ani L. Sari", "0812 3456 789")


def test_an_email_of_another_account_is_refused(client_for, ani, citra):
    page = profile(client_for("ani"), email=citra.email.upper(), current_password=PASSWORD).content.decode()

    assert "sudah dipakai akun lain" in page
    assert User.objects.get(pk=ani.pk).email == ani.email


def test_the_account_page_is_for_the_signed_in(client):
    assert client.get("/akun/").url == "/masuk/?next=/akun/"
