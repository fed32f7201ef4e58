"""The filing page: every kind of question, autosave, two people at once, and who may send."""

from datetime import UTC, datetime

import pytest

from agencies.models import Agency
from katingan_portal.audit.queries import history_of
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import Report, ReportRevision
from tests.reporting.filing import ask_everything, make_rule, posted
from villages.models import Village

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
PAGE_A, PAGE_B = "a" * 16, "b" * 16


@pytest.fixture
def obligation(katingan, scope_for, actor_for):
    """The September obligation of Dinas Kesehatan, whose form asks one question of every kind."""
    with applied(scope_for("joko")):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        made = Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")
    ask_everything(made, scope_for("joko"))
    return made


@pytest.fixture
def as_ani(obligation, client_for):
    return client_for("ani")


@pytest.fixture
def stored(obligation, scope_for):
    """stored() → the report as it stands in the database, or None."""

    def read():
        with applied(scope_for("gita")):
            return Report.objects.filter(obligation=obligation).first()

    return read


def url_of(obligation, more=""):
    return f"/laporan/{obligation.pk}/isi/{more}"


def village(scope):
    with applied(scope):
        return Village.objects.order_by("code")[0].code


# every kind of question

RIGHT = [
    ("anggota", "1.2", None), ("anggota", "120", 120), ("anggota", "-1", None), ("anggota", "501", None),
    ("anggota", "dua", None), ("luas", "12,5", "12.5"), ("luas", "1.250,75", "1250.75"), ("luas", "12.5", None),
    ("luas", "1,255", None), ("luas", "a,5", None), ("modal", "Rp1.500.000", 1500000), ("modal", "1.500,50", None),
    ("modal", "-5", None), ("hadir", "87,5", "87.5"), ("hadir", "87,5%", "87.5"), ("hadir", "100,5", None),
    ("rapat", "ya", True), ("rapat", "tidak", False), ("rapat", "mungkin", None), ("cara", "kredit", "kredit"),
    ("cara", "barter", None), ("mulai", "2026-09-03", "2026-09-03"), ("mulai", "3/9/2026", "2026-09-03"),
    ("mulai", "2026-02-30", None), ("cerita", " Rapat ditunda ", "Rapat ditunda"), ("cerita", "x" * 4001, None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "typed", "kept"), RIGHT)
def test_each_kind_keeps_what_is_right_and_shows_what_is_wrong_again(code, typed, kept, obligation, as_ani, stored):
    answer = as_ani.post(url_of(obligation), posted(**{code: typed}))
    if kept is not None:
        assert answer.status_code == 302
        assert stored().figures[code] == kept
        return
    assert (answer.status_code, stored()) == (422, None)
    form = answer.context["form"]
    assert set(form.errors) == {f"angka_{code}"}
    assert form[f"angka_{code}"].value() == typed


def test_an_answer_left_open_is_none_and_not_no(obligation, as_ani, stored):
    as_ani.post(url_of(obligation), posted(anggota="1"))
    assert stored().figures["rapat"] is None


def test_a_table_keeps_the_cells_that_were_filled(obligation, as_ani, stored, scope_for):
    key = village(scope_for("ani"))
    cells = {f"angka_per-desa.kk-8@{key}": "1.200", f"angka_per-desa.ada-8@{key}": "tidak"}
    as_ani.post(url_of(obligation), posted() | cells | {"angka_per-desa.kk-8@62.99.01.2001": "7"})
    assert stored().figures["per-desa"] == {key: {"kk-8": 1200, "ada-8": False}}


def test_a_wrong_cell_is_named_and_everything_typed_stays(obligation, as_ani, stored, scope_for):
    key = village(scope_for("ani"))
    answer = as_ani.post(url_of(obligation), posted() | {f"angka_per-desa.kk-8@{key}": "banyak"})
    page = answer.content.decode()
    assert (answer.status_code, stored()) == (422, None)
    assert answer.context["form"]["angka_per-desa"].value()[key]["kk-8"] == "banyak"
    assert 'value="banyak"' in page
    assert f'aria-describedby="id_angka_per-desa.kk-8@{key}_error"' in page
    assert "Tulis bilangan bulat" in page


def test_a_kecamatan_is_asked_about_its_own_villages_and_every_other_agency_about_all(
    obligation, katingan, client_for, scope_for
):
    with applied(scope_for("joko")):
        camat = Obligation.objects.get(agency__code="kecamatan-katingan-hilir", period="202609")
        own = set(Village.objects.filter(subdistrict=camat.agency.subdistrict).values_list("code", flat=True))
        every = set(Village.objects.values_list("code", flat=True))
    asked = {
        name: {row.key for row in client_for(name).get(url_of(which)).context["sheet"].rows["per-desa"]}
        for name, which in (("ani", obligation), ("eka", camat))
    }
    assert asked == {"ani": every, "eka": own}
    assert 0 < len(own) < len(every) == 161


