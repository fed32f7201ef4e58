"""Each role's pages in a real browser: axe finds nothing, nothing overflows a phone, the policy refuses nothing.

`SCREENSHOTS=folder make test ARGS=tests/browser` keeps a picture of every page.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

AXE = (Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js").read_text()
# Only what is wrong comes back: on a long page the list of all that is right took four of five seconds to come over.
RULES = """async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const {violations} = await axe.run({runOnly: tags, resultTypes: ['violations']});
    return {violations};
}"""
WIDTHS = {"1280": {"width": 1280, "height": 900}, "390": {"width": 390, "height": 844}}
PAGES = {
    "anonymous": ["/masuk/"],
    "ani": [
        "/",
        "/laporan/",
        "/laporan/{obligation}/",
        "/laporan/{obligation}/isi/",
        "/laporan/{obligation}/unggah/",
        "/laporan/{obligation}/bukti/",
        "/laporan/{obligation}/bila-terlambat/",
        "/laporan/{obligation}/penagihan/",
        "/pesan/",
        "/akun/",
    ],
    "eka": ["/", "/desa/", "/tugas/"],
    "gita": ["/", "/laporan/pemeriksaan/", "/laporan/perpanjangan/", "/koperasi/"],
    "hadi": [
        "/",
        "/gambaran/",
        "/gambaran/ukuran/",
        "/gambaran/ukuran/?per=tugas",
        "/gambaran/kisi/",
        "/perangkat-daerah/",
    ],
    "indra": ["/", "/impor/"],
    "joko": [
        "/",
        "/kalender/",
        "/kalender/hari/",
        "/tugas/baru/tambah/",
        "/kalender/sabtu/",
        "/laporan/bebaskan/",
        "/denyut/",
        "/denyut/lanjutkan/",
        "/perangkat-daerah/dinkes/orang/",
        "/formulir/",
        "/formulir/laporan-bulanan/",
        "/formulir/laporan-bulanan/pengaturan/",
        "/formulir/laporan-bulanan/versi/1/",
        "/formulir/laporan-bulanan/draf/",
        "/formulir/laporan-bulanan/draf/pertanyaan/",
        "/formulir/laporan-bulanan/draf/aturan/",
        "/formulir/laporan-bulanan/draf/terbitkan/",
        "/formulir/laporan-bulanan/bandingkan/",
        "/tangga/",
        "/tangga/?jam=filing&formulir=laporan-bulanan",
        "/tangga/tahap/baru/",
        "/tangga/kalender/",
    ],
    "kiki": ["/"],
    "mira": ["/mulai/"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_each_roles_pages_are_accessible_and_fit(name, width, scheme, obligation, address, open_as):
    visit = open_as(name, viewport=WIDTHS[width], color_scheme=scheme)
    problems = []
    for path in PAGES[name]:
        path = path.format(obligation=obligation)
        response = visit.page.goto(f"{address}{path}")
        assert response is not None
        if response.status != 200:
            problems.append(f"{path}: {response.status}")
        if visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            problems.append(f"{path}: wider than {width} pixels")
        visit.page.evaluate(AXE)
        problems += [
            f"{path}: {found['id']}: {node['target']}: {node['failureSummary'][:200]}"
            for found in visit.page.evaluate(RULES)["violations"]
            for node in found["nodes"][:3]
        ]
        if folder := os.environ.get("SCREENSHOTS"):
            name_of_file = f"{name}{path.replace('/', '-')}{width}-{scheme}.png"
            visit.page.screenshot(path=Path(folder) / name_of_file, full_page=True)
    assert problems == []
    assert visit.refused == []
    assert visit.asked_elsewhere(address) == []


def test_a_report_is_filed_without_any_script(obligation, address, open_as):
    page = open_as("ani", java_script_enabled=False).page
    page.goto(f"{address}/laporan/{obligation}/isi/")
    for field in page.locator("input[name^=angka_]").all():
        field.fill("3")
    page.locator("button[name=submit]").click()
    assert page.url == f"{address}/laporan/{obligation}/"
    assert "Laporan terkirim" in page.content()


TABBED = {
    "ani": [
        "accounts:security",
        "agencies:posts",
        "outbox:preferences",
        "reporting:calendar_feed",
        "agencies:api_tokens",
    ],
    "joko": ["outbox:broken"],
}  # fmt: skip


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("name", TABBED)
def test_the_current_tab_is_seen_without_scrolling(name, width, address, open_as):
    visit = open_as(name, viewport={"width": width, "height": 844})
    for route in TABBED[name]:
        visit.page.goto(f"{address}{reverse(route)}")
        box = visit.page.locator(".tab-link[aria-current]").bounding_box()
        assert 0 <= box["x"] <= width - box["width"], route
        if folder := os.environ.get("SCREENSHOTS"):
            visit.page.screenshot(path=Path(folder) / f"tabs-{route.replace(':', '-')}-{width}.png")
