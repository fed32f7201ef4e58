"""Attaching: one row a file, on disk first; limits to the byte; the life of a file through revisions."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from katingan_portal.tenancy.scope import applied
from reporting.submissions.evidence.models import Evidence
from tests.conftest import everything_of
from tests.evidence import good_files as good
from tests.evidence.conftest import send

pytestmark = pytest.mark.django_db


def rows(katingan):
    with applied(everything_of(katingan)):
        return list(Evidence.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("kind", "key"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("HEIF", "heic")], ids=lambda each: each
)
def test_a_photo_is_kept_with_what_it_says(kind, key, obligation, attached, katingan, store):
    row = attached(obligation, good.photo(kind))
    assert (row.kind, row.width, row.height, row.camera) == (key, 640, 480, "Samsung SM-A155F")
    assert (float(row.latitude), float(row.longitude)) == good.KASONGAN
    assert katingan.local(row.taken_at).isoformat() == "2026-08-20T09:15:00+07:00"
    with applied(everything_of(katingan)):
        assert row.village.subdistrict.name == "Katingan Hilir"
    for each in row.sums:
        assert (store / "62.06" / each[:2] / each).is_file()


@pytest.mark.parametrize(("content", "key"), [(good.pdf(), "pdf"), (good.xlsx(), "xlsx")], ids=["pdf", "xlsx"])
def test_a_document_is_kept_as_it_came(content, key, obligation, attached):
    row = attached(obligation, content, "berkas")
    assert (row.kind, row.copy_sha256, row.likeness) == (key, "", "")


def test_several_files_of_one_form_are_kept(client_for, obligation, katingan):
    files = [SimpleUploadedFile(f"{seed}.jpg", good.photo(seed=seed)) for seed in (1, 2)]
    response = send(client_for("ani"), obligation, *files)
    assert response.status_code == 302, response.content.decode()
    assert [row.name for row in rows(katingan) if row.agency_id == obligation.agency_id] == ["1.jpg", "2.jpg"]


def test_the_same_key_makes_one_row(obligation, attached):
    key = uuid.uuid4()
    first = attached(obligation, good.photo(seed=3), key=key)
    assert attached(obligation, good.photo(seed=4), key=key).pk == first.pk
    assert attached(obligation, good.photo(seed=3)).pk == first.pk
