from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agencies.access import SESSION_KEY
from agencies.actions_access import mail_reset_link
from agencies.models import ApiToken
from katingan_portal.accounts.models import AccessLink, User
from tests.agencies.people import mails, office, secret_in, serve

pytestmark = pytest.mark.django_db

FORGOT = "/lupa-kata-sandi/"
NEW = "perahu kelotok biru 12"


def switch(client, membership):
    return client.post("/ganti-peran/", {"membership": membership.pk})


def test_switching_chooses_among_ones_own(client_for, ani, budi):
    second = serve(ani, office("subdistrict"), "subdistrict_operator")
    client = client_for("ani")

    assert switch(client, second).status_code == 302
    assert client.session[SESSION_KEY] == second.pk
    assert switch(client, budi.memberships.get()).status_code == 404
    assert client.session[SESSION_KEY] == second.pk


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
def test_switching_to_a_membership_not_in_force_is_a_404(client_for, ani, days):
    second = serve(ani, office("subdistrict"), "subdistrict_operator")
    starts_on, ends_on = (timezone.localdate() + timedelta(days=each) for each in days)
    ani.memberships.filter(pk=second.pk).update(starts_on=starts_on, ends_on=ends_on)
    client = client_for("ani")

    assert switch(client, second).status_code == 404
    assert switch(client, ani.memberships.exclude(pk=second.pk).get()).status_code == 302


@pytest.mark.parametrize("wanted", ["", "abc", "-1", "9" * 30])
def test_switching_to_nonsense_is_a_404(client_for, wanted):
    assert client_for("ani").post("/ganti-peran/", {"membership": wanted}).status_code == 404


def test_switching_takes_a_post(client_for):
    assert client_for("ani").get("/ganti-peran/").status_code == 405


def test_the_switched_membership_decides_what_one_may_see(client_for, ani, citra):
    sosial = office(memberships__user=citra)
    second = serve(ani, sosial, "operator")
    client = client_for("ani")
    before = client.get(f"/perangkat-daerah/{sosial.code}/orang/").status_code
    switch(client, second)

    assert (before, client.get(f"/perangkat-daerah/{sosial.code}/orang/").status_code) == (404, 200)


def test_posts_are_named_across_regencies(client_for, ani, elsewhere):
    there = office("opd", regency=elsewhere)
    serve(ani, there, "operator")
    page = client_for("ani").get("/akun/peran/").content.decode()

    assert there.name in page
    assert elsewhere.name in page


def test_forgot_password_answers_the_same_whoever_was_named(client, ani):
    User.objects.filter(username="budi").update(email="")
    known, by_mail, unknown, without = (
        client.post(FORGOT, {"name": name}) for name in ("ani", ani.email.upper(), "tidak-ada", "budi")
    )

    def body(response):
        return response.content.decode()

    assert body(known) == body(by_mail) == body(unknown) == body(without)
    assert [mail.address for mail in mails(kind="password_reset")] == [ani.email] * 2


def test_the_mailed_link_sets_a_new_password(client, ani):
    client.post(FORGOT, {"name": "ani"})
    (mail,) = mails(kind="password_reset")
    assert mail.expires_at - timezone.now() <= timedelta(hours=2)
    Client().post(f"/tautan/{secret_in(mail.body_text)}/", {"new_password": NEW, "repeated": NEW})

    ani.refresh_from_db()
    assert ani.check_password(NEW)


def test_at_most_three_reset_mails_an_hour(ani):
    now = timezone.now()
    for _ in range(5):
        mail_reset_link("ani", now=now)
    assert AccessLink.objects.filter(user=ani).count() == 3

    mail_reset_link("ani", now=now + timedelta(minutes=59))
    assert AccessLink.objects.filter(user=ani).count() == 3
    mail_reset_link("ani", now=now + timedelta(minutes=61))
    assert AccessLink.objects.filter(user=ani).count() == 4


def test_no_reset_for_the_disabled_or_dismissed(ani, citra, budi):
    User.objects.filter(pk=ani.pk).update(is_active=False)
    citra.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))
    for name in ("ani", "citra", "budi"):
        mail_reset_link(name)

    assert [mail.recipient_id for mail in mails(kind="password_reset")] == [budi.pk]


def test_a_reset_is_queued_in_the_persons_own_regency(dewi, katingan, elsewhere):
    mail_reset_link("dewi")

    assert [len(mails(regency, kind="password_reset")) for regency in (katingan, elsewhere)] == [0, 1]


def new_token(client):
    page = client.post("/akun/kunci-api/", {"label": "Excel"}).content.decode()
    return page.partition('<code class="secret">')[2].partition("<")[0]


def test_an_api_token_is_shown_once(client_for, ani):
    client = client_for("ani")
    secret = new_token(client)

    assert len(secret) == 43
    assert secret not in client.get("/akun/kunci-api/").content.decode()
    token = ApiToken.objects.get(label="Excel")
    assert token.membership.user == ani
    assert token.digest != secret


def test_only_its_owner_revokes_a_token(client_for):
    client = client_for("ani")
    new_token(client)
    token = ApiToken.objects.get(label="Excel")

    assert client_for("budi").post(f"/akun/kunci-api/{token.pk}/cabut/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
    client.post(f"/akun/kunci-api/{token.pk}/cabut/")
    token.refresh_from_db()
    assert token.revoked_at is not None
