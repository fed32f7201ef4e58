"""The drafts that the chase asks for, and the history that a letter tells."""

from datetime import UTC, datetime, timedelta

import pytest

from agencies.models import Membership
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting.chasing.models import Audience, ChaseNotice, ChaseStep, LadderStep
from reporting.letters import actions
from reporting.letters.contents import history_rows, owed_rows
from reporting.letters.drafting import Drafted, keep_drafts
from reporting.letters.models import Letter, LetterItem, LetterKind
from reporting.periods.clocks import Clock
from reporting.periods.models import Promise
from tests.conftest import person
from tests.letters.conftest import NOW

pytestmark = pytest.mark.django_db
TAKEN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def take(whole):
    """take(obligation, letter): the chase took a step of its ladder that asks for this letter."""

    def make(obligation, letter="", state=ChaseStep.State.FIRED, clock=Clock.FILING, offset=90, at=TAKEN) -> ChaseStep:
        with applied(whole):
            code = f"{clock}-{letter or 'x'}-{offset}".replace("_", "-")
            step, _ = LadderStep.objects.get_or_create(
                code=code,
                defaults={
                    "clock": clock, "offset": offset, "audiences": ["operator"], "label": f"Tahap {letter}",
                    "letter": letter, "is_active": False,
                },
            )  # fmt: skip
            return ChaseStep.objects.create(
                obligation=obligation, step=step, clock=clock, due_at=obligation.due_at, state=state, label=step.label,
                offset=offset, tone="firm", letter=letter, planned_at=at, taken_at=at,
            )  # fmt: skip

    return make


@pytest.fixture
def draft_now(katingan, whole):
    def run(now=NOW) -> Drafted:
        with applied(whole):
            return keep_drafts(katingan, now=now)

    return run


def letters(whole) -> list[tuple[str, str, list[str]]]:
    """(kind, agency, periods) of every letter."""
    with applied(whole):
        return sorted(
            (
                letter.kind,
                letter.agency.code,
                sorted(letter.items.values_list("obligation__period", flat=True)),
            )
            for letter in Letter.objects.select_related("agency")
        )


def test_a_warning_is_the_next_in_order_whichever_the_step_names(overdue, take, draft_now, issue, whole):
    """After an outage the first step that goes out may be that of the third warning."""
    with applied(whole):
        late = overdue("dinkes")[0]
    for number, expected in enumerate(["teguran_1", "teguran_2", "teguran_3"]):
        now = NOW + timedelta(days=7 * number)
        take(late, "teguran_3", offset=90 + number, at=now)
        assert draft_now(now) == Drafted(made=1)
        assert letters(whole)[-1] == (expected, "dinkes", ["202608"])
        with applied(whole):
            issue(Letter.objects.get(state="draft"), now=now)
        assert draft_now(now + timedelta(days=6)) == Drafted()
    take(late, "teguran_3", offset=95, at=NOW + timedelta(days=30))
    assert draft_now(NOW + timedelta(days=31)) == Drafted()


def test_the_next_warning_waits_for_the_one_before_and_for_a_step_taken_since(overdue, take, draft_now, issue, whole):
    with applied(whole):
        late = overdue("dinkes")[0]
    for offset, letter in ((90, "teguran_1"), (91, "teguran_2"), (92, "teguran_3")):
        take(late, letter, offset=offset)
    assert draft_now() == Drafted(made=1)
    assert draft_now() == Drafted()
    with applied(whole):
        issue(Letter.objects.get())
    assert draft_now() == Drafted()
    take(late, "teguran_3", offset=93, at=NOW + timedelta(days=5))
    assert draft_now(NOW + timedelta(days=5)) == Drafted(made=1)
    assert letters(whole) == [("teguran_1", "dinkes", ["202608"]), ("teguran_2", "dinkes", ["202608"])]


