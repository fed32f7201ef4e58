"""A warning from the late list to the paper, in a real browser: on a desk and on a phone; axe finds nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.letters import actions
from reporting.letters.models import LetterKind
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from tests.browser.test_pages import AXE, RULES, WIDTHS
from tests.conftest import actor_of, everything_of, person


@pytest.fixture
def issued(committed_db) -> int:
    """Reports of Dinas Kesehatan that fell due ten days ago, and an issued letter about the first."""
    katingan, now = Regency.objects.get(code="62.06"), timezone.now()
    gita = actor_of(person("gita"))
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=now, by=gita)
        rows = Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")
        keys = list(rows.values_list("pk", flat=True))[:2]
        Obligation.objects.filter(pk__in=keys).update(due_at=now - timedelta(days=10))
        about = list(Obligation.objects.filter(pk=keys[0]).select_related("agency", "form"))
        letter = actions.draft(LetterKind.TEGURAN_1, about[0].agency, about, regency=katingan, by=gita, now=now)
        actions.issue(letter, seen=0, regency=katingan, by=gita, now=now)
        return letter.pk


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_letter_is_written_issued_and_checked(width, scheme, issued, address, open_as):
    options = {"viewport": WIDTHS[width], "color_scheme": scheme}
    gita, joko, guest = open_as("gita", **options), open_as("joko", **options), open_as("anonymous", **options)

    def look(visit, name: str) -> None:
        keep_picture(visit.page, f"letters-{name}-{width}-{scheme}")
        assert problems(visit.page) == []
        assert visit.refused == []

    page = gita.page
    page.goto(f"{address}/perangkat-daerah/dinkes/laporan/")
    look(gita, "agency")
    page.get_by_role("link", name="Buat surat").click()
    look(gita, "new")
    page.get_by_label("Surat Teguran II", exact=True).check()
    page.get_by_role("button", name="Susun rancangan").click()
    assert "Belum ada Surat Teguran I yang terbit" in page.inner_text("main")
    look(gita, "draft")
    page.get_by_role("link", name="Ubah").click()
    page.get_by_label("Nama penanda tangan").fill("Rina Pahlevi")
    look(gita, "edit")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_role("button", name="Terbitkan surat").click()
    page.get_by_role("button", name="Ya, terbitkan").click()
    page.wait_for_selector("text=Terbit dengan nomor")
    look(gita, "issued")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename.startswith("surat-teguran-2-dinkes-002-")

    for path, name in (("/surat/", "list"), ("/surat/nota-dinas/", "memo"), (f"/surat/{issued}/batalkan/", "void")):
        page.goto(f"{address}{path}")
        look(gita, name)

    joko.page.goto(f"{address}/surat/pengaturan/")
    joko.page.locator("#id_teguran-pattern").fill("B-{nomor:4}/{tahun}")
    joko.page.wait_for_selector("#contoh-teguran strong:has-text('B-0003/')")
    look(joko, "settings")

    page.goto(f"{address}/surat/{issued}/")
    check = page.get_by_role("link", name="Buka halaman di balik kode QR").get_attribute("href")
    guest.page.goto(address + check[check.index("/surat/") :])
    assert "Kepala Dinas Kesehatan" in guest.page.inner_text("main")
    look(guest, "check")
    unknown = guest.page.goto(f"{address}/surat/cek/62.06/tidak-ada/")
    assert unknown.status == 404
    keep_picture(guest.page, f"letters-unknown-{width}-{scheme}")
    assert problems(guest.page) == []


def problems(page) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    page.evaluate(AXE)
    found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in page.evaluate(RULES)["violations"]]
    too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, *(["wider than the window"] if too_wide else [])]


def keep_picture(page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
