"""Who may have a file: by its address, by a guessed sum, before and after acceptance; and under which headers."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.scope import applied
from reporting.periods.models import Obligation
from reporting.submissions.actions import Contents, save_draft, submit
from reporting.submissions.evidence.actions import Upload, attach
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.queries import attached_to, matches_of
from reporting.submissions.models import Report, ReportRevision
from tests.conftest import actor_of, everything_of, person, signed_in
from tests.evidence import bad_files as bad
from tests.evidence import good_files as good
from tests.evidence.conftest import open_obligation, send

pytestmark = pytest.mark.django_db

READERS = ["ani", "budi", "gita", "hadi"]
STRANGERS = ["citra", "eka", "feri", "indra", "joko", "dewi"]


def addresses(row: Evidence) -> list[str]:
    return [f"/bukti/{row.pk}/", f"/bukti/{row.pk}/kecil/"]


@pytest.mark.parametrize("name", READERS)
def test_its_agency_and_its_reviewers_may_open_it(name, obligation, attached, client_for):
    row = attached(obligation, good.photo())
    client = client_for(name)
    assert [client.get(url).status_code for url in addresses(row)] == [200, 200]
    assert client.get(f"/laporan/{obligation.pk}/bukti/").status_code == 200


@pytest.mark.parametrize("name", STRANGERS)
def test_for_everybody_else_it_is_not_there(name, obligation, attached, client_for):
    row = attached(obligation, good.photo())
    client = client_for(name)
    assert [client.get(url).status_code for url in addresses(row)] == [404, 404]
    assert client.get(f"/bukti/{row.pk}/hapus/").status_code == 404
    assert client.post(f"/bukti/{row.pk}/hapus/").status_code == 404
    assert client.get(f"/laporan/{obligation.pk}/bukti/").status_code == 404
    assert send(client, obligation, SimpleUploadedFile("a.pdf", good.pdf())).status_code == 404
    page = client.get(f"/laporan/{obligation.pk}/").content.decode()
    assert "foto.jpg" not in page


def test_nobody_signed_in_is_sent_to_the_door(obligation, attached):
    row = attached(obligation, good.photo())
    for url in [*addresses(row), f"/laporan/{obligation.pk}/bukti/"]:
        assert Client().get(url).status_code == 302


@pytest.mark.parametrize("name", ["ani", "citra", "gita", "dewi"])
def test_a_guessed_sum_opens_nothing(name, obligation, attached, client_for):
    row = attached(obligation, good.photo())
    client = client_for(name)
    for each in row.sums:
        for url in (f"/bukti/{each}/", f"/media/62.06/{each[:2]}/{each}", f"/static/62.06/{each[:2]}/{each}"):
            assert client.get(url).status_code == 404


def test_reviewers_may_look_and_not_touch(obligation, attached, client_for):
    row = attached(obligation, good.photo())
    for name in ("gita", "hadi"):
        assert client_for(name).post(f"/bukti/{row.pk}/hapus/").status_code == 404
        assert send(client_for(name), obligation, SimpleUploadedFile("a.pdf", good.pdf())).status_code == 404


def test_two_districts_that_have_the_same_photo_learn_nothing_of_it(obligation, attached, katingan, elsewhere, store):
    row = attached(obligation, good.photo())
    with applied(everything_of(elsewhere)):
        there = Obligation.objects.filter(agency__code="dinkes").exclude(reports__isnull=False).first()
        other = attach(there, Upload("x.jpg", good.photo()), by=actor_of(person("dewi")), now=timezone.now())
        assert matches_of([other]) == {}
    assert other.sha256 == row.sha256
    for code in ("62.06", "62.99"):
        assert (store / code / row.sha256[:2] / row.sha256).is_file()


def test_another_agencys_file_is_named_to_reviewers_only(obligation, attached, client_for):
    attached(obligation, good.photo())
    other = open_obligation("dinsos")
    attached(other, good.photo(), name="punya-dinsos.jpg", by="citra")
    page = f"/laporan/{obligation.pk}/bukti/"
    assert "punya-dinsos.jpg" in client_for("gita").get(page).content.decode()
    assert "punya-dinsos.jpg" not in client_for("ani").get(page).content.decode()
    assert "Berkas yang sama" not in client_for("ani").get(page).content.decode()


def test_a_photo_that_looks_the_same_is_pointed_out(obligation, attached, client_for):
    attached(obligation, good.photo())
    stream = io.BytesIO()
    good.scene(1).resize((213, 160)).save(stream, "JPEG", quality=40)
    attached(open_obligation("dinkes", 1), stream.getvalue(), name="kecil.jpg")
    attached(open_obligation("dinkes", 1), good.photo(seed=5), name="lain.jpg")
    page = client_for("ani").get(f"/laporan/{obligation.pk}/bukti/").content.decode()
    assert "Foto yang mirip" in page
    assert "kecil.jpg" in page
    assert "lain.jpg" not in page


def test_the_downloaded_photo_has_no_place_and_no_date(obligation, attached, client_for):
    row = attached(obligation, good.photo("HEIF"))
    for url in addresses(row):
        content = client_for("gita").get(url).content
        image = Image.open(io.BytesIO(content))
        assert (image.format, dict(image.getexif())) == ("JPEG", {})
        assert b"Samsung" not in content
    page = client_for("gita").get(f"/laporan/{obligation.pk}/bukti/").content.decode()
    assert "-1.87500, 113.40000" in page
    assert "Kecamatan Katingan Hilir" in page


@pytest.mark.parametrize(
    ("content", "disposition", "content_type"),
    [
        (good.photo(), 'inline; filename="a_X-Jahat_ 1.jpg"', "image/jpeg"),
        (good.pdf(), 'attachment; filename="a_X-Jahat_ 1.pdf"', "application/pdf"),
    ],
    ids=["photo", "document"],
)
def test_headers_let_nothing_run_or_be_kept(content, disposition, content_type, obligation, attached, client_for):
    row = attached(obligation, content, name=bad.NAMES[3][1])
    response = client_for("ani").get(f"/bukti/{row.pk}/")
    assert response["Content-Disposition"] == disposition
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert not response.has_header("X-Jahat")


def test_a_file_that_was_changed_on_disk_is_not_served(obligation, attached, client_for, store):
    row = attached(obligation, good.pdf(), name="a.pdf")
    path = store / "62.06" / row.sha256[:2] / row.sha256
    assert client_for("ani").get(f"/bukti/{row.pk}/").status_code == 200
    path.write_bytes(path.read_bytes() + b"x")
    assert client_for("ani").get(f"/bukti/{row.pk}/").status_code == 404


def _sent(obligation, katingan) -> None:
    with applied(everything_of(katingan)):
        by = actor_of(person("budi"))
        save_draft(obligation, Contents(is_nil=True, nil_reason="kosong"), version=0, by=by, now=timezone.now())
        submit(obligation, by=by, now=timezone.now())


def test_what_was_sent_stays_with_its_revision(obligation, attached, katingan, client_for):
    kept, withdrawn = attached(obligation, good.photo(seed=1)), attached(obligation, good.photo(seed=2), name="2.jpg")
    unsent = attached(obligation, good.photo(seed=3), name="3.jpg")
    assert client_for("ani").post(f"/bukti/{unsent.pk}/hapus/", {"reason": "salah"}).status_code == 302
    _sent(obligation, katingan)
    with applied(everything_of(katingan)):
        assert ReportRevision.objects.get(report__obligation=obligation).evidence == [kept.pk, withdrawn.pk]
    closed = client_for("ani").post(f"/bukti/{withdrawn.pk}/hapus/", follow=True)
    assert "sudah dikirim" in closed.content.decode()
    with applied(everything_of(katingan)):
        Report.objects.filter(obligation=obligation).update(state="returned")
    client_for("ani").post(f"/bukti/{withdrawn.pk}/hapus/", {"reason": "diganti"})
    with applied(everything_of(katingan)):
        assert [row.pk for row in attached_to(obligation)] == [kept.pk]
    assert client_for("gita").get(f"/bukti/{withdrawn.pk}/").status_code == 200
    assert client_for("gita").get(f"/bukti/{unsent.pk}/").status_code == 404
    assert "2.jpg" in client_for("gita").get(f"/laporan/{obligation.pk}/bukti/").content.decode()


def test_acceptance_does_not_open_it_to_others(obligation, attached, katingan, client_for):
    row = attached(obligation, good.photo())
    _sent(obligation, katingan)
    with applied(everything_of(katingan)):
        Report.objects.filter(obligation=obligation).update(state="accepted")
    assert client_for("citra").get(f"/bukti/{row.pk}/").status_code == 404
    assert client_for("gita").get(f"/bukti/{row.pk}/").status_code == 200


def test_opening_a_file_is_written_down(obligation, attached, client_for, katingan):
    row = attached(obligation, good.photo())
    client_for("gita").get(f"/bukti/{row.pk}/")
    with applied(everything_of(katingan)):
        verbs = AuditEvent.objects.filter(thing_type="reporting.evidence", thing_id=str(row.pk)).order_by("pk")
        assert [(event.verb, event.actor_name) for event in verbs] == [
            ("menambah bukti", "Ani Operator"),
            ("membuka bukti", "Gita Koordinator"),
        ]
        assert all("foto" not in event.thing_name for event in verbs)


def test_a_list_costs_the_same_for_one_file_and_for_six(obligation, attached):
    client = signed_in(person("gita"))
    counts = []
    for seeds in ([1], [2, 3, 4, 5, 6]):
        for seed in seeds:
            attached(obligation, good.photo(seed=seed), name=f"{seed}.jpg")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/laporan/{obligation.pk}/bukti/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_reviewer_decides_beside_the_photos(obligation, attached, katingan, client_for):
    row = attached(obligation, good.photo())
    _sent(obligation, katingan)
    page = client_for("gita").get(f"/laporan/{obligation.pk}/periksa/")
    assert page.status_code == 200
    assert f"/bukti/{row.pk}/kecil/" in page.content.decode()
    assert "bukti_files" not in page.content.decode()
