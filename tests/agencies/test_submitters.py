"""Who sends an agency's reports: its head or a district admin says so, and it shows in the history."""

from datetime import date

import pytest

from agencies.actions import SubmittersRefused, set_operator_submits
from agencies.models import Agency
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import applied

pytestmark = pytest.mark.django_db
URL = "/perangkat-daerah/dinkes/pengirim/"


def dinkes(scope):
    with applied(scope):
        return Agency.objects.get(code="dinkes")


@pytest.mark.parametrize(
    ("name", "status"), [("budi", 302), ("joko", 302), ("ani", 404), ("citra", 404), ("eka", 404), ("hadi", 404)]
)
def test_the_head_or_an_admin_says_who_sends(name, status, client_for, scope_for):
    assert client_for(name).post(URL, {"boleh": "0"}).status_code == status
    agency = dinkes(scope_for("joko"))
    assert agency.operator_submits == (status == 404)
    with applied(scope_for("joko")):
        verbs = [event.verb for event in history_of(agency)]
    assert ("menentukan siapa yang mengirim laporan" in verbs) == (status == 302)


def test_the_page_says_who_sends_and_shows_the_button_to_whom_it_concerns(client_for):
    page = "/perangkat-daerah/dinkes/"
    assert "Operator dan pimpinan boleh mengirim" in client_for("ani").get(page).content.decode()
    assert URL not in client_for("ani").get(page).content.decode()
    answer = client_for("budi").post(URL, {"boleh": "0"}, follow=True).content.decode()
    assert "Hanya pimpinan Dinkes boleh mengirim laporan" in answer
    assert "Izinkan operator mengirim" in answer


def test_saying_the_same_twice_is_one_entry(client_for, scope_for):
    for _ in range(2):
        client_for("budi").post(URL, {"boleh": "0"})
    with applied(scope_for("joko")):
        verbs = [event.verb for event in history_of(dinkes(scope_for("joko")))]
    assert verbs.count("menentukan siapa yang mengirim laporan") == 1


def test_an_agency_without_a_leader_keeps_its_operator(actor_for, scope_for):
    with applied(scope_for("joko")):
        alone = Agency.objects.get(code="dkukmp")
        with pytest.raises(SubmittersRefused, match="belum punya pimpinan"):
            set_operator_submits(alone, allowed=False, by=actor_for("joko"), on=date(2026, 11, 24))
        alone.refresh_from_db()
        assert alone.operator_submits
