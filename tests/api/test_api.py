"""The read-only API: what it says, to whom, in how many queries, and that it shows no more than the pages do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.actions_access import create_api_token, revoke_api_token
from agencies.models import Membership
from cooperatives.models import Cooperative, Figure, Milestone
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from tests.conftest import everything_of
from villages.models import Village

pytestmark = pytest.mark.django_db

SOON = datetime(2026, 11, 20, 2, tzinfo=UTC)
LISTS = ["villages", "agencies", "cooperatives", "obligations"]
STAFF = ["ani", "budi", "citra", "eka", "feri", "gita", "hadi", "indra", "joko", "lina"]


def url(name, key=""):
    return f"/api/v1/{name}/" + (f"{key}/" if key else "")


def pages(client, name, **query):
    """Every row of a list, page by page."""
    rows, address = [], url(name)
    response = client.get(address, {"limit": 50, **query})
    while True:
        body = response.json()
        rows += body["results"]
        if body["next"] is None:
            assert len(rows) == body["count"]
            return rows
        response = client.get(body["next"])


@pytest.fixture(autouse=True)
def duties_fallen_due(katingan, actor_for):
    """Obligations from August 2026 on; until then nobody of Katingan owes anything."""
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=SOON, by=actor_for("joko"))


@pytest.fixture
def token_for(actor_for, db):
    """token_for("ani") → a client that carries nothing but that person's API token."""

    def build(name):
        actor = actor_for(name)
        membership = Membership.objects.get(pk=actor.membership_id)
        with applied(Scope(membership.regency_id)):
            token, secret = create_api_token(membership, label="uji", by=actor)
        return Client(headers={"authorization": f"Token {secret}"}), token, actor

    return build


# --- who ---


@pytest.mark.parametrize("name", LISTS)
def test_a_stranger_gets_no_row(name):
    response = Client().get(url(name))
    assert (response.status_code, set(response.json())) == (401, {"detail"})


@pytest.mark.parametrize("person", ["kiki", "mira", "oscar"])
@pytest.mark.parametrize("name", LISTS)
def test_whoever_has_no_membership_in_force_gets_no_row(client_for, name, person):
    response = client_for(person).get(url(name))
    assert response.status_code in (401, 403)
    assert "results" not in response.json()


@pytest.mark.parametrize("person", STAFF)
def test_all_staff_read_what_the_pages_show_them(client_for, person):
    client = client_for(person)
    assert [client.get(url(name)).json()["count"] for name in ("villages", "cooperatives")] == [161, 161]


@pytest.mark.parametrize("name", LISTS)
def test_a_token_opens_what_the_session_opens(client_for, token_for, name):
    client, _, _ = token_for("ani")
    response = client.get(url(name))
    assert (response.status_code, response.json()) == (200, client_for("ani").get(url(name)).json())


def test_a_revoked_an_unknown_and_a_garbled_token_open_nothing(token_for, katingan):
    client, token, actor = token_for("ani")
    assert client.get(url("villages")).status_code == 200
    with applied(Scope(katingan.pk)):
        revoke_api_token(token, by=actor)
    strangers = [client, Client(headers={"authorization": "Token tidak-ada"})]
    answers = [each.get(url("villages")) for each in strangers]
    assert [(each.status_code, each.json()["detail"]) for each in answers] == [
        (401, "Kunci API tidak dikenal atau sudah tidak berlaku.")
    ] * 2
    assert Client(headers={"authorization": "Token a b"}).get(url("villages")).status_code == 401


def test_a_token_dies_with_its_membership(token_for):
    client, token, _ = token_for("ani")
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=token.membership_id).update(ends_on=yesterday)
    assert client.get(url("villages")).status_code == 401


def test_a_token_of_another_regency_sees_its_own_and_nothing_else(token_for):
    client, _, _ = token_for("dewi")
    codes = [each["code"] for each in pages(client, "villages")]
    assert codes == ["62.99.01.2001", "62.99.01.2002", "62.99.01.2003"]


# --- only to read ---


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("name", LISTS)
def test_nothing_can_be_written(client_for, name, verb):
    client = client_for("joko")
    first = client.get(url(name)).json()["results"][0]
    key = first.get("id") or first["code"]
    answers = [getattr(client, verb)(each, {}, content_type="application/json") for each in (url(name), url(name, key))]
    assert [each.status_code for each in answers] == [405, 405]


# --- what ---


def test_a_village_is_found_by_its_code(client_for):
    found = client_for("ani").get(url("villages", "62.06.01.2001")).json()
    assert found == {
        "code": "62.06.01.2001", "name": "Galinggang", "kind": "desa", "subdistrict_code": "62.06.01",
        "subdistrict_name": "Kamipang", "postal_code": "74462", "latitude": found["latitude"],
        "longitude": found["longitude"],
    }  # fmt: skip
    assert (round(float(found["latitude"]), 2), round(float(found["longitude"]), 2)) == (-2.57, 113.3)


