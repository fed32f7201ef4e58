"""The reviewer's pages: queue, side by side, deciding, many at once, reopening, revisions, conversation."""

import re
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import Scope, applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import Comment, Report
from reporting.submissions.queries import report_for
from tests.conftest import everything_of
from tests.reporting.filled import answers_to

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
NOW = datetime(2026, 10, 16, 12, tzinfo=WIB)
QUEUE = "/laporan/pemeriksaan/"
# They are led to the page that says they hold no post.
WITHOUT_POST = ("kiki", "mira", "oscar")
STRANGERS = ("ani", "budi", "citra", "eka", "feri", "hadi", "indra", "joko", "dewi", *WITHOUT_POST)


@pytest.fixture(autouse=True)
def october():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def everything(katingan, actor_for):
    """The scope of who may read and write all, with the obligations of August to October raised."""
    with applied(everything_of(katingan)):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
    return everything_of(katingan)


@pytest.fixture
def send(everything, actor_for):
    """send("dinkes", "202609", "ani", value=3, obstacles=…) → the obligation, submitted."""

    def build(agency, period, name, value=3, **texts):
        with applied(everything):
            obligation = Obligation.objects.select_related("agency", "form").get(agency__code=agency, period=period)
            report = report_for(obligation)
            figures = answers_to(obligation, value) if value is not None else {}
            explained = {f"jump-{code}": "Memang naik" for code in figures}
            contents = Contents(
                figures=figures, explanations=explained, is_nil=value is None, nil_reason="Belum ada", **texts
            )
            by, version = actor_for(name), report.version if report else 0
            actions.save_draft(obligation, contents, version=version, by=by, now=NOW)
            actions.submit(obligation, by=by, now=NOW)
            return obligation

    return build


@pytest.fixture
def decide(everything, actor_for):
    """decide(review.accept, obligation, …): a decision by Gita."""

    def build(action, obligation, **given):
        with applied(everything):
            action(report_for(obligation), by=actor_for("gita"), now=NOW, **given)

    return build


def text(response):
    return unescape(response.content.decode())


def state_of(obligation):
    with applied(everything_of(obligation.regency)):
        return Report.objects.get(obligation=obligation).state


def key_of(obligation):
    with applied(everything_of(obligation.regency)):
        report = Report.objects.get(obligation=obligation)
        return f"{report.pk}:{report.version}"


def test_the_queue_says_how_long_each_waits_and_until_when(send, client_for):
    send("dinkes", "202609", "ani")
    with time_machine.travel(datetime(2026, 10, 26, 9, tzinfo=WIB), tick=True):
        shown = text(client_for("gita").get(QUEUE))
    assert "10 hari" in shown
    assert "Lewat batas" in shown
    assert "23 Okt 2026" in shown


def test_the_queue_is_filtered_by_period_kind_warnings_and_waiting(send, decide, client_for):
    first = send("dinkes", "202608", "ani")
    decide(review.accept, first)
    send("dinkes", "202609", "ani", value=30)
    send("kecamatan-katingan-hilir", "202609", "eka", value=None)
    send("dinsos", "202608", "citra")
    gita = client_for("gita")

    def rows(query):
        shown = text(gita.get(f"{QUEUE}?{query}"))
        return [name for name in ("Dinas Kesehatan", "Dinas Sosial", "Kecamatan Katingan Hilir") if f">{name}" in shown]

    assert rows("") == ["Dinas Kesehatan", "Dinas Sosial", "Kecamatan Katingan Hilir"]
    assert rows("warned=ya") == ["Dinas Kesehatan"]
    assert rows("warned=tidak") == ["Dinas Sosial", "Kecamatan Katingan Hilir"]
    assert rows("period=202608") == ["Dinas Sosial"]
    assert rows("kind=subdistrict") == ["Kecamatan Katingan Hilir"]
    assert rows("waits=lewat") == []
    assert rows("period=198001&kind=x") == ["Dinas Kesehatan", "Dinas Sosial", "Kecamatan Katingan Hilir"]


def test_a_report_is_shown_beside_the_one_accepted_before(send, decide, client_for):
    decide(review.accept, send("dinkes", "202608", "ani", value=10))
    obligation = send("dinkes", "202609", "ani", value=14, obstacles="Jalan putus")
    shown = text(client_for("gita").get(f"/laporan/{obligation.pk}/periksa/"))
    assert "+4 (+40%)" in shown
    assert "Agustus 2026" in shown
    assert "Jalan putus" in shown
    assert "Menunggu pemeriksa sejak 16 Oktober 2026" in shown


