"""Districts, people and obligations by the thousand, made by a few statements: for benchmarks and for fault tests.

Everything is relative to one moment, `now`, which must be a working day between 08.00 and 16.00 in all of Indonesia:
an obligation that is due for the chase is so because a rung of the shipped ladder comes at 08.00 of that very day.
Runs as the owner role, in a database where nobody else works.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.outbox import delivery
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.tenancy.bulk import default_of
from reporting.chasing import tasks, watch
from reporting.chasing.actions import read_ladder
from reporting.chasing.models import ChaseNotice, ChaseStep, Directive, LadderStep
from reporting.duties.models import Assignment, Decree, Duty, FormVersion, ReportForm
from reporting.duties.rules import PeriodType
from reporting.periods.calendar import CHASE_TIME, OfficeCalendar, periods_between
from reporting.periods.models import Obligation, Promise

WIB = ZoneInfo("Asia/Jakarta")
# A Thursday without a holiday anywhere near: what falls due lies on ordinary days.
NOW = datetime(2026, 10, 15, 9, tzinfo=WIB)
BEARERS = 21
FIRST_CODE = 7000  # regencies 70.00, 70.01, …: no province has such a number
MANY = 1000
PROMISED, BROKEN = "promise", "broken"


@dataclass(frozen=True)
class Size:
    """agencies bearing duties × forms × months is what one regency owes; `due` of them are to be chased at once.

    kinds: how many different situations there are on one day in one regency; a month's reports share their due day.
    has_past: the digests of the days before lie in the outbox, too.
    """

    regencies: int
    forms: int
    months: int
    due: int
    kinds: int = MANY
    has_past: bool = False

    @property
    def obligations(self) -> int:
        return self.regencies * BEARERS * self.forms * self.months


@dataclass(frozen=True)
class Situation:
    """Why an obligation is looked at just now: a clock, its due day, and the steps that were taken before."""

    clock: str
    due_on: date
    taken: tuple[str, ...]


def situations(today: date) -> list[Situation]:
    """Each rung of each ladder once at its own time; two outages; a promise of today and one that was broken."""
    calendar = OfficeCalendar()
    found = [*_in_time("filing", today), *_in_time("correction", today), *_in_time("review", today)]
    found += [Situation("filing", calendar.shift(today, -offset), ()) for offset in (3, 9)]
    late = Situation("filing", calendar.shift(today, -2), ("pengingat-5", "pengingat", "hari-tenggat", "tagihan-1"))
    return [*found, *(Situation(clock, late.due_on, late.taken) for clock in (PROMISED, BROKEN))]


def _in_time(clock: str, today: date) -> Iterator[Situation]:
    steps = [step for step in read_ladder() if step.get("clock", "filing") == clock]
    for place, step in enumerate(steps):
        before = tuple(earlier["code"] for earlier in steps[:place])
        yield Situation(clock, OfficeCalendar().shift(today, -step["offset"]), before)


def build(cursor: Any, size: Size, now: datetime = NOW) -> None:
    """Make the world; the caller commits, and runs ANALYZE where plans matter."""
    today = now.astimezone(WIB).date()
    months = list(periods_between(PeriodType.MONTHLY, date(today.year - 9, 1, 1), today))[-size.months :]
    values = {
        "count": size.regencies, "forms": size.forms, "due": size.due, "kinds": size.kinds,
        "bearers": BEARERS, "first": FIRST_CODE,
        "now": now, "today": today, "at": CHASE_TIME,
        "since": months[0].starts_on, "yesterday": OfficeCalendar().shift(today, -1),
        "later": OfficeCalendar().shift(today, 20),
    }  # fmt: skip
    _tell(cursor, "months", "key text, starts_on date, ends_on date", [(m.key, m.starts_on, m.ends_on) for m in months])
    kinds = [(n, each.clock, each.due_on, list(each.taken)) for n, each in enumerate(situations(today))]
    _tell(cursor, "situations", "n int, clock text, due_on date, taken text[]", kinds)
    _tell(cursor, "ladder", LADDER, [_rung(step) for step in read_ladder()])
    for step in STEPS + (PAST if size.has_past else ()):
        if isinstance(step, str):
            cursor.execute(step, values)
        else:
            _insert(cursor, *step, values)


def _insert(
    cursor: Any, model: type[models.Model], columns: dict[str, str], source: str, values: dict[str, Any]
) -> None:
    """INSERT … SELECT; what `columns` does not name takes the model's own default, also in fields still to come."""
    fields = {field.column: field for field in model._meta.concrete_fields if not field.primary_key}
    defaults = {name: default_of(field) for name, field in fields.items() if name not in columns}
    constants = [f"%({name}_)s::{fields[name].db_type(connection)}" for name in defaults]
    names = ", ".join(f'"{name}"' for name in [*columns, *defaults])
    chosen = ", ".join([*columns.values(), *constants])
    statement = f"INSERT INTO {model._meta.db_table} ({names}) SELECT {chosen} FROM {source}"
    cursor.execute(statement, values | {f"{name}_": value for name, value in defaults.items()})


