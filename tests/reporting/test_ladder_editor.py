"""The ladder edited: what is refused, what becomes of what is running, and what the pages ask before they act."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing import actions, views_ladder
from reporting.chasing.actions import Ladder, LadderRefused
from reporting.chasing.effects import told_at_once
from reporting.chasing.engine import chase_regency
from reporting.chasing.ladder_rules import proposed_label
from reporting.chasing.models import ChaseNotice, ChaseStep, LadderStep
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")


def october(day, hour=9):
    return datetime(2026, 10, day, hour, tzinfo=WIB)


# September falls due on Wednesday 14 October: +1 is the 15th, +3 the 19th, +5 the 21st, +7 the 23rd.
DUE, OVERDUE, THIRD, FIFTH, SEVENTH = (october(day) for day in (14, 15, 19, 21, 23))
FILING = Ladder(Clock.FILING)


@pytest.fixture
def joko(actor_for):
    return actor_for("joko")


@pytest.fixture
def september(katingan, joko):
    """Only September's report of the health office, chased up to +3."""
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=october(5), by=joko)
        kept = Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")
        Obligation.objects.exclude(pk=kept.pk).delete()
        for now in (DUE, OVERDUE, THIRD):
            chase_regency(katingan, now=now)
        yield kept


def step(code):
    return LadderStep.objects.get(code=code)


def fired():
    return [(row.label, row.offset) for row in ChaseStep.objects.filter(state="fired").order_by("pk")]


def rung(offset=5, **fields):
    return {"offset": offset, "audiences": ["head"], "label": "", "tone": "firm", "is_mandatory": True, **fields}


