"""Reviewing in a real browser: by keyboard alone, on a phone, light, dark and printed; axe finds nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.comments import write_comment
from reporting.submissions.models import Report
from reporting.submissions.queries import report_for
from tests.browser.test_keyboard import poorly_shown, tab_to
from tests.browser.test_pages import AXE, RULES, WIDTHS
from tests.conftest import actor_of, everything_of, person
from tests.reporting.filled import answers_to


@pytest.fixture
def waiting(committed_db) -> dict[str, int]:
    """Three that wait, the oldest with warnings, a note and a talk, one with a table; and an accepted one."""
    katingan, now = Regency.objects.get(code="62.06"), timezone.now()
    gita, ani, eka = (actor_of(person(name)) for name in ("gita", "ani", "eka"))
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=now, by=gita)
        accepted, noted = _obligations("dinkes")
        review.accept(_send(accepted, ani, 4, now), by=gita, now=now)
        notes = {"apotek-desa": "Hitung ulang"}
        review.return_for_correction(_send(noted, ani, 40, now), note="Mohon dicek", notes=notes, by=gita, now=now)
        report = _send(noted, ani, 41, now)
        write_comment(report, text="Sudah kami hitung ulang, @Gita Koordinator.", mentions=[], by=ani, now=now)
        before, table = _obligations("kecamatan-katingan-hilir")
        review.accept(_send(before, eka, 0, now), by=gita, now=now)
        _send(table, eka, 0, now + timedelta(seconds=1), rows=4)
        plain = _obligations("dinsos")[0]
        _send(plain, actor_of(person("citra")), 2, now + timedelta(seconds=2))
        return {"accepted": accepted.pk, "noted": noted.pk, "table": table.pk, "plain": plain.pk}


def _obligations(agency: str) -> list[Obligation]:
    """The two oldest monthly ones."""
    rows = Obligation.objects.select_related("agency", "form").filter(agency__code=agency, form__period_type="monthly")
    return list(rows.order_by("starts_on")[:2])


def _send(obligation, by, value, now, rows=0) -> Report:
    figures = answers_to(obligation, value)
    for table in (figure for figure in figures.values() if isinstance(figure, dict)):
        for row in list(table.values())[:3]:
            row |= {code: answer + rows for code, answer in row.items() if type(answer) is int}
    report = report_for(obligation)
    explained = {f"jump-{code}": "Klinik baru di lima desa." for code in figures}
    explained |= {f"rule-{number}": "Undangan dihitung berbeda." for number in range(1, 60)}
    contents = Contents(
        figures=figures,
        explanations={**explained, "note-apotek-desa": "Sudah dihitung ulang."},
        obstacles="Jalan ke dua desa terputus.",
    )
    actions.save_draft(obligation, contents, version=report.version if report else 0, by=by, now=now)
    return actions.submit(obligation, by=by, now=now)


def problems(visit, url: str, width: str, picture: str) -> list[str]:
    response = visit.page.goto(url)
    found = [] if response is not None and response.status == 200 else [f"{url}: {response and response.status}"]
    if visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{url}: wider than {width} pixels")
    visit.page.evaluate(AXE)
    found += [
        f"{url}: {each['id']}: {node['target']}: {node['failureSummary'][:200]}"
        for each in visit.page.evaluate(RULES)["violations"]
        for node in each["nodes"][:3]
    ]
    if folder := os.environ.get("SCREENSHOTS"):
        visit.page.screenshot(path=Path(folder) / f"{picture}.png", full_page=True)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_a_review_are_accessible_and_fit(width, scheme, waiting, address, open_as):
    visit = open_as("gita", viewport=WIDTHS[width], color_scheme=scheme)
    pages = {
        "queue": "/laporan/pemeriksaan/",
        "review": f"/laporan/{waiting['noted']}/periksa/",
        "table": f"/laporan/{waiting['table']}/periksa/",
        "report": f"/laporan/{waiting['noted']}/",
        "revisions": f"/laporan/{waiting['noted']}/revisi/",
        "reopen": f"/laporan/{waiting['accepted']}/buka-lagi/",
    }
    found = []
    for name, path in pages.items():
        found += problems(visit, f"{address}{path}", width, f"{name}-{width}-{scheme}")
    visit.page.emulate_media(media="print")
    visit.page.goto(f"{address}{pages['review']}")
    if folder := os.environ.get("SCREENSHOTS"):
        visit.page.screenshot(path=Path(folder) / f"review-{width}-{scheme}-print.png", full_page=True)
    assert visit.page.locator("textarea:visible").count() == 0
    assert found == []
    assert visit.refused == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_review_is_done_by_keyboard_alone(width, waiting, address, open_as):
    page = open_as("gita", viewport=WIDTHS[width], reduced_motion="reduce").page
    page.goto(f"{address}/laporan/pemeriksaan/")
    stops = tab_to(page, lambda stop: "Dinas Kesehatan" in stop["text"] and stop["tag"] == "A")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/laporan/{waiting['noted']}/periksa/")
    stops += tab_to(page, lambda stop: stop["tag"] == "SUMMARY" and "Tulis catatan" in stop["text"])
    page.keyboard.press("Enter")
    stops += tab_to(page, lambda stop: stop["name"].startswith("catatan_"), limit=1)
    page.keyboard.type("Tolong dicek lagi.")
    stops += tab_to(page, lambda stop: stop["text"] == "Kembalikan untuk diperbaiki")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/laporan/{waiting['table']}/periksa/")
    page.goto(f"{address}/laporan/{waiting['plain']}/periksa/")
    stops += tab_to(page, lambda stop: stop["text"] == "Terima laporan")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/laporan/{waiting['table']}/periksa/")
    assert "Dinsos diterima" in page.content()
    assert poorly_shown(stops) == []


def test_a_report_is_decided_and_talked_about_without_any_script(waiting, address, open_as):
    page = open_as("gita", java_script_enabled=False).page
    page.goto(f"{address}/laporan/pemeriksaan/")
    page.get_by_label("Centang Dinas Sosial").check()
    page.get_by_role("button", name="Terima yang dicentang").click()
    page.get_by_role("button", name="Terima yang dicentang").click()
    assert "1 diterima." in page.content()
    page.goto(f"{address}/laporan/{waiting['noted']}/")
    page.get_by_label("Tulis").fill("Terima kasih.")
    page.get_by_label("Budi Kepala").check()
    page.get_by_role("button", name="Kirim ke percakapan").click()
    assert "kepada Budi Kepala" in page.content()


def test_a_name_is_offered_after_an_at_sign_and_ticked(waiting, address, open_as):
    page = open_as("gita").page
    page.goto(f"{address}/laporan/{waiting['noted']}/")
    page.get_by_label("Tulis").press_sequentially("Halo @bu")
    assert page.get_by_role("option").all_inner_texts() == ["Budi Kepala"]
    page.keyboard.press("Enter")
    assert page.get_by_label("Tulis").input_value() == "Halo @Budi Kepala "
    assert page.get_by_label("Budi Kepala").is_checked()
    assert page.get_by_role("option").count() == 0
