from datetime import timedelta

import pytest
from django.utils import timezone

from katingan_portal.accounts.actions import LinkRefused, issue_link, open_link, use_link
from katingan_portal.accounts.models import AccessLink
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.models import PlatformEvent

pytestmark = pytest.mark.django_db

RESCUE, RESET = AccessLink.Purpose.RESCUE, AccessLink.Purpose.RESET
NEW = "perahu kelotok biru 12"
BY = Actor.system("uji")


def secret_for(user, purpose=RESCUE, **more):
    return issue_link(user, purpose, by=BY, **more)[1]


def post(client, secret, password=NEW):
    return client.post(f"/tautan/{secret}/", {"new_password": password, "repeated": password})


def test_opening_a_link_changes_nothing(client, ani):
    secret = secret_for(ani)
    before = ani.password
    for _ in range(2):
        assert client.get(f"/tautan/{secret}/").status_code == 200

    ani.refresh_from_db()
    assert ani.password == before
    assert open_link(secret).used_at is None


def test_a_link_sets_the_password_signs_in_and_ends_other_sessions(client, client_for, ani):
    elsewhere = client_for("ani")
    response = post(client, secret_for(ani))

    ani.refresh_from_db()
    assert response.status_code == 302
    assert ani.check_password(NEW)
    assert client.session["_auth_user_id"] == str(ani.pk)
    assert elsewhere.get("/akun/").status_code == 302
    verbs = PlatformEvent.objects.filter(thing_id=str(ani.pk)).order_by("id").values_list("verb", flat=True)
    assert [verb for verb in verbs if "sign" not in verb] == [
        "issue_rescue_link",
        "use_rescue_link",
        "change_password",
    ]


def test_a_link_works_once(client, ani):
    secret = secret_for(ani)
    post(client, secret)
    again = post(client, secret, "kata sandi lain lagi 5")

    assert again.status_code == 410
    ani.refresh_from_db()
    assert ani.check_password(NEW)


def test_a_weak_password_does_not_use_the_link_up(client, ani):
    secret = secret_for(ani)

    assert post(client, secret, "pendek").status_code == 200
    assert post(client, secret).status_code == 302


@pytest.mark.parametrize(("purpose", "hours"), [(RESCUE, 24), (RESET, 2)])
def test_a_link_dies_by_time(ani, purpose, hours):
    issued = timezone.now() - timedelta(hours=hours)
    young, old = timedelta(seconds=1), timedelta(0)

    assert open_link(secret_for(ani, purpose, now=issued + young)).user == ani
    with pytest.raises(LinkRefused, match="masa berlakunya"):
        use_link(secret_for(ani, purpose, now=issued + old), NEW)


def test_of_two_who_use_a_link_at_once_one_wins(ani, monkeypatch):
    """Both have opened it before either has used it."""
    secret = secret_for(ani)
    link = open_link(secret)
    monkeypatch.setattr("katingan_portal.accounts.actions.open_link", lambda *args: link)
    use_link(secret, NEW)

    with pytest.raises(LinkRefused, match="baru saja dipakai"):
        use_link(secret, "kata sandi lain lagi 5")
    ani.refresh_from_db()
    assert ani.check_password(NEW)


def test_a_newer_rescue_link_kills_older_ones(ani):
    older, newer = secret_for(ani), secret_for(ani)

    assert open_link(newer).user == ani
    with pytest.raises(LinkRefused):
        open_link(older)


def test_a_reset_that_a_stranger_asks_for_leaves_the_rescue_link_alive(ani):
    rescue = secret_for(ani, RESCUE)
    secret_for(ani, RESET)

    assert open_link(rescue).user == ani


def test_using_one_link_ends_the_other(ani):
    rescue, reset = secret_for(ani, RESCUE), secret_for(ani, RESET)
    use_link(reset, NEW)

    with pytest.raises(LinkRefused):
        open_link(rescue)


def test_only_the_digest_is_kept(ani):
    secret = secret_for(ani)

    assert not AccessLink.objects.filter(digest=secret).exists()


@pytest.mark.parametrize("secret", ["tidak-ada", "x" * 300])
def test_an_unknown_link_is_refused_kindly(client, secret):
    assert client.get(f"/tautan/{secret}/").status_code == 410


def test_a_link_that_no_address_can_be_is_a_bad_request(client):
    assert client.get("/tautan/%00/").status_code == 400


def test_a_link_of_a_disabled_user_is_refused(client, ani):
    secret = secret_for(ani)
    ani.is_active = False
    ani.save()

    assert post(client, secret).status_code == 410
