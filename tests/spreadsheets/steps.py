"""The steps of an import through its pages, and how to read what they answer."""

from __future__ import annotations

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile

from katingan_portal.spreadsheets.models import ImportBatch


def send(client, content, name="september.csv", kind="simkopdes"):
    return client.post(f"/impor/baru/{kind}/", {"file": SimpleUploadedFile(name, content)})


def batch_of(response):
    assert response.status_code == 302, words(response)
    return ImportBatch.objects.get(pk=re.search(r"/impor/(\d+)/", response.url)[1])


def words(response):
    return html.unescape(response.content.decode())


def errors_of(batch):
    """[(line, column, message)] of the rejected rows, as the preview's page shows them."""
    return [
        (each["row"], error["column"], error["message"])
        for each in batch.row_results
        if each["outcome"] == "rejected"
        for error in each["errors"]
    ]


def confirm(client, batch, **data):
    return client.post(f"/impor/{batch.pk}/simpan/", data)


def undo(client, batch):
    return client.post(f"/impor/{batch.pk}/batalkan/")


def counts(batch):
    batch.refresh_from_db()
    return batch.new, batch.changed, batch.unchanged, batch.rejected
