from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from agencies import actions_people
from agencies.models import Agency, Invitation, Membership
from agencies.queries_people import roles_offered
from katingan_portal.accounts.actions import LinkRefused
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.scope import Scope, applied
from tests.agencies.people import katingan as the_regency
from tests.agencies.people import mails, newcomer, office, secret_in, serve

pytestmark = pytest.mark.django_db

PASSWORD = "perahu kelotok biru 12"


@pytest.fixture()
def kesehatan(ani):
    return office(memberships__user=ani)


@pytest.fixture()
def admin(client_for, kesehatan):
    newcomer("uji-admin", office(is_coordinator=True), "district_admin")
    return client_for("uji-admin")


def invite(client, agency, **changes):
    data = {"full_name": "Eka Putri", "email": "Eka@Contoh.id", "role": "operator", "title": "", "acting": ""}
    return client.post(f"/perangkat-daerah/{agency.code}/orang/undang/", {**data, **changes})


def invited(client, agency, **changes):
    """Invite, and return the secret that was mailed."""
    assert invite(client, agency, **changes).status_code == 302
    return secret_in(mails(kind="invitation")[-1].body_text)


def accept(client, secret, username="rima", password=PASSWORD):
    data = {"username": username, "new_password": password, "repeated": password}
    return client.post(f"/undangan/{secret}/", data)


def verbs(katingan):
    with applied(Scope(katingan.pk)):
        return list(AuditEvent.objects.filter(verb__contains="invit").order_by("id").values_list("verb", flat=True))


def test_invitation_journey(admin, kesehatan, katingan):
    secret = invited(admin, kesehatan, title="Staf Ahli", acting="plt")
    visitor = Client()
    page = visitor.get(f"/undangan/{secret}/").content.decode()
    assert kesehatan.name in page
    assert User.objects.filter(email="eka@contoh.id").count() == 0, "opening a link changes nothing"

    assert accept(visitor, secret).status_code == 302
    user = User.objects.get(email="eka@contoh.id")
    membership = user.memberships.get()
    assert (user.username, user.full_name, user.check_password(PASSWORD)) == ("rima", "Eka Putri", True)
    assert (membership.agency_id, membership.role, membership.position, membership.starts_on) == (
        kesehatan.pk,
        "operator",
        "Plt. Staf Ahli",
        timezone.localdate(),
    )
    assert visitor.get("/akun/").status_code == 200, "they are signed in"
    assert verbs(katingan) == ["invite", "accept_invitation"]


def test_an_invitation_works_once(admin, kesehatan):
    secret = invited(admin, kesehatan)
    accept(Client(), secret)

    assert accept(Client(), secret, "orang-lain").status_code == 410
    assert not User.objects.filter(username="orang-lain").exists()


def test_of_two_who_accept_at_once_one_wins(admin, kesehatan, citra, budi):
    """Both have opened the invitation before either has accepted it."""
    secret = invited(admin, kesehatan)
    first, second = actions_people.open_invitation(secret), actions_people.open_invitation(secret)
    actions_people.accept_as(first, citra)

    with pytest.raises(LinkRefused, match="baru saja dipakai"):
        actions_people.accept_as(second, budi)
    with pytest.raises(LinkRefused, match="baru saja dipakai"):
        actions_people.accept_as_new_user(second, username="ketiga", password=PASSWORD)
    assert Membership.objects.filter(agency=kesehatan, role="operator", user__in=[citra, budi]).get().user == citra
    assert not User.objects.filter(username="ketiga").exists(), "the loser leaves no account behind"


def test_an_invitation_dies_after_seven_days(admin, kesehatan, katingan):
    secret = invited(admin, kesehatan)
    with applied(Scope(katingan.pk)):
        left = Invitation.objects.get().expires_at - timezone.now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert accept(Client(), secret).status_code == 410


def test_resending_kills_the_earlier_link(admin, kesehatan, katingan):
    older = invited(admin, kesehatan)
    with applied(Scope(katingan.pk)):
        pk = Invitation.objects.get().pk
    admin.post(f"/perangkat-daerah/{kesehatan.code}/undangan/{pk}/kirim-ulang/")
    first, second = mails(kind="invitation")

    assert first.state == "superseded"
    assert Client().get(f"/undangan/{older}/").status_code == 410
    assert accept(Client(), secret_in(second.body_text)).status_code == 302
    assert verbs(katingan) == ["invite", "resend_invitation", "accept_invitation"]


def test_a_withdrawn_invitation_is_refused_and_its_mail_cancelled(admin, kesehatan, katingan):
    secret = invited(admin, kesehatan)
    with applied(Scope(katingan.pk)):
        pk = Invitation.objects.get().pk
    admin.post(f"/perangkat-daerah/{kesehatan.code}/undangan/{pk}/tarik/")

    assert accept(Client(), secret).status_code == 410
    assert mails(kind="invitation")[0].state == "cancelled"
    assert verbs(katingan) == ["invite", "withdraw_invitation"]


