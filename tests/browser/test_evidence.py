"""Photos from a phone of 390 pixels: shrunk before they leave, sent again after a cut line, and without a script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.models import Obligation
from reporting.submissions.evidence.actions import Upload, attach
from reporting.submissions.evidence.models import Evidence
from tests.browser.test_pages import AXE, RULES, WIDTHS
from tests.conftest import actor_of, everything_of, person
from tests.evidence import good_files as good
from tests.evidence.conftest import store  # noqa: F401  (a fixture that every test here uses)


def photo(seed: int) -> dict:
    """As a phone takes it: 12 million points, held upright, with place and time."""
    content = good.photo(seed=seed, size=(4000, 3000), orientation=6)
    return {"name": f"foto-{seed}.jpg", "mimeType": "image/jpeg", "buffer": content + bytes(700_000)}


@pytest.fixture
def katingan_scope(committed_db):
    return everything_of(Regency.objects.get(code="62.06"))


def looked_at(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def rows(scope) -> list[Evidence]:
    with applied(scope):
        return list(Evidence.objects.order_by("pk"))


@pytest.mark.parametrize("path", ["bukti", "isi"])
def test_two_photos_are_shrunk_and_survive_a_cut_line(path, katingan_scope, obligation, address, open_as):
    visit = open_as("ani", viewport=WIDTHS["390"], has_touch=True)
    page = visit.page
    page.goto(f"{address}/laporan/{obligation}/{path}/")
    page.context.set_offline(True)
    page.locator("#bukti_files").set_input_files([photo(1), photo(2)])
    page.get_by_text("sambungan terputus").wait_for(timeout=60_000)
    looked_at(page, f"evidence-{path}-offline-390")
    page.context.set_offline(False)
    page.locator("#bukti .evidence-line").nth(1).wait_for(timeout=90_000)
    page.locator("[data-evidence-queue] li").first.wait_for(state="detached", timeout=60_000)
    looked_at(page, f"evidence-{path}-390")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate(AXE)
    assert page.evaluate(RULES)["violations"] == []
    assert [said for said in visit.refused if "ERR_INTERNET_DISCONNECTED" not in said] == []
    kept = rows(katingan_scope)
    assert [(row.name, row.width, row.height) for row in kept] == [
        ("foto-1.jpg", 1200, 1600),
        ("foto-2.jpg", 1200, 1600),
    ]
    assert all(row.size < 700_000 for row in kept)
    assert {(float(row.latitude), float(row.longitude), row.taken_at is not None) for row in kept} == {
        (*good.KASONGAN, True)
    }


def test_a_server_in_trouble_is_asked_again_and_makes_one_row(katingan_scope, obligation, address, open_as):
    page = open_as("ani", viewport=WIDTHS["390"]).page
    page.goto(f"{address}/laporan/{obligation}/bukti/")
    seen = []

    def answer(route) -> None:
        seen.append(1)
        if len(seen) == 1:
            route.fetch()  # it arrives and is kept, but the answer gets lost
            route.abort()
        elif len(seen) == 2:
            route.fulfill(status=502, body="Bad Gateway")
        else:
            route.continue_()

    page.route("**/bukti/", lambda route: answer(route) if route.request.method == "POST" else route.continue_())
    page.locator("#bukti_files").set_input_files([photo(3)])
    page.locator("#bukti .evidence-line").first.wait_for(timeout=90_000)
    assert len(seen) == 3
    assert len(rows(katingan_scope)) == 1


def test_a_refused_file_says_why_beside_the_others(katingan_scope, obligation, address, open_as):
    page = open_as("ani", viewport=WIDTHS["390"]).page
    page.goto(f"{address}/laporan/{obligation}/bukti/")
    page_file = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": b"<!doctype html><script>1</script>"}
    page.locator("#bukti_files").set_input_files([page_file, photo(4)])
    page.locator("#bukti .evidence-line").first.wait_for(timeout=90_000)
    assert (
        page.locator("[data-evidence-queue] .is-refused")
        .inner_text()
        .startswith("Berkas “foto.jpg” adalah halaman web")
    )
    looked_at(page, "evidence-refused-390")
    assert len(rows(katingan_scope)) == 1


def test_photos_are_sent_without_any_script(katingan_scope, obligation, address, open_as):
    page = open_as("ani", java_script_enabled=False, viewport=WIDTHS["390"]).page
    page.goto(f"{address}/laporan/{obligation}/bukti/")
    page.locator("#bukti_files").set_input_files([photo(5), photo(6)])
    page.get_by_role("button", name="Unggah").click()
    page.get_by_text("Bukti tersimpan").wait_for()
    assert [row.width for row in rows(katingan_scope)] == [3000, 3000]
    page.get_by_role("link", name="Hapus foto-5.jpg").click()
    page.locator("input[name=reason]").fill("salah foto")
    page.get_by_role("button", name="Ya, hapus").click()
    page.get_by_text("Bukti dihapus").wait_for()
    assert page.locator("#bukti .evidence-line").count() == 1


@pytest.fixture
def doubtful(katingan_scope, obligation):
    """A photo used in two reports, taken long before the period and outside the district."""
    with applied(katingan_scope):
        first, second = Obligation.objects.filter(agency__code__in=["dinkes", "dinsos"]).order_by("starts_on", "pk")[:2]
        for owed, name, by in ((first, "rapat.jpg", "ani"), (second, "rapat-lagi.jpg", "citra")):
            upload = Upload(name, good.photo(seed=9, place=(-6.2, 106.8), taken="2025:01:02 08:00:00"))
            attach(owed, upload, by=actor_of(person(by)), now=timezone.now())
    return first.pk


@pytest.mark.parametrize(("width", "scheme"), [("390", "light"), ("1280", "dark")])
def test_the_reviewer_sees_what_to_look_at_twice(width, scheme, doubtful, address, open_as):
    page = open_as("gita", viewport=WIDTHS[width], color_scheme=scheme).page
    page.goto(f"{address}/laporan/{doubtful}/bukti/")
    said = page.locator("#bukti").inner_text()
    for each in ("Tanggal foto di luar periode laporan", "di luar batas desa", "Berkas yang sama juga dipakai pada"):
        assert each in said
    page.evaluate(AXE)
    assert page.evaluate(RULES)["violations"] == []
    looked_at(page, f"evidence-doubtful-{width}-{scheme}")
