"""The form and the script's requests: several files, one refused, limits, repetition, a cut line, two at once."""

from __future__ import annotations

import socket
import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.submissions.evidence.models import Evidence
from tests.conftest import everything_of, person, signed_in
from tests.evidence import bad_files as bad
from tests.evidence import good_files as good
from tests.evidence.conftest import open_obligation, send

SCRIPT = {"HTTP_X_PORTAL_UPLOAD": "1"}


def names() -> list[str]:
    with applied(everything_of(Regency.objects.get(code="62.06"))):
        return list(Evidence.objects.order_by("pk").values_list("name", flat=True))


def upload(content: bytes, name: str = "a.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


@pytest.mark.django_db
def test_one_bad_file_does_not_take_the_good_ones_with_it(obligation, client_for):
    files = [
        upload(good.photo(seed=1), "1.jpg"),
        upload(bad.HTML, "2.jpg"),
        upload(good.pdf(), "3.pdf"),
        upload(b"", "4.jpg"),
    ]
    response = send(client_for("ani"), obligation, *files)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Berkas “2.jpg” adalah halaman web (HTML)" in page
    assert "Berkas “4.jpg” kosong (0 bita)" in page
    assert names() == ["1.jpg", "3.pdf"]


@pytest.mark.django_db
def test_names_and_content_types_that_lie_change_nothing(obligation, client_for):
    client = client_for("ani")
    assert (
        send(client, obligation, upload(good.photo("PNG"), "laporan.exe", "application/x-msdownload")).status_code
        == 302
    )
    assert send(client, obligation, upload(bad.SVG, "foto.jpg", "image/jpeg")).status_code == 422
    assert names() == ["laporan.exe"]


@pytest.mark.django_db
def test_a_name_with_markup_is_text_on_the_page(obligation, client_for):
    client = client_for("ani")
    send(client, obligation, upload(good.photo(), "<img src=x onerror=alert(1)>.jpg"))
    page = client.get(f"/laporan/{obligation.pk}/bukti/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.jpg" in page


@pytest.mark.django_db
def test_nothing_chosen_is_said(obligation, client_for):
    response = client_for("ani").post(f"/laporan/{obligation.pk}/bukti/", {})
    assert response.status_code == 422
    assert "Pilih foto atau dokumen" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("extra", "status"), [(0, 302), (1, 422)])
def test_the_byte_limit_is_exact_at_the_door(extra, status, obligation, client_for, settings):
    content = good.photo("PNG")
    settings.EVIDENCE_MAX_FILE_BYTES = len(content) - extra
    assert send(client_for("ani"), obligation, upload(content)).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(("extra", "count"), [(0, 2), (1, 1)])
def test_the_limit_of_a_report_is_exact(extra, count, obligation, client_for, settings):
    first, second = good.photo(seed=1), good.photo(seed=2)
    settings.EVIDENCE_MAX_REPORT_BYTES = len(first) + len(second) - extra
    send(client_for("ani"), obligation, upload(first, "1.jpg"), upload(second, "2.jpg"))
    assert len(names()) == count


@pytest.mark.django_db
def test_the_number_of_files_is_bounded(obligation, client_for, settings):
    settings.EVIDENCE_MAX_FILES = 2
    response = send(
        client_for("ani"), obligation, *[upload(good.photo(seed=seed), f"{seed}.jpg") for seed in (1, 2, 3)]
    )
    assert "sudah memuat 2 berkas" in response.content.decode()
    assert names() == ["1.jpg", "2.jpg"]


@pytest.mark.django_db
def test_a_body_beyond_every_form_is_refused_before_it_is_kept(obligation, client_for, settings):
    settings.LARGEST_UPLOAD_BYTES = 5000
    response = send(client_for("ani"), obligation, upload(good.photo("PNG")))
    assert response.status_code == 400
    assert names() == []


@pytest.mark.django_db
def test_more_than_a_hundred_files_in_one_form_are_refused(obligation, client_for):
    response = send(client_for("ani"), obligation, *[upload(b"x", f"{n}") for n in range(101)])
    assert response.status_code == 400
    assert names() == []


@pytest.mark.django_db
def test_the_script_gets_a_short_answer(obligation, client_for):
    client, key = client_for("ani"), str(uuid.uuid4())
    first = client.post(f"/laporan/{obligation.pk}/bukti/", {"files": upload(good.photo()), "key": key}, **SCRIPT)
    again = client.post(f"/laporan/{obligation.pk}/bukti/", {"files": upload(good.photo()), "key": key}, **SCRIPT)
    refused = client.post(f"/laporan/{obligation.pk}/bukti/", {"files": upload(bad.HTML)}, **SCRIPT)
    assert (first.status_code, again.status_code, refused.status_code) == (201, 201, 422)
    assert "evidence-line" in first.json()["html"]
    assert refused.json()["message"].startswith("Berkas “a.jpg” adalah halaman web")
    assert names() == ["a.jpg"]


@pytest.mark.django_db
def test_a_disk_that_is_full_asks_to_try_again(obligation, client_for, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reporting.submissions.evidence.storage.keep", full)
    response = client_for("ani").post(f"/laporan/{obligation.pk}/bukti/", {"files": upload(good.photo())}, **SCRIPT)
    assert response.status_code == 503
    assert "Coba lagi" in response.json()["message"]
    assert names() == []


@pytest.mark.django_db
def test_a_closed_report_takes_no_more(obligation, client_for):
    from django.utils import timezone

    from reporting.periods.models import Obligation

    with applied(everything_of(Regency.objects.get(code="62.06"))):
        Obligation.objects.filter(pk=obligation.pk).update(waived_at=timezone.now(), waived_reason="banjir")
    response = send(client_for("ani"), obligation, upload(good.photo()))
    assert response.status_code == 422
    assert "dibebaskan" in response.content.decode()
    assert names() == []


@pytest.mark.django_db
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_body_that_ends_early_leaves_nothing(share, obligation, client_for):
    body = encode_multipart(BOUNDARY, {"files": upload(good.photo("PNG"))})
    cut = body[: int(len(body) * share)]
    response = client_for("ani").generic("POST", f"/laporan/{obligation.pk}/bukti/", cut, MULTIPART_CONTENT)
    assert response.status_code in (400, 422)
    assert names() == []


def test_a_connection_cut_in_the_middle_leaves_nothing(committed_db, store, live_address):
    obligation = open_obligation()
    client = signed_in(person("ani"))
    body = encode_multipart(BOUNDARY, {"files": upload(good.photo("PNG", size=(1200, 900)))})
    head = _head(client, obligation, len(body))
    with socket.create_connection(live_address) as connection:
        connection.sendall(head + body[: len(body) // 2])
    with socket.create_connection(live_address, timeout=60) as connection:
        connection.sendall(head + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 201")
    assert names() == ["a.jpg"]
    assert sum(path.is_file() for path in store.rglob("*")) == 3


def test_two_sendings_at_once_make_one_row(committed_db, store, live_address):
    obligation = open_obligation()
    client = signed_in(person("ani"))
    body = encode_multipart(BOUNDARY, {"files": upload(good.photo()), "key": str(uuid.uuid4())})
    answers: list[bytes] = []

    head = _head(client, obligation, len(body))

    def post() -> None:
        with socket.create_connection(live_address, timeout=120) as connection:
            connection.sendall(head + body)
            answers.append(connection.recv(12))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"HTTP/1.1 201"] * 4
    assert names() == ["a.jpg"]


def _head(client: Client, obligation, length: int) -> bytes:
    client.get(f"/laporan/{obligation.pk}/bukti/", headers={"host": "127.0.0.1"})
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    lines = [
        f"POST /laporan/{obligation.pk}/bukti/ HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: {cookies}",
        f"X-CSRFToken: {client.cookies['csrftoken'].value}",
        "X-Portal-Upload: 1",
        f"Content-Type: {MULTIPART_CONTENT}",
        f"Content-Length: {length}",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
