"""Whether the portal's own jobs are alive, and what waits: for the page, for the first screen and for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Q

from katingan_portal.outbox.models import Message
from reporting.chasing.models import ChaseHold, Directive, JobRun
from reporting.chasing.queries import last_complete_run
from reporting.periods.models import Obligation

State = Message.State
SILENT_AFTER = timedelta(minutes=10)
DEEP_SILENT_AFTER = DEEP_BACKLOG_AFTER = timedelta(minutes=15)
DEEP_UNKNOWN_AFTER = timedelta(minutes=30)
# Of the e-mails of one day that ended; a handful says nothing.
DEEP_FAILED_ABOVE, DEEP_FAILED_AMONG = 0.2, 20


@dataclass(frozen=True)
class Job:
    """A line of the timetable. silent_after: None for a job that leaves a row only when there was something to do."""

    key: str
    label: str
    every: timedelta
    silent_after: timedelta | None = None


JOBS = (
    Job("raise", "Membuat kewajiban", timedelta(minutes=5), timedelta(minutes=20)),
    Job("tick", "Mengingatkan dan menagih", timedelta(minutes=1), SILENT_AFTER),
    Job("deliver", "Mengirim pesan", timedelta(minutes=1), SILENT_AFTER),
    Job("draft_letters", "Menyiapkan surat", timedelta(minutes=10)),
    Job("evidence_scan", "Pemeriksaan virus bukti", timedelta(minutes=1)),
    Job("evidence_sweep", "Pembersihan berkas bukti", timedelta(hours=6)),
)


@dataclass(frozen=True)
class Beat:
    """A job with its last complete run."""

    job: Job
    run: JobRun | None
    is_missed: bool

    @property
    def next_at(self) -> datetime | None:
        return self.run.started_at + self.job.every if self.run else None


def beats(now: datetime) -> list[Beat]:
    found = [(job, last_complete_run(job.key)) for job in JOBS]
    return [Beat(job, run, _is_missed(job, run, now)) for job, run in found]


def missed(now: datetime) -> list[Job]:
    """The jobs that should have run and have not."""
    return [beat.job for beat in beats(now) if beat.is_missed]


def is_silent(now: datetime, after: timedelta = SILENT_AFTER) -> bool:
    """Whether the tick has not completed a round for so long."""
    run = last_complete_run("tick")
    return run is None or run.finished_at is None or run.finished_at < now - after


def _is_missed(job: Job, run: JobRun | None, now: datetime) -> bool:
    if job.silent_after is None:
        return False
    return run is None or run.finished_at is None or run.finished_at < now - job.silent_after


def clock_note() -> str:
    """Why the last tick did nothing, if its clock could not be believed."""
    last = JobRun.objects.filter(job="tick", finished_at__isnull=False).first()
    return last.note if last else ""


@dataclass(frozen=True)
class Waiting:
    """What waits in one regency. due: messages whose moment has come; oldest_at: since when the first of them waits."""

    due: int
    later: int
    unknown: int
    dead: int
    oldest_at: datetime | None
    backlog: int
    backlog_since: datetime | None
    hold: ChaseHold | None


def waiting(now: datetime) -> Waiting:
    """Counts of the running regency, in four queries."""
    has_come = Q(state=State.PLANNED, next_attempt_at__lte=now)
    messages = Message.objects.filter(state__in=[State.PLANNED, State.UNKNOWN, *Message.DEAD]).aggregate(
        due=Count("pk", filter=has_come),
        later=Count("pk", filter=Q(state=State.PLANNED) & ~has_come),
        unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
        dead=Count("pk", filter=Q(state__in=Message.DEAD)),
        oldest_at=Min("next_attempt_at", filter=has_come),
    )
    looks = {"backlog": Count("pk"), "since": Min("next_chase_at")}
    obligations = Obligation.objects.order_by().filter(next_chase_at__lte=now).aggregate(**looks)
    directives = Directive.objects.order_by().filter(next_chase_at__lte=now).aggregate(**looks)
    since = [each["since"] for each in (obligations, directives) if each["since"]]
    return Waiting(
        **messages,
        backlog=obligations["backlog"] + directives["backlog"],
        backlog_since=min(since, default=None),
        hold=ChaseHold.objects.filter(released_at=None).first(),
    )


@dataclass(frozen=True)
class Total:
    """One figure over all regencies, e.g. ("messages", {"state": "planned", "channel": "email", …}, 3)."""

    name: str
    labels: dict[str, str]
    value: float


def totals(now: datetime) -> list[Total]:
    """Sums over all regencies, of which nothing can be told apart: see portal_totals in the migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, state, kind, channel, value FROM portal_totals(%s)", [now])
        return [
            Total(name, {key: value for key, value in zip(LABELS, labels, strict=True) if value}, float(value))
            for name, *labels, value in cursor.fetchall()
        ]


LABELS = ("state", "kind", "channel")


def ailments(now: datetime) -> list[str]:
    """What is wrong with the installation as a whole, in words for a monitor; [] when it is well."""
    found = totals(now)

    def value(name: str) -> float:
        return sum(total.value for total in found if total.name == name)

    ended = {
        state: sum(
            t.value for t in found if t.name == "messages_of_day" and t.labels.get("channel") == "email"
            and t.labels["state"] in states
        )
        for state, states in {"sent": (State.SENT,), "dead": Message.DEAD}.items()
    }  # fmt: skip
    both = ended["sent"] + ended["dead"]
    signs = {
        "tick_silent": is_silent(now, DEEP_SILENT_AFTER),
        "backlog_old": value("backlog_oldest_seconds") > DEEP_BACKLOG_AFTER.total_seconds(),
        "messages_old": value("messages_oldest_seconds") > DEEP_BACKLOG_AFTER.total_seconds(),
        "outcome_unknown": value("unknown_oldest_seconds") > DEEP_UNKNOWN_AFTER.total_seconds(),
        "many_failed": both >= DEEP_FAILED_AMONG and ended["dead"] / both > DEEP_FAILED_ABOVE,
    }
    return [name for name, is_so in signs.items() if is_so]