def test_deciding_leads_to_the_next_that_waits(send, client_for):
    first, second = send("dinkes", "202609", "ani"), send("dinsos", "202609", "citra")
    gita = client_for("gita")
    assert gita.post(f"/laporan/{first.pk}/terima/").url == f"/laporan/{second.pk}/periksa/"
    assert gita.post(f"/laporan/{second.pk}/kembalikan/", {"note": "x"}).url == QUEUE


def test_notes_at_the_questions_reach_the_filer(send, client_for):
    obligation = send("dinkes", "202609", "ani")
    sent = {"note": "", "catatan_apotek-desa": "Belum dua belas.", "working_days": "3"}
    answer = client_for("gita").post(f"/laporan/{obligation.pk}/kembalikan/", sent, follow=True)
    assert "dikembalikan untuk diperbaiki" in text(answer)
    own = text(client_for("ani").get(f"/laporan/{obligation.pk}/"))
    assert "Perlu diperbaiki sebelum 21 Oktober 2026" in own
    assert "Belum dua belas." in own
    assert "Menunggu perbaikan oleh Dinas Kesehatan sampai 21 Oktober 2026" in own


def test_the_filer_answers_a_note_at_its_question_and_the_reviewer_reads_it(send, decide, everything, client_for):
    obligation = send("dinkes", "202609", "ani")
    decide(review.return_for_correction, obligation, note="Mohon dicek", notes={"apotek-desa": "Belum dua belas."})
    ani, page = client_for("ani"), f"/laporan/{obligation.pk}/isi/"
    shown = text(ani.get(page))
    assert "Belum dua belas." in shown
    assert 'name="jelas_note-apotek-desa"' in shown
    with applied(everything):
        report = report_for(obligation)
        data = {f"angka_{code}": str(figure) for code, figure in report.figures.items()}
    data |= {"version": report.version, "obstacles": "", "follow_up": "", "nil_reason": "", "submit": "1"}
    data["jelas_note-apotek-desa"] = "Sudah kami kunjungi."
    data["jelas_note-karangan"] = "tidak ada pertanyaannya"
    assert "Laporan terkirim" in text(ani.post(page, data, follow=True))
    assert "Sudah kami kunjungi." in text(client_for("gita").get(f"/laporan/{obligation.pk}/periksa/"))
    with applied(everything):
        assert report_for(obligation).explanations == {"note-apotek-desa": "Sudah kami kunjungi."}


def test_a_refused_return_keeps_what_was_typed(send, client_for):
    obligation = send("dinkes", "202609", "ani")
    sent = {"note": "", "catatan_apotek-desa": "Hitung ulang", "working_days": "banyak"}
    answer = client_for("gita").post(f"/laporan/{obligation.pk}/kembalikan/", sent)
    assert answer.status_code == 422
    assert "Hitung ulang" in text(answer)
    assert "Tulis jumlah hari kerja dengan angka" in text(answer)
    assert state_of(obligation) == "submitted"


def test_a_decision_about_an_older_version_is_not_taken(send, client_for):
    obligation = send("dinkes", "202609", "ani")
    answer = client_for("gita").post(f"/laporan/{obligation.pk}/terima/", {"seen": "1"}, follow=True)
    assert "berubah sejak Anda membukanya" in text(answer)
    assert state_of(obligation) == "submitted"


def test_the_loser_of_two_reviewers_reads_what_the_other_did(send, decide, client_for):
    obligation = send("dinkes", "202609", "ani")
    decide(review.return_for_correction, obligation, note="x")
    answer = client_for("gita").post(f"/laporan/{obligation.pk}/terima/", follow=True)
    assert "sudah dikembalikan oleh Anda" in text(answer)


def test_many_are_confirmed_first_and_those_with_warnings_ticked_again(send, decide, client_for):
    before = send("dinkes", "202608", "ani", value=1)
    decide(review.accept, before)
    warned, sound = send("dinkes", "202609", "ani", value=30), send("dinsos", "202609", "citra")
    gita = client_for("gita")
    keys = [key_of(warned), key_of(sound)]
    confirm = text(gita.post(f"{QUEUE}terima/", {"report": keys}))
    assert f'value="{keys[1]}" aria-label="Centang Dinas Sosial, September 2026" checked' in confirm
    assert f'value="{keys[0]}" aria-label="Centang Dinas Kesehatan, September 2026">' in confirm
    assert (state_of(warned), state_of(sound)) == ("submitted", "submitted")
    done = gita.post(f"{QUEUE}terima/", {"report": keys[1:], "yes": "1"}, follow=True)
    assert "1 diterima." in text(done)
    assert (state_of(warned), state_of(sound)) == ("submitted", "accepted")


