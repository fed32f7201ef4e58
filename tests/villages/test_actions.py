from dataclasses import replace

import pytest

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.queries import history_of
from villages.actions import load_villages
from villages.imports import UnreadableRows, katingan_outlines, katingan_villages
from villages.models import Subdistrict, Village

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]
BY = Actor.system("Uji", source="command")


def load(rows=None, **options):
    return load_villages(rows or katingan_villages(), katingan_outlines(), by=BY, **options)


def test_district_is_loaded_with_its_counts():
    assert (Subdistrict.objects.count(), Village.objects.count()) == (13, 161)
    assert Village.objects.filter(kind="desa").count() == 154
    assert Village.objects.filter(boundary=None).count() == 0


def test_loading_again_changes_nothing():
    report = load()
    assert (report.created, report.changed, report.unchanged, report.drift) == (0, 0, 174, [])


def test_what_an_administrator_changed_is_reported_and_left():
    Village.objects.filter(code="62.06.01.2001").update(postal_code="74400")
    report = load()
    assert report.drift == ["62.06.01.2001 Desa Galinggang: kode pos di portal '74400', di berkas '74462'"]
    assert (report.changed, report.unchanged) == (0, 173)
    assert Village.objects.get(code="62.06.01.2001").postal_code == "74400"


def test_drift_is_applied_on_request_and_audited():
    Village.objects.filter(code="62.06.01.2001").update(postal_code="74400")
    assert load(apply=True).changed == 1
    village = Village.objects.get(code="62.06.01.2001")
    assert village.postal_code == "74462"
    event = history_of(village)[0]
    assert (event.verb, event.changes) == ("menyamakan dengan berkas", {"postal_code": ["74400", "74462"]})


def test_a_village_missing_from_the_file_is_reported_and_kept():
    rows = [row for row in katingan_villages() if row.code != "62.06.13.2011"]
    report = load(rows, apply=True)
    assert report.drift == ["62.06.13.2011 Desa Penda Nange: ada di portal, tidak ada di berkas"]
    assert Village.objects.filter(code="62.06.13.2011").exists()


def test_a_village_missing_from_the_database_is_added_and_audited():
    Village.objects.filter(code="62.06.13.2011").update(code="62.06.13.2999")
    report = load()
    assert report.created == 1
    assert [event.verb for event in history_of(Village.objects.get(code="62.06.13.2011"))] == ["memuat"]


def test_a_village_of_another_regency_is_refused():
    stranger = replace(katingan_villages()[0], code="62.71.01.1001", subdistrict_code="62.71.01")
    with pytest.raises(UnreadableRows, match=r"Kode 62\.71\.01\.1001 bukan bagian dari 62\.06"):
        load([stranger])
    assert Village.objects.count() == 161
