"""The heartbeat: when it is red, what it counts, who may go on, and what monitoring is told."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from katingan_portal.audit.models import AuditEvent
from katingan_portal.outbox import rounds
from katingan_portal.outbox.actions import queue
from katingan_portal.outbox.models import Message
from katingan_portal.outbox.rounds import Delivered
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseHold, JobRun
from reporting.chasing.pulse import JOBS, ailments, beats, missed, totals, waiting
from reporting.chasing.upkeep import note_delivery, prune
from reporting.dashboards import pulse
from reporting.dashboards.metrics import Rows
from reporting.dashboards.pulse import _ailments_of, telling_runs
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation

pytestmark = pytest.mark.django_db
WATCHED = ["raise", "tick", "deliver"]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def alive(now):
    """Every job that always leaves a row has just run, and nothing waits."""
    JobRun.objects.all().delete()
    for job in WATCHED:
        ran(job, now)


def ran(job, at, **fields):
    return JobRun.objects.create(job=job, started_at=at, finished_at=at, **fields)


def quiet(regencies):
    for regency in regencies:
        with applied(Scope(regency.pk)):
            Obligation.objects.update(next_chase_at=None)


def test_a_job_that_stays_away_too_long_is_missed(alive, now):
    assert missed(now) == []
    assert [job.key for job in missed(now + timedelta(minutes=11))] == ["tick", "deliver"]
    assert [job.key for job in missed(now + timedelta(minutes=21))] == WATCHED


def test_a_job_that_never_ran_is_missed_unless_it_may_have_had_nothing_to_do(now):
    JobRun.objects.all().delete()
    assert [job.key for job in missed(now)] == WATCHED
    assert {job.key for job in JOBS} - set(WATCHED) == {"draft_letters", "evidence_scan", "evidence_sweep"}


def test_a_run_that_stopped_because_of_the_clock_is_not_a_complete_one(alive, now):
    ran("tick", now + timedelta(minutes=12), note="Jam server melompat.")
    assert "tick" in [job.key for job in missed(now + timedelta(minutes=12))]


def test_the_next_round_is_expected_after_the_last(alive, now):
    assert {beat.job.key: beat.next_at for beat in beats(now)}["raise"] == now + timedelta(minutes=5)


def test_what_waits_in_this_regency_is_counted(katingan, now, ani, actor_for):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=now, by=actor_for("joko"))
        Obligation.objects.update(next_chase_at=None)
        Message.objects.all().delete()
        Obligation.objects.filter(agency__code="dinkes").update(next_chase_at=now - timedelta(minutes=3))
        mine = Obligation.objects.filter(agency__code="dinkes").count()
        found = waiting(now)
        assert (found.backlog, found.backlog_since, found.due) == (mine, now - timedelta(minutes=3), 0)
        a_message(ani, "satu", next_attempt_at=now - timedelta(minutes=2))
        a_message(ani, "dua", next_attempt_at=now + timedelta(hours=1))
        a_message(ani, "tiga", state="failed")
        found = waiting(now)
        assert (found.due, found.later, found.unknown, found.dead) == (1, 1, 0, 1)
        assert found.oldest_at == now - timedelta(minutes=2)


def a_message(user, key, **fields):
    queue(
        key=key, kind="report_accepted", channel="email", recipient=user, address="a@uji.example", subject="x",
        body_text="x", body_html="x", expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    Message.objects.filter(key=key).update(**fields)


# The record of deliveries, and its thinning out.


def test_deliveries_of_one_minute_share_a_row(now):
    JobRun.objects.all().delete()
    note_delivery(Delivered(now, taken=3, sent=2, failed=1))
    note_delivery(Delivered(now + timedelta(seconds=15), taken=1, sent=1, failed=0))
    note_delivery(Delivered(now + timedelta(seconds=75), taken=0, sent=0, failed=0))
    rows = JobRun.objects.filter(job="deliver").order_by("started_at")
    assert list(rows.values_list("checked", "acted", "failed")) == [(4, 3, 1), (0, 0, 0)]


def test_a_round_of_delivery_tells_how_its_claims_ended(now):
    JobRun.objects.all().delete()
    rounds.tell(now - timedelta(minutes=5), 0)
    for state in (Message.State.SENT, Message.State.FAILED, Message.State.CANCELLED, Message.State.BOUNCED):
        rounds.note_end(state)
    rounds.tell(now, 4)
    assert list(JobRun.objects.order_by("started_at").values_list("checked", "acted", "failed"))[1:] == [(4, 1, 2)]


def test_old_runs_are_thinned_out_to_the_last_of_each_day(now):
    JobRun.objects.all().delete()
    long_ago = (now - timedelta(days=100)).replace(hour=3)
    for hours in (0, 1, 2):
        ran("tick", long_ago + timedelta(hours=hours))
    ran("raise", long_ago)
    ran("tick", long_ago + timedelta(days=1))
    recent = [ran("tick", now - timedelta(days=89, minutes=minutes)).started_at for minutes in (0, 5)]
    assert prune(now) == 2
    kept = set(JobRun.objects.values_list("job", "started_at"))
    assert kept == {
        ("tick", long_ago + timedelta(hours=2)), ("raise", long_ago), ("tick", long_ago + timedelta(days=1)),
        *(("tick", at) for at in recent),
    }  # fmt: skip
    assert prune(now) == 0


# What monitoring is told.


@pytest.fixture(autouse=True)
def nothing_remembered():
    _ailments_of.cache_clear()
    yield
    _ailments_of.cache_clear()


def test_asking_again_and_again_counts_once_until_a_few_seconds_have_passed(alive, katingan, elsewhere, monkeypatch):
    quiet([katingan, elsewhere])
    asked = []
    monkeypatch.setattr(pulse, "ailments", lambda now: asked.append(now) or ["tick_silent"] * (len(asked) > 1))
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False) as clock:
        assert [Client().get("/healthz/deep").status_code for _ in range(3)] == [200, 200, 200]
        assert len(asked) == 1
        clock.shift(timedelta(seconds=pulse.DEEP_HEALTH_SECONDS))
        assert [Client().get("/healthz/deep").status_code for _ in range(3)] == [503, 503, 503]
        clock.shift(-timedelta(days=1))
        Client().get("/healthz/deep")
    assert len(asked) == 3, "a clock that was set back must not keep an answer alive"


def test_what_cannot_be_known_is_not_remembered(monkeypatch):
    answers = [ConnectionError("no database"), []]

    def look(now):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(pulse, "ailments", look)
    client = Client(raise_request_exception=False)
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False):
        assert [client.get("/healthz/deep").status_code for _ in range(2)] == [500, 200]


def test_a_well_installation_answers_200_without_a_name(alive, katingan, elsewhere):
    quiet([katingan, elsewhere])
    answer = Client().get("/healthz/deep")
    assert (answer.status_code, answer.json()) == (200, {"well": True, "wrong": []})
    assert Client().get("/healthz").json() == {"database": "ok", "tick": "ok"}


def test_a_silent_tick_answers_503(katingan, elsewhere, now):
    JobRun.objects.all().delete()
    quiet([katingan, elsewhere])
    ran("tick", now - timedelta(minutes=16))
    answer = Client().get("/healthz/deep")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["tick_silent"])
    assert Client().get("/healthz").status_code == 200


def test_what_is_not_looked_at_anywhere_is_wrong_but_not_what_a_person_holds(
    alive, katingan, elsewhere, now, actor_for
):
    with applied(Scope(katingan.pk)):
        raise_obligations(katingan, now=now, by=actor_for("joko"))
    quiet([katingan, elsewhere])
    with applied(Scope(katingan.pk)):
        Obligation.objects.filter(agency__code="dinkes").update(next_chase_at=now - timedelta(minutes=14))
    assert ailments(now) == []
    assert ailments(now + timedelta(minutes=1, seconds=1)) == ["backlog_old"]
    with applied(Scope(katingan.pk)):
        ChaseHold.objects.create(count=9, usual=1, held_at=now)
    assert ailments(now + timedelta(minutes=2)) == []
    assert [total.value for total in totals(now) if total.name == "holds"] == [1.0]


def test_old_doubts_and_many_failures_are_wrong(alive, katingan, elsewhere, now, ani):
    quiet([katingan, elsewhere])
    with applied(Scope(katingan.pk)):
        a_message(ani, "ragu", state="unknown", handed_over_at=now - timedelta(minutes=31))
        assert ailments(now) == ["outcome_unknown"]
        Message.objects.filter(key="ragu").update(state="sent", sent_at=now)
        for number in range(20):
            a_message(ani, f"gagal{number}", state="failed" if number < 5 else "sent", sent_at=now)
        assert ailments(now) == ["many_failed"]


def test_metrics_are_there_only_with_the_token(alive, settings, client_for):
    assert Client().get("/metrics").status_code == 404
    settings.PORTAL_METRICS_TOKEN = "rahasia-prometheus"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer salah"}).status_code == 404
    assert client_for("joko").get("/metrics").status_code == 404
    answer = Client().get("/metrics", headers={"Authorization": "Bearer rahasia-prometheus"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")


def figures(settings):
    settings.PORTAL_METRICS_TOKEN = "rahasia-prometheus"
    answer = Client().get("/metrics", headers={"Authorization": "Bearer rahasia-prometheus"})
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def test_metrics_sum_over_all_regencies(alive, settings, katingan, elsewhere, ani, dewi, now):
    before = figures(settings)
    key = 'portal_messages_open{channel="email",kind="report_accepted",state="planned"}'
    for regency, user in ((katingan, ani), (elsewhere, dewi)):
        with applied(Scope(regency.pk)):
            a_message(user, "satu", next_attempt_at=now + timedelta(hours=1))
    after = figures(settings)
    assert float(after[key]) - float(before.get(key, 0)) == 2
    assert after['portal_job_missed{job="tick"}'] == "0.0"
    assert float(after['portal_job_last_success_timestamp_seconds{job="tick"}']) == pytest.approx(
        now.timestamp(), abs=1
    )
    assert any(name.startswith("portal_doorbell_missed") for name in after)
    assert "62.99" not in str(after), "no regency can be told apart"


def test_the_alert_rules_name_only_metrics_that_exist(alive, settings):
    rules = (settings.BASE_DIR / "docs/guides/alerts.yml").read_text()
    named = set(re.findall(r"portal_[a-z_]+", rules))
    assert named <= {family.name for family in Rows(timezone.now()).collect()}
    assert len(named) >= 7


# The page.


def test_the_page_is_red_while_a_job_is_silent(alive, client_for):
    client = client_for("joko")
    assert "Penagih otomatis berjalan." in client.get("/denyut/").content.decode()
    JobRun.objects.filter(job="deliver").delete()
    assert "Mengirim pesan tidak berjalan." in client.get("/denyut/").content.decode()
    JobRun.objects.filter(job="tick").delete()
    assert "Penagih otomatis diam." in client.get("/denyut/").content.decode()
    assert "Penagih otomatis diam" in client.get("/").content.decode()


def test_the_page_says_that_the_clock_is_not_believed(alive, client_for, now):
    ran("tick", now + timedelta(seconds=1), note="Jam server melompat; penagihan menunggu.")
    assert "Jam server tidak bisa dipercaya." in client_for("joko").get("/denyut/").content.decode()


def test_the_page_lists_runs_that_did_something_or_went_wrong(alive, now):
    JobRun.objects.all().delete()
    ran("tick", now)
    told = [ran("tick", now, acted=3), ran("raise", now, failed=1), ran("tick", now, note="Jam server mundur.")]
    told.append(JobRun.objects.create(job="tick", started_at=now))
    assert telling_runs() == told[::-1]


def test_who_manages_duties_lets_the_chase_go_on(alive, katingan, client_for):
    with applied(Scope(katingan.pk)):
        ChaseHold.objects.create(count=900, usual=12, held_at=timezone.now())
    for name in ("ani", "gita", "hadi", "indra"):
        assert client_for(name).post("/denyut/lanjutkan/").status_code == 404, name
    client = client_for("joko")
    assert "900 tahap" in client.get("/denyut/").content.decode()
    assert "Penagihan ditahan" in client.get("/").content.decode()
    assert "Lanjutkan penagihan 900 tahap sekaligus?" in client.get("/denyut/lanjutkan/").content.decode()
    with applied(Scope(katingan.pk)):
        assert ChaseHold.objects.filter(released_at=None).exists(), "asking changes nothing"
    assert client.post("/denyut/lanjutkan/").status_code == 302
    with applied(Scope(katingan.pk)):
        assert not ChaseHold.objects.filter(released_at=None).exists()
        assert AuditEvent.objects.filter(verb="melanjutkan penagihan").count() == 1
    assert "tidak sedang ditahan" in client.post("/denyut/lanjutkan/", follow=True).content.decode()


def test_the_page_asks_as_much_after_many_runs_as_after_one(alive, client_for, now):
    def cost():
        client = client_for("joko")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/denyut/").status_code == 200
        return len(queries)

    first = cost()
    for minutes in range(30):
        ran("tick", now - timedelta(minutes=minutes))
    assert (first, cost()) == (36, 36)
