from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Membership
from agencies.queries_people import administrators
from katingan_portal.accounts.actions import open_link
from katingan_portal.accounts.models import User
from tests.agencies.people import newcomer, office, secret_in

pytestmark = pytest.mark.django_db

PASSWORD = "perahu kelotok biru 12"
GIVEN = {"username": "Kepala.Admin", "full_name": "Eka Putri", "email": "Eka@Contoh.id"}


@pytest.fixture()
def _no_admin_yet(katingan):
    Membership.objects.filter(role="district_admin", regency=katingan).delete()


def first_admin(**options):
    out = StringIO()
    call_command("first_admin", regency="62.06", stdout=out, **{**GIVEN, **options})
    return out.getvalue()


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_gets_a_one_time_link(katingan):
    said = first_admin()

    admin = administrators(katingan.pk).get()
    assert (admin.user.username, admin.user.email) == ("kepala.admin", "eka@contoh.id")
    assert admin.agency_id == office(is_coordinator=True).pk
    assert not admin.user.has_usable_password()
    assert open_link(secret_in(said)).user == admin.user


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_asks_for_what_is_missing(monkeypatch):
    answers = iter(["rima", "Eka Putri", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)
    said = first_admin(username="", full_name="", email="", prompt=True)

    assert User.objects.get(username="rima").check_password(PASSWORD)
    assert "/masuk/" in said


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_reads_a_password_and_holds_it_to_the_rules(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("pendek\n"))
    with pytest.raises(CommandError, match="12"):
        first_admin(password_stdin=True)
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))
    first_admin(password_stdin=True)

    assert User.objects.get(username="kepala.admin").check_password(PASSWORD)


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_refuses_a_second_one_unless_told(katingan):
    newcomer("uji-admin", office(is_coordinator=True), "district_admin")
    with pytest.raises(CommandError, match="already has an administrator"):
        first_admin()
    assert not User.objects.filter(username="kepala.admin").exists()

    first_admin(another=True)
    assert administrators(katingan.pk).count() == 2


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_asks_nothing_where_there_is_one(katingan, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("asked although an administrator is there"))
    newcomer("uji-admin", office(is_coordinator=True), "district_admin")
    assert first_admin(unless_there=True, prompt=True) == ""
    assert not User.objects.filter(username="kepala.admin").exists()


@pytest.mark.usefixtures("_no_admin_yet")
def test_first_admin_makes_the_missing_one_also_unless_there(katingan):
    first_admin(unless_there=True)
    assert administrators(katingan.pk).get().user.username == "kepala.admin"


@pytest.mark.usefixtures("_no_admin_yet")
@pytest.mark.parametrize(
    "wrong", [{"username": "ani"}, {"username": ""}, {"username": "a@b"}, {"full_name": ""}, {"email": "bukan-email"}]
)
def test_first_admin_refuses_bad_names(wrong, katingan):
    with pytest.raises(CommandError):
        first_admin(**wrong)
    assert not administrators(katingan.pk).exists()