def refused(act):
    with pytest.raises(LadderRefused) as refusal:
        act()
    return refusal.value.problems[0].field, str(refusal.value)


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        (rung(3), "days", "Sudah ada tahap 3 hari kerja sesudah tenggat: “Tagihan 3 hari kerja sesudah tenggat"),
        (rung(audiences=[]), "audiences", "Pilih sedikitnya satu penerima"),
        (rung(channels=["whatsapp"]), "channels", "Tahap wajib harus lewat e-mail juga"),
        (rung(repeat_every=2), "repeat_every", "Hanya tahap terakhir yang bisa diulang"),
        (rung(-3, letter="teguran_1"), "letter", "Surat hanya disiapkan pada tahap sesudah"),
        (rung(5, letter="teguran_2"), "letter", "datang sesudah surat teguran yang lebih tinggi"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_with_its_reason(katingan, september, joko, fields, field, text):
    told = refused(lambda: actions.add_step(FILING, katingan, by=joko, now=FIFTH, **fields))
    assert (told[0], text in told[1]) == (field, True), told
    made = actions.add_step(FILING, katingan, by=joko, now=FIFTH, **rung(5))
    assert (made.label, made.audiences) == ("Tagihan 5 hari kerja sesudah tenggat", ["head"])
    assert made.channels == ["email", "whatsapp"]


def test_a_promise_is_only_reminded_of_before_its_day(katingan, september, joko):
    ladder = Ladder(Clock.PROMISE)
    field, _ = refused(lambda: actions.add_step(ladder, katingan, by=joko, now=FIFTH, **rung(1)))
    assert field == "side"
    assert actions.add_step(ladder, katingan, by=joko, now=FIFTH, **rung(-1)).label == proposed_label(Clock.PROMISE, -1)


def test_the_last_mandatory_step_after_due_stays(katingan, september, joko):
    for code in ("teguran-3", "teguran-2", "teguran-1", "tagihan-3"):
        actions.retire_step(step(code), katingan, by=joko, now=FIFTH)
    field, _ = refused(lambda: actions.retire_step(step("tagihan-1"), katingan, by=joko, now=FIFTH))
    assert (field, step("tagihan-1").is_active) == ("is_mandatory", True)


def test_a_change_is_kept_in_history_with_before_and_after(katingan, september, joko):
    actions.change_step(step("tagihan-3"), katingan, by=joko, now=FIFTH, tone="formal")
    event = AuditEvent.objects.filter(verb="mengubah tahap penagihan").get()
    assert (event.changes, event.actor_name) == ({"tone": ["firm", "formal"]}, joko.name)
    assert ChaseStep.objects.get(step__code="tagihan-3").tone == "firm", "what was taken keeps its tone"
    actions.change_step(step("tagihan-3"), katingan, by=joko, now=FIFTH, tone="formal")
    assert AuditEvent.objects.filter(verb="mengubah tahap penagihan").count() == 1


def test_what_was_taken_keeps_whom_it_was_for(katingan, september, joko):
    actions.change_step(step("tagihan-1"), katingan, by=joko, now=FIFTH, audiences=["executive", "head"])
    assert step("tagihan-1").audiences == ["head", "executive"]
    assert ChaseStep.objects.get(step__code="tagihan-1").audiences == "operator,head"


def test_a_new_step_whose_day_has_come_is_told_at_once_or_passed_over(katingan, september, joko):
    """+4 on the 20th, on the 21st: between the +3 that was taken and the +7 that lies ahead."""
    told = told_at_once(lambda: actions.add_step(FILING, katingan, by=joko, now=FIFTH, **rung(4)), katingan, FIFTH)
    assert (told, LadderStep.objects.filter(offset=4).exists()) == ([september.pk], False)
    passed = actions.add_step(FILING, katingan, by=joko, now=FIFTH, catches_up=False, **rung(4))
    chase_regency(katingan, now=FIFTH)
    assert fired()[-1] == ("Tagihan 3 hari kerja sesudah tenggat, diketahui koordinator", 3)
    actions.retire_step(passed, katingan, by=joko, now=FIFTH)
    actions.restore_step(passed, katingan, by=joko, now=FIFTH)
    chase_regency(katingan, now=FIFTH)
    chase_regency(katingan, now=FIFTH)
    assert fired()[-2:] == [
        ("Tagihan 3 hari kerja sesudah tenggat, diketahui koordinator", 3),
        ("Tagihan 4 hari kerja sesudah tenggat", 4),
    ]


def test_a_step_below_what_was_reached_is_not_sent(katingan, september, joko):
    actions.add_step(FILING, katingan, by=joko, now=FIFTH, **rung(2))
    chase_regency(katingan, now=FIFTH)
    assert fired()[-1][1] == 3
    september.refresh_from_db()
    assert september.next_chase_at == october(23, 8)


def test_a_step_that_moves_does_not_come_twice(katingan, september, joko):
    actions.change_step(step("tagihan-3"), katingan, by=joko, now=FIFTH, offset=5, label="")
    chase_regency(katingan, now=FIFTH)
    assert [offset for _, offset in fired()] == [0, 1, 3]
    chase_regency(katingan, now=SEVENTH)
    assert [offset for _, offset in fired()] == [0, 1, 3, 7]


def test_a_form_gets_a_copy_and_goes_back_without_repeating_anything(katingan, september, joko):
    own = Ladder(Clock.FILING, september.form)
    notices = ChaseNotice.objects.count()
    assert actions.begin_own_ladder(own, katingan, by=joko, now=FIFTH) == 8
    assert "sudah punya" in refused(lambda: actions.begin_own_ladder(own, katingan, by=joko, now=FIFTH))[1]
    chase_regency(katingan, now=FIFTH)
    assert ChaseNotice.objects.count() == notices
    chase_regency(katingan, now=SEVENTH)
    assert (fired()[-1][1], ChaseStep.objects.latest("pk").step.form) == (7, september.form)
    actions.end_own_ladder(own, katingan, by=joko, now=SEVENTH)
    chase_regency(katingan, now=SEVENTH)
    assert fired()[-1][1] == 7
    assert "mengikuti" in refused(lambda: actions.end_own_ladder(own, katingan, by=joko, now=SEVENTH))[1]
    assert (own.steps().count(), LadderStep.objects.filter(form=september.form).count()) == (0, 8)
    chase_regency(katingan, now=datetime(2026, 11, 3, 9, tzinfo=WIB))
    assert (fired()[-1][1], ChaseStep.objects.latest("pk").step.form) == (14, None)


def test_only_what_follows_the_ladder_is_looked_at_again(katingan, september, joko):
    Obligation.objects.update(next_chase_at=None)
    actions.look_again_along(Ladder(Clock.REVIEW), FIFTH)
    assert list(Obligation.objects.values_list("next_chase_at", flat=True)) == [None]
    actions.look_again_along(FILING, FIFTH)
    assert list(Obligation.objects.values_list("next_chase_at", flat=True)) == [FIFTH]


def test_two_administrators_cannot_both_take_one_day(katingan, september, joko):
    actions.add_step(FILING, katingan, by=joko, now=FIFTH, **rung(5))
    assert refused(lambda: actions.add_step(FILING, katingan, by=joko, now=FIFTH, **rung(5)))[0] == "days"


# The pages.


def typed(**fields):
    return {
        "side": "after", "days": "4", "audiences": ["operator", "head"], "channels": ["email"], "tone": "firm",
        "letter": "", "label": "", "repeat_every": "", **fields,
    }  # fmt: skip


def test_only_who_manages_duties_opens_the_ladder(katingan, client_for):
    for name, status in {"joko": 200, "ani": 404, "gita": 404, "hadi": 404, "dewi": 404}.items():
        assert client_for(name).get("/tangga/").status_code == status, name
        assert client_for(name).get("/tangga/tahap/baru/").status_code == status, name
        assert client_for(name).get("/tangga/kalender/").status_code == status, name


def test_a_step_is_added_on_the_page(katingan, client_for):
    response = client_for("joko").post("/tangga/tahap/baru/?jam=review", typed(days="3"))
    assert (response.status_code, response["Location"]) == (302, "/tangga/?jam=review")
    with applied(Scope(katingan.pk)):
        made = LadderStep.objects.get(clock="review", offset=3)
    assert (made.audiences, made.label) == (["operator", "head"], "Pemeriksaan lewat 3 hari kerja")
    assert made.channels == ["email"]


def test_the_page_shows_what_a_step_does_not_go_by(katingan, client_for):
    assert "Tanpa" not in client_for("joko").get("/tangga/?jam=review").content.decode()
    client_for("joko").post("/tangga/tahap/baru/?jam=review", typed(days="3", channels=["email"]))
    client_for("joko").post("/tangga/tahap/baru/?jam=review", typed(days="4", channels=[]))
    page = client_for("joko").get("/tangga/?jam=review").content.decode()
    assert (page.count("Tanpa WhatsApp"), page.count("Hanya di portal")) == (1, 1)


def test_a_form_with_errors_says_where_and_keeps_what_was_typed(katingan, client_for):
    response = client_for("joko").post("/tangga/tahap/baru/?jam=filing", typed(days="3", audiences=[]))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Pilih sedikitnya satu penerima" in page
    assert "Sudah ada tahap 3 hari kerja sesudah tenggat" in page, "everything that is wrong, at once"
    again = client_for("joko").post("/tangga/tahap/baru/?jam=filing", typed(days=""))
    assert "Tulis berapa hari kerja" in again.content.decode()


def test_a_name_that_says_the_old_day_is_refused(katingan, client_for):
    with applied(Scope(katingan.pk)):
        third = step("tagihan-3")
    fields = typed(days="5", label=third.label, is_mandatory="on")
    response = client_for("joko").post(f"/tangga/tahap/{third.pk}/", fields)
    assert (response.status_code, "masih menyebut 3 hari" in response.content.decode()) == (422, True)
    fields["label"] = ""
    assert client_for("joko").post(f"/tangga/tahap/{third.pk}/", fields).status_code == 302
    with applied(Scope(katingan.pk)):
        assert (step("tagihan-3").offset, step("tagihan-3").label) == (5, "Tagihan 5 hari kerja sesudah tenggat")


@pytest.mark.parametrize(("choice", "offsets"), [("skip", [0, 1, 3]), ("send", [0, 1, 3, 4])])
def test_the_page_asks_before_it_tells_anybody_at_once(katingan, september, client_for, monkeypatch, choice, offsets):
    client = client_for("joko")
    monkeypatch.setattr(views_ladder.timezone, "now", lambda: FIFTH)
    asked = client.post("/tangga/tahap/baru/", typed())
    assert (asked.status_code, asked.context["count"]) == (200, 1)
    assert "Dinkes: Laporan bulanan Koperasi Merah Putih September 2026" in asked.content.decode()
    assert not LadderStep.objects.filter(offset=4).exists()
    stale = client.post("/tangga/tahap/baru/", typed(seen="lama", past=choice))
    assert stale.context["is_stale"]
    done = client.post("/tangga/tahap/baru/", typed(seen=asked.context["seen"], past=choice))
    assert done.status_code == 302
    chase_regency(katingan, now=FIFTH)
    assert [offset for _, offset in fired()] == offsets