def test_after_a_warning_was_taken_back_the_same_comes_at_the_next_step(
    overdue, take, draft_now, issue, whole, actor_for
):
    with applied(whole):
        late = overdue("dinkes")[0]
    take(late, "teguran_1")
    draft_now()
    with applied(whole):
        void = issue(Letter.objects.get())
        actions.void(void, reason="Salah", by=actor_for("gita"), now=NOW)
    take(late, "teguran_2", offset=91, at=NOW + timedelta(days=5))
    assert draft_now(NOW + timedelta(days=5)) == Drafted(made=1)
    assert letters(whole) == [("teguran_1", "dinkes", ["202608"])] * 2


def test_steps_that_ask_for_a_letter_make_one_draft_for_each_agency_and_kind(overdue, take, draft_now, whole):
    with applied(whole):
        dinkes, dinsos = overdue("dinkes"), overdue("dinsos")
    for obligation in (dinkes[0], dinkes[1], dinsos[0]):
        take(obligation, "teguran_1")
    take(dinkes[0], "nota_dinas", offset=91)
    take(dinsos[1])
    assert draft_now() == Drafted(made=3)
    assert letters(whole) == [
        ("nota_dinas", "bupati", ["202608"]),
        ("teguran_1", "dinkes", ["202608", "202609"]),
        ("teguran_1", "dinsos", ["202608"]),
    ]


def test_drafting_twice_changes_nothing(overdue, take, draft_now, whole):
    with applied(whole):
        take(overdue("dinkes")[0], "teguran_1")
    draft_now()
    before = letters(whole)
    assert draft_now() == Drafted()
    assert letters(whole) == before


def test_a_later_report_joins_the_draft_that_lies_open(overdue, take, draft_now, whole):
    with applied(whole):
        first, second = overdue("dinkes")[:2]
    take(first, "teguran_1")
    draft_now()
    take(second, "teguran_1")
    assert draft_now() == Drafted(added=1)
    assert letters(whole) == [("teguran_1", "dinkes", ["202608", "202609"])]
    with applied(whole):
        assert Letter.objects.get().version == 1


def test_a_later_report_gets_a_letter_of_its_own_once_the_first_is_issued(overdue, take, draft_now, issue, whole):
    with applied(whole):
        first, second = overdue("dinkes")[:2]
    take(first, "teguran_1")
    draft_now()
    with applied(whole):
        issue(Letter.objects.get())
    take(second, "teguran_1")
    assert draft_now() == Drafted(made=1)
    assert letters(whole) == [("teguran_1", "dinkes", ["202608"]), ("teguran_1", "dinkes", ["202609"])]


@pytest.mark.parametrize("state", ["dropped", "void"])
def test_what_a_person_took_back_is_not_drafted_again(state, overdue, take, draft_now, issue, whole, actor_for):
    with applied(whole):
        take(overdue("dinkes")[0], "teguran_1")
    draft_now()
    with applied(whole):
        letter = Letter.objects.get()
        if state == "void":
            issue(letter)
        act = actions.void if state == "void" else actions.drop
        act(letter, reason="Sudah ditelepon", by=actor_for("gita"), now=NOW)
    assert draft_now() == Drafted()
    with applied(whole):
        assert Letter.objects.get().state == state


def test_a_step_that_reached_nobody_asks_for_its_letter_all_the_same(overdue, take, draft_now, whole):
    with applied(whole):
        first, second = overdue("dinkes")[:2]
    take(first, "teguran_1", state=ChaseStep.State.NOBODY)
    take(second, "teguran_1", state=ChaseStep.State.SUPERSEDED)
    assert draft_now() == Drafted(made=1)
    assert letters(whole) == [("teguran_1", "dinkes", ["202608"])]


def test_notes_of_all_agencies_are_one_draft_to_the_leadership(overdue, take, draft_now, whole):
    with applied(whole):
        for code in ("dinkes", "dinsos", "dpmd"):
            take(overdue(code)[0], "nota_dinas")
    assert draft_now() == Drafted(made=1)
    assert letters(whole) == [("nota_dinas", "bupati", ["202608"] * 3)]


