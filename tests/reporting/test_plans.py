"""What will happen if nothing is done: dates, people and words, as far as each reader may know them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.months import months_of
from reporting.chasing.plans import Subject, names_all, names_nobody, names_own_party, plan_for
from reporting.periods.actions import raise_obligations
from reporting.periods.clocks import Clock
from reporting.periods.models import Holiday, Obligation

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
BEFORE = datetime(2026, 10, 5, 9, tzinfo=WIB)


@pytest.fixture
def september(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=BEFORE, by=actor_for("joko"))
        yield Obligation.objects.select_related("agency", "form").get(agency__code="dinkes", period="202609")


def planned(obligation, regency, may_name=names_all, clock=Clock.FILING, now=BEFORE):
    return plan_for(Subject(obligation, clock, obligation.due_at), regency, now, may_name=may_name)


def reached(line):
    return {reach.label: reach.people for reach in line.reach}


def test_each_step_stands_at_its_working_day_with_the_closed_days_that_moved_it(katingan, september):
    Holiday.objects.create(on=date(2026, 10, 16), name="Hari Uji", kind="local")
    steps = planned(september, katingan).steps
    days = [(line.step.offset, line.at.astimezone(WIB).date().isoformat()) for line in steps]
    assert days[:5] == [
        (-5, "2026-10-07"), (-1, "2026-10-13"), (0, "2026-10-14"), (1, "2026-10-15"), (3, "2026-10-20"),
    ]  # fmt: skip
    third = planned(september, katingan).steps[4]
    assert (third.when, third.skipped) == ("3 hari kerja sesudah tenggat", ((date(2026, 10, 16), "Hari Uji"),))


def test_what_repeats_is_shown_with_its_next_times(katingan, september):
    last = [line for line in planned(september, katingan).steps if line.repeats]
    assert [line.when for line in last] == [f"{days} hari kerja sesudah tenggat" for days in (21, 26, 31)]


def test_the_coming_step_is_the_first_whose_moment_has_not_passed(katingan, september):
    plan = planned(september, katingan)
    third, last = plan.steps[2], plan.steps[-1]
    assert plan.coming(BEFORE) == plan.steps[0]
    assert plan.coming(third.at - timedelta(minutes=1)) == third
    assert plan.coming(third.at) == plan.steps[3]
    assert plan.coming(last.at) is None


def test_names_are_told_only_to_who_may_know_them(katingan, september):
    third = planned(september, katingan).steps[4]
    assert reached(third)["operator"] == ("Ani Operator (Operator)", "Lina Rangkap (Operator)")
    own = reached(planned(september, katingan, names_own_party).steps[4])
    assert own["operator"] == reached(third)["operator"]
    assert own["koordinator"] == ("Koordinator",)
    assert reached(planned(september, katingan, names_nobody).steps[4])["operator"] == ("Operator", "Operator")


def test_an_audience_without_people_says_so(katingan, september):
    top = planned(september, katingan).steps[-1]
    assert reached(top)["Sekretaris Daerah"] == ()


def test_the_words_are_those_of_the_real_message(katingan, september, settings):
    first = planned(september, katingan).steps[3]
    assert first.letter.subject == "Terlambat 1 hari: Laporan bulanan Koperasi Merah Putih September 2026"
    assert "Mohon perhatian Anda." in first.letter.text
    assert first.channels == "lewat portal, e-mail (tidak bisa dimatikan), dalam ringkasan harian"
    settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = "x", "1"
    assert "WhatsApp bila diminta penerimanya" in first.channels


def test_the_months_mark_due_day_closed_days_and_steps(katingan, september):
    months = months_of(planned(september, katingan), BEFORE.date(), katingan.zone)
    assert [month.label for month in months][:2] == ["Oktober 2026", "November 2026"]
    days = {day.on: day for week in months[0].weeks for day in week if day.is_of_month}
    assert len(days) == 31
    assert (days[date(2026, 10, 14)].is_due, [s.step.offset for s in days[date(2026, 10, 14)].steps]) == (True, [0])
    assert (days[date(2026, 10, 17)].is_closed, days[date(2026, 10, 16)].is_closed) == (True, False)
    assert days[date(2026, 10, 5)].is_today


def test_a_plan_costs_the_same_for_an_agency_with_many_people(katingan, september):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            planned(september, katingan)
        return len(queries)

    first = cost()
    assert first == 7
    for number in range(3):
        user = User.objects.create(username=f"baru{number}", full_name=f"Baru {number}", email="")
        Membership.objects.create(
            regency_id=katingan.pk, user=user, agency=september.agency, role="operator", starts_on=date(2025, 1, 1)
        )
    assert cost() == first


# The pages.


@pytest.fixture
def current(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=timezone.now(), by=actor_for("joko"))
        return Obligation.objects.select_related("agency", "form").filter(agency__code="dinkes").order_by("-due_at")[0]


def test_anyone_of_the_district_sees_what_will_happen_but_only_some_the_names(client_for, current):
    names = {}
    for name in ("ani", "citra", "gita", "joko"):
        response = client_for(name).get(f"/laporan/{current.pk}/bila-terlambat/")
        assert response.status_code == 200, name
        names[name] = "Budi" in response.content.decode()
    assert names == {"ani": True, "citra": False, "gita": True, "joko": True}
    assert client_for("dewi").get(f"/laporan/{current.pk}/bila-terlambat/").status_code == 404


def test_the_page_begins_with_a_link_to_the_coming_step_when_earlier_ones_have_passed(client_for, current):
    address = f"/laporan/{current.pk}/bila-terlambat/"
    first = client_for("ani").get(address).context["plan"].steps[0]
    link = f'href="#tahap-{first.number + 1}">'
    with time_machine.travel(first.at - timedelta(minutes=1), tick=False):
        assert "Berikutnya:" not in client_for("ani").get(address).content.decode()
    with time_machine.travel(first.at, tick=False):
        page = client_for("ani").get(address).content.decode()
    assert link in page.split("Berikutnya:")[1].split("</p>")[0]


def test_that_a_report_was_returned_is_not_told_to_other_agencies(client_for, current, katingan):
    with applied(Scope(katingan.pk)):
        Obligation.objects.filter(pk=current.pk).update(
            first_submitted_at=timezone.now(), correction_due_at=timezone.now()
        )
    address = f"/laporan/{current.pk}/bila-terlambat/"
    assert "Tagihan perbaikan" in client_for("ani").get(address).content.decode()
    assert "Sudah dikirim" in client_for("citra").get(address).content.decode()


def test_the_preview_shows_any_clock_for_a_chosen_day(client_for, current):
    page = client_for("joko").get("/tangga/kalender/?jam=filing&perangkat=dinkes&tanggal=2026-12-23").content.decode()
    assert "Desember 2026" in page
    assert "Natal" in page
    assert "24 Desember 2026 pukul 08.00 WIB" not in page, "cuti bersama"
    for clock in Clock:
        assert client_for("joko").get(f"/tangga/kalender/?jam={clock}").status_code == 200


def test_the_preview_survives_what_makes_no_sense(client_for, current):
    response = client_for("joko").get("/tangga/kalender/?jam=x&formulir=y&perangkat=z&tanggal=besok")
    assert response.status_code == 200