def test_a_new_report_opens_with_the_last_accepted_answers_and_says_so(obligation, actor_for, scope_for, client_for):
    key = village(scope_for("ani"))
    answers = {"anggota": 12, "luas": "12.5", "rapat": False, "cara": "tunai", "per-desa": {key: {"kk-8": 4}}}
    with applied(scope_for("gita")):
        actions.save_draft(obligation, Contents(answers), version=0, by=actor_for("ani"), now=NOW)
        review.accept(actions.submit(obligation, by=actor_for("ani"), now=NOW), by=actor_for("gita"), now=NOW)
        following = Obligation.objects.get(agency=obligation.agency, period="202610")
    answer = client_for("ani").get(url_of(following))
    page = answer.content.decode()
    assert "Isian laporan September 2026 yang sudah diterima telah dicantumkan" in page
    assert "September 2026: <b>12 orang</b>" in page
    form = answer.context["form"]
    assert [form[f"angka_{code}"].value() for code in ("anggota", "luas", "rapat", "cara")] == [
        "12", "12,50", "tidak", "tunai"
    ]  # fmt: skip
    assert form["angka_per-desa"].value() == {key: {"kk-8": "4", "ada-8": ""}}


def test_what_was_typed_comes_back_as_it_was_kept(obligation, as_ani, stored):
    typed = {"anggota": "120", "luas": "1.250,5", "modal": "1500000", "rapat": "ya", "mulai": "2026-09-03"}
    as_ani.post(url_of(obligation), posted(**typed))
    first = stored().figures
    form = as_ani.get(url_of(obligation)).context["form"]
    again = {f"angka_{code}": form[f"angka_{code}"].value() for code in typed}
    as_ani.post(url_of(obligation), posted(version=1, session=PAGE_B) | again)
    assert stored().figures == first
    assert stored().version == 1


# what is missing, and what is odd


def test_the_page_says_what_is_missing_and_leads_to_it(obligation, as_ani):
    as_ani.post(url_of(obligation), posted(anggota="3"))
    page = as_ani.get(url_of(obligation)).content.decode()
    assert "1 dari 2" in page
    assert '<a href="#id_angka_rapat_0">Sudah rapat</a>' in page
    assert 'id="id_angka_rapat_0"' in page


def test_what_is_odd_asks_for_an_explanation_at_its_question(obligation, as_ani, stored, scope_for):
    make_rule(obligation, scope_for("joko"), "#{anggota}", ">", "5", is_hard=False)
    sent = posted(anggota="3", rapat="ya") | {"submit": "1"}
    page = as_ani.post(url_of(obligation), sent, follow=True).content.decode()
    assert "Jelaskan dahulu" in page
    assert 'name="jelas_rule-1"' in page
    as_ani.post(url_of(obligation), sent | {"jelas_rule-1": "Banyak yang pindah", "jelas_rule-9": "tak terkait"})
    assert (stored().state, stored().explanations) == ("submitted", {"rule-1": "Banyak yang pindah"})


def test_an_empty_report_is_pointed_to_nil_which_needs_a_reason(obligation, as_ani, stored):
    page = as_ani.post(url_of(obligation), posted() | {"submit": "1"}, follow=True).content.decode()
    assert "pilih Nihil" in page
    without = as_ani.post(url_of(obligation), posted(version=1) | {"submit": "1", "is_nil": "on"})
    assert set(without.context["form"].errors) == {"nil_reason"}
    as_ani.post(url_of(obligation), posted(version=1) | {"submit": "1", "is_nil": "on", "nil_reason": "Libur"})
    assert (stored().state, stored().nil_reason) == ("submitted", "Libur")


# autosave


def test_autosave_keeps_the_draft_and_tells_how_far_it_is(obligation, as_ani, stored):
    answer = as_ani.post(url_of(obligation, "simpan/"), posted(session=PAGE_A, anggota="3"))
    told = answer.json()
    assert (answer.status_code, told["state"], told["version"], told["errors"]) == (200, "saved", 1, {})
    assert "1 dari 2" in told["progress"]
    assert len(answer.content) < 4000
    assert stored().figures["anggota"] == 3


