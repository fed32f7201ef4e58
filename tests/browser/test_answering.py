"""The chase answered, in a real browser and at both widths; then its pages by axe.

late → message → promise → broken → one step higher → letter drafted → filed → nothing is chased any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.answering import directives, disclaimers, promises
from reporting.chasing.digest import NOTHING_LEFT, compose
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.letters.drafting import keep_drafts
from reporting.letters.models import Letter
from reporting.periods.actions import raise_obligations
from reporting.periods.calendar import end_of_day
from reporting.periods.models import Obligation, Promise
from reporting.periods.queries import calendar_of
from tests.browser.test_letters import keep_picture
from tests.browser.test_letters import problems as axe_and_width
from tests.browser.test_pages import WIDTHS
from tests.browser.test_review import problems
from tests.conftest import actor_of, everything_of, person


@pytest.fixture
def late(committed_db) -> Obligation:
    """One report of Dinas Kesehatan that fell due two working days ago, as the only one."""
    katingan, now = Regency.objects.get(code="62.06"), timezone.now()
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=now, by=actor_of(person("joko")))
        row = Obligation.objects.select_related("agency", "form").filter(agency__code="dinkes").order_by("starts_on")[0]
        Obligation.objects.exclude(pk=row.pk).delete()
        Message.objects.all().delete()
        day = calendar_of(row.agency).shift(katingan.local(now).date(), -2)
        Obligation.objects.update(due_at=end_of_day(day, katingan.zone), next_chase_at=now - timedelta(minutes=1))
        return Obligation.objects.select_related("agency", "form", "regency").get(pk=row.pk)


def backstage(act: Callable[[], object]) -> object:
    """Do something in the portal while a browser is open: Playwright's loop keeps Django from its database."""
    results: list[object] = []

    def run() -> None:
        katingan = Regency.objects.get(code="62.06")
        try:
            with applied(everything_of(katingan)):
                results.append(act())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert results, "it failed; see above"
    return results[0]


