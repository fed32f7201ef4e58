"""Which agency a cell means: every usual way of writing it, and a question instead of a guess."""

import pytest

from agencies.imports import AgencyWidget
from agencies.models import Agency
from katingan_portal.spreadsheets.values import BadValue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("dkukmp", "dkukmp"),
        ("DKUKMP", "dkukmp"),
        ("Diskopdag", "dkukmp"),
        ("Dinas KUKMP", "dkukmp"),
        ("KUKMP", "dkukmp"),
        ("dinas  koperasi, ukm & perdagangan", "dkukmp"),
        ("Dinas Koperasi UKM dan Perdagangan Kab. Katingan", "dkukmp"),
        ("DINAS KESEHATAN KABUPATEN KATINGAN", "dinkes"),
        ("Dinas Kesehatan", "dinkes"),
        ("Pertanian", "dkpp"),
        ("Kec. Katingan Hilir", "kecamatan-katingan-hilir"),
        ("Camat Katingan Hilir", "kecamatan-katingan-hilir"),
        ("opd-9", "opd-9"),
        ("Setda", "setda"),
    ],
)
def test_an_agency_is_known_by_each_of_its_names(typed, code):
    assert AgencyWidget().clean(typed).code == code


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("", "Sel ini kosong, padahal wajib diisi."),
        (
            "Dinas Kesehatn",
            "“Dinas Kesehatn” tidak dikenal sebagai perangkat daerah. Mungkin yang dimaksud Dinas Kesehatan (dinkes).",
        ),
        (
            "Dinas Kebudayaan",
            "“Dinas Kebudayaan” tidak dikenal sebagai perangkat daerah. Pakai kode atau nama yang ada di portal.",
        ),
    ],
)
def test_what_is_not_certain_is_asked(typed, answer):
    with pytest.raises(BadValue) as refusal:
        AgencyWidget().clean(typed)
    assert str(refusal.value) == answer


def test_another_districts_agency_is_not_taken_for_ones_own():
    with pytest.raises(BadValue):
        AgencyWidget().clean("Dinas Kesehatan Kabupaten Kotawaringin Timur")


def test_a_name_that_two_agencies_bear_is_asked_and_names_both():
    Agency.objects.filter(code="dinsos").update(aliases=["Dinas Perikanan"])
    with pytest.raises(BadValue) as refusal:
        AgencyWidget().clean("dinas perikanan")
    assert str(refusal.value) == (
        "“dinas perikanan” bisa berarti Dinas Perhubungan dan Perikanan (dishubkan) atau Dinas Sosial (dinsos). "
        "Tulis kodenya."
    )