def test_autosave_keeps_what_it_can_read_and_names_what_it_cannot(obligation, as_ani, stored, scope_for):
    key = village(scope_for("ani"))
    as_ani.post(url_of(obligation, "simpan/"), posted(session=PAGE_A, anggota="3"))
    broken = posted(version=1, session=PAGE_A, anggota="tiga", luas="2,5") | {
        f"angka_per-desa.kk-8@{key}": "x", f"angka_per-desa.ada-8@{key}": "ya", "is_nil": "on"
    }  # fmt: skip
    told = as_ani.post(url_of(obligation, "simpan/"), broken).json()
    assert set(told["errors"]) == {
        "angka_anggota", "angka_per-desa", f"angka_per-desa.kk-8@{key}", "nil_reason"
    }  # fmt: skip
    kept = stored()
    assert (kept.figures["anggota"], kept.figures["luas"], kept.is_nil) == (3, "2.5", False)
    assert kept.figures["per-desa"] == {key: {"ada-8": True}}


def test_autosave_is_one_entry_in_the_history_per_person_and_page(obligation, as_ani, client_for, stored, scope_for):
    for number in range(5):
        as_ani.post(url_of(obligation, "simpan/"), posted(number, PAGE_A, anggota=str(number + 1)))
    client_for("budi").post(url_of(obligation, "simpan/"), posted(5, PAGE_B, anggota="9"))
    as_ani.post(url_of(obligation, "simpan/"), posted(6, PAGE_A, anggota="10"))
    with applied(scope_for("gita")):
        events = [(event.actor_name, event.verb) for event in history_of(stored())]
    saved = "menyimpan draf"
    assert events == [("Ani Operator", saved), ("Budi Kepala", saved), ("Ani Operator", saved)]
    assert stored().figures["anggota"] == 10


def test_a_page_whose_last_answer_was_lost_saves_on(obligation, as_ani, stored):
    as_ani.post(url_of(obligation, "simpan/"), posted(0, PAGE_A, anggota="1"))
    again = as_ani.post(url_of(obligation, "simpan/"), posted(0, PAGE_A, anggota="2"))
    assert (again.json()["state"], stored().figures["anggota"]) == ("saved", 2)


def test_autosave_never_overwrites_what_somebody_else_saved(obligation, as_ani, client_for, stored):
    client_for("budi").post(url_of(obligation, "simpan/"), posted(0, PAGE_B, anggota="9"))
    answer = as_ani.post(url_of(obligation, "simpan/"), posted(0, PAGE_A, anggota="1"))
    assert (answer.status_code, answer.json()["state"]) == (409, "conflict")
    assert "Budi Kepala" in answer.json()["message"]
    assert stored().figures["anggota"] == 9


def test_a_page_of_another_person_does_not_pass_for_mine(obligation, as_ani, client_for, stored):
    client_for("budi").post(url_of(obligation, "simpan/"), posted(0, PAGE_A, anggota="9"))
    assert as_ani.post(url_of(obligation, "simpan/"), posted(0, PAGE_A, anggota="1")).status_code == 409


def test_autosave_of_a_sent_report_says_that_it_is_closed(obligation, as_ani, stored):
    as_ani.post(url_of(obligation), posted(session=PAGE_A, anggota="1", rapat="ya") | {"submit": "1"})
    answer = as_ani.post(url_of(obligation, "simpan/"), posted(1, PAGE_A, anggota="2"))
    assert (answer.status_code, answer.json()["state"]) == (409, "closed")
    assert stored().figures["anggota"] == 1


@pytest.mark.parametrize(
    ("name", "status"), [("ani", 200), ("budi", 200), ("citra", 404), ("joko", 404), ("dewi", 404)]
)
def test_autosave_is_for_the_agency_alone(name, status, obligation, client_for, stored):
    answer = client_for(name).post(url_of(obligation, "simpan/"), posted(session=PAGE_A, anggota="1"))
    assert answer.status_code == status
    assert bool(stored()) == (status == 200)


# two people


@pytest.fixture
def conflict(obligation, as_ani, client_for):
    """Ani sends a page that she opened before Budi saved his; → (her fields, the answer)."""
    client_for("budi").post(url_of(obligation), posted(0, PAGE_B, anggota="9", luas="5", rapat="tidak"))
    fields = posted(0, PAGE_A, anggota="1", rapat="ya", luas="5", cerita="Baru")
    return fields, as_ani.post(url_of(obligation), fields)


def test_a_conflict_shows_mine_beside_theirs(conflict):
    _, answer = conflict
    assert answer.status_code == 409
    shown = [(each.name, each.mine.shown, each.theirs.shown) for each in answer.context["differences"]]
    assert shown == [
        ("angka_anggota", "1 orang", "9 orang"),
        ("angka_rapat", "Ya", "Tidak"),
        ("angka_cerita", "Baru", ""),
    ]
    assert "Budi Kepala menyimpan" in answer.content.decode()
    assert answer.context["form"]["version"].value() == 1


