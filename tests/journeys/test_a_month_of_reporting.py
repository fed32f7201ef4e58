"""A month of reporting as its people live it, through the pages: raised, filled, returned, corrected, accepted."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.digest import compose
from reporting.chasing.engine import chase_regency
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
OCTOBER_16 = datetime(2026, 10, 16, 12, tzinfo=WIB)


@pytest.fixture
def obligation(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=OCTOBER_16, by=actor_for("joko"))
        return Obligation.objects.select_related("form").get(agency__code="dinkes", period="202609")


# They are led to the page that says they hold no post.
WITHOUT_POST = ("kiki", "mira", "oscar")


def answers(obligation, katingan, value="12"):
    with applied(Scope(katingan.pk)):
        asked = questions_of(obligation)
        return {f"angka_{indicator.code}": value for indicator in asked}


def text(response):
    return response.content.decode()


def version_on(client, page):
    """The version that the filing page carries, as a browser would send it back."""
    return re.search(r'name="version" value="(\d+)"', text(client.get(f"{page}isi/")))[1]


@time_machine.travel(OCTOBER_16, tick=True)
def test_a_late_report_is_chased_filled_returned_corrected_and_accepted(obligation, katingan, client_for):
    ani, budi, gita, hadi = (client_for(name) for name in ("ani", "budi", "gita", "hadi"))
    with applied(Scope(katingan.pk)):
        chase_regency(katingan, now=OCTOBER_16)
        # As the sender words it.
        for message in Message.objects.filter(channel="in_app", state="planned"):
            letter = compose(message, OCTOBER_16)
            words = {"subject": letter.subject, "body_text": letter.text, "link": letter.link}
            Message.objects.filter(pk=message.pk).update(state="sent", sent_at=OCTOBER_16, **words)
    assert "2 hal perlu ditindaklanjuti, 2 sudah lewat waktu" in text(ani.get("/pesan/"))
    assert "Lewat 2 hari" in text(ani.get("/"))
    assert "Dinas Kesehatan" in text(hadi.get("/gambaran/"))

    page = f"/laporan/{obligation.pk}/"
    form = {"version": 0, "obstacles": "", "follow_up": "", "nil_reason": ""}
    kept = ani.post(f"{page}isi/", {**form, "angka_apotek-desa": "1.250"}, follow=True)
    assert "Draf disimpan" in text(kept)
    sent = ani.post(
        f"{page}isi/",
        {**form, "version": version_on(ani, page), "angka_apotek-desa": "1.250", "submit": "1"},
        follow=True,
    )
    assert "belum dikirim" in text(sent)
    full = form | answers(obligation, katingan)
    sent = ani.post(f"{page}isi/", {**full, "version": version_on(ani, page), "submit": "1"}, follow=True)
    assert "Laporan terkirim" in text(sent)
    again = ani.post(f"{page}isi/", {**full, "version": 3, "submit": "1"}, follow=True)
    assert "sudah dikirim oleh Ani Operator" in text(again)

    assert "Dinas Kesehatan" in text(gita.get("/laporan/pemeriksaan/"))
    refused = gita.post(f"{page}kembalikan/", {"note": ""})
    assert refused.status_code == 422
    assert "supaya pengisi tidak menebak" in text(refused)
    gita.post(f"{page}kembalikan/", {"note": "Apotek desa belum dua belas."})
    assert "Apotek desa belum dua belas." in text(budi.get(page))
    sent = budi.post(
        f"{page}isi/", {**full, "version": version_on(budi, page), "angka_apotek-desa": "2", "submit": "1"}, follow=True
    )
    assert "Laporan terkirim" in text(sent)
    accepted = gita.post(f"{page}terima/", follow=True)
    assert "diterima" in text(accepted)
    assert "Revisi 1" in text(ani.get(page))

    with applied(Scope(katingan.pk)):
        after = Obligation.objects.get(pk=obligation.pk)
        assert after.first_submitted_at > after.due_at
        assert after.accepted_at is not None


@time_machine.travel(OCTOBER_16, tick=True)
def test_only_the_own_agency_files_and_only_the_reviewer_reviews(obligation, katingan, client_for):
    page = f"/laporan/{obligation.pk}/"
    full = {
        "version": 0,
        "obstacles": "rahasia draf",
        "follow_up": "",
        "nil_reason": "",
        **answers(obligation, katingan),
    }
    assert client_for("ani").post(f"{page}isi/", full).status_code == 302
    for name in ("citra", "eka", "feri", "gita", "hadi", "indra", "joko", "dewi", "kiki", "mira", "oscar"):
        client = client_for(name)
        closed = 302 if name in WITHOUT_POST else 404
        assert client.get(f"{page}isi/").status_code == closed, name
        assert client.post(f"{page}isi/", {**full, "version": 1, "submit": "1"}).status_code == closed, name
        shown = "rahasia draf" in text(client.get(page))
        assert shown == (name in ("gita", "hadi")), name
    for name in ("ani", "budi", "citra", "eka", "hadi", "indra", "joko", "dewi", "kiki"):
        client = client_for(name)
        closed = 302 if name in WITHOUT_POST else 404
        assert client.post(f"{page}terima/").status_code == closed, name
        assert client.post(f"{page}kembalikan/", {"note": "x"}).status_code == closed, name
        if name != "joko":
            assert client.post(f"{page}bebaskan/", {"reason": "x"}).status_code == closed, name


@time_machine.travel(OCTOBER_16, tick=True)
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("dua belas", "Tulis bilangan bulat dengan angka saja"),
        ("1,5", "Tulis bilangan bulat dengan angka saja"),
        ("-3", "kurang dari nilai terkecil"),
        ("1.5", "Tulis bilangan bulat dengan angka saja"),
        ("9" * 20, "lebih dari nilai terbesar"),
    ],
)
def test_a_wrong_figure_is_answered_at_its_field_and_the_rest_is_kept(obligation, client_for, typed, answer):
    form = {"version": 0, "obstacles": "Jalan putus", "follow_up": "", "nil_reason": "", "angka_apotek-desa": typed}
    response = client_for("ani").post(f"/laporan/{obligation.pk}/isi/", form)
    assert response.status_code == 422
    assert answer in text(response)
    assert "Jalan putus" in text(response)
    assert typed in text(response)