def test_an_existing_account_signs_in_and_gets_the_seat_added(admin, kesehatan, citra, client_for):
    secret = invited(admin, kesehatan, email=citra.email)
    stranger = Client()
    page = stranger.get(f"/undangan/{secret}/").content.decode()
    assert f"/masuk/?next=/undangan/{secret}/" in page
    accept(stranger, secret)
    assert User.objects.filter(email=citra.email).count() == 1, "no second account for the same address"

    client = client_for("citra")
    assert "Terima peran ini" in client.get(f"/undangan/{secret}/").content.decode()
    assert citra.memberships.count() == 1
    assert client.post(f"/undangan/{secret}/").status_code == 302
    assert set(citra.memberships.values_list("agency_id", flat=True)) > {kesehatan.pk}
    assert client.session["membership"] == citra.memberships.get(agency=kesehatan).pk


def test_an_invitation_from_another_regency_joins_an_account_here(admin, kesehatan, dewi, elsewhere, client_for):
    """The invitation stands behind another wall than the one the visitor works in."""
    secret = invited(admin, kesehatan, email=dewi.email)
    client_for("dewi").post(f"/undangan/{secret}/")

    assert dewi.memberships.get(agency=kesehatan).regency == the_regency()
    assert dewi.memberships.count() == 2


def test_accepting_a_role_one_holds_is_refused_kindly(admin, kesehatan, ani, client_for):
    secret = invited(admin, kesehatan)
    page = client_for("ani").post(f"/undangan/{secret}/").content.decode()

    assert "sudah memegang peran ini" in page
    assert accept(Client(), secret).status_code == 302, "the invitation is still there for Eka"


@pytest.mark.parametrize("username", ["ani", "ANI", "a b", "x@y", "ab"])
def test_a_bad_or_taken_user_name_is_refused(admin, kesehatan, username):
    secret = invited(admin, kesehatan)

    assert accept(Client(), secret, username).status_code == 200
    assert accept(Client(), secret, "nama-bagus").status_code == 302


@pytest.mark.parametrize("secret", ["x", "1.x", "99999.abc", "1" * 40 + ".a", "².a", "-1.a", "1"])
def test_an_unknown_invitation_is_refused_kindly(client, secret):
    assert client.get(f"/undangan/{secret}/").status_code == 410


def test_a_secret_opens_nothing_in_another_regency(admin, kesehatan, elsewhere):
    _, _, tail = invited(admin, kesehatan).partition(".")

    assert Client().get(f"/undangan/{elsewhere.pk}.{tail}/").status_code == 410


def test_a_slot_cannot_be_invited_to(admin, katingan, in_katingan):
    slot = Agency.objects.filter(is_slot=True).first()
    with pytest.raises(actions_people.PeopleRefused, match="belum dinamai"):
        actions_people.invite(slot, actions_people.Seat("Eka", "eka@contoh.id", "operator"), by=Actor.system("uji"))

    assert "belum dinamai" in admin.get(f"/perangkat-daerah/{slot.code}/orang/undang/").content.decode()
    assert invite(admin, slot, role=roles_offered(slot)[0]).status_code == 200
    assert not Invitation.objects.exists()


def test_nobody_is_invited_twice_to_the_same_seat(admin, kesehatan, ani):
    invited(admin, kesehatan)

    assert "masih terbuka" in invite(admin, kesehatan).content.decode()
    assert "sudah memegang peran itu" in invite(admin, kesehatan, email=ani.email).content.decode()


@pytest.mark.parametrize(
    ("kind", "coordinates", "roles"),
    [
        ("opd", False, {"operator", "head"}),
        ("opd", True, {"operator", "head", "coordinator", "import_admin", "district_admin"}),
        ("subdistrict", False, {"camat", "subdistrict_operator"}),
        ("bumd", False, {"operator", "head"}),
        ("leadership", False, {"executive", "import_admin", "district_admin"}),
    ],
)
def test_roles_offered_fit_the_kind(kind, coordinates, roles):
    agency = SimpleNamespace(kind=kind, is_coordinator=coordinates)

    assert set(roles_offered(agency)) == roles


def test_a_role_that_does_not_fit_cannot_be_forced(admin, kesehatan):
    assert invite(admin, kesehatan, role="district_admin").status_code == 200
    assert mails(kind="invitation") == []


@pytest.mark.parametrize("who", ["ani", "budi", "citra", "dewi", "uji-camat"])
def test_only_a_district_admin_invites(admin, client_for, kesehatan, who):
    newcomer("uji-camat", office("subdistrict"), "camat")

    assert invite(client_for(who), kesehatan).status_code == 404
    assert invite(admin, kesehatan).status_code == 302


def test_an_admin_of_another_regency_finds_nothing(client_for, kesehatan, elsewhere):
    newcomer("uji-admin-lain", office(regency=elsewhere), "district_admin")
    with applied(Scope(elsewhere.pk)):
        Agency.objects.filter(code=kesehatan.code).update(code="beda")

    assert invite(client_for("uji-admin-lain"), kesehatan).status_code == 404


def test_a_former_admin_invites_nobody(client_for, kesehatan):
    user = newcomer("uji-mantan", office(is_coordinator=True), "district_admin")
    user.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))
    serve(user, kesehatan, "operator")

    assert invite(client_for("uji-mantan"), kesehatan).status_code == 404