@pytest.mark.parametrize(
    ("choice", "picked", "kept"),
    [
        ("mine", {}, (1, True, "Baru")),
        ("theirs", {}, (9, False, None)),
        ("chosen", {"pilih_angka_anggota": "theirs", "pilih_angka_rapat": "mine"}, (9, True, "Baru")),
    ],
)
def test_a_conflict_is_settled_per_question_or_as_a_whole(choice, picked, kept, conflict, obligation, as_ani, stored):
    fields, _ = conflict
    answer = as_ani.post(url_of(obligation), fields | picked | {"version": "1", "resolve": choice})
    assert answer.status_code == 302
    figures = stored().figures
    assert (figures["anggota"], figures["rapat"], figures["cerita"], figures["luas"]) == (*kept, "5")


def test_the_same_answers_twice_are_no_conflict(obligation, as_ani, client_for, stored):
    client_for("budi").post(url_of(obligation), posted(0, PAGE_B, anggota="9"))
    assert as_ani.post(url_of(obligation), posted(0, PAGE_A, anggota="9")).status_code == 302
    assert stored().version == 1


def test_a_double_submit_is_one_report_and_good_news_both_times(obligation, as_ani, scope_for):
    sent = posted(0, PAGE_A, anggota="9", rapat="ya") | {"submit": "1"}
    pages = [as_ani.post(url_of(obligation), sent, follow=True).content.decode() for _ in range(2)]
    assert all("Laporan terkirim" in page for page in pages)
    with applied(scope_for("gita")):
        assert ReportRevision.objects.filter(report__obligation=obligation).count() == 1


def test_who_sends_second_sees_what_was_not_sent(obligation, as_ani, client_for, stored):
    client_for("budi").post(url_of(obligation), posted(0, PAGE_B, anggota="9", rapat="ya") | {"submit": "1"})
    answer = as_ani.post(url_of(obligation), posted(0, PAGE_A, anggota="1", rapat="ya") | {"submit": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "sudah dikirim oleh Budi Kepala" in page
    assert [(each.mine.shown, each.theirs.shown) for each in answer.context["differences"]] == [("1 orang", "9 orang")]
    assert stored().figures["anggota"] == 9


# who sends


@pytest.fixture
def only_the_head(obligation, scope_for):
    with applied(scope_for("joko")):
        Agency.objects.filter(pk=obligation.agency_id).update(operator_submits=False)


def test_an_operator_hands_the_report_to_the_head_who_sends_it(
    only_the_head, obligation, as_ani, client_for, stored, scope_for
):
    page = as_ani.get(url_of(obligation)).content.decode()
    assert "Minta pimpinan mengirim" in page
    assert 'name="submit"' not in page
    answer = as_ani.post(
        url_of(obligation), posted(session=PAGE_A, anggota="9", rapat="ya") | {"hand": "1"}, follow=True
    )
    assert "Budi Kepala diminta memeriksa dan mengirim" in answer.content.decode()
    assert (stored().state, stored().handed_by_name) == ("draft", "Ani Operator")
    with applied(scope_for("joko")):
        told = Message.objects.filter(kind="handover").order_by("channel")
        assert [(message.channel, message.recipient.username) for message in told] == [
            ("email", "budi"), ("in_app", "budi")
        ]  # fmt: skip
    budi = client_for("budi")
    assert "tinggal Anda periksa dan kirim" in budi.get("/").content.decode()
    assert "Siap Anda periksa dan kirim." in budi.get(url_of(obligation)).content.decode()
    budi.post(url_of(obligation), posted(1, PAGE_B, anggota="9", rapat="ya") | {"submit": "1"})
    assert (stored().state, stored().handed_at) == ("submitted", None)
    with applied(scope_for("joko")):
        assert Message.objects.get(kind="handover", channel="email").state == Message.State.SUPERSEDED


def test_an_operator_cannot_send_past_the_head(only_the_head, obligation, as_ani, stored):
    page = as_ani.post(
        url_of(obligation), posted(session=PAGE_A, anggota="9", rapat="ya") | {"submit": "1"}, follow=True
    ).content.decode()
    assert "laporan dikirim oleh pimpinan" in page
    assert stored().state == "draft"


def test_an_unfinished_report_is_not_handed_over(only_the_head, obligation, as_ani, stored):
    as_ani.post(url_of(obligation), posted(session=PAGE_A, anggota="9") | {"hand": "1"})
    assert stored().handed_at is None