def test_many_at_once_say_what_became_of_each(send, decide, client_for):
    first, second = send("dinkes", "202609", "ani"), send("dinsos", "202609", "citra")
    own = send("dkukmp", "202609", "gita", value=None)
    keys = [key_of(each) for each in (first, second, own)]
    with applied(everything_of(first.regency)):
        from tests.conftest import actor_of, person

        other = actor_of(person("hadi"))
        review.return_for_correction(report_for(second), note="x", by=other, now=NOW)
    data = {"report": [*keys, "999999:1", "x"], "yes": "1"}
    done = text(client_for("gita").post(f"{QUEUE}terima/", data, follow=True))
    said = re.search(r"1 diterima, [^<]*", done)[0].rstrip(".").split(", ")
    assert sorted(said[1:]) == ["1 Anda kirim", "1 sudah dikembalikan oleh orang lain", "1 tidak ditemukan"]
    assert [state_of(each) for each in (first, second, own)] == ["accepted", "returned", "submitted"]


def test_nothing_ticked_is_said(client_for):
    assert "Centang dahulu" in text(client_for("gita").post(f"{QUEUE}terima/", {}, follow=True))


def test_who_sent_it_is_told_that_another_accepts(send, client_for):
    own = send("dkukmp", "202609", "gita", value=None)
    gita = client_for("gita")
    assert "Anda yang mengirim" in text(gita.get(QUEUE))
    assert "Terima laporan" not in text(gita.get(f"/laporan/{own.pk}/periksa/"))
    assert "Anda sendiri yang mengirim" in text(gita.post(f"/laporan/{own.pk}/terima/", follow=True))
    assert state_of(own) == "submitted"


def test_an_accepted_report_is_reopened_with_a_reason(send, decide, client_for):
    obligation = send("dinkes", "202609", "ani", value=7)
    decide(review.accept, obligation)
    gita, page = client_for("gita"), f"/laporan/{obligation.pk}/buka-lagi/"
    assert "Buka lagi laporan" in text(gita.get(page))
    assert gita.post(page, {"reason": ""}).status_code == 422
    assert state_of(obligation) == "accepted"
    done = gita.post(page, {"reason": "Desa dihitung dua kali", "working_days": "2"}, follow=True)
    assert "dibuka lagi dan kembali" in text(done)
    assert state_of(obligation) == "returned"
    assert "Desa dihitung dua kali" in text(client_for("budi").get(f"/laporan/{obligation.pk}/"))
    assert "Desa dihitung dua kali" not in text(client_for("citra").get(f"/laporan/{obligation.pk}/"))
    with applied(everything_of(obligation.regency)):
        assert Message.objects.filter(kind="report_reopened").count() == 6


def test_revisions_are_listed_and_any_two_compared(send, decide, client_for):
    obligation = send("dinkes", "202609", "ani", value=10, obstacles="Banjir")
    decide(review.return_for_correction, obligation, note="Hitung", notes={"apotek-desa": "Kurang"})
    send("dinkes", "202609", "budi", value=12, obstacles="Surut")
    page = f"/laporan/{obligation.pk}/revisi/"
    shown = text(client_for("ani").get(page))
    assert "+2 (+20%)" in shown
    assert "<del>Banjir</del>" in shown
    assert "Kurang" in shown
    assert "Budi Kepala" in shown
    backwards = text(client_for("gita").get(f"{page}?dari=2&ke=1"))
    assert "−2 (−17%)" in backwards
    assert client_for("gita").get(f"{page}?dari=9&ke=x").status_code == 200


def test_two_clocks_say_late_by_how_much_and_how_long_acceptance_took(send, decide, client_for):
    with time_machine.travel(datetime(2026, 10, 20, 9, tzinfo=WIB), tick=True):
        obligation = send("dinkes", "202609", "ani")
    with applied(everything_of(obligation.regency)):
        Obligation.objects.filter(pk=obligation.pk).update(first_submitted_at=datetime(2026, 10, 17, 9, tzinfo=WIB))
    decide(review.accept, obligation)
    with applied(everything_of(obligation.regency)):
        Obligation.objects.filter(pk=obligation.pk).update(accepted_at=datetime(2026, 10, 21, 9, tzinfo=WIB))
    shown = text(client_for("hadi").get(f"/laporan/{obligation.pk}/"))
    assert "terlambat 3 hari" in shown
    assert "4 hari sejak pertama dikirim" in shown


def test_strangers_are_not_told_that_a_report_was_returned(send, decide, client_for):
    obligation = send("dinkes", "202609", "ani", obstacles="rahasia")
    decide(review.return_for_correction, obligation, note="catatan rahasia", notes={"apotek-desa": "rahasia"})
    for name in ("citra", "eka", "indra", "joko"):
        shown = text(client_for(name).get(f"/laporan/{obligation.pk}/"))
        assert "rahasia" not in shown, name
        assert "Menunggu perbaikan" not in shown, name
        assert "Perlu diperbaiki" not in shown or name == "joko", name


