"""More time for a report: who asks, who decides, what moves, and what never does."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import DueChange, Extension, Obligation
from reporting.periods.waivers import waive
from reporting.submissions import extensions
from reporting.submissions.extensions import ExtensionRefused, ask, grant, refuse, waiting_for_decision, withdraw

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
NOW = datetime(2026, 10, 12, 9, tzinfo=WIB)
DUE = datetime(2026, 10, 14, 23, 59, tzinfo=WIB)
WANTED = date(2026, 10, 20)


@pytest.fixture
def obligation(katingan, scope_for, actor_for):
    with applied(scope_for("gita")):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        yield Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")


@pytest.fixture
def asked(obligation, katingan, actor_for):
    return ask(obligation, katingan, wanted_on=WANTED, reason="Listrik padam", by=actor_for("ani"), now=NOW)


def again(obligation):
    return Obligation.objects.get(pk=obligation.pk)


def told(kind):
    rows = Message.objects.filter(kind=kind).order_by("pk")
    return sorted((row.recipient.username, row.channel, row.state) for row in rows)


def test_a_request_changes_no_date_and_reaches_who_decides(obligation, asked):
    assert again(obligation).due_at == DUE
    assert [each.pk for each in waiting_for_decision()] == [asked.pk]
    assert told("extension_asked") == [("gita", "email", "planned"), ("gita", "in_app", "sent")]


def test_granting_moves_due_to_the_end_of_the_local_day_and_looks_at_the_chase(obligation, asked, katingan, actor_for):
    Obligation.objects.update(next_chase_at=None)
    grant(asked, katingan, granted_on=date(2026, 10, 19), note="Sampai Senin", by=actor_for("gita"), now=NOW)
    row = again(obligation)
    assert row.due_at == datetime(2026, 10, 19, 23, 59, tzinfo=WIB)
    assert (row.original_due_at, row.next_chase_at) == (DUE, NOW)
    change = DueChange.objects.get(obligation=row)
    assert (change.cause, change.old_due_at, change.new_due_at) == ("extension", DUE, row.due_at)
    asked.refresh_from_db()
    assert (asked.state, asked.granted_on, asked.decision_note) == ("granted", date(2026, 10, 19), "Sampai Senin")
    assert history_of(row)[0].changes == {"tenggat": ["14 Oktober 2026", "19 Oktober 2026"]}
    assert {name for name, _, _ in told("extension_decided")} == {"ani", "budi", "lina"}
    assert ("gita", "email", "superseded") in told("extension_asked")


def test_what_was_asked_in_time_may_be_decided_after_due(obligation, asked, katingan, actor_for):
    later = datetime(2026, 10, 16, 9, tzinfo=WIB)
    with pytest.raises(ExtensionRefused, match="masih akan datang"):
        grant(asked, katingan, granted_on=date(2026, 10, 15), note="", by=actor_for("gita"), now=later)
    assert again(obligation).due_at == DUE
    grant(asked, katingan, granted_on=WANTED, note="", by=actor_for("gita"), now=later)
    assert again(obligation).due_at > later


def test_refusing_needs_a_note_and_moves_nothing(obligation, asked, actor_for):
    with pytest.raises(ExtensionRefused, match="alasan penolakan"):
        refuse(asked, note=" ", by=actor_for("gita"), now=NOW)
    refuse(asked, note="Datanya sudah ada", by=actor_for("gita"), now=NOW)
    asked.refresh_from_db()
    assert (asked.state, again(obligation).due_at, DueChange.objects.count()) == ("refused", DUE, 0)


def test_one_open_request_at_a_time_and_a_new_one_after_withdrawing(obligation, asked, katingan, actor_for):
    wish = {"wanted_on": WANTED, "reason": "lagi", "by": actor_for("budi"), "now": NOW}
    with pytest.raises(ExtensionRefused, match="Masih ada permintaan"):
        ask(obligation, katingan, **wish)
    withdraw(asked, by=actor_for("ani"))
    assert ask(obligation, katingan, **wish).state == Extension.State.ASKED


def test_asking_is_refused_after_due_for_an_earlier_day_and_when_it_makes_no_sense(obligation, katingan, actor_for):
    wish = {"wanted_on": WANTED, "reason": "x", "by": actor_for("ani"), "now": NOW}
    with pytest.raises(ExtensionRefused, match="sudah lewat"):
        ask(obligation, katingan, **wish | {"now": datetime(2026, 10, 15, 0, 0, tzinfo=WIB)})
    with pytest.raises(ExtensionRefused, match="sesudah tenggat sekarang, 14 Oktober 2026"):
        ask(obligation, katingan, **wish | {"wanted_on": DUE.date()})
    Obligation.objects.filter(pk=obligation.pk).update(first_submitted_at=NOW)
    with pytest.raises(ExtensionRefused, match="sudah dikirim"):
        ask(obligation, katingan, **wish)
    Obligation.objects.filter(pk=obligation.pk).update(first_submitted_at=None)
    waive(obligation, reason="x", by=actor_for("joko"), now=NOW)
    with pytest.raises(ExtensionRefused, match="dibebaskan"):
        ask(obligation, katingan, **wish)
    assert Extension.objects.count() == 0


@pytest.mark.parametrize("settled", ["filed", "waived"])
def test_granting_is_refused_and_nobody_is_asked_once_it_is_settled(obligation, asked, katingan, actor_for, settled):
    if settled == "filed":
        Obligation.objects.filter(pk=obligation.pk).update(first_submitted_at=NOW)
    else:
        waive(obligation, reason="x", by=actor_for("joko"), now=NOW)
    with pytest.raises(ExtensionRefused):
        grant(asked, katingan, granted_on=WANTED, note="", by=actor_for("gita"), now=NOW)
    assert list(waiting_for_decision()) == []
    message = Message.objects.filter(kind="extension_asked").first()
    assert extensions.still_to_decide(message) == "laporan sudah dikirim atau dibebaskan"


def test_of_two_decisions_one_counts(asked, katingan, actor_for):
    grant(asked, katingan, granted_on=WANTED, note="", by=actor_for("gita"), now=NOW)
    with pytest.raises(ExtensionRefused, match="sudah disetujui"):
        refuse(asked, note="tidak", by=actor_for("gita"), now=NOW)
    with pytest.raises(ExtensionRefused, match="sudah disetujui"):
        withdraw(asked, by=actor_for("ani"))


def test_the_reason_is_seen_by_the_agency_and_who_decides_only(asked, scope_for):
    seen = {}
    for name in ("ani", "budi", "gita", "citra", "eka", "indra", "joko"):
        with applied(scope_for(name)):
            seen[name] = Extension._base_manager.filter(pk=asked.pk).count()
    assert seen == {"ani": 1, "budi": 1, "gita": 1, "citra": 0, "eka": 0, "indra": 0, "joko": 0}
    assert all("Listrik" not in f"{event.reason}{event.changes}" for event in history_of(asked))


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(katingan, actor_for):
    """Dinas Kesehatan's report of the running month: not yet due today, whatever day it is."""
    from django.utils import timezone

    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_for("joko"))
        return Obligation.objects.filter(agency__code="dinkes").order_by("-starts_on")[0]