def test_the_writing_office_is_not_warned_by_itself_but_stands_in_the_note(overdue, take, draft_now, whole):
    with applied(whole):
        own = overdue("dkukmp")[0]
    take(own, "teguran_1")
    take(own, "nota_dinas", offset=91)
    assert draft_now() == Drafted(made=1)
    assert letters(whole) == [("nota_dinas", "bupati", ["202608"])]


def test_what_was_filed_is_not_drafted_and_closes_its_draft_with_the_reason(overdue, take, draft_now, file_now, whole):
    with applied(whole):
        first, second = overdue("dinkes")[:2]
    file_now(second)
    for obligation in (first, second):
        take(obligation, "teguran_1")
    draft_now()
    assert letters(whole) == [("teguran_1", "dinkes", ["202608"])]
    file_now(first)
    assert draft_now() == Drafted(closed=1)
    with applied(whole):
        letter = Letter.objects.get()
    assert letter.state == "dropped"
    assert letter.ended_by_name == "Portal (rancangan surat)"
    assert letter.ended_reason == ("Semua laporan yang disebut sudah dikirim atau dibebaskan sebelum surat terbit.")


def test_a_draft_is_kept_while_one_of_its_reports_is_owed(overdue, take, draft_now, file_now, whole):
    with applied(whole):
        first, second = overdue("dinkes")[:2]
    for obligation in (first, second):
        take(obligation, "teguran_1")
    draft_now()
    file_now(first)
    assert draft_now() == Drafted()


# what the letter tells of the chase


def tell(taken: ChaseStep, name: str, channel: str, state: str = "sent", notice: str = "included") -> None:
    message = Message.objects.create(
        key=f"{taken.pk}:{name}:{channel}", kind="chase", channel=channel, recipient=person(name), address="",
        subject="Tagihan", message_id=f"{taken.pk}{name}{channel}", created_at=TAKEN, composed_at=TAKEN,
        expires_at=TAKEN + timedelta(days=7), state=state, sent_at=TAKEN if state == "sent" else None,
    )  # fmt: skip
    ChaseNotice.objects.create(
        taken=taken, recipient=person(name), audience=Audience.OPERATOR, channel=channel, message=message, state=notice
    )


def test_history_tells_when_by_which_channel_and_to_which_office(overdue, take, whole, katingan):
    with applied(whole):
        Membership.objects.filter(regency=katingan, user__username="budi").update(
            title="Kepala Dinas Kesehatan", acting="plt"
        )
        obligation = overdue("dinkes")[0]
        taken = take(obligation, "teguran_1")
        for name in ("ani", "budi"):
            tell(taken, name, "in_app")
        tell(taken, "ani", "email")
        tell(taken, "budi", "email", state="cancelled")
        tell(taken, "gita", "email")
        rows = history_rows([obligation])
    report = "Laporan bulanan Koperasi Merah Putih Agustus 2026"
    assert {row.at for row in rows} == {TAKEN.isoformat()}
    assert sorted((row.report, row.step, row.channel, row.to, row.state) for row in rows) == [
        (report, "Tahap teguran_1", "E-mail", "Operator, Koordinator (DKUKMP)", "Terkirim"),
        (report, "Tahap teguran_1", "E-mail", "Plt. Kepala Dinas Kesehatan", "Dibatalkan"),
        (report, "Tahap teguran_1", "Kotak masuk portal", "Operator, Plt. Kepala Dinas Kesehatan", "Terkirim"),
    ]
    for word in ("Ani", "Budi", "Gita", "@uji.example"):
        assert word not in str(rows)


def test_channels_that_reached_the_same_offices_are_one_line(overdue, take, whole):
    with applied(whole):
        obligation = overdue("dinkes")[0]
        taken = take(obligation, "teguran_1")
        for channel in ("email", "in_app"):
            for name in ("ani", "budi"):
                tell(taken, name, channel)
        rows = history_rows([obligation])
    assert [(row.channel, row.to) for row in rows] == [("E-mail, Kotak masuk portal", "Operator, Pimpinan")]


