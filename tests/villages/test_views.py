import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from katingan_portal.tenancy.scope import Scope, applied
from villages.models import Village

pytestmark = pytest.mark.django_db


def names(response):
    return [village.name for village in response.context["page"]]


def test_list_shows_fifty_a_page(client_for):
    response = client_for("ani").get(reverse("villages:list"))
    assert len(names(response)) == 50
    assert response.context["page"].paginator.count == 161


@pytest.mark.parametrize("typed", ["tbg mantike", "Tumbang Mantike"])
def test_search_is_tolerant_of_spelling(client_for, typed):
    response = client_for("ani").get(reverse("villages:list"), {"q": typed})
    assert "Tumbang Kaman" in names(response)
    assert response.context["page"][0].subdistrict.name == "Sanaman Mantikei"


def test_search_by_the_beginning_of_a_code(client_for):
    response = client_for("ani").get(reverse("villages:list"), {"q": "62.06.05.1"})
    assert names(response) == ["Samba Kahayan"]


def test_filters_narrow_by_kecamatan_and_kind(client_for):
    response = client_for("ani").get(reverse("villages:list"), {"kecamatan": "62.06.02", "jenis": "kelurahan"})
    assert names(response) == ["Kasongan Baru", "Kasongan Lama"]


def test_a_filter_that_no_longer_exists_is_ignored(client_for):
    response = client_for("ani").get(reverse("villages:list"), {"kecamatan": "99.99.99"})
    assert response.context["page"].paginator.count == 161


def test_nothing_found_says_what_to_do(client_for):
    assert "Coba sebagian namanya" in client_for("ani").get(reverse("villages:list"), {"q": "xyzzy"}).content.decode()


def test_map_links_every_kecamatan_with_its_figure(client_for):
    content = client_for("ani").get(reverse("villages:map")).content.decode()
    assert content.count('href="/kecamatan/62.06.') == 26  # once on the map, once in the table
    assert 'aria-label="Kecamatan Kamipang: 5 koperasi yang punya NIB"' in content
    assert "per 31 Agustus 2026" in content


def test_village_page_has_facts_cooperative_and_history(client_for):
    content = client_for("ani").get(reverse("villages:detail", args=["62.06.01.2001"])).content.decode()
    for part in ("Desa Galinggang", "74462", "Koperasi Desa Merah Putih Galinggang", "NIB", "memuat", "cahyadsn"):
        assert part in content


def test_subdistrict_page_has_villages_office_and_totals(client_for):
    response = client_for("ani").get(reverse("villages:subdistrict", args=["62.06.02"]))
    content = response.content.decode()
    for part in ("Kasongan Lama", "Kecamatan Katingan Hilir", "/perangkat-daerah/kecamatan-katingan-hilir/", "dari 8"):
        assert part in content


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("6206012001", "62.06.01.2001 Desa Galinggang, Kecamatan Kamipang"),
        ("62.06.01.2999", "Kecamatan Kamipang"),
        ("galingang", "62.06.01.2001 Desa Galinggang, Kecamatan Kamipang"),
    ],
)
def test_a_wrong_code_is_404_with_what_was_meant(client_for, typed, meant):
    response = client_for("ani").get(f"/desa/{typed}/")
    assert response.status_code == 404
    assert meant in response.content.decode()


def test_a_stranger_is_sent_to_sign_in(client):
    response = client.get(reverse("villages:detail", args=["62.06.01.2001"]))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("accounts:sign_in"))


def test_another_regency_sees_nothing_of_katingan(client_for):
    assert client_for("dewi").get(reverse("villages:detail", args=["62.06.01.2001"])).status_code == 404
    assert "Galinggang" not in client_for("dewi").get(reverse("villages:list")).content.decode()


@pytest.mark.parametrize("name", ["list", "map"])
def test_pages_do_not_grow_queries_with_rows(client_for, katingan, name):
    """The same number for the whole district and for three villages in one kecamatan."""
    client = client_for("ani")
    client.get(reverse("villages:list"))
    counts = []
    for query in ({}, {"q": "62.06.02.200", "kecamatan": "62.06.02"}, {"q": "62.06.02.2001"}):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse(f"villages:{name}"), query)
        counts.append(len(captured))
    assert len(set(counts)) in (1, 2)
    assert max(counts) - min(counts) <= 1  # a search ranks in Python and needs no count of its own


def test_village_page_does_not_grow_queries_with_milestones(client_for, katingan):
    client = client_for("ani")
    client.get(reverse("villages:list"))
    counts = []
    for code in ("62.06.01.2001", "62.06.01.2002"):  # one with NIB, one without
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("villages:detail", args=[code]))
        counts.append(len(captured))
    with applied(Scope(katingan.pk)):
        found = Village.objects.filter(code__in=("62.06.01.2001", "62.06.01.2002"))
        assert sorted(v.cooperatives.get().milestones.count() for v in found) == [2, 3]
    assert counts[0] == counts[1]