def tick(now: datetime) -> list[str]:
    """One tick, the letters it asks for, and its in-app digests delivered; the steps that were fired."""
    katingan = Regency.objects.get(code="62.06")
    chase_regency(katingan, now=now)
    keep_drafts(katingan, now=now)
    for message in Message.objects.filter(channel="in_app", state="planned"):
        letter = compose(message, now)
        if letter != NOTHING_LEFT:
            words = {"subject": letter.subject, "body_text": letter.text, "link": letter.link}
            Message.objects.filter(pk=message.pk).update(state="sent", sent_at=now, **words)
    return list(ChaseStep.objects.filter(state="fired").order_by("pk").values_list("step__code", flat=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_late_promised_broken_escalated_filed(width, late, address, open_as):
    ani = open_as("ani", viewport=WIDTHS[width])
    page = ani.page
    now = timezone.now()
    zone = late.regency.zone
    assert backstage(lambda: tick(now)) == ["tagihan-1"]

    page.goto(f"{address}/pesan/")
    page.get_by_role("link", name="Terlambat").click()
    assert "berjanji kapan akan dikirim" in page.inner_text("main")
    page.get_by_role("button", name="Buka").click()
    page.wait_for_url(f"**/laporan/{late.pk}/")
    page.get_by_role("link", name="Janjikan tanggal").click()
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    page.get_by_label("Laporan akan dikirim paling lambat").fill(tomorrow.isoformat())
    page.get_by_label("Alasan belum bisa dikirim").fill("Server kantor rusak")
    page.get_by_role("button", name="Janjikan").click()
    page.wait_for_url(f"**/laporan/{late.pk}/")
    assert "Penagihan menunggu sampai hari itu." in page.inner_text("main")

    def to_be_broken() -> list[str]:
        given = Promise.objects.get()
        calendar = calendar_of(late.agency)
        broken_on = calendar.shift(given.due_at.astimezone(zone).date(), 1)
        at = datetime.combine(broken_on, datetime.min.time(), tzinfo=zone)
        assert tick(at + timedelta(hours=7)) == ["tagihan-1"], "the chase waits until the office opens"
        return tick(at + timedelta(hours=9))

    assert backstage(to_be_broken) == ["tagihan-1", "teguran-1"]
    told = set(
        backstage(
            lambda: list(
                ChaseNotice.objects.filter(taken__step__code="teguran-1").values_list("recipient__username", flat=True)
            )
        )
    )
    assert {"ani", "budi", "gita"} <= told
    letters = backstage(lambda: list(Letter.objects.values_list("kind", "agency__code", "state")))
    assert letters == [("teguran_1", "dinkes", "draft")]
    page.goto(f"{address}/pesan/")
    page.get_by_role("link", name="Terlambat").first.click()
    assert "Janji untuk mengirimnya tidak ditepati." in page.inner_text("main")

    page.goto(f"{address}/laporan/{late.pk}/")
    assert "Tidak ditepati" in page.inner_text("#janji")
    page.get_by_role("link", name="Kirim nihil").click()
    page.get_by_label("Nihil: tidak ada kegiatan").check()
    page.get_by_label("Alasan nihil").fill("Belum ada kegiatan")
    page.get_by_role("button", name="Simpan dan kirim").click()
    page.wait_for_url(f"**/laporan/{late.pk}/#nihil")
    assert page.locator("#jawab").count() == 0

    def afterwards() -> list[str]:
        month_later = timezone.now() + timedelta(days=2)
        return [code for code in tick(month_later) if not code.startswith("periksa")]

    assert backstage(afterwards) == ["tagihan-1", "teguran-1"], "nothing of the report's own is chased any more"
    assert backstage(lambda: Letter.objects.filter(state="draft").count()) == 0, "a draft about nothing is closed"
    assert ani.refused == []


def test_a_promise_is_made_without_any_script(late, address, open_as):
    page = open_as("ani", java_script_enabled=False, viewport=WIDTHS["390"]).page
    page.goto(f"{address}/laporan/{late.pk}/")
    page.get_by_role("link", name="Janjikan tanggal").click()
    page.get_by_label("Laporan akan dikirim paling lambat").fill(timezone.localdate().isoformat())
    page.get_by_label("Alasan belum bisa dikirim").fill("Server kantor rusak")
    page.get_by_role("button", name="Janjikan").click()
    assert "Janji dicatat." in page.inner_text("main")
    page.get_by_role("button", name="Tarik janji").click()
    assert "Janji ditarik." in page.inner_text("main")


def test_the_answers_are_large_enough_for_a_thumb_and_come_first(late, address, open_as):
    page = open_as("ani", viewport=WIDTHS["390"]).page
    page.goto(f"{address}/laporan/{late.pk}/")
    boxes = [door.bounding_box() for door in page.locator("#jawab a.btn").all()]
    assert [box["height"] >= 44 and box["width"] >= 280 for box in boxes] == [True] * 4
    assert page.locator("main .card").first.get_attribute("id") == "jawab"


def test_whatsapp_opens_from_its_own_page_and_the_policy_allows_it(late, address, open_as):
    gita = open_as("gita", viewport=WIDTHS["390"])
    page = gita.page
    page.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp"))
    page.goto(f"{address}/laporan/{late.pk}/")
    page.get_by_role("button", name="Tulis pesan kepada Budi Kepala").click()
    page.wait_for_url("**/kontak/*/")
    page.get_by_role("link", name="Buka WhatsApp").click()
    page.wait_for_url("https://wa.me/**")
    assert page.inner_text("body") == "WhatsApp"
    assert gita.refused == []


@pytest.fixture
def answered(late) -> dict[str, int]:
    """The late report with a promise, an open disclaimer and an open directive."""
    now, katingan = timezone.now(), late.regency
    with applied(everything_of(katingan)):
        on = katingan.local(now).date() + timedelta(days=3)
        ani, hadi = actor_of(person("ani")), actor_of(person("hadi"))
        promises.promise(late, katingan, promised_on=on, reason="Server kantor rusak", by=ani, now=now)
        said = disclaimers.disclaim(late, reason="Apotek desa adalah urusan Dinas PMD.", by=ani, now=now)
        given = directives.give(late, katingan, text="Mohon dikirim pekan ini.", due_on=on, by=hadi, now=now)
        return {"obligation": late.pk, "said": said.pk, "given": given.pk}


PAGES = {
    "ani": [
        ("obligation", "/laporan/{obligation}/"),
        ("promise", "/laporan/{obligation}/janji/"),
        ("disclaim", "/laporan/{obligation}/bukan-tugas/"),
        ("answer", "/arahan/{given}/jawab/"),
        ("calendar", "/kalender/langganan/"),
    ],
    "gita": [("obligation", "/laporan/{obligation}/")],
    "hadi": [
        ("obligation", "/laporan/{obligation}/"),
        ("directives", "/arahan/"),
        ("overview", "/gambaran/"),
        ("give", "/laporan/{obligation}/arahan/"),
    ],
    "joko": [("queue", "/laporan/bukan-tugas/"), ("settle", "/laporan/bukan-tugas/{said}/")],
}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_forms_of_answers_are_accessible_and_fit(width, late, address, open_as):
    visit = open_as("ani", viewport=WIDTHS[width])
    found = []
    for name in ("", "janji/", "bukan-tugas/"):
        url, picture = f"{address}/laporan/{late.pk}/{name}", name.strip("/") or "jawab"
        found += problems(visit, url, width, f"answering-form-{picture}-{width}")
    visit.page.goto(f"{address}/kalender/langganan/")
    visit.page.get_by_role("button", name="Buat alamat").click()
    visit.page.wait_for_selector("code.secret")
    keep_picture(visit.page, f"answering-form-calendar-{width}")
    assert [*found, *axe_and_width(visit.page)] == []
    assert visit.refused == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_answers_are_accessible_and_fit(width, scheme, answered, address, open_as):
    found = []
    for name, pages in PAGES.items():
        visit = open_as(name, viewport=WIDTHS[width], color_scheme=scheme)
        for picture, path in pages:
            url = address + path.format(**answered)
            found += problems(visit, url, width, f"answering-{name}-{picture}-{width}-{scheme}")
        assert visit.refused == []
    assert found == []