def test_villages_are_filtered_and_paged(client_for):
    client = client_for("ani")
    assert len(pages(client, "villages")) == 161
    assert len(pages(client, "villages", kind="kelurahan")) == 7
    assert len(pages(client, "villages", subdistrict="62.06.02")) == 8


@pytest.mark.parametrize("query", [{"kind": "kota"}, {"limit": "-1"}, {"offset": "x"}, {"limit": "1000000"}])
def test_nonsense_in_a_query_is_no_crash(client_for, query):
    response = client_for("ani").get(url("villages"), query)
    assert response.status_code in (200, 400)
    assert len(response.json().get("results", [])) <= 200


def test_figures_of_cooperatives_add_up_to_the_ministrys_and_carry_their_source(client_for):
    rows = pages(client_for("ani"), "cooperatives")
    figures = [figure for row in rows for figure in row["figures"]]
    assert {(each["source_name"], each["as_of"]) for each in figures} == {
        ("SIMKOPDES, dasbor publik Kementerian Koperasi", "2026-08-31")
    }
    sums = {kind: sum(each["value"] for each in figures if each["kind"] == kind) for kind in Figure.Kind.values}
    assert (sums["nib"], sums["npwp"], sums["rat"]) == (47, 161, 0)
    assert (sums["simpanan_pokok_rp"], sums["simpanan_wajib_rp"]) == (8_300_000, 6_370_000)
    assert sums["transaction_value_rp"] == 2_057_007_000


def test_agencies_name_no_person_and_no_address(client_for):
    rows = pages(client_for("ani"), "agencies")
    assert {tuple(each) for each in rows} == {
        ("code", "name", "short_name", "kind", "is_slot", "is_coordinator", "subdistrict_code")
    }
    assert {"dinkes", "dinsos", "dkukmp"} <= {each["code"] for each in rows}
    assert [each["code"] for each in rows if each["is_coordinator"]] == ["dkukmp"]


@pytest.mark.parametrize("person", ["ani", "citra", "eka", "gita", "hadi", "joko"])
def test_obligations_are_those_of_the_page_for_every_role(client_for, person):
    client = client_for(person)
    page = client.get("/laporan/", {"whose": "semua"}).context["page"]
    rows = pages(client, "obligations")
    assert len(rows) == page.paginator.count
    assert {"dinkes", "dinsos", "kecamatan-katingan-hilir"} <= {each["agency_code"] for each in rows}


def test_what_an_agency_writes_in_its_report_is_in_no_answer_to_another(client_for, scope_for, actor_for):
    secret = "Gudang obat kosong"
    with applied(scope_for("budi")):
        obligation = Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")[0]
        contents = Contents(is_nil=True, nil_reason=secret, obstacles=secret)
        actions.save_draft(obligation, contents, version=0, by=actor_for("budi"), now=SOON)
        drafted = client_for("citra").get(url("obligations", obligation.pk)).json()
    with applied(scope_for("budi")):
        actions.submit(obligation, by=actor_for("budi"), now=SOON)
    sent = client_for("citra").get(url("obligations", obligation.pk)).json()
    assert [(each["standing"], secret in str(each)) for each in (drafted, sent)] == [
        ("overdue", False),
        ("late", False),
    ]
    assert secret not in str([pages(client_for("citra"), name) for name in LISTS])
    own = client_for("ani").get(f"/laporan/{obligation.pk}/").content.decode()
    assert secret in own, "there was something that could leak"


def test_an_obligation_tells_its_standing_and_nothing_of_the_report(client_for):
    row = client_for("ani").get(url("obligations")).json()["results"][0]
    assert set(row) == {
        "id", "agency_code", "form_code", "period", "period_type", "period_label", "starts_on", "ends_on", "due_at",
        "original_due_at", "due_changes", "rule", "first_submitted_at", "accepted_at", "waived_at", "standing",
        "days_late", "report_state", "review_due_at", "correction_due_at",
    }  # fmt: skip


def test_that_a_report_was_returned_is_told_to_its_readers_only(client_for, scope_for, actor_for):
    with applied(scope_for("gita")):
        obligation = Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")[0]
        contents = Contents(is_nil=True, nil_reason="Belum ada")
        actions.save_draft(obligation, contents, version=0, by=actor_for("ani"), now=SOON)
        report = actions.submit(obligation, by=actor_for("ani"), now=SOON)
        review.return_for_correction(report, note="x", by=actor_for("gita"), now=SOON)
    told = {}
    for name in ("ani", "gita", "hadi", "citra", "eka", "joko"):
        row = client_for(name).get(url("obligations", obligation.pk)).json()
        told[name] = (row["report_state"], row["review_due_at"], row["correction_due_at"] is not None)
    reader, stranger = ("returned", None, True), (None, None, False)
    assert told == {
        "ani": reader, "gita": reader, "hadi": reader, "citra": stranger, "eka": stranger, "joko": stranger,
    }  # fmt: skip