@pytest.mark.parametrize("name", STRANGERS)
def test_only_reviewers_open_and_decide(name, send, client_for):
    obligation = send("dinkes", "202609", "ani")
    client, page = client_for(name), f"/laporan/{obligation.pk}/"
    closed = 302 if name in WITHOUT_POST else 404
    for path in (QUEUE, f"{page}periksa/", f"{page}buka-lagi/"):
        assert client.get(path).status_code == closed, path
    for path in (f"{QUEUE}terima/", f"{page}terima/", f"{page}kembalikan/", f"{page}buka-lagi/"):
        assert (
            client.post(path, {"note": "x", "reason": "x", "report": key_of(obligation), "yes": "1"}).status_code
            == closed
        )
    assert state_of(obligation) == "submitted"
    reads = client.get(f"{page}revisi/").status_code
    assert reads == (200 if name in ("ani", "budi", "hadi") else closed)


def test_the_reviewer_of_another_regency_finds_nothing(send, client_for, elsewhere):
    with applied(everything_of(elsewhere)):
        foreign = Report.objects.filter(state="submitted").first()
        key = f"{foreign.pk}:{foreign.version}"
    gita = client_for("gita")
    assert gita.get(f"/laporan/{foreign.obligation_id}/periksa/").status_code == 404
    done = text(gita.post(f"{QUEUE}terima/", {"report": [key], "yes": "1"}, follow=True))
    assert "0 diterima, 1 tidak ditemukan." in done


def test_agency_and_reviewer_talk_and_who_is_named_hears_of_it(send, client_for):
    obligation = send("dinkes", "202609", "ani")
    page = f"/laporan/{obligation.pk}/"
    said = client_for("gita").post(f"{page}komentar/", {"text": "Mohon dicek @Budi Kepala, isi rahasia"}, follow=True)
    assert "Tersimpan dalam percakapan" in text(said)
    with applied(everything_of(obligation.regency)):
        comment = Comment.objects.get()
        rows = Message.objects.filter(kind="report_mention")
        assert sorted(rows.values_list("recipient__username", "channel")) == [("budi", "email"), ("budi", "in_app")]
        assert all("rahasia" not in row.body_text + row.body_html + row.subject for row in rows)
        assert rows[0].link == f"{page}#percakapan"
        assert len(comment.mentions) == 1
    assert "Mohon dicek" in text(client_for("ani").get(page))
    assert "Mohon dicek" in text(client_for("hadi").get(page))
    assert "Mohon dicek" not in text(client_for("citra").get(page))
    assert client_for("ani").post(f"{page}komentar/", {"text": "Sudah benar"}).status_code == 302


def test_nobody_who_may_not_see_the_report_can_be_named(send, client_for):
    from tests.conftest import person

    obligation = send("dinkes", "202609", "ani")
    page = f"/laporan/{obligation.pk}/komentar/"
    ani = client_for("ani")
    for name in ("citra", "joko", "dewi", "oscar", "ani"):
        answer = ani.post(page, {"text": f"halo @{person(name)}", "mentions": [str(person(name).pk)]})
        assert answer.status_code == 422, name
        assert "Hanya orang yang boleh melihat laporan ini" in text(answer)
    assert ani.post(page, {"text": f"halo @{person('citra')}", "mentions": []}).status_code == 302
    assert ani.post(page, {"text": "", "mentions": []}).status_code == 422
    with applied(everything_of(obligation.regency)):
        assert [comment.mentions for comment in Comment.objects.all()] == [[]]
        assert not Message.objects.filter(kind="report_mention").exists()
    for name in ("citra", "eka", "hadi", "indra", "joko", "dewi"):
        assert client_for(name).post(page, {"text": "halo"}).status_code == 404, name


def test_a_comment_cannot_be_changed_or_unsaid(send, client_for):
    from django.db import DatabaseError, transaction

    obligation = send("dinkes", "202609", "ani")
    client_for("ani").post(f"/laporan/{obligation.pk}/komentar/", {"text": "Tetap"})
    with applied(everything_of(obligation.regency)):
        for change in (lambda: Comment.objects.update(text="lain"), lambda: Comment.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert Comment.objects.get().text == "Tetap"


def test_the_scope_of_a_plain_member_is_enough_to_talk(send, client_for):
    obligation = send("dinkes", "202609", "ani")
    assert client_for("budi").post(f"/laporan/{obligation.pk}/komentar/", {"text": "Siap"}).status_code == 302
    with applied(Scope(obligation.regency_id)):
        assert not Comment.objects.exists()
