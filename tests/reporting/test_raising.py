"""Raising what is owed: each once, whatever the rhythm, whoever else raises, and cheap where nothing is missing."""

import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from agencies.actions import name_slot, rename_agency
from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.models import AuditEvent
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.tasks import raise_in
from reporting.duties.actions import assign, end_assignment
from reporting.duties.models import Assignment, Duty, FormVersion, Indicator, ReportForm
from reporting.duties.rules import PeriodType
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation

WIB = ZoneInfo("Asia/Pontianak")
BY = Actor.system("Uji")
NOW = datetime(2026, 11, 4, 12, tzinfo=WIB)


@pytest.fixture
def here(katingan):
    with applied(Scope(katingan.pk)):
        yield katingan


def make_form(code, kind, since, duty=None, published=True):
    """A form of its own that asks one question, about one duty or about none."""
    form = ReportForm.objects.create(code=code, name=code, period_type=kind, collects_from=since)
    make_version(form, 1, f"{code}-1", duty, published)
    return form


def make_version(form, number, code, duty=None, published=True):
    version = FormVersion.objects.create(form=form, number=number, created_by_name="uji")
    Indicator.objects.create(version=version, duty=duty, code=code, order=1, label="Berapa?")
    if published:
        FormVersion.objects.filter(pk=version.pk).update(state="published", published_at=NOW)
    return version


def keys_of(form, agency="dinkes"):
    rows = Obligation.objects.filter(form=form, agency__code=agency)
    return list(rows.order_by("starts_on").values_list("period", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (PeriodType.WEEKLY, ["2026W42", "2026W43", "2026W44", "2026W45"]),
        (PeriodType.TWICE_MONTHLY, ["202610A", "202610B", "202611A"]),
        (PeriodType.MONTHLY, ["202610", "202611"]),
        (PeriodType.QUARTERLY, ["2026Q4"]),
        (PeriodType.HALF_YEARLY, ["2026S2"]),
        (PeriodType.YEARLY, ["2026"]),
    ],
)
def test_each_rhythm_is_raised_from_its_first_period_to_the_running_one(here, kind, keys):
    form = make_form("uji", kind, date(2026, 10, 14))
    raise_obligations(here, now=NOW, by=BY)
    assert keys_of(form) == keys
    assert raise_obligations(here, now=NOW, by=BY) == 0


@pytest.mark.django_db
def test_a_form_is_owed_only_by_who_bears_what_it_asks_about(here):
    duty = Duty.objects.get(code=_code_of_a_duty_of("dinkes"))
    about_one = make_form("satu", PeriodType.MONTHLY, date(2026, 11, 1), duty)
    about_none = make_form("umum", PeriodType.MONTHLY, date(2026, 11, 1))
    raise_obligations(here, now=NOW, by=BY)
    bearers = set(Assignment.objects.filter(duty=duty).values_list("agency__code", flat=True))
    assert set(Obligation.objects.filter(form=about_one).values_list("agency__code", flat=True)) == bearers
    assert Obligation.objects.filter(form=about_none).count() == 21


def _code_of_a_duty_of(agency):
    return Assignment.objects.filter(agency__code=agency, duty__is_common=False)[0].duty.code


@pytest.mark.django_db
def test_assignments_that_start_or_end_within_a_period_count_for_it(here):
    ReportForm.objects.update(is_active=False)
    duty = Duty.objects.get(code=_code_of_a_duty_of("dinkes"))
    Assignment.objects.exclude(duty=duty).delete()
    end_assignment(
        Assignment.objects.get(duty=duty, agency__code="dinkes"), ends_on=date(2026, 10, 1), reason="x", by=BY
    )
    assign(duty, Agency.objects.get(code="dinsos"), starts_on=date(2026, 10, 31), by=BY)
    form = make_form("uji", PeriodType.MONTHLY, date(2026, 9, 1), duty)
    raise_obligations(here, now=NOW, by=BY)
    assert keys_of(form) == ["202609", "202610"]
    assert keys_of(form, "dinsos") == ["202610", "202611"]


@pytest.mark.django_db
def test_an_agency_named_from_a_slot_owes_from_its_assignment_on_and_a_new_name_changes_nothing(here, actor_for):
    slot = Agency.objects.filter(is_slot=True).exclude(kind="leadership")[0]
    raise_obligations(here, now=NOW, by=BY)
    before = Obligation.objects.count()
    named = name_slot(slot, name="Dinas Baru", short_name="Baru", source_note="naskah", by=actor_for("joko"))
    assert raise_obligations(here, now=NOW, by=BY) == 0
    common = Duty.objects.filter(is_common=True)[0]
    assign(common, named, starts_on=date(2026, 10, 20), by=BY)
    assert raise_obligations(here, now=NOW, by=BY) == 2
    assert keys_of(ReportForm.objects.get(code="laporan-bulanan"), slot.code) == ["202610", "202611"]
    rename_agency(named, name="Dinas Lebih Baru", short_name="Lebih", source_note="naskah", by=actor_for("joko"))
    assert raise_obligations(here, now=NOW, by=BY) == 0
    assert Obligation.objects.count() == before + 2


