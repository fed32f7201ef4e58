"""The pages of the calendar and of waivers: preview first, then act; for who manages duties only."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import DueChange, Holiday, Obligation, SubdistrictGrace
from villages.models import Subdistrict

pytestmark = pytest.mark.django_db
PAGES = ["/kalender/hari/", "/kalender/muat/", "/kalender/kelonggaran/", "/kalender/sabtu/", "/laporan/bebaskan/"]


@pytest.fixture
def running(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_for("joko"))
        yield Obligation.objects.filter(agency__code="dinkes").order_by("-starts_on")[0]


def confirmation(answer):
    return re.search(r'name="confirmed" value="([^"]*)"', answer.content.decode())[1]


def working_day_before(row, zone):
    """A day that counts towards the due day and is still to come."""
    day = row.due_at.astimezone(zone).date()
    while day.weekday() > 4 or Holiday.objects.filter(on=day).exists():
        day -= timedelta(days=1)
    return day


def test_a_holiday_is_previewed_then_confirmed(running, katingan, client_for):
    joko, before = client_for("joko"), running.due_at
    day = {"on": working_day_before(running, katingan.zone).isoformat(), "name": "Libur Uji", "kind": "local"}
    shown = joko.post("/kalender/hari/", day)
    assert "Dinkes" in shown.content.decode()
    assert not Holiday.objects.filter(name="Libur Uji").exists()
    done = joko.post("/kalender/hari/", day | {"confirmed": confirmation(shown)})
    assert done.status_code == 302
    running.refresh_from_db()
    assert running.due_at > before
    assert "Libur Uji" in joko.get(done["Location"]).content.decode()
    row = Holiday.objects.get(name="Libur Uji")
    shown = joko.get(f"/kalender/hari/{row.pk}/buka/")
    assert joko.post(f"/kalender/hari/{row.pk}/buka/", {"confirmed": confirmation(shown)}).status_code == 302
    running.refresh_from_db()
    assert running.due_at == before
    assert DueChange.objects.filter(obligation=running).count() == 2


def test_a_preview_that_is_out_of_date_is_shown_again_and_nothing_is_saved(running, katingan, client_for):
    day = {"on": working_day_before(running, katingan.zone).isoformat(), "name": "Libur Uji", "kind": "local"}
    answer = client_for("joko").post("/kalender/hari/", day | {"confirmed": "lama"})
    assert "Daftarnya berubah" in answer.content.decode()
    assert not Holiday.objects.filter(name="Libur Uji").exists()


def test_a_date_far_away_or_wrong_is_refused_with_a_reason(client_for):
    for on in ("2062-01-01", "31/02/2026"):
        answer = client_for("joko").post("/kalender/hari/", {"on": on, "name": "x", "kind": "local"})
        assert answer.status_code == 422


def test_published_days_are_reloaded_after_a_preview(running, client_for):
    joko = client_for("joko")
    gone = Holiday.objects.filter(on__gt=timezone.localdate())[0]
    gone.delete()
    shown = joko.get("/kalender/muat/")
    assert gone.name in shown.content.decode()
    assert joko.post("/kalender/muat/", {"confirmed": confirmation(shown)}).status_code == 302
    assert Holiday.objects.filter(on=gone.on).exists()


def test_grace_and_saturday_offices_are_kept_and_shown_to_all_staff(running, client_for):
    joko = client_for("joko")
    place = Subdistrict.objects.get(name="Marikit")
    entered = {"subdistrict": place.pk, "working_days": "3", "reason": "Tanpa sinyal", "starts_on": "2026-01-01"}
    assert joko.post("/kalender/kelonggaran/", entered).status_code == 302
    assert joko.post("/kalender/kelonggaran/", entered).status_code == 422
    office = Agency.objects.get(code="dinkes")
    assert joko.post("/kalender/sabtu/", {"agencies": [office.pk]}).status_code == 302
    seen = client_for("citra").get("/kalender/").content.decode()
    assert "Tanpa sinyal" in seen
    assert office.name in seen
    assert "Akhiri" not in seen
    grace = SubdistrictGrace.objects.get()
    assert joko.post(f"/kalender/kelonggaran/{grace.pk}/akhiri/", {"ends_on": "2025-01-01"}).status_code == 422
    assert joko.post(f"/kalender/kelonggaran/{grace.pk}/akhiri/", {"ends_on": "2026-12-31"}).status_code == 302


def test_many_are_waived_after_a_preview_and_one_is_lifted(running, client_for):
    joko = client_for("joko")
    offices = Agency.objects.filter(code__in=["dinkes", "dinsos"]).values_list("pk", flat=True)
    wish = {"form": running.form_id, "period": running.period, "agencies": [*offices], "reason": "Bencana banjir"}
    shown = joko.post("/laporan/bebaskan/", wish)
    assert Obligation.objects.exclude(waived_at=None).count() == 0
    assert joko.post("/laporan/bebaskan/", wish | {"confirmed": confirmation(shown)}).status_code == 302
    assert Obligation.objects.filter(waived_reason="Bencana banjir").count() == 2
    again = joko.post("/laporan/bebaskan/", wish).content.decode()
    assert "sudah dibebaskan" in again
    page = f"/laporan/{running.pk}/"
    assert joko.post(f"{page}cabut-pembebasan/", {"reason": ""}).status_code == 422
    assert joko.post(f"{page}cabut-pembebasan/", {"reason": "Air surut"}).status_code == 302
    history = client_for("citra").get(page).content.decode()
    assert "Bencana banjir" in history
    assert "Air surut" in history
    running.refresh_from_db()
    assert running.waived_at is None


@pytest.mark.parametrize("name", ["ani", "budi", "citra", "eka", "gita", "hadi", "indra"])
def test_only_who_manages_duties_changes_the_calendar(running, client_for, name):
    client = client_for(name)
    assert client.get("/kalender/").status_code == 200
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 404)
    day = Holiday.objects.filter(on__gt=timezone.localdate())[0]
    assert client.post(f"/kalender/hari/{day.pk}/buka/").status_code == 404
    assert client.post("/kalender/hari/", {"on": "2026-12-01", "name": "x", "kind": "local"}).status_code == 404
    assert client.post(f"/laporan/{running.pk}/cabut-pembebasan/", {"reason": "x"}).status_code == 404
