"""The admin pages: to look and to export, for the district's administrator, within the regency."""

import pytest
from django.contrib import admin
from django.forms import BooleanField
from django.test import Client

from katingan_portal.spreadsheets.admin import TenantAdmin
from katingan_portal.spreadsheets.reading import read_table

pytestmark = pytest.mark.django_db

PAGES = {
    "villages/subdistrict": 13,
    "villages/village": 161,
    "agencies/agency": None,
    "cooperatives/source": None,
    "cooperatives/cooperative": 161,
    "cooperatives/milestone": 369,
    "cooperatives/figure": 1610,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_administrator_sees_the_rows_of_their_own_regency_only(client_for, page):
    response = client_for("joko").get(f"/admin/{page}/")
    assert response.status_code == 200
    assert "KNR-62.99" not in response.content.decode()
    if PAGES[page]:
        assert response.context["cl"].result_count == PAGES[page]


@pytest.mark.parametrize("name", ["ani", "budi", "eka", "gita", "hadi", "indra", "mira", "kiki"])
def test_nobody_else_sees_any(client_for, name):
    client = client_for(name)
    for page in ("", *(f"{each}/" for each in PAGES)):
        assert client.get(f"/admin/{page}", follow=True).status_code == 404, page


def test_a_stranger_meets_the_portals_own_door_and_no_second_one():
    response = Client().get("/admin/cooperatives/figure/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/masuk/")
    assert (
        Client().post("/admin/login/", {"username": "joko", "password": "rahasia-uji-2026"}).url.startswith("/masuk/")
    )


@pytest.mark.parametrize("page", PAGES)
def test_nothing_can_be_added_changed_or_deleted(client_for, page):
    client = client_for("joko")
    first = client.get(f"/admin/{page}/").context["cl"].result_list[0].pk
    assert client.get(f"/admin/{page}/{first}/change/").status_code == 200
    refused = [
        client.post(f"/admin/{page}/{step}", {"name": "x"}) for step in ("add/", f"{first}/change/", f"{first}/delete/")
    ]
    assert [each.status_code for each in refused] == [403, 403, 403]


def test_an_export_holds_every_row_and_no_other_regency(client_for):
    client = client_for("joko")
    url = "/admin/cooperatives/cooperative/export/"
    asked = client.get(url).context["form"].fields
    ticked = {name: "on" for name, field in asked.items() if isinstance(field, BooleanField)}
    response = client.post(url, {"format": "0", "resource": "0", **ticked})
    table = read_table(response.content, "ekspor.xlsx")
    assert len(table.rows) == 161
    assert "KNR-62.99" not in str(table.rows)


def test_the_admin_holds_these_models_and_all_are_read_only():
    assert {f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry} == set(PAGES)
    assert [each for each in admin.site._registry.values() if not isinstance(each, TenantAdmin)] == []
