"""A holiday changes: what moves, what never does, and what is written down about it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from katingan_portal.audit.models import AuditEvent
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.holidays import (
    CalendarRefused,
    DayChange,
    add_grace,
    close_day,
    end_grace,
    load_holidays,
    new_days,
    open_day,
    preview,
    reload_holidays,
    set_saturday_offices,
)
from reporting.periods.models import DueChange, Holiday, Obligation
from reporting.periods.queries import holiday_names
from reporting.periods.waivers import lift_waiver, waive
from villages.models import Subdistrict

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
# September 2026 falls due on 14 October, October on 13 November.
NOW = datetime(2026, 10, 6, 12, tzinfo=WIB)
CUTI = DayChange(date(2026, 10, 12), "Cuti bersama tambahan", Holiday.Kind.COLLECTIVE)


def wib(*parts):
    return datetime(*parts, tzinfo=WIB)


@pytest.fixture
def raised(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        Obligation.objects.update(next_chase_at=None)
        yield katingan


def of(agency, period="202609"):
    return Obligation.objects.select_related("agency", "form").get(agency__code=agency, period=period)


def test_what_is_not_yet_due_moves_by_its_own_rule_with_its_reason(raised, actor_for):
    before = of("dinkes")
    moved = close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    after = of("dinkes")
    assert (before.due_at, after.due_at) == (wib(2026, 10, 14, 23, 59), wib(2026, 10, 15, 23, 59))
    assert after.original_due_at == before.due_at
    assert after.next_chase_at == NOW
    assert {"on": "2026-10-12", "name": "Cuti bersama tambahan"} in after.rule["skipped"]
    assert after.rule["sentence"].endswith("Kamis, 15 Oktober 2026, pukul 23.59.")
    assert {move.obligation.period for move in moved} == {"202609"}
    change = DueChange.objects.get(obligation=after)
    assert (change.cause, change.old_due_at, change.new_due_at) == ("holiday", before.due_at, after.due_at)
    assert change.reason == "12 Oktober 2026 libur: Cuti bersama tambahan"
    event = history_of(after)[0]
    assert (event.verb, event.changes) == (
        "tenggat dihitung ulang", {"tenggat": ["14 Oktober 2026", "15 Oktober 2026"]},
    )  # fmt: skip


def test_what_is_already_due_never_moves(raised, actor_for):
    late = wib(2026, 10, 14, 23, 59) + timedelta(seconds=1)
    assert close_day(raised, CUTI, by=actor_for("joko"), now=late) == []
    assert of("dinkes").due_at == wib(2026, 10, 14, 23, 59)
    assert of("dinkes", "202608").due_at < NOW


def test_what_is_waived_or_accepted_stays(raised, actor_for):
    joko = actor_for("joko")
    waive(of("dinsos"), reason="uji", by=joko, now=NOW)
    Obligation.objects.filter(agency__code="dkpp").update(first_submitted_at=NOW, accepted_at=NOW)
    close_day(raised, CUTI, by=joko, now=NOW)
    assert {of(code).due_at.astimezone(WIB).day for code in ("dinsos", "dkpp")} == {14}
    assert of("dinkes").due_at.astimezone(WIB).day == 15


def test_a_report_filed_on_time_is_never_made_late_and_not_chased_again(raised, actor_for):
    filed = wib(2026, 10, 13, 9)
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    Obligation.objects.filter(pk=of("dinkes").pk).update(first_submitted_at=filed)
    open_day(raised, Holiday.objects.get(on=CUTI.on), by=actor_for("joko"), now=wib(2026, 10, 13, 10))
    row = of("dinkes")
    assert row.first_submitted_at <= row.due_at == wib(2026, 10, 14, 23, 59)
    assert row.next_chase_at != wib(2026, 10, 13, 10)


def test_nothing_moves_to_a_moment_that_has_passed(raised, actor_for):
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    on_the_last_day = wib(2026, 10, 15, 9)
    reason = of("dinkes").rule
    assert open_day(raised, Holiday.objects.get(on=CUTI.on), by=actor_for("joko"), now=on_the_last_day) == []
    assert (of("dinkes").due_at, of("dinkes").rule) == (wib(2026, 10, 15, 23, 59), reason)


def test_a_granted_extension_is_not_shortened_but_may_be_outgrown(raised, actor_for):
    row = of("dinkes")
    granted = wib(2026, 10, 15, 23, 59)
    DueChange.objects.create(
        obligation=row, cause="extension", old_due_at=row.due_at, new_due_at=granted, reason="x", made_at=NOW,
        made_by_name="x",
    )  # fmt: skip
    Obligation.objects.filter(pk=row.pk).update(due_at=granted)
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    assert of("dinkes").due_at == granted
    close_day(raised, DayChange(date(2026, 10, 13), "Satu lagi"), by=actor_for("joko"), now=NOW)
    assert of("dinkes").due_at == wib(2026, 10, 16, 23, 59)
    for holiday in Holiday.objects.filter(on__in=[date(2026, 10, 12), date(2026, 10, 13)]):
        open_day(raised, holiday, by=actor_for("joko"), now=NOW)
    assert of("dinkes").due_at == granted
    assert of("dinsos").due_at == wib(2026, 10, 14, 23, 59)


def test_the_frozen_rule_decides_not_the_form_or_the_office_of_today(raised, actor_for):
    row = of("dinkes")
    form, agency = row.form, row.agency
    form.due_count = 3
    form.save()
    agency.works_saturday = True
    agency.save()
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    assert of("dinkes").due_at == wib(2026, 10, 15, 23, 59)


def test_preview_says_exactly_what_will_move_and_writes_nothing(raised, actor_for):
    before = list(Obligation.objects.order_by("pk").values_list("due_at", flat=True))
    foreseen = preview([CUTI], now=NOW)
    assert list(Obligation.objects.order_by("pk").values_list("due_at", flat=True)) == before
    moved = close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    pairs = [[(m.obligation.pk, m.old_due_at, m.new_due_at) for m in moves] for moves in (foreseen, moved)]
    assert pairs[0] == pairs[1]
    assert len(moved) == 21


def test_a_holiday_of_another_day_or_the_same_name_again_moves_nothing(raised, actor_for):
    assert close_day(raised, DayChange(date(2026, 10, 11), "Hari Minggu"), by=actor_for("joko"), now=NOW) == []
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    assert close_day(raised, CUTI, by=actor_for("joko"), now=NOW) == []
    assert DueChange.objects.count() == 21


def test_a_renamed_holiday_changes_the_words_and_no_date(raised, actor_for):
    close_day(raised, CUTI, by=actor_for("joko"), now=NOW)
    close_day(raised, DayChange(CUTI.on, "Cuti bersama Pilkada", "collective"), by=actor_for("joko"), now=NOW)
    assert "Cuti bersama Pilkada" in {each["name"] for each in of("dinkes").rule["skipped"]}
    assert DueChange.objects.count() == 21


def test_273_obligations_are_re_dated_with_as_many_queries_as_21(raised, actor_for):
    by = actor_for("joko")
    with CaptureQueriesContext(connection) as few:
        assert len(close_day(raised, CUTI, by=by, now=NOW)) == 21
    _twelve_forms_more()
    with CaptureQueriesContext(connection) as many:
        moved = close_day(raised, DayChange(date(2026, 10, 13), "Satu lagi"), by=by, now=NOW)
    assert len(moved) == 21 * 13
    assert DueChange.objects.count() == 21 * 14 == AuditEvent.objects.filter(verb="tenggat dihitung ulang").count()
    assert len(many) == len(few)


def _twelve_forms_more():
    rows = list(Obligation.objects.filter(period="202609"))
    form = ReportForm.objects.all()[0]
    for number in range(12):
        form.pk, form.code, form.is_active = None, f"uji-{number}", False
        form.save()
        for row in rows:
            row.pk, row.form_id = None, form.pk
        Obligation.objects.bulk_create(rows)


def test_loading_published_days_again_leaves_what_an_admin_changed(raised, actor_for):
    joko = actor_for("joko")
    christmas = Holiday.objects.get(on=date(2026, 12, 25))
    close_day(raised, DayChange(christmas.on, "Natal di Katingan", "local"), by=joko, now=NOW)
    new_year = Holiday.objects.get(on=date(2027, 1, 1))
    open_day(raised, new_year, by=joko, now=NOW)
    Holiday.objects.filter(on=date(2026, 8, 17)).delete()
    assert [row.on for row in new_days([2026, 2027])] == [date(2026, 8, 17)]
    assert load_holidays([2026, 2027], by=joko) == 1
    assert Holiday.objects.get(on=christmas.on).name == "Natal di Katingan"
    assert Holiday.objects.get(on=new_year.on).is_cancelled
    assert date(2027, 1, 1) not in holiday_names()


def test_reloading_re_dates_as_well(raised, actor_for):
    _, day = min((abs(h.on - date(2027, 1, 1)), h.on) for h in Holiday.objects.all())
    later = wib(2026, 12, 28, 9)
    raise_obligations(raised, now=later, by=actor_for("joko"))
    Holiday.objects.filter(on=day).delete()
    Obligation.objects.filter(period="202612").delete()
    raise_obligations(raised, now=later, by=actor_for("joko"))
    before = of("dinkes", "202612").due_at
    added, moved = reload_holidays(raised, [day.year], by=actor_for("joko"), now=later)
    assert added == 1
    assert {move.obligation.period for move in moved} == {"202612"}
    assert of("dinkes", "202612").due_at > before


def test_a_days_own_of_the_district_is_removed_for_good(raised, actor_for):
    close_day(raised, DayChange(date(2026, 10, 20), "HUT Katingan"), by=actor_for("joko"), now=NOW)
    open_day(raised, Holiday.objects.get(on=date(2026, 10, 20)), by=actor_for("joko"), now=NOW)
    assert not Holiday.objects.filter(on=date(2026, 10, 20)).exists()


def test_lifting_a_waiver_counts_the_date_anew_and_resumes_the_chase(raised, actor_for):
    joko = actor_for("joko")
    waive(of("dinkes"), reason="Belum ada koperasi", by=joko, now=NOW)
    close_day(raised, CUTI, by=joko, now=NOW)
    lift_waiver(of("dinkes"), raised, reason="Koperasinya sudah ada", by=joko, now=NOW)
    row = of("dinkes")
    assert (row.waived_at, row.waived_reason, row.next_chase_at) == (None, "", NOW)
    assert row.due_at == wib(2026, 10, 15, 23, 59)
    events = {event.verb: event.reason for event in history_of(row)}
    assert events["membebaskan"] == "Belum ada koperasi"
    assert events["mencabut pembebasan"] == "Koperasinya sudah ada"


def test_a_waiver_stops_the_reviewers_clock_and_lifting_it_starts_the_clock_anew(raised, actor_for):
    joko = actor_for("joko")
    Obligation.objects.filter(pk=of("dinkes").pk).update(first_submitted_at=NOW, review_due_at=wib(2026, 10, 9, 23, 59))
    waive(of("dinkes"), reason="uji", by=joko, now=NOW)
    assert of("dinkes").review_due_at is None
    later = wib(2026, 11, 2, 9)
    lift_waiver(of("dinkes"), raised, reason="uji", by=joko, now=later)
    row = of("dinkes")
    assert (row.review_due_at, row.correction_due_at) == (wib(2026, 11, 9, 23, 59), None)
    assert row.next_chase_at == later


def test_grace_holds_for_the_periods_it_names_and_can_be_ended(raised, actor_for):
    joko = actor_for("joko")
    place = Subdistrict.objects.get(name="Katingan Hilir")
    grace = add_grace(place, working_days=3, reason="Tanpa sinyal", starts_on=date(2026, 11, 1), by=joko)
    with pytest.raises(CalendarRefused, match="sudah mendapat kelonggaran"):
        add_grace(place, working_days=2, reason="Lagi", starts_on=date(2026, 12, 1), by=joko)
    raise_obligations(raised, now=wib(2026, 11, 2, 8), by=joko)
    with_grace, without = of("kecamatan-katingan-hilir", "202611"), of("dinkes", "202611")
    assert with_grace.rule["grace"] == {"working_days": 3, "reason": "Tanpa sinyal"}
    assert with_grace.due_at > without.due_at
    assert of("kecamatan-katingan-hilir", "202610").rule["grace"] is None
    with pytest.raises(CalendarRefused, match="sebelum tanggal mulai"):
        end_grace(grace, ends_on=date(2026, 10, 31), by=joko)
    end_grace(grace, ends_on=date(2026, 11, 30), by=joko)
    raise_obligations(raised, now=wib(2026, 12, 2, 8), by=joko)
    assert of("kecamatan-katingan-hilir", "202612").rule["grace"] is None


def test_saturday_offices_are_exactly_those_ticked(raised, actor_for):
    chosen = of("dinkes").agency
    assert set_saturday_offices([chosen.pk], by=actor_for("joko")) == 1
    assert set_saturday_offices([chosen.pk], by=actor_for("joko")) == 0
    raise_obligations(raised, now=wib(2026, 11, 2, 8), by=actor_for("joko"))
    assert of("dinkes", "202611").due_at < of("dinsos", "202611").due_at
    assert set_saturday_offices([], by=actor_for("joko")) == 1


def test_closing_and_opening_a_day_twice_says_so_and_leaves_no_second_entry(raised, actor_for):
    joko = actor_for("joko")
    close_day(raised, CUTI, by=joko, now=NOW)
    row = Holiday.objects.get(on=CUTI.on)
    assert close_day(raised, CUTI, by=joko, now=NOW) == []
    open_day(raised, row, by=joko, now=NOW)
    with pytest.raises(CalendarRefused, match="12 Oktober 2026 sudah tercatat sebagai hari kerja"):
        open_day(raised, row, by=joko, now=NOW)
    assert [event.verb for event in history_of(row)] == ["membuka hari libur", "menambah hari libur"]