@pytest.mark.django_db
def test_a_form_switched_off_rests_and_takes_up_what_it_missed(here):
    form = make_form("uji", PeriodType.MONTHLY, date(2026, 9, 1))
    raise_obligations(here, now=datetime(2026, 9, 3, 8, tzinfo=WIB), by=BY)
    ReportForm.objects.filter(pk=form.pk).update(is_active=False)
    raise_obligations(here, now=NOW, by=BY)
    assert keys_of(form) == ["202609"]
    ReportForm.objects.filter(pk=form.pk).update(is_active=True)
    raise_obligations(here, now=NOW, by=BY)
    assert keys_of(form) == ["202609", "202610", "202611"]


@pytest.mark.django_db
def test_a_form_without_a_published_version_asks_nothing_and_a_new_version_only_what_comes(here):
    form = make_form("uji", PeriodType.MONTHLY, date(2026, 10, 1), published=False)
    raise_obligations(here, now=NOW, by=BY)
    assert keys_of(form) == []
    first = FormVersion.objects.get(form=form)
    FormVersion.objects.filter(pk=first.pk).update(state="published", published_at=NOW)
    raise_obligations(here, now=NOW, by=BY)
    second = make_version(form, 2, "x")
    raise_obligations(here, now=datetime(2026, 12, 1, 8, tzinfo=WIB), by=BY)
    versions = dict(
        Obligation.objects.filter(form=form, agency__code="dinkes").values_list("period", "form_version_id")
    )
    assert versions == {"202610": first.pk, "202611": first.pk, "202612": second.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "moment", "newest"),
    [
        ("Asia/Pontianak", "2026-12-31T16:59:59+00:00", "202612"),
        ("Asia/Pontianak", "2026-12-31T17:00:00+00:00", "202701"),
        ("Asia/Makassar", "2026-12-31T15:59:59+00:00", "202612"),
        ("Asia/Makassar", "2026-12-31T16:00:00+00:00", "202701"),
        ("Asia/Jayapura", "2026-12-31T14:59:59+00:00", "202612"),
        ("Asia/Jayapura", "2026-12-31T15:00:00+00:00", "202701"),
    ],
)
def test_a_period_begins_at_local_midnight_also_at_the_year_end(here, zone, moment, newest):
    here.time_zone = zone
    here.save()
    raise_obligations(here, now=datetime.fromisoformat(moment), by=BY)
    form = ReportForm.objects.get(code="laporan-bulanan")
    assert keys_of(form)[-1] == newest
    due = Obligation.objects.filter(period="202612")[0]
    assert due.due_at.astimezone(here.zone).strftime("%H:%M") == "23:59"
    assert due.rule["time_zone"] == zone


@pytest.mark.django_db
def test_two_regencies_in_other_zones_raise_their_own_new_year(katingan, elsewhere):
    moment = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    newest = {}
    for regency in (katingan, elsewhere):
        with applied(Scope(regency.pk)):
            raise_obligations(regency, now=moment, by=BY)
            newest[regency.code] = Obligation.objects.order_by("-starts_on")[0].period
    assert newest == {"62.06": "202612", "62.99": "202701"}


@pytest.mark.django_db
def test_nothing_missing_costs_two_statements_however_long_the_history(here):
    Assignment.objects.update(starts_on=date(2024, 1, 1))
    for number, kind in enumerate(PeriodType):
        make_form(f"uji-{number}", kind, date(2024, 1, 1))
    made = raise_obligations(here, now=NOW, by=BY)
    assert made == Obligation.objects.count() > 3000
    with CaptureQueriesContext(connection) as asked:
        assert raise_obligations(here, now=NOW, by=BY) == 0
    statements = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len(statements) == 2


@pytest.mark.django_db
def test_a_quiet_look_asks_two_statements_beside_the_scope_and_the_transaction(katingan):
    raise_in(katingan, NOW)
    with CaptureQueriesContext(connection) as asked:
        raise_in(katingan, NOW)
    own = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"] and "set_config" not in each["sql"]]
    assert len(own) == 2, own


@pytest.mark.django_db
def test_the_database_refuses_a_second_obligation_for_the_same_period(here):
    raise_obligations(here, now=NOW, by=BY)
    row = Obligation.objects.all()[0]
    row.pk = None
    with pytest.raises(IntegrityError, match="obligation_once"), transaction.atomic():
        row.save(force_insert=True)


def test_raisers_at_the_same_moment_make_each_obligation_once(committed_db):
    regency = Regency.objects.get(code="62.06")
    start, made, failed = threading.Barrier(4), [], []

    def raise_too():
        try:
            start.wait()
            with transaction.atomic(), applied(Scope(regency.pk)):
                made.append(raise_obligations(regency, now=NOW, by=BY))
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=raise_too) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with applied(Scope(regency.pk)):
        there = Obligation.objects.count()
        written = AuditEvent.objects.filter(verb="kewajiban dibuat", thing_type="reporting.obligation").count()
    assert sorted(made) == [0, 0, 0, 84]
    assert there == written == 84
