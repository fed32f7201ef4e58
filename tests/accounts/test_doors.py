"""The door of members' pages, for who comes without a session."""

import pytest
from django.contrib.messages import get_messages

pytestmark = pytest.mark.django_db
FORM = "/laporan/bebaskan/"


def test_a_page_that_was_asked_for_is_where_signing_in_leads(client):
    assert client.get(FORM + "?periode=202610").url == f"/masuk/?next={FORM}%3Fperiode%3D202610"


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/laporan/219/?ya=1", "/laporan/219/%3Fya%3D1"),
        ("https://jahat.example/laporan/219/", "/"),
        ("", "/"),
    ],
)
def test_what_was_sent_without_a_session_leads_back_to_its_page_and_says_so(client, came_from, leads_to):
    answer = client.post("/janji/1/tarik/", headers={"Referer": came_from})
    assert (answer.status_code, answer.url) == (302, f"/masuk/?next={leads_to}")
    assert [each.level_tag for each in get_messages(answer.wsgi_request)] == ["warning"]
