"""Filing on a bad line, after a session ended, beside somebody else, by keyboard, and without a script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOM_TO_WRITE
from tests.browser.test_keyboard import poorly_shown, tab_to
from tests.browser.test_pages import AXE, RULES, WIDTHS

SAVED = "[data-filing-state]"
LINE_CUT = "tidak ada sambungan, isian aman di perangkat ini"


@pytest.fixture
def filing(every_kind, address, open_as):
    """filing("ani", **options): the filing page of a form with one question of every kind."""
    url = f"{address}/laporan/{every_kind}/isi/"

    def opened(name: str, **options):
        page = open_as(name, **options).page
        page.goto(url)
        return page

    opened.url = url
    return opened


def box(page, code: str):
    return page.locator(f'[name="angka_{code}"]')


def is_saved(page) -> None:
    expect(page.locator(SAVED)).to_contain_text("Tersimpan ", timeout=ROOM_TO_WRITE)


def copies(page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('isian:'))")


def opened_again_after_closing(page, url: str):
    """A new tab on `url`, after `page` was closed and nothing of it reached the portal any more.

    A tab that closes still tries to save, and Chromium may carry that out after the line is back: so the session is
    away until a page has come and gone.
    """
    context, cookies = page.context, page.context.cookies()
    context.clear_cookies()
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(url)
    again.wait_for_url("**/masuk/**")
    context.add_cookies(cookies)
    again.goto(url)
    return again


def test_what_is_typed_saves_itself_and_says_what_is_still_missing(filing):
    page = filing("ani")
    box(page, "anggota").fill("12")
    is_saved(page)
    expect(page.locator("#kemajuan")).to_contain_text("1 dari 2")
    assert copies(page) == []
    page.reload()
    assert box(page, "anggota").input_value() == "12"


def test_a_wrong_answer_is_named_at_its_field_while_the_others_are_kept(filing):
    page = filing("ani")
    box(page, "anggota").fill("dua belas")
    box(page, "luas").fill("12,5")
    expect(page.locator("#id_angka_anggota_error")).to_contain_text("bilangan bulat", timeout=ROOM_TO_WRITE)
    page.reload()
    page.locator("[data-filing-restore]").click()
    assert (box(page, "anggota").input_value(), box(page, "luas").input_value()) == ("dua belas", "12,50")


def test_a_cut_line_loses_nothing_and_says_so(filing):
    page = filing("ani")
    page.context.set_offline(True)
    box(page, "anggota").fill("12")
    expect(page.locator(SAVED)).to_contain_text(LINE_CUT, timeout=ROOM_TO_WRITE)
    page.locator("button[name=submit]").click()
    expect(page.locator(SAVED)).to_contain_text("Belum terkirim", timeout=ROOM_TO_WRITE)
    assert box(page, "anggota").input_value() == "12"
    page.context.set_offline(False)
    is_saved(page)
    page.reload()
    assert box(page, "anggota").input_value() == "12"


def test_a_tab_closed_while_the_line_was_cut_comes_back_with_everything(filing):
    page = filing("ani")
    page.context.set_offline(True)
    box(page, "anggota").fill("12")
    page.locator('[name="angka_rapat"][value="tidak"]').check()
    expect(page.locator(SAVED)).to_contain_text(LINE_CUT, timeout=ROOM_TO_WRITE)
    page = opened_again_after_closing(page, filing.url)
    assert box(page, "anggota").input_value() == ""
    page.locator("[data-filing-restore]").click()
    assert box(page, "anggota").input_value() == "12"
    assert page.locator('[name="angka_rapat"][value="tidak"]').is_checked()
    is_saved(page)
    assert copies(page) == []


def test_a_copy_that_is_not_wanted_is_thrown_away(filing):
    page = filing("ani")
    page.context.set_offline(True)
    box(page, "anggota").fill("12")
    expect(page.locator(SAVED)).to_contain_text(LINE_CUT, timeout=ROOM_TO_WRITE)
    page = opened_again_after_closing(page, filing.url)
    page.locator("[data-filing-discard]").click()
    page.reload()
    assert page.locator("[data-filing-offer]").is_hidden()
    assert box(page, "anggota").input_value() == ""


def test_a_session_that_ends_while_typing_loses_nothing(new_session, filing):
    page = filing("ani")
    cookies = [each for each in page.context.cookies() if each["name"] != "sessionid"]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    box(page, "anggota").fill("12")
    expect(page.locator(SAVED)).to_contain_text("sesi Anda berakhir", timeout=ROOM_TO_WRITE)
    page.locator(f"{SAVED} a").click()
    page.wait_for_url("**/masuk/**")
    page.context.add_cookies([new_session])
    page.goto(filing.url)
    page.locator("[data-filing-restore]").click()
    assert box(page, "anggota").input_value() == "12"
    is_saved(page)


def test_signing_out_leaves_no_copy_behind(filing):
    page = filing("ani")
    page.context.set_offline(True)
    box(page, "anggota").fill("12")
    expect(page.locator(SAVED)).to_contain_text(LINE_CUT, timeout=ROOM_TO_WRITE)
    assert len(copies(page)) == 1
    page.context.set_offline(False)
    page.evaluate("document.querySelector('form[data-forget]').requestSubmit()")
    page.wait_for_url("**/masuk/**")
    assert copies(page) == []


def test_two_browsers_at_one_report_choose_side_by_side(filing):
    hers, his = filing("ani"), filing("budi")
    box(his, "anggota").fill("9")
    is_saved(his)
    box(hers, "anggota").fill("1")
    box(hers, "cerita").fill("Dari Ani")
    expect(hers.locator(SAVED)).to_contain_text("Budi Kepala menyimpan", timeout=ROOM_TO_WRITE)
    hers.get_by_role("button", name="Bandingkan").click()
    expect(hers.locator("#beda")).to_contain_text("1 orang")
    expect(hers.locator("#beda")).to_contain_text("9 orang")
    picture(hers, "beda")
    hers.locator('[name="pilih_angka_anggota"][value="theirs"]').check()
    hers.get_by_role("button", name="Simpan pilihan saya").click()
    expect(box(hers, "anggota")).to_have_value("9")
    expect(box(hers, "cerita")).to_have_value("Dari Ani")


def test_what_is_odd_asks_for_its_explanation_as_it_is_typed(accepted_before, filing):
    page = filing("ani")
    box(page, "anggota").fill("100")
    explain = page.locator('[name="jelas_jump-anggota"]')
    expect(explain).to_be_visible(timeout=ROOM_TO_WRITE)
    explain.fill("Pendaftaran massal")
    is_saved(page)
    page.locator("button[name=submit]").click()
    page.wait_for_url("**/laporan/*/")
    assert "Laporan terkirim" in page.content()


def test_the_list_of_what_is_missing_leads_to_each_field(filing):
    page = filing("ani")
    last = page.locator('[name^="angka_per-desa.ada"]').last
    page.locator("details.rows summary").nth(12).click()
    last.select_option("ya")
    is_saved(page)
    page.locator("details.rows summary").nth(12).click()
    page.locator(".gaps summary").click()
    page.locator(".gaps a", has_text="KK").click()
    missing = page.evaluate("document.activeElement.name")
    assert missing == last.get_attribute("name").replace("ada", "kk")
    page.locator('.gaps a[href$="rapat_0"]').click()
    assert page.evaluate("document.activeElement.name") == "angka_rapat"


def test_every_kind_is_filed_by_keyboard_alone_on_a_phone(filing):
    page = filing("ani", viewport=WIDTHS["390"], reduced_motion="reduce")
    typed = {"anggota": "12", "luas": "12,5", "modal": "1500000", "hadir": "87,5", "cerita": "Lancar"}
    stops = []
    for code, text in typed.items():
        stops += tab_to(page, lambda stop, name=f"angka_{code}": stop["name"] == name)
        page.keyboard.type(text)
        if code == "hadir":
            stops += tab_to(page, lambda stop: stop["name"] == "angka_rapat")
            page.keyboard.press("ArrowUp")
    stops += tab_to(page, lambda stop: stop["name"].startswith("angka_per-desa.kk"))
    page.keyboard.type("4")
    stops += tab_to(page, lambda stop: stop["name"] == "submit", limit=400)
    assert poorly_shown(stops) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/laporan/*/")
    assert "Laporan terkirim" in page.content()


def test_every_kind_is_filed_without_any_script(filing):
    page = filing("ani", java_script_enabled=False)
    box(page, "anggota").fill("12")
    box(page, "luas").fill("12,5")
    page.locator("button[name=submit]").click()
    expect(page.locator("#kemajuan")).to_contain_text("Sudah rapat")
    page.locator('[name="angka_rapat"][value="tidak"]').check()
    box(page, "anggota").fill("tidak tahu")
    page.locator("button[name=submit]").click()
    assert box(page, "anggota").input_value() == "tidak tahu"
    box(page, "anggota").fill("12")
    page.locator("button[name=submit]").click()
    assert "Laporan terkirim" in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_accessible_and_fits(width, scheme, accepted_before, filing):
    page = filing("ani", viewport=WIDTHS[width], color_scheme=scheme)
    box(page, "anggota").fill("100")
    box(page, "luas").fill("salah")
    expect(page.locator('[name="jelas_jump-anggota"]')).to_be_visible(timeout=ROOM_TO_WRITE)
    picture(page, f"isi-{width}-{scheme}")
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.evaluate("scrollTo(0, 0)")  # what lies half under a bar would count as a small target
    page.evaluate(AXE)
    found = page.evaluate(RULES)["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['target']}: {each['nodes'][0]['failureSummary']}" for each in found] == []


def picture(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"filing-{name}.png", full_page=True)
