"""Why something was sent, or was not: the answers of the page, each from rows."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing import actions
from reporting.chasing.actions import Ladder
from reporting.chasing.engine import chase_regency
from reporting.chasing.explaining import Facts
from reporting.chasing.explaining_words import Sees, Teller, plain_error
from reporting.chasing.holds import release
from reporting.chasing.models import ChaseHold, ChaseNotice, ChaseStep, JobRun, LadderStep
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock
from reporting.periods.models import Holiday, Obligation, Promise

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
EVERYTHING = Sees(everybody=True, agency_id=None, user_id=None, outbox=True)


def october(day, hour=9):
    return datetime(2026, 10, day, hour, tzinfo=WIB)


# September falls due on Wednesday 14 October: -1 is the 13th, +1 the 15th, +3 the 19th.
EVE, DUE, OVERDUE, THIRD = (october(day) for day in (13, 14, 15, 19))


@pytest.fixture
def september(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=october(5), by=actor_for("joko"))
        kept = Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")
        Obligation.objects.exclude(pk=kept.pk).delete()
        ran(OVERDUE)
        yield kept


def ran(at, note=""):
    JobRun.objects.create(job="tick", started_at=at, finished_at=at, note=note)


def teller(obligation, regency, now, sees=EVERYTHING):
    obligation.refresh_from_db()
    return Teller(Facts.load(obligation, regency, now), sees)


def lines(obligation, regency, now, sees=EVERYTHING):
    return {line.label: line for chapter in teller(obligation, regency, now, sees).chapters() for line in chapter.lines}


ONE_AFTER = "Tagihan 1 hari kerja sesudah tenggat"
THREE_AFTER = "Tagihan 3 hari kerja sesudah tenggat, diketahui koordinator"


def test_a_step_that_was_taken_says_why_then_and_who_heard_of_it_how(katingan, september):
    chase_regency(katingan, now=OVERDUE)
    line = lines(september, katingan, OVERDUE)[ONE_AFTER]
    assert line.why_then == "1 hari kerja sesudah tenggat."
    assert line.verdict.startswith("Dilakukan 15 Oktober 2026 pukul 09.00 WIB.")
    told = {person.name: (person.audience, [channel for channel, _, _ in person.messages]) for person in line.told}
    both = ["E-mail", "Kotak masuk portal"]
    assert {name: (audience, sorted(how)) for name, (audience, how) in told.items()} == {
        "Ani Operator": ("operator", both),
        "Lina Rangkap": ("operator", both),
        "Budi Kepala": ("pimpinan", both),
    }


def test_what_an_outage_overtook_names_what_replaced_it(katingan, september):
    chase_regency(katingan, now=october(20))
    found = lines(september, katingan, october(20))
    assert found[ONE_AFTER].verdict.endswith(f"“{THREE_AFTER}” yang tepat saat itu dan menggantikannya.")
    assert "Lebih lambat dari jadwal" in found[THREE_AFTER].verdict


def test_closed_days_on_the_way_are_the_reason_for_a_date(katingan, september):
    Holiday.objects.create(on=date(2026, 10, 16), name="Hari Uji", kind="local")
    chase_regency(katingan, now=october(20))
    assert lines(september, katingan, october(20))[THREE_AFTER].why_then == (
        "3 hari kerja sesudah tenggat; libur yang dilewati: 16 Okt 2026 (Hari Uji)."
    )
    Holiday.objects.all().delete()
    assert "menurut kalender kerja saat itu" in lines(september, katingan, october(20))[THREE_AFTER].why_then


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "sent", "sent_at": OVERDUE}, "terkirim 15 Oktober 2026 pukul 09.00 WIB"),
        ({"state": "failed", "last_error": "550 5.1.1 no such user"}, "gagal terkirim (alamatnya ditolak server surat"),
        ({"attempts": 3, "last_error": "421 try later"}, "3 kali dicoba (server surat menolak untuk sementara"),
        ({"state": "sent", "sent_at": OVERDUE, "possibly_repeated": True}, "mungkin terkirim dua kali"),
        ({"state": "unknown", "handed_over_at": OVERDUE}, "belum pasti terkirim"),
        ({"state": "cancelled", "reason": "sudah selesai"}, "dibatalkan: sudah selesai"),
    ],
)
def test_what_became_of_each_message_is_said_plainly(katingan, september, fields, words):
    chase_regency(katingan, now=OVERDUE)
    Message.objects.filter(channel="email").update(**fields)
    line = lines(september, katingan, OVERDUE)[ONE_AFTER]
    mails = {said for person in line.told for channel, said, _ in person.messages if channel == "E-mail"}
    assert all(words in said for said in mails), mails


def test_the_raw_answer_of_the_relay_is_only_for_who_looks_after_messages(katingan, september):
    chase_regency(katingan, now=OVERDUE)
    Message.objects.filter(channel="email").update(state="failed", last_error="550 5.1.1 no such user")
    own = Sees(everybody=False, agency_id=september.agency_id, user_id=None)
    said = {sees: str(lines(september, katingan, OVERDUE, sees)[ONE_AFTER]) for sees in (EVERYTHING, own)}
    assert ("no such user" in said[EVERYTHING], "no such user" in said[own]) == (True, False)
    assert "alamatnya ditolak" in said[own]


def test_what_was_settled_before_it_left_says_so(katingan, september):
    chase_regency(katingan, now=OVERDUE)
    ChaseNotice.objects.update(state="dropped", reason="sudah diselesaikan sebelum pesan ini berangkat")
    line = lines(september, katingan, OVERDUE)[ONE_AFTER]
    assert line.told[0].messages[0][1] == "tidak jadi disebut: sudah diselesaikan sebelum pesan ini berangkat"


def post(agency, name, role, starts, ends=None, **user):
    person = User.objects.create(username=name, full_name=name.title(), email=f"{name}@uji.example", **user)
    Membership.objects.create(
        regency_id=agency.regency_id, user=person, agency=agency, role=role, starts_on=starts, ends_on=ends
    )


def test_everybody_of_the_agency_who_was_not_told_hears_why(katingan, september):
    since = date(2025, 1, 1)
    post(september.agency, "wakil", "deputy", since)
    post(september.agency, "lama", "operator", since, date(2026, 10, 1))
    post(september.agency, "baru", "operator", date(2026, 10, 17))
    post(september.agency, "mati", "operator", since, is_active=False)
    chase_regency(katingan, now=OVERDUE)
    line = lines(september, katingan, THIRD)[ONE_AFTER]
    assert {person.name: person.reason for person in line.not_told} == {
        "Wakil": "sebagai Sekretaris atau wakil pimpinan bukan penerima tahap ini",
        "Baru": "saat itu belum bertugas (mulai 17 Okt 2026)",
        "Mati": "akunnya tidak aktif",
    }


def test_who_gets_no_mail_hears_why(katingan, september, ani, budi):
    User.objects.filter(pk=budi.pk).update(email="")
    Contact.objects.create(user=ani, email_reminders=False)
    chase_regency(katingan, now=EVE)
    line = lines(september, katingan, EVE)["Pengingat 1 hari kerja sebelum tenggat"]
    assert {person.name: person.remark for person in line.told} == {
        "Ani Operator": "mematikan e-mail untuk pengingat biasa, jadi hanya di portal",
        "Budi Kepala": "tidak punya alamat e-mail, jadi hanya di portal",
        "Lina Rangkap": "",
    }


def test_that_a_step_does_not_go_by_mail_is_said_though_it_does_by_now(katingan, september):
    LadderStep.objects.filter(code="pengingat").update(channels=["whatsapp"])
    chase_regency(katingan, now=EVE)
    LadderStep.objects.filter(code="pengingat").update(channels=["email"])
    line = lines(september, katingan, EVE)["Pengingat 1 hari kerja sebelum tenggat"]
    assert {person.remark for person in line.told} == {"tahap ini tidak lewat e-mail"}


def test_nobody_to_tell_is_said(katingan, september):
    Membership.objects.filter(agency=september.agency).update(ends_on=date(2026, 10, 1))
    chase_regency(katingan, now=OVERDUE)
    line = lines(september, katingan, OVERDUE)[ONE_AFTER]
    assert (line.tone, "tidak ada seorang pun" in line.verdict) == ("warning", True)


def test_an_agency_sees_only_its_own_people(katingan, september):
    chase_regency(katingan, now=THIRD)
    own = Sees(everybody=False, agency_id=september.agency_id, user_id=None)
    line = lines(september, katingan, THIRD, own)[THREE_AFTER]
    assert ({person.name for person in line.told}, line.hidden) == ({"Ani Operator", "Budi Kepala", "Lina Rangkap"}, 1)


def test_while_a_promise_is_open_the_ladder_waits_for_it(katingan, september):
    chase_regency(katingan, now=OVERDUE)
    until = october(20, 23)
    Promise.objects.create(
        obligation=september, agency=september.agency, promised_on=until.date(), due_at=until, reason="uji",
        made_at=OVERDUE, made_by_name="Budi",
    )  # fmt: skip
    Obligation.objects.update(promise_due_at=until)
    ran(THIRD)
    found = teller(september, katingan, THIRD)
    assert lines(september, katingan, THIRD)[THREE_AFTER].verdict.startswith("Menunggu janji sampai 20 Oktober 2026")
    assert found.next().startswith("Berikutnya: Pengingat pada hari yang dijanjikan, 20 Oktober 2026")


def test_a_hold_a_wrong_clock_and_a_silent_engine_are_each_named(katingan, september, actor_for):
    chase_regency(katingan, now=OVERDUE)
    assert "diam" in lines(september, katingan, THIRD)[THREE_AFTER].verdict
    ran(THIRD - timedelta(minutes=1))
    assert "putaran berikutnya" in lines(september, katingan, THIRD)[THREE_AFTER].verdict
    ran(THIRD, note="Jam server melompat.")
    assert lines(september, katingan, THIRD)[THREE_AFTER].verdict == "Jam server melompat."
    ChaseHold.objects.create(count=900, usual=1, held_at=october(18))
    assert "ditahan sejak 18 Oktober" in lines(september, katingan, THIRD)[THREE_AFTER].verdict
    release(by=actor_for("joko"), now=THIRD + timedelta(hours=1))
    chase_regency(katingan, now=THIRD + timedelta(hours=2))
    assert "melanjutkannya." in lines(september, katingan, october(19, 12))[THREE_AFTER].verdict


def test_a_step_that_was_not_to_catch_up_says_so(katingan, september, actor_for):
    chase_regency(katingan, now=THIRD)
    actions.add_step(
        Ladder(Clock.FILING), katingan, by=actor_for("joko"), now=october(21), catches_up=False,
        offset=4, audiences=["head"], label="", tone="firm", is_mandatory=True,
    )  # fmt: skip
    ran(october(21))
    line = lines(september, katingan, october(21))["Tagihan 4 hari kerja sesudah tenggat"]
    assert line.verdict.startswith("Tidak disusulkan: tahap ini diubah 21 Oktober 2026")


def test_history_stays_when_the_ladder_is_edited(katingan, september, actor_for):
    chase_regency(katingan, now=OVERDUE)
    step = LadderStep.objects.get(code="tagihan-1")
    actions.change_step(
        step, katingan, by=actor_for("joko"), now=THIRD, label="Nama baru", offset=2, audiences=["executive"]
    )
    assert ONE_AFTER in lines(september, katingan, THIRD)


def test_a_settled_obligation_says_that_nothing_comes(katingan, september):
    Obligation.objects.update(first_submitted_at=OVERDUE, accepted_at=OVERDUE, next_chase_at=None)
    assert teller(september, katingan, OVERDUE).next() == "Laporannya sudah diterima, jadi tidak ada lagi yang dikirim."


def test_an_unknown_answer_of_a_server_is_still_a_word():
    assert plain_error("something odd") == "galat saat dikirim"
    assert plain_error("Connection timed out") == "server surat tidak bisa dihubungi"


# The page.


@pytest.fixture
def chased(katingan, actor_for):
    """The newest overdue report of the health office, chased now."""
    with applied(Scope(katingan.pk)):
        now = timezone.now()
        raise_obligations(katingan, now=now, by=actor_for("joko"))
        chase_regency(katingan, now=now)
        rows = Obligation.objects.filter(agency__code="dinkes", chase_steps__state="fired").distinct()
        return rows.order_by("due_at")[0]


def test_who_may_ask_why(client_for, chased):
    address = f"/laporan/{chased.pk}/penagihan/"
    answers = {name: client_for(name).get(address).status_code for name in ("ani", "budi", "gita", "joko")}
    assert answers == {"ani": 200, "budi": 200, "gita": 200, "joko": 200}
    refused = {name: client_for(name).get(address).status_code for name in ("citra", "hadi", "indra", "dewi")}
    assert refused == {"citra": 404, "hadi": 404, "indra": 404, "dewi": 404}


def test_the_page_of_a_report_leads_to_what_comes_and_why(client_for, chased):
    shown = {name: client_for(name).get(f"/laporan/{chased.pk}/").content.decode() for name in ("ani", "citra")}
    assert all(f"/laporan/{chased.pk}/bila-terlambat/" in page for page in shown.values())
    assert {name: f"/laporan/{chased.pk}/penagihan/" in page for name, page in shown.items()} == {
        "ani": True, "citra": False,
    }  # fmt: skip


def test_the_page_asks_as_much_for_many_messages_as_for_one(client_for, chased, katingan):
    def cost():
        client = client_for("joko")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/laporan/{chased.pk}/penagihan/").status_code == 200
        return len(queries)

    first = cost()
    with applied(Scope(katingan.pk)):
        step = ChaseStep.objects.filter(obligation=chased, state="fired").latest("pk")
        for occurrence in (1, 2, 3):
            more = ChaseStep.objects.get(pk=step.pk)
            more.pk, more.occurrence = None, occurrence
            more.save()
            for notice in ChaseNotice.objects.filter(taken=step):
                notice.pk, notice.taken = None, more
                notice.save()
    assert (first, cost()) == (36, 36)
