"""The way through Excel in a real browser, without any script: out, filled in, looked at, kept."""

import io
import os
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.browser.test_pages import AXE, RULES, WIDTHS


def filled(content: bytes, value: object) -> bytes:
    """The template with this value for the first question."""
    book = load_workbook(io.BytesIO(content))
    book["Isian"]["C5"].value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("value", "says"), [(7, "Yang akan berubah"), ("tujuh", "Yang perlu diperbaiki")])
def test_a_filled_in_template_is_looked_at_and_kept_without_any_script(
    value, says, width, obligation, address, open_as
):
    page = open_as("ani", viewport=WIDTHS[width], java_script_enabled=False).page
    template = page.request.get(f"{address}/laporan/{obligation}/templat.xlsx").body()
    file = {"name": "templat.xlsx", "mimeType": "application/octet-stream", "buffer": filled(template, value)}
    page.goto(f"{address}/laporan/{obligation}/isi/")
    page.get_by_role("link", name="unggah kembali").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Periksa berkas").click()
    assert page.get_by_role("heading", name=says).is_visible()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"ani-templat-{says.split()[-1]}-{width}.png", full_page=True)
    if value == 7:
        page.get_by_role("button", name="Simpan sebagai draf").click()
        assert page.url == f"{address}/laporan/{obligation}/isi/"
        assert page.locator("input[name^=angka_]").first.input_value() == "7"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("value", [7, "tujuh"])
def test_the_preview_is_accessible_and_fits_a_phone(value, scheme, obligation, address, open_as):
    visit = open_as("ani", viewport=WIDTHS["390"], color_scheme=scheme)
    template = visit.page.request.get(f"{address}/laporan/{obligation}/templat.xlsx").body()
    file = {"name": "templat.xlsx", "mimeType": "application/octet-stream", "buffer": filled(template, value)}
    visit.page.goto(f"{address}/laporan/{obligation}/unggah/")
    visit.page.locator("input[type=file]").set_input_files(file)
    visit.page.get_by_role("button", name="Periksa berkas").click()
    visit.page.wait_for_selector("table")
    visit.page.evaluate(AXE)
    assert [each["id"] for each in visit.page.evaluate(RULES)["violations"]] == []
    assert not visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
