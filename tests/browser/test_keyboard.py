"""Filing a report with a keyboard alone: every stop shows its focus and lies in sight, from the link that skips on."""

from __future__ import annotations

import pytest

from tests.browser.test_pages import WIDTHS

STOP = """() => {
  const stop = document.activeElement, box = stop.getBoundingClientRect(), style = getComputedStyle(stop);
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
  const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
  const there = document.elementFromPoint(x, y);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inSight = box.bottom > 0 && box.top < innerHeight && (stop.contains(there) || there?.contains(stop));
  return {tag: stop.tagName, name: stop.name || '', text: stop.textContent.trim(), ring, inSight};
}"""


def tab_to(page, wanted, *, limit: int = 80) -> list[dict]:
    """Press Tab until `wanted(stop)` is true; every stop on the way, or a failure after `limit` of them."""
    stops = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
        if wanted(stops[-1]):
            return stops
    raise AssertionError(f"no such stop among {[stop['text'][:20] or stop['name'] for stop in stops]}")


def poorly_shown(stops: list[dict]) -> list[str]:
    """What a stop lacks: a ring of two pixels at least, or a place where nothing lies over it."""
    lacks = {"no ring": lambda stop: not stop["ring"], "out of sight": lambda stop: not stop["inSight"]}
    return [f"{stop['text'][:30] or stop['name']}: {what}" for stop in stops for what in lacks if lacks[what](stop)]


@pytest.fixture
def filing(obligation, address, open_as):
    """filing(width): the filing page, entered by its skip link."""

    def opened(width: str):
        page = open_as("ani", viewport=WIDTHS[width], reduced_motion="reduce").page
        page.goto(f"{address}/laporan/{obligation}/isi/")
        stops = tab_to(page, lambda stop: stop["text"] == "Langsung ke isi", limit=1)
        assert poorly_shown(stops) == []
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "isi"
        return page

    return opened


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_is_filed_by_keyboard_alone(width, filing, obligation, address):
    page = filing(width)
    numbers = page.locator("input[name^=angka_]").count()
    stops = []
    for _ in range(numbers):
        stops += tab_to(page, lambda stop: stop["name"].startswith("angka_"))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("3")
    stops += tab_to(page, lambda stop: stop["name"] == "submit")
    assert poorly_shown(stops) == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/laporan/{obligation}/*")
    assert "Laporan terkirim" in page.content()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_to_report_is_said_by_keyboard_alone(width, filing, obligation, address):
    page = filing(width)
    tab_to(page, lambda stop: stop["name"] == "is_nil")
    page.keyboard.press("Space")
    assert page.locator("input[name=is_nil]").is_checked()
    stops = tab_to(page, lambda stop: stop["name"] == "nil_reason")
    page.keyboard.type("Belum ada kegiatan bulan ini.")
    stops += tab_to(page, lambda stop: stop["name"] == "submit")
    assert poorly_shown(stops) == []
    page.keyboard.press("Space")
    page.wait_for_url(f"{address}/laporan/{obligation}/*")
    assert "Laporan terkirim" in page.content()


def test_the_account_menu_opens_and_closes_by_keyboard(address, open_as):
    page = open_as("ani", viewport=WIDTHS["1280"]).page
    page.goto(f"{address}/")
    tab_to(page, lambda stop: stop["tag"] == "SUMMARY")
    page.keyboard.press("Enter")
    assert page.locator("details.menu").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.locator("details.menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
