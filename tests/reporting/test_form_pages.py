"""Making a report form on the screen, from its name to a published version, without a line of code."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.forms import model_to_dict

from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from reporting.duties.actions_forms import FormRefused, Stale, add_question, change_question, publish, start_draft
from reporting.duties.forms_builder import SettingsForm
from reporting.duties.models import FormVersion, Indicator, ReportForm, ValidationRule
from reporting.duties.queries import version_in_force
from reporting.duties.queries_forms import fingerprint, fingerprint_of_version, questions_in
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 4, 3, tzinfo=UTC)
QUESTION = {
    "label": "Anggota baru bulan ini", "help_text": "Menurut buku anggota.", "kind": "count", "unit": "orang",
    "is_required": "on", "duty": "", "section": "Anggota", "minimum": "0", "maximum": "1000", "decimals": "0",
    "options": "", "aggregation": "sum", "warn_change_percent": "50", "code": "",
}  # fmt: skip


@pytest.fixture
def here(katingan):
    with applied(Scope(katingan.pk)):
        yield katingan


@pytest.fixture
def monthly(here, actor_for):
    """The monthly form with a draft of its second version."""
    form = ReportForm.objects.get(code="laporan-bulanan")
    start_draft(form, by=actor_for("joko"))
    return form


def text(response):
    return response.content.decode()


def draft_of(katingan, code="laporan-bulanan"):
    with applied(Scope(katingan.pk)):
        return FormVersion.objects.select_related("form").get(form__code=code, state="draft")


def by_code(katingan, version, code):
    with applied(Scope(katingan.pk)):
        return Indicator.objects.select_related("version__form", "parent").get(version=version, code=code)


def test_a_form_is_made_published_and_asked_without_programming(katingan, client_for):
    joko = client_for("joko")
    joko.post("/formulir/baru/", {"name": "Kunjungan pendamping", "code": ""})
    page = "/formulir/kunjungan-pendamping/"
    settings = {
        "name": "Kunjungan pendamping", "purpose": "", "period_type": "weekly", "due_kind": "weekday", "due_count": "3",
        "due_shift": "next", "review_working_days": "2", "correction_working_days": "2",
        "promise_working_days": "15", "is_active": "on", "collects_from": "2026-11-01", "backdate": "on",
    }  # fmt: skip
    with applied(Scope(katingan.pk)):
        seen = fingerprint(ReportForm.objects.get(code="kunjungan-pendamping"))
    saved = joko.post(f"{page}pengaturan/", {**settings, "seen": seen}, follow=True)
    assert "Rabu pertama setelah" in text(saved)
    assert "belum punya pertanyaan" in text(joko.get(f"{page}draf/terbitkan/"))
    for label, code in (("Anggota baru", "anggota"), ("Perempuan", "anggota-p"), ("Laki-laki", "anggota-l")):
        joko.post(f"{page}draf/pertanyaan/", {**QUESTION, "label": label, "code": code})
    joko.post(f"{page}draf/pertanyaan/", {**QUESTION, "label": "Tiap desa", "kind": "village_table", "code": "desa"})
    assert "belum punya kolom" in text(joko.get(f"{page}draf/"))
    table = by_code(katingan, draft_of(katingan, "kunjungan-pendamping"), "desa")
    joko.post(f"{page}draf/pertanyaan/?tabel={table.pk}", {**QUESTION, "label": "Kunjungan", "code": "kali"})
    rule = {"left": "#{anggota-l} + #{anggota-p}", "operator": "==", "right": "#{anggota}", "message": "Samakan."}
    joko.post(f"{page}draf/aturan/", {**rule, "is_hard": "1"})
    draft = draft_of(katingan, "kunjungan-pendamping")
    with applied(Scope(katingan.pk)):
        seen = fingerprint_of_version(draft)
        assert [q.code for q in questions_in(draft)] == ["anggota", "anggota-p", "anggota-l", "desa"]
        assert [c.code for q in questions_in(draft) for c in q.columns.all()] == ["kali"]
    done = joko.post(f"{page}draf/terbitkan/", {"seen": seen, "note": "Pertama"}, follow=True)
    assert "terbit dan ditanyakan mulai" in text(done)
    with applied(Scope(katingan.pk)):
        form = ReportForm.objects.get(code="kunjungan-pendamping")
        assert version_in_force(form) == draft
        assert [event.verb for event in history_of(form)][:3] == [
            "menerbitkan versi", "menambah aturan", "menambah pertanyaan",
        ]  # fmt: skip


@pytest.mark.parametrize("field", ["review_working_days", "correction_working_days", "promise_working_days"])
@pytest.mark.parametrize(
    ("days", "is_kept"), [("0", False), ("1", True), ("60", True), ("61", False), ("32767", False)]
)
def test_days_of_a_form_stay_within_a_quarter(katingan, client_for, field: str, days: str, is_kept: bool):
    joko = client_for("joko")
    with applied(Scope(katingan.pk)):
        form = ReportForm.objects.get(code="laporan-bulanan")
        seen, before = fingerprint(form), getattr(form, field)
    settings = model_to_dict(form, fields=SettingsForm.Meta.fields)
    page = joko.post("/formulir/laporan-bulanan/pengaturan/", {**settings, "backdate": "on", "seen": seen, field: days})
    with applied(Scope(katingan.pk)):
        assert getattr(ReportForm.objects.get(pk=form.pk), field) == (int(days) if is_kept else before)
    assert ("Tulis antara 1 dan 60 hari kerja." in text(page)) is not is_kept


def test_database_refuses_days_that_no_page_would_take(here, monthly):
    with pytest.raises(IntegrityError, match="report_form_days_are_sane"):
        ReportForm.objects.filter(pk=monthly.pk).update(promise_working_days=32767)


def test_obligations_keep_their_version_and_new_ones_take_the_newest(here, monthly, actor_for):
    by = actor_for("joko")
    raise_obligations(here, now=NOW, by=by)
    old = version_in_force(monthly)
    draft = draft_of(here)
    add_question(draft, by=by, **plain("baru"))
    publish(draft, seen=fingerprint_of_version(draft), note="Baru", by=by, now=NOW)
    raise_obligations(here, now=datetime(2026, 12, 2, 3, tzinfo=UTC), by=by)
    rows = Obligation.objects.filter(form=monthly, agency__code="dinkes")
    assert dict(rows.values_list("period", "form_version_id")) == {
        "202608": old.pk, "202609": old.pk, "202610": old.pk, "202611": old.pk, "202612": draft.pk,
    }  # fmt: skip


def plain(code, **more):
    return {
        "duty_id": None, "section": "", "code": code, "label": code, "help_text": "", "unit": "", "kind": "count",
        "is_required": True, "minimum": None, "maximum": None, "decimals": 0, "choices": [], "aggregation": "sum",
        "warn_change_percent": None, **more,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["ani", "budi", "citra", "eka", "feri", "gita", "hadi", "indra", "dewi"])
def test_only_the_administrator_of_the_district_meets_the_builder(monthly, name, client_for, katingan):
    stranger, joko = client_for(name), client_for("joko")
    question = by_code(katingan, draft_of(katingan), "apotek-desa").pk
    page = "/formulir/laporan-bulanan/"
    pages = ["/formulir/", "/formulir/baru/", page] + [
        f"{page}{rest}"
        for rest in (
            "pengaturan/", "salin/", "bandingkan/", "versi/1/", "draf/", "draf/terbitkan/", "draf/buang/",
            "draf/pertanyaan/", f"draf/pertanyaan/{question}/", f"draf/pertanyaan/{question}/hapus/", "draf/aturan/",
        )
    ]  # fmt: skip
    assert [joko.get(each).status_code for each in pages] == [200] * len(pages)
    assert [stranger.get(each).status_code for each in pages] == [404] * len(pages)
    before = fingerprint_of(katingan)
    steps = ("pindah/", "bagian/", "kembalikan/", "terbitkan/", "buang/", "pertanyaan/", "aturan/", "mulai/")
    for each in ["/formulir/baru/", f"{page}pengaturan/", f"{page}salin/", *(f"{page}draf/{step}" for step in steps)]:
        assert stranger.post(each, {"question-up": question, "name": "", "new": "x"}).status_code == 404
    assert fingerprint_of(katingan) == before


def fingerprint_of(katingan):
    draft = draft_of(katingan)
    with applied(Scope(katingan.pk)):
        return fingerprint_of_version(draft)


def test_an_administrator_of_another_regency_reaches_no_question_of_this_one(katingan, elsewhere, client_for):
    with applied(Scope(elsewhere.pk)):
        question = Indicator.objects.filter(version__state="draft").first().pk
    with applied(Scope(katingan.pk)):
        start_draft(ReportForm.objects.get(code="laporan-bulanan"), by=actor())
    assert client_for("joko").get(f"/formulir/laporan-bulanan/draf/pertanyaan/{question}/").status_code == 404


def actor():
    from katingan_portal.accounts.permissions import Actor

    return Actor.system("Uji")


def test_the_second_of_two_editors_is_told_and_loses_nothing(monthly, katingan, client_for):
    first, second = client_for("joko"), client_for("joko")
    question = by_code(katingan, draft_of(katingan), "apotek-desa")
    url = f"/formulir/laporan-bulanan/draf/pertanyaan/{question.pk}/"
    with applied(Scope(katingan.pk)):
        seen = fingerprint(question)
    mine = {**QUESTION, "code": "apotek-desa", "seen": seen}
    assert first.post(url, {**mine, "label": "Milik pertama"}).status_code == 302
    refused = second.post(url, {**mine, "label": "Milik kedua"})
    assert refused.status_code == 422
    for said in ("Orang lain mengubah ini", "Milik pertama", "Milik kedua"):
        assert said in text(refused)
    assert by_code(katingan, draft_of(katingan), "apotek-desa").label == "Milik pertama"
    again = refused.context["form"].data["seen"]
    assert second.post(url, {**mine, "label": "Milik kedua", "seen": again}).status_code == 302
    assert by_code(katingan, draft_of(katingan), "apotek-desa").label == "Milik kedua"


def test_what_was_reviewed_is_what_is_published(here, monthly, actor_for):
    draft = draft_of(here)
    seen = fingerprint_of_version(draft)
    add_question(draft, by=actor_for("joko"), **plain("susulan"))
    with pytest.raises(Stale):
        publish(draft, seen=seen, note="x", by=actor_for("joko"), now=NOW)


def test_a_draft_that_asks_nothing_new_is_not_published(here, monthly, actor_for):
    draft = draft_of(here)
    with pytest.raises(FormRefused, match="Tidak ada yang berubah"):
        publish(draft, seen=fingerprint_of_version(draft), note="x", by=actor_for("joko"), now=NOW)


def test_a_published_version_is_refused_by_the_actions(here, actor_for):
    version = version_in_force(ReportForm.objects.get(code="laporan-bulanan"))
    question = Indicator.objects.select_related("version").get(version=version, code="apotek-desa")
    with pytest.raises(FormRefused, match="sudah terbit"):
        change_question(question, seen=fingerprint(question), by=actor_for("joko"), **plain("apotek-desa"))
    with pytest.raises(FormRefused, match="sudah terbit"):
        add_question(version, by=actor_for("joko"), **plain("x"))


CHANGES = {
    "question changed": "UPDATE reporting_indicator SET label = 'x' WHERE version_id = %s",
    "question removed": "DELETE FROM reporting_indicator WHERE version_id = %s",
    "rule changed": "UPDATE reporting_validationrule SET message = 'x' WHERE version_id = %s",
    "rule removed": "DELETE FROM reporting_validationrule WHERE version_id = %s",
    "version taken back": "UPDATE reporting_formversion SET state = 'draft', published_at = NULL WHERE id = %s",
    "version removed": "DELETE FROM reporting_formversion WHERE id = %s",
    "question smuggled in": """UPDATE reporting_indicator SET version_id = %s WHERE version_id IN
        (SELECT id FROM reporting_formversion WHERE state = 'draft')""",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_published_version_is_refused_by_the_database(here, monthly, name):
    version = version_in_force(monthly)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("portal_web",)
        with pytest.raises(ProgrammingError, match="never changes"), transaction.atomic():
            cursor.execute(CHANGES[name], [version.pk])
        if "smuggled" not in name:
            draft = draft_of(here)
            refused = {"version removed", "question removed", "version taken back"}
            assert name in refused or cursor.execute(CHANGES[name], [draft.pk]) is None


def test_a_question_is_removed_and_put_back_with_its_columns(monthly, katingan, client_for):
    joko = client_for("joko")
    before = fingerprint_contents(katingan)
    table = by_code(katingan, draft_of(katingan), "keadaan-desa")
    url = f"/formulir/laporan-bulanan/draf/pertanyaan/{table.pk}/hapus/"
    asked = joko.get(url)
    assert "4 kolomnya ikut dihapus" in text(asked)
    joko.post(url, {"seen": asked.context["hidden"]["seen"]})
    assert len(fingerprint_contents(katingan)) == len(before) - 5
    joko.post("/formulir/laporan-bulanan/draf/kembalikan/")
    assert fingerprint_contents(katingan) == before


def fingerprint_contents(katingan):
    draft = draft_of(katingan)
    with applied(Scope(katingan.pk)):
        rows = Indicator.objects.filter(version=draft).order_by("code")
        return {row.code: (fingerprint(row), row.order, row.parent and row.parent.code) for row in rows}


def test_questions_and_sections_move_and_sections_are_renamed(monthly, katingan, client_for):
    joko = client_for("joko")
    draft = draft_of(katingan)
    page = "/formulir/laporan-bulanan/draf/"
    for code, section in (("a", "Satu"), ("b", "Satu"), ("c", "Dua"), ("d", "Satu")):
        joko.post(f"{page}pertanyaan/", {**QUESTION, "code": code, "label": code, "section": section})
    assert own(katingan, draft) == ["a", "b", "d", "c"]
    joko.post(f"{page}pindah/", {"question-up": by_code(katingan, draft, "b").pk})
    assert own(katingan, draft) == ["b", "a", "d", "c"]
    joko.post(f"{page}pindah/", {"section-down": ":Satu"})
    assert own(katingan, draft) == ["c", "b", "a", "d"]
    joko.post(f"{page}bagian/", {"duty": "", "name": "Satu", "new": "Pertama"})
    assert by_code(katingan, draft, "a").section == "Pertama"


def own(katingan, draft):
    with applied(Scope(katingan.pk)):
        return [q.code for q in questions_in(draft) if q.duty_id is None]


@pytest.mark.parametrize(
    ("left", "says"),
    [
        ("#{apotek-des} + 1", "Kode “apotek-des” tidak ada di formulir ini sebagai pertanyaan yang berisi angka. "
         "Mungkin maksud Anda #{apotek-desa}."),
        ("#{apotek-desa} +", "tidak terbaca"),
        ("__import__('os')", "tidak dikenal"),
        ("#{database-dimutakhirkan-pada}", "tidak ada di formulir ini sebagai pertanyaan yang berisi angka"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_is_refused_in_words(monthly, katingan, client_for, left, says):
    rule = {"left": left, "operator": "<=", "right": "5", "message": "Samakan.", "is_hard": "0"}
    refused = client_for("joko").post("/formulir/laporan-bulanan/draf/aturan/", rule)
    assert refused.status_code == 422
    assert says in " ".join(refused.context["form"].non_field_errors())
    draft = draft_of(katingan)
    with applied(Scope(katingan.pk)):
        assert not ValidationRule.objects.filter(version=draft, left=left).exists()


def test_a_rule_is_tried_out_before_it_is_saved(monthly, katingan, client_for):
    rule = {"left": "#{apotek-desa} * 2", "operator": "<=", "right": "#{klinik-desa}", "message": "Terlalu banyak."}
    tried = {**rule, "is_hard": "1", "coba": "1", "contoh_apotek-desa": "1,5", "contoh_klinik-desa": "2"}
    shown = text(client_for("joko").post("/formulir/laporan-bulanan/draf/aturan/", tried))
    assert "Tidak terpenuhi. Pengisi membaca: “Terlalu banyak.” (kiri dan kanan: 3 dan 2)." in shown
    tried["contoh_klinik-desa"] = "3"
    assert "Terpenuhi (kiri dan kanan: 3 dan 3)." in text(
        client_for("joko").post("/formulir/laporan-bulanan/draf/aturan/", tried)
    )


def test_a_draft_is_discarded_and_taken_back_and_versions_are_compared(monthly, katingan, client_for):
    joko = client_for("joko")
    joko.post("/formulir/laporan-bulanan/draf/pertanyaan/", {**QUESTION, "label": "Tambahan uji"})
    compared = text(joko.get("/formulir/laporan-bulanan/bandingkan/?lama=1&baru=2"))
    assert "Tambahan uji" in compared
    asked = joko.get("/formulir/laporan-bulanan/draf/buang/")
    joko.post("/formulir/laporan-bulanan/draf/buang/", {"seen": asked.context["hidden"]["seen"]})
    assert joko.get("/formulir/laporan-bulanan/draf/").status_code == 404
    joko.post("/formulir/laporan-bulanan/versi/2/ambil/")
    assert "Tambahan uji" in text(joko.get("/formulir/laporan-bulanan/draf/"))


def test_a_form_is_copied_as_an_inactive_draft(monthly, katingan, client_for):
    client_for("joko").post("/formulir/laporan-bulanan/salin/", {"name": "Salinan uji", "code": "salinan"})
    with applied(Scope(katingan.pk)):
        copy = ReportForm.objects.get(code="salinan")
        source = version_in_force(monthly)
        assert (copy.is_active, version_in_force(copy)) == (False, None)
        draft = copy.versions.get()
        assert [(q.code, q.label) for q in questions_in(draft)] == [(q.code, q.label) for q in questions_in(source)]
        assert draft.rules.count() == source.rules.count()


def test_collecting_from_the_past_must_be_meant(monthly, katingan, client_for):
    joko = client_for("joko")
    page = "/formulir/evaluasi-triwulanan/pengaturan/"
    form = joko.get(page).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {"is_active": "on", "collects_from": "2025-01-01"}
    data.pop("backdate", None)
    refused = joko.post(page, data)
    assert refused.status_code == 422
    assert "mulai Triwulan I 2025" in text(refused)
    assert joko.post(page, {**data, "backdate": "on"}).status_code == 302


def test_the_preview_is_the_filers_own_page_for_one_agency(monthly, katingan, client_for):
    from agencies.models import Agency

    joko = client_for("joko")
    with applied(Scope(katingan.pk)):
        camat = Agency.objects.get(code="kecamatan-katingan-hilir").pk
    shown = text(joko.get(f"/formulir/laporan-bulanan/versi/1/?agency={camat}"))
    assert 'name="angka_rapat-satgas"' in shown
    assert "Kasongan Lama" in shown
    assert 'name="angka_apotek-desa"' not in shown