def shift_clock(by: timedelta) -> None:
    """From now on in this process, every part of the chase that reads the database's clock sees it moved."""
    read = delivery.database_now
    for module in (delivery, tasks, watch):
        module.database_now = lambda: read() + by  # type: ignore[attr-defined]


def _tell(cursor: Any, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """What SQL is to know of the calendar and the ladder, as a table of this session."""
    cursor.execute(f"DROP TABLE IF EXISTS given_{table}; CREATE TEMP TABLE given_{table} ({columns})")
    marks = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO given_{table} VALUES ({marks})", rows)


LADDER = (
    "code text, clock text, off int, audiences text[], label text, tone text, letter text, again int, must bool,"
    " urgent bool"
)


def _rung(step: dict[str, Any]) -> tuple[Any, ...]:
    return (
        step["code"], step.get("clock", "filing"), step["offset"], step["audiences"], step["label"],
        step.get("tone", "reminder"), step.get("letter", ""), step.get("repeat_every", 0), step.get("mandatory", False),
        step.get("urgent", False),
    )  # fmt: skip


REGENCIES = """
CREATE TEMP TABLE made ON COMMIT DROP AS
WITH new AS (
    INSERT INTO tenancy_regency (code, name, province, time_zone, is_demo, created_at)
    SELECT substr(code, 1, 2) || '.' || substr(code, 3), 'Kabupaten Coba ' || n, 'Coba',
        (ARRAY['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'])[1 + n %% 3], false, %(now)s
    FROM generate_series(0, %(count)s - 1) n, LATERAL (SELECT (%(first)s + n)::text) AS given (code)
    RETURNING id, code, time_zone
) SELECT * FROM new
"""
AGENCIES = (
    Agency,
    {"regency_id": "r.id", "code": "o.code", "kind": "o.kind", "name": "o.name", "short_name": "o.name",
     "is_coordinator": "o.code = 'dkukmp'", "works_saturday": "o.n %% 7 = 6"},
    """made r, (
        SELECT 1000 + n, code, kind, name FROM (VALUES (0, 'setda', 'leadership', 'Sekretariat Daerah'),
            (1, 'bupati', 'leadership', 'Kantor Bupati'), (2, 'dkukmp', 'opd', 'Dinas Koperasi')) AS v (n, code, kind,
            name)
        UNION ALL SELECT n, 'dinas-' || n, 'opd', 'Dinas ' || n FROM generate_series(1, %(bearers)s) n
    ) AS o (n, code, kind, name)""",
)  # fmt: skip
# Two or three people of each agency (a deputy in every third), the coordinator, and the leadership.
SEATS = """
CREATE TEMP TABLE seats ON COMMIT DROP AS
SELECT a.regency_id, a.id AS agency_id, role, row_number() OVER () AS n
FROM made r JOIN agencies_agency a ON a.regency_id = r.id,
LATERAL unnest(CASE WHEN a.kind = 'leadership' THEN ARRAY['executive']
    WHEN a.code = 'dkukmp' THEN ARRAY['coordinator', 'head']
    WHEN a.id %% 3 = 0 THEN ARRAY['operator', 'head', 'deputy'] ELSE ARRAY['operator', 'head'] END) AS role
"""
PEOPLE = (
    User,
    {"password": "'!'", "username": "'coba-' || n", "full_name": "'Orang Coba ' || n",
     "email": "'coba-' || n || '@kabupaten-' || regency_id || '.example'"},
    "seats",
)  # fmt: skip
SEATED = "seats s JOIN accounts_user u ON u.username = 'coba-' || s.n"
MEMBERSHIPS = (
    Membership,
    {"regency_id": "s.regency_id", "user_id": "u.id", "agency_id": "s.agency_id", "role": "s.role",
     "starts_on": "DATE '2020-01-01'"},
    SEATED,
)  # fmt: skip
AWAY = "CASE WHEN s.n %% 11 = 0 THEN %(today)s END"
CONTACTS = (
    Contact,
    {"regency_id": "s.regency_id", "user_id": "u.id", "email_reminders": "s.n %% 4 > 0", "digest_hour": "6 + s.n %% 3",
     "away_from": AWAY, "away_until": AWAY},
    f"{SEATED} WHERE s.n %% 3 = 0",
)  # fmt: skip
FORMS = (
    ReportForm,
    {"regency_id": "r.id", "code": "'formulir-' || n", "name": "'Laporan coba ' || n", "collects_from": "%(since)s"},
    "made r, generate_series(1, %(forms)s) n",
)
VERSIONS = (
    FormVersion,
    {"regency_id": "f.regency_id", "form_id": "f.id", "number": "1", "state": "'published'",
     "created_by_name": "'Coba'", "published_at": "%(now)s", "published_by_name": "'Coba'"},
    "made r JOIN reporting_reportform f ON f.regency_id = r.id",
)  # fmt: skip
LADDERS = (
    LadderStep,
    {"regency_id": "r.id", "code": "g.code", "clock": "g.clock", "offset": "g.off", "label": "g.label",
     "tone": "g.tone", "audiences": "g.audiences::varchar(12)[]", "letter": "g.letter", "repeat_every": "g.again",
     "is_mandatory": "g.must", "is_urgent": "g.urgent"},
    "made r, given_ladder g",
)  # fmt: skip
# Everybody bears one duty, so that all that is owed is there and raising finds nothing missing.
DECREES = (
    Decree,
    {"regency_id": "r.id", "number": "'1'", "title": "'Coba'", "issuer": "'Coba'"},
    "made r",
)
DUTIES = (
    Duty,
    {"regency_id": "d.regency_id", "decree_id": "d.id", "code": "'coba'", "order": "1", "article": "'Satu'",
     "text": "'melaporkan'"},
    "made r JOIN reporting_decree d ON d.regency_id = r.id",
)  # fmt: skip
ASSIGNMENTS = (
    Assignment,
    {"regency_id": "d.regency_id", "duty_id": "d.id", "agency_id": "a.id", "starts_on": "%(since)s"},
    """made r JOIN reporting_duty d ON d.regency_id = r.id
    JOIN agencies_agency a ON a.regency_id = r.id AND a.kind = 'opd' AND NOT a.is_coordinator""",
)
# clock is NULL for what is not due: settled, or one in twenty owed later on.
PLAN = """
CREATE TEMP TABLE plan ON COMMIT DROP AS
SELECT p.*, s.clock, s.taken, s.clock IS NULL AND p.n %% 20 > 0 AS is_settled,
    (COALESCE(s.due_on, CASE WHEN p.n %% 20 = 0 THEN %(later)s ELSE p.ends_on + 14 END) + TIME '23:59')
        AT TIME ZONE p.time_zone AS due_at
FROM (
    SELECT r.id AS regency_id, r.time_zone, a.id AS agency_id, f.id AS form_id, v.id AS version_id, m.*,
        row_number() OVER (PARTITION BY r.id ORDER BY m.starts_on DESC, f.id, a.id) AS n
    FROM made r JOIN agencies_agency a ON a.regency_id = r.id AND a.kind = 'opd' AND NOT a.is_coordinator
    JOIN reporting_reportform f ON f.regency_id = r.id JOIN reporting_formversion v ON v.form_id = f.id,
    given_months m
) AS p
LEFT JOIN given_situations s ON p.n <= %(due)s
    AND s.n = (p.regency_id + p.n %% %(kinds)s) %% (SELECT count(*) FROM given_situations)
"""
THIS_MORNING = "(%(today)s + %(at)s::time) AT TIME ZONE time_zone"
# In rounds of review and correction due_at, the moment of the plan, is that of the round; the report came before.
OBLIGATIONS = (
    Obligation,
    {
        "regency_id": "regency_id", "agency_id": "agency_id", "form_id": "form_id", "form_version_id": "version_id",
        "period": "key", "starts_on": "starts_on", "ends_on": "ends_on", "due_at": "due_at",
        "original_due_at": "due_at",
        "rule": """jsonb_build_object('kind', 'working_days', 'count', 10, 'shift', 'next', 'grace', NULL,
            'works_saturday', false, 'sentence', 'Hari kerja ke-10 setelah bulan itu berakhir, pukul 23.59.', 'skipped',
            '[]'::jsonb, 'time_zone', time_zone, 'is_portal_default', true, 'duties', '[]'::jsonb, 'duty_versions',
            '{}'::jsonb)""",
        "raised_at": "ends_on",
        "first_submitted_at": """CASE WHEN is_settled OR clock IN ('review', 'correction')
            THEN due_at - INTERVAL '9 d' END""",
        "accepted_at": "CASE WHEN is_settled THEN due_at END",
        "review_due_at": "CASE WHEN clock = 'review' THEN due_at END",
        "correction_due_at": "CASE WHEN clock = 'correction' THEN due_at END",
        "promise_due_at": """(CASE clock WHEN 'promise' THEN %(today)s WHEN 'broken' THEN %(yesterday)s END
            + TIME '23:59') AT TIME ZONE time_zone""",
        "next_chase_at": f"""CASE WHEN clock IS NOT NULL THEN {THIS_MORNING}
            WHEN NOT is_settled THEN due_at - INTERVAL '9 d' END""",
    },
    "plan",
)  # fmt: skip
PROMISES = (
    Promise,
    {"regency_id": "o.regency_id", "obligation_id": "o.id", "agency_id": "o.agency_id", "promised_on": "%(today)s",
     "due_at": "o.promise_due_at", "reason": "'Data belum lengkap.'", "made_at": "o.promise_due_at - INTERVAL '2 d'",
     "made_by_name": "'Coba'"},
    "made r JOIN reporting_obligation o ON o.regency_id = r.id WHERE o.promise_due_at IS NOT NULL",
)  # fmt: skip
PLANNED = """plan p JOIN reporting_obligation o ON o.regency_id = p.regency_id AND o.agency_id = p.agency_id
    AND o.form_id = p.form_id AND o.period = p.key"""
# A few of what is owed later on are asked for by the Bupati's office already.
DIRECTIVES = (
    Directive,
    {"regency_id": "o.regency_id", "obligation_id": "o.id", "agency_id": "o.agency_id", "text": "'Mohon segera.'",
     "due_at": "(%(yesterday)s + TIME '23:59') AT TIME ZONE time_zone", "given_by_name": "'Coba'",
     "given_at": "%(now)s::timestamptz - INTERVAL '9 d'", "next_chase_at": THIS_MORNING},
    f"{PLANNED} WHERE p.clock IS NULL AND NOT p.is_settled AND p.n <= %(due)s + 40",
)  # fmt: skip
HISTORY = (
    ChaseStep,
    {"regency_id": "o.regency_id", "obligation_id": "o.id", "step_id": "l.id", "clock": "l.clock", "due_at": "p.due_at",
     "state": "'fired'", "label": "l.label", "offset": "l.offset", "tone": "l.tone", "letter": "l.letter",
     "planned_at": "%(now)s::timestamptz - INTERVAL '1 d'", "taken_at": "%(now)s::timestamptz - INTERVAL '1 d'",
     "recipients": "2"},
    f"{PLANNED} JOIN reporting_ladderstep l ON l.regency_id = p.regency_id AND l.code = ANY (p.taken)",
)  # fmt: skip
# PostgreSQL keeps its plan for the checks of foreign keys per connection: one that was made while a table was empty
# reads the whole table each time. So a benchmark on an outbox that never sent anything would measure that.
PAST_MESSAGES = (
    Message,
    {"regency_id": "s.regency_id", "public_id": "gen_random_uuid()", "kind": "'chase'",
     "key": "'past:' || s.n || ':' || c || ':' || d",
     "channel": "c", "recipient_id": "u.id", "address": "CASE c WHEN 'email' THEN u.email ELSE '' END",
     "subject": "'Ringkasan'", "body_text": "repeat('Tenggat lewat. ', 40)",
     "body_html": "repeat('Tenggat lewat. ', 60)", "message_id": "'<' || s.n || c || d || '@coba.example>'",
     "state": "'sent'", "created_at": "at", "composed_at": "at",
     "sent_at": "at", "next_attempt_at": "at", "expires_at": "at + INTERVAL '7 d'"},
    f"""{SEATED}, unnest(ARRAY['email', 'in_app']) c, generate_series(1, 3) d,
    LATERAL (SELECT %(now)s::timestamptz - d * INTERVAL '1 d') AS given (at)""",
)  # fmt: skip
PAST_NOTICES = (
    ChaseNotice,
    {"regency_id": "t.regency_id", "taken_id": "t.id", "recipient_id": "m.user_id", "audience": "'operator'",
     "channel": "w.channel", "message_id": "w.id", "state": "'included'"},
    """made r JOIN reporting_chasestep t ON t.regency_id = r.id JOIN reporting_obligation o ON o.id = t.obligation_id
    JOIN agencies_membership m ON m.agency_id = o.agency_id
    JOIN outbox_message w ON w.regency_id = r.id AND w.recipient_id = m.user_id AND w.key LIKE '%%:1'""",
)  # fmt: skip
PAST = (PAST_MESSAGES, PAST_NOTICES)
STEPS = (
    REGENCIES, AGENCIES, SEATS, PEOPLE, MEMBERSHIPS, CONTACTS, FORMS, VERSIONS, LADDERS, DECREES, DUTIES, ASSIGNMENTS,
    PLAN, "ANALYZE plan", OBLIGATIONS, PROMISES, DIRECTIVES, HISTORY,
)  # fmt: skip