def in_days(row, days):
    from datetime import timedelta

    return (row.due_at.astimezone(WIB).date() + timedelta(days=days)).isoformat()


def test_ani_asks_gita_grants_and_the_page_says_why(running, client_for, scope_for):
    page = f"/laporan/{running.pk}/"
    wish = {"wanted_on": in_days(running, 4), "reason": "Listrik padam sepekan"}
    assert client_for("ani").post(f"{page}perpanjangan/", wish).status_code == 302
    assert "Listrik padam sepekan" in client_for("ani").get(page).content.decode()
    filing = client_for("ani").get(f"{page}isi/").content.decode()
    assert "Mengapa tanggal ini?" in filing
    assert "Tarik permintaan" in filing
    gita = client_for("gita")
    assert "minta perpanjangan" in gita.get("/").content.decode()
    with applied(scope_for("gita")):
        request = Extension.objects.get(obligation=running)
    assert "Listrik padam sepekan" in gita.get("/laporan/perpanjangan/").content.decode()
    answer = {"granted_on": in_days(running, 3), "note": "", "grant": "1"}
    assert gita.post(f"/laporan/perpanjangan/{request.pk}/", answer).status_code == 302
    shown = client_for("citra").get(page).content.decode()
    assert "Sejak itu berpindah 1 kali" in shown
    assert "Listrik padam" not in shown


def test_a_wrong_wish_is_answered_with_what_was_typed(running, client_for):
    wish = {"wanted_on": in_days(running, 0), "reason": "Alasan yang panjang"}
    answer = client_for("ani").post(f"/laporan/{running.pk}/perpanjangan/", wish)
    assert answer.status_code == 422
    assert "Alasan yang panjang" in answer.content.decode()
    assert "sesudah tenggat sekarang" in answer.content.decode()


def test_refusing_on_the_page_needs_a_note(running, client_for, scope_for):
    client_for("ani").post(f"/laporan/{running.pk}/perpanjangan/", {"wanted_on": in_days(running, 4), "reason": "x"})
    with applied(scope_for("gita")):
        request = Extension.objects.get(obligation=running)
    page = f"/laporan/perpanjangan/{request.pk}/"
    assert client_for("gita").post(page, {"granted_on": "", "note": "", "refuse": "1"}).status_code == 422
    assert client_for("gita").post(page, {"granted_on": "", "note": "Ada", "refuse": "1"}).status_code == 302


def test_strangers_neither_ask_nor_decide_nor_withdraw(running, client_for, scope_for):
    wish = {"wanted_on": in_days(running, 4), "reason": "x"}
    for name in ("citra", "gita", "joko", "hadi", "dewi"):
        assert client_for(name).post(f"/laporan/{running.pk}/perpanjangan/", wish).status_code == 404, name
    client_for("ani").post(f"/laporan/{running.pk}/perpanjangan/", wish)
    with applied(scope_for("gita")):
        request = Extension.objects.get(obligation=running)
    answer = {"granted_on": in_days(running, 3), "note": "", "grant": "1"}
    for name in ("ani", "budi", "citra", "hadi", "joko", "dewi"):
        assert client_for(name).post(f"/laporan/perpanjangan/{request.pk}/", answer).status_code == 404, name
        assert client_for(name).get("/laporan/perpanjangan/").status_code == 404, name
    for name in ("citra", "gita", "joko", "dewi"):
        assert client_for(name).post(f"/laporan/perpanjangan/{request.pk}/tarik/").status_code == 404, name
    assert client_for("budi").post(f"/laporan/perpanjangan/{request.pk}/tarik/").status_code == 302