def test_history_knows_the_office_of_the_local_day_when_it_is_still_yesterday_in_utc(overdue, take, whole, katingan):
    half_past_midnight = datetime(2026, 11, 1, 17, 30, tzinfo=UTC)
    with applied(whole):
        own = Membership.objects.filter(regency=katingan, user__username="budi")
        own.update(title="Kepala Dinas Kesehatan", starts_on=katingan.local(half_past_midnight).date())
        obligation = overdue("dinkes")[0]
        tell(take(obligation, "teguran_1", at=half_past_midnight), "budi", "email")
        rows = history_rows([obligation])
    assert [row.to for row in rows] == ["Kepala Dinas Kesehatan"]


def test_history_leaves_out_what_was_not_told_and_what_is_not_the_addressees(overdue, take, whole):
    with applied(whole):
        obligation = overdue("dinkes")[0]
        tell(take(obligation, "", offset=91), "ani", "email", notice="dropped")
        tell(take(obligation, "", clock=Clock.REVIEW, offset=92), "gita", "email")
        take(obligation, "", state=ChaseStep.State.SUPERSEDED, offset=93)
        take(obligation, "", state=ChaseStep.State.NOBODY, offset=94)
        rows = history_rows([obligation])
    assert [(row.channel, row.to, row.state) for row in rows] == [
        ("–", "tidak ada penerima yang terdaftar", "tidak ada penerima")
    ]


def test_a_note_tells_of_each_report_the_last_reminder_and_how_many_there_were(overdue, take, whole):
    with applied(whole):
        dinkes, dinsos, quiet = overdue("dinkes")[0], overdue("dinsos")[0], overdue("dinkes")[1]
        tell(take(dinkes, "teguran_1", at=TAKEN), "ani", "email")
        tell(take(dinkes, "teguran_2", offset=91, at=TAKEN + timedelta(days=5)), "budi", "email")
        tell(take(dinsos, "teguran_1"), "citra", "email")
        rows = history_rows([dinsos, quiet, dinkes], is_memo=True)
    assert [(row.report, row.step, row.to) for row in rows] == [
        ("Dinsos: Laporan bulanan Koperasi Merah Putih Agustus 2026", "Pengingat ke-1: Tahap teguran_1", "Operator"),
        ("Dinkes: Laporan bulanan Koperasi Merah Putih Agustus 2026", "Pengingat ke-2: Tahap teguran_2", "Pimpinan"),
    ]


def test_history_of_one_agency_says_nothing_of_another(overdue, take, draft, whole, katingan):
    with applied(whole):
        for code in ("dinkes", "dinsos"):
            tell(take(overdue(code)[0], "teguran_1"), "gita", "email")
    letter = draft(code="dinkes")
    with applied(whole):
        from reporting.letters.compose import paper_of

        paper = paper_of(letter, regency=katingan, now=NOW)
    assert len(paper.history) == 1
    assert "Sosial" not in str(paper.frozen())


def test_the_table_says_what_was_promised(overdue, whole, katingan):
    with applied(whole):
        broken, open_, moot = overdue("dinkes")[:3]
        for row, state in ((broken, "broken"), (open_, "open"), (moot, "moot")):
            Promise.objects.create(
                obligation=row, agency=row.agency, state=state, promised_on=datetime(2026, 11, 10).date(), due_at=TAKEN,
                reason="Banjir", made_at=TAKEN, made_by_name="Budi", ended_at=None if state == "open" else TAKEN,
            )  # fmt: skip
        rows = owed_rows([broken, open_, moot], katingan, NOW)
    assert [row.note for row in rows] == ["janji 10 Nov 2026 tidak ditepati", "dijanjikan 10 Nov 2026", ""]


def test_a_draft_by_hand_counts_for_the_job(overdue, take, draft, draft_now, whole):
    """Somebody was faster than the ladder: the same reports are not drafted twice at the same step."""
    draft(kind=LetterKind.TEGURAN_1, count=1)
    with applied(whole):
        take(overdue("dinkes")[0], "teguran_1")
    assert draft_now() == Drafted()
    with applied(whole):
        assert LetterItem.objects.count() == 1