def test_overdue_means_what_the_standing_says(client_for):
    client = client_for("gita")
    late = {each["id"] for each in pages(client, "obligations", overdue="true")}
    rest = {each["id"] for each in pages(client, "obligations", overdue="false")}
    standings = {each["id"]: each["standing"] for each in pages(client, "obligations")}
    assert late | rest == set(standings)
    assert not late & rest
    assert {standings[each] for each in late} <= {"overdue"}
    assert "overdue" not in {standings[each] for each in rest}


# --- the other regency ---


def test_every_object_of_another_regency_is_missing(client_for, elsewhere):
    with applied(everything_of(elsewhere)):
        foreign = {
            "villages": Village.objects.values_list("code", flat=True)[0],
            "cooperatives": Cooperative.objects.values_list("pk", flat=True)[0],
            "obligations": Obligation.objects.values_list("pk", flat=True)[0],
        }
    joko, dewi = client_for("joko"), client_for("dewi")
    for name, key in foreign.items():
        missing = joko.get(url(name, "62.06.99.2999" if name == "villages" else "999999999"))
        found = joko.get(url(name, key))
        assert (found.status_code, found.json()) == (404, missing.json()), name
        assert dewi.get(url(name, key)).status_code == 200, name


def test_the_same_agency_code_means_ones_own_regencys(client_for):
    names = [client_for(person).get(url("agencies", "dinkes")).json()["name"] for person in ("ani", "dewi")]
    assert names == ["Dinas Kesehatan", "Dinas KNR-62.99"]


@pytest.mark.parametrize("name", LISTS)
def test_no_list_holds_a_word_of_another_regency(client_for, name):
    assert "KNR-62.99" not in str(pages(client_for("joko"), name))


# --- in few queries ---


def with_rows(elsewhere, count):
    with applied(Scope(elsewhere.pk)):
        Village.objects.filter(code__gt=f"62.99.01.{2000 + count}").delete()
        example = Milestone.objects.get(kind="nib")
        for village in Village.objects.exclude(pk=example.cooperative.village_id):
            cooperative = Cooperative.objects.create(village=village, name="Koperasi uji")
            Milestone.objects.create(cooperative=cooperative, kind="nib", source=example.source, entered_by="Uji")
            Figure.objects.create(cooperative=cooperative, kind="nib", value=1, source=example.source, entered_by="Uji")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "questions"), [("villages", 20), ("cooperatives", 24)])
def test_a_list_asks_the_same_number_of_questions_whatever_its_length(client_for, elsewhere, name, questions, rows):
    with_rows(elsewhere, rows)
    client = client_for("dewi")
    client.get(url(name))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(url(name))
    assert response.json()["count"] == rows
    assert len(asked) == questions


@pytest.mark.parametrize(("name", "questions"), [("agencies", 21), ("obligations", 21)])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_asks_the_same_number_of_questions_whatever_its_size(client_for, name, questions, rows):
    client = client_for("gita")
    client.get(url(name))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(url(name), {"limit": rows})
    assert len(response.json()["results"]) == rows
    assert len(asked) == questions


# --- the description ---


def test_the_description_is_json_and_names_what_is_there(client_for):
    response = client_for("ani").get("/api/openapi.json")
    assert response["Content-Type"].startswith(("application/json", "application/vnd.oai.openapi+json"))
    paths = response.json()["paths"]
    assert {path.split("/")[3] for path in paths} == set(LISTS)
    assert {verb for each in paths.values() for verb in each} == {"get"}


def test_the_description_warns_of_nothing(client_for, capsys):
    client_for("ani").get("/api/openapi.json")
    assert "Warning" not in capsys.readouterr().err


def test_the_api_page_runs_under_the_strict_policy_from_our_own_files(client_for):
    client = client_for("ani")
    response = client.get("/api/")
    page = response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert re.findall(r"<style|<script(?![^>]*\ssrc=)|\sstyle=", page) == []
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [each for each in sources if not each.startswith("/")] == []
    script = next(each for each in sources if "script=" in each)
    code = client.get(script.replace("&amp;", "&"))
    assert code["Content-Type"].startswith("application/javascript")
    assert '"/api/openapi.json"' in code.content.decode()


def test_the_api_page_asks_who_is_there():
    assert [Client().get(path).status_code for path in ("/api/", "/api/openapi.json")] == [401, 401]
