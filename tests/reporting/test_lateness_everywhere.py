"""The same lateness by every door: page, grid, API, spreadsheet, mail and plain SQL, in three time zones.

The expected answer is worked out here from the local clock alone, by none of the portal's functions.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from openpyxl import load_workbook

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.chasing.wording import Wording, word
from reporting.duties.models import ReportForm
from reporting.periods.actions import raise_obligations
from reporting.periods.holidays import DayChange, close_day
from reporting.periods.models import Holiday, Obligation
from reporting.periods.standing import with_standing
from reporting.periods.waivers import waive
from reporting.submissions import actions as submissions
from reporting.submissions.actions import Contents
from tests.conftest import everything_of, person, signed_in

pytestmark = pytest.mark.django_db

BY = Actor.system("Uji")
ZONES = ("Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
NOW_LOCAL = [
    datetime(2026, 11, 24, 10, 0),
    datetime(2026, 12, 31, 23, 59, 0),
    datetime(2027, 1, 1, 0, 0, 0),
    datetime(2028, 2, 29, 23, 59, 59),
]
# Due day from today; when it came, from the due moment; waived.
DUE_DAYS = (-31, -4, -1, 0, 1)
CAME = (None, timedelta(days=-3), timedelta(0), timedelta(seconds=1), timedelta(minutes=1), timedelta(days=2))
LABELS = {
    "waived": "Dibebaskan",
    "on_time": "Tepat waktu",
    "late": "Terlambat dikirim",
    "not_due": "Belum jatuh tempo",
    "overdue": "Terlambat, belum dikirim",
}
SQL = """
SELECT id, CASE
    WHEN waived_at IS NOT NULL THEN 'waived'
    WHEN first_submitted_at IS NOT NULL AND NOT first_submitted_at > due_at THEN 'on_time'
    WHEN first_submitted_at IS NOT NULL THEN 'late'
    WHEN %s > due_at THEN 'overdue' ELSE 'not_due' END
FROM reporting_obligation
"""


def expected(due_local: datetime, came_local: datetime | None, waived: bool, now_local: datetime) -> tuple[str, int]:
    """(standing, days late) by the wall clock of the regency."""
    if waived:
        return "waived", 0
    moment = came_local or now_local
    if moment <= due_local:
        return ("on_time" if came_local else "not_due"), 0
    return ("late" if came_local else "overdue"), max(1, (moment.date() - due_local.date()).days)


def world(regency: Regency, now_local: datetime) -> dict[int, tuple[str, int]]:
    """Fill the regency with one obligation per case; {obligation id: what every door must say}."""
    zone = ZoneInfo(regency.time_zone)
    form = ReportForm.objects.get(code="laporan-bulanan")
    version = form.versions.get()
    agency = Agency.objects.get(code="dinkes")
    rows, answers = [], []
    for due_day in DUE_DAYS:
        due_local = datetime.combine(now_local.date() + timedelta(days=due_day), time(23, 59))
        for came in CAME:
            came_local = None if came is None else due_local + came
            if came_local and came_local > now_local:
                continue
            for waived in (False, True) if came is None else (False,):
                month = date(2020 + len(rows) // 12, len(rows) % 12 + 1, 1)
                rows.append(
                    Obligation(
                        agency=agency, form=form, form_version=version, period=f"{month:%Y%m}", raised_at=now_local,
                        rule={"duties": [], "sentence": "", "skipped": []}, starts_on=month, ends_on=month,
                        due_at=due_local.replace(tzinfo=zone), original_due_at=due_local.replace(tzinfo=zone),
                        first_submitted_at=came_local and came_local.replace(tzinfo=zone),
                        waived_at=now_local.replace(tzinfo=zone) if waived else None,
                        waived_reason="uji" if waived else "",
                    )
                )  # fmt: skip
                answers.append(expected(due_local, came_local, waived, now_local))
    for row in rows:
        row.raised_at = row.due_at
    Obligation.objects.bulk_create(rows)
    return dict(zip((row.pk for row in rows), answers, strict=True))


def by_page(client) -> dict[int, int]:
    """{obligation id: days late} as the list says it."""
    found: dict[int, int] = {}
    for page in range(1, 9):
        body = client.get(f"/laporan/?whose=semua&page={page}").content.decode()
        for key, rest in re.findall(r'href="/laporan/(\d+)/">.*?</a>(.*?)</tr>', body, re.DOTALL):
            days = re.search(r"terlambat (\d+) hari", rest)
            found[int(key)] = int(days[1]) if days else 0
    return found


def by_grid(client) -> dict[int, int]:
    found: dict[int, int] = {}
    address = "/gambaran/kisi/"
    while address:
        body = client.get(address).content.decode()
        for key, title in re.findall(r'href="/laporan/(\d+)/" title="([^"]*)"', body):
            days = re.search(r"terlambat (\d+) hari", title)
            found[int(key)] = int(days[1]) if days else 0
        older = re.search(r'href="(\?sampai=\d{6})">[^<]*(?:<svg.*?</svg>)?Periode sebelumnya', body, re.DOTALL)
        address = f"/gambaran/kisi/{older[1]}" if older else ""
    return found


def by_api(client) -> dict[int, tuple[str, int]]:
    found, address = {}, "/api/v1/obligations/"
    while address:
        body = client.get(address).json()
        found |= {row["id"]: (row["standing"], row["days_late"]) for row in body["results"]}
        address = body["next"]
    return found


def by_file(client) -> dict[int, tuple[str, int]]:
    content = client.get("/laporan/daftar.xlsx?whose=semua").content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    words = {label: standing for standing, label in LABELS.items()}
    return {int(row[0]): (words[row[7]], row[8]) for row in sheet.iter_rows(min_row=2, values_only=True)}


def every_door_says(regency: Regency, truth: dict[int, tuple[str, int]], now: datetime) -> None:
    """ORM, plain SQL, mail, API, spreadsheet, list and grid, asked at `now`, tell the truth about every obligation."""
    with applied(everything_of(regency)):
        in_orm = dict(with_standing(Obligation.objects.all(), now, regency.zone).values_list("pk", "standing"))
        with connection.cursor() as cursor:
            cursor.execute(SQL, [now])
            in_sql = dict(cursor.fetchall())
        mails = {o.pk: subject_about(o, regency, now) for o in Obligation.objects.all()}
    standings = {key: standing for key, (standing, _) in truth.items()}
    days = {key: late for key, (_, late) in truth.items()}
    assert in_orm == in_sql == standings
    late_by_mail = {key: int(subject.split()[1]) for key, subject in mails.items() if subject.startswith("Terlambat")}
    assert late_by_mail == {key: days[key] for key, standing in standings.items() if standing == "overdue"}
    with time_machine.travel(now, tick=False):
        client = signed_in(person("gita"))
        assert by_api(client) == truth
        assert by_file(client) == truth
        assert by_page(client) == days
        assert by_grid(client) == days


def subject_about(obligation: Obligation, regency: Regency, now: datetime) -> str:
    """What a letter about this one unfiled report would have as its subject at `now`."""
    if obligation.first_submitted_at or obligation.waived_at:
        return ""
    taken = ChaseStep(obligation=obligation, clock="filing", due_at=obligation.due_at, tone="firm")
    notice = ChaseNotice(taken=taken, audience="operator")
    return word(Wording("Ani", regency, now, [notice])).subject


def living_in(regency: Regency, zone: str) -> ZoneInfo:
    Regency.objects.filter(pk=regency.pk).update(time_zone=zone)
    regency.refresh_from_db()
    return ZoneInfo(zone)


@pytest.mark.parametrize("now_local", NOW_LOCAL, ids=lambda moment: f"{moment:%Y%m%d-%H%M%S}")
@pytest.mark.parametrize("zone", ZONES)
def test_page_grid_api_file_mail_and_sql_say_the_same(katingan, zone, now_local):
    now = now_local.replace(tzinfo=living_in(katingan, zone))
    with applied(everything_of(katingan)):
        Obligation.objects.all().delete()
        truth = world(katingan, now_local)
    assert {standing for standing, _ in truth.values()} == set(LABELS)
    every_door_says(katingan, truth, now)


# October 2026 ends on a Saturday: its 10th working day is Friday the 13th, and Monday the 16th once Thursday is closed.
OCTOBER_DUE, OCTOBER_DUE_LATER = datetime(2026, 11, 13, 23, 59), datetime(2026, 11, 16, 23, 59)
CLOSED = date(2026, 11, 12)
# When the cuti bersama was put into the calendar, and the due moment from then on. At the due moment itself it is late.
ADDED = [
    (datetime(2026, 10, 20, 9, 0), OCTOBER_DUE_LATER),
    (datetime(2026, 11, 13, 23, 58, 59), OCTOBER_DUE_LATER),
    (datetime(2026, 11, 13, 23, 59), OCTOBER_DUE),
    (datetime(2026, 11, 16, 8, 0), OCTOBER_DUE),
]
FILED = [
    datetime(2026, 11, 5, 8, 0),
    OCTOBER_DUE,
    OCTOBER_DUE + timedelta(seconds=1),
    datetime(2026, 11, 14, 0, 0),
    OCTOBER_DUE_LATER,
    OCTOBER_DUE_LATER + timedelta(minutes=1),
]
ASKED = [datetime(2026, 11, 13, 23, 59, 30), datetime(2026, 11, 16, 23, 59), datetime(2026, 11, 20, 10, 0)]


def file_nil(obligation: Obligation, moment: datetime) -> None:
    contents = Contents(is_nil=True, nil_reason="Belum ada kegiatan")
    submissions.save_draft(obligation, contents, version=0, by=BY, now=moment)
    submissions.submit(obligation, by=BY, now=moment)


def october(regency: Regency, added: datetime, asked: datetime) -> list[tuple[Obligation, datetime | None, bool]]:
    """What happened to October by `asked`, in the order of the clock: (obligation, local moment filed, waived)."""
    zone = regency.zone
    raise_obligations(regency, now=datetime(2026, 10, 5, 8, 0, tzinfo=zone), by=BY)
    Obligation.objects.exclude(period="202610").delete()
    rows = list(Obligation.objects.order_by("pk")[: len(FILED) + 2])
    Obligation.objects.exclude(pk__in=[row.pk for row in rows]).delete()
    lived: list[tuple[Obligation, datetime | None, bool]] = [(rows[-1], None, False)]
    waive(rows[-2], reason="Tidak ada koperasi", by=BY, now=datetime(2026, 10, 6, 8, 0, tzinfo=zone))
    lived.append((rows[-2], None, True))
    closing = DayChange(CLOSED, name="Cuti bersama susulan", kind=Holiday.Kind.COLLECTIVE)
    happens = [(moment, row) for moment, row in zip(FILED, rows, strict=False)] + [(added, None)]
    for moment, row in sorted(happens, key=lambda each: (each[0], each[1] is not None)):
        if moment > asked:
            lived += [(row, None, False)] if row else []
        elif row is None:
            close_day(regency, closing, by=BY, now=moment.replace(tzinfo=zone))
        else:
            file_nil(row, moment.replace(tzinfo=zone))
            lived.append((row, moment, False))
    return lived


@pytest.mark.parametrize("asked", ASKED, ids=lambda moment: f"asked {moment:%d %H%M%S}")
@pytest.mark.parametrize(("added", "due"), ADDED, ids=lambda moment: f"{moment:%d %H%M%S}")
@pytest.mark.parametrize("zone", ZONES)
def test_cuti_bersama_added_late_moves_what_is_not_yet_due_for_every_door_and_nothing_else(
    katingan, zone, added, due, asked
):
    living_in(katingan, zone)
    with applied(everything_of(katingan)):
        Obligation.objects.all().delete()
        lived = october(katingan, added, asked)
        due = due if added <= asked else OCTOBER_DUE
        truth = {row.pk: expected(due, came, waived, asked) for row, came, waived in lived}
        stored = set(Obligation.objects.filter(waived_at=None).values_list("due_at", flat=True))
        assert stored == {due.replace(tzinfo=katingan.zone)}
    every_door_says(katingan, truth, asked.replace(tzinfo=katingan.zone))


def test_the_corpus_has_at_least_two_hundred_cases(katingan):
    with applied(everything_of(katingan)):
        Obligation.objects.all().delete()
        cases = len(world(katingan, NOW_LOCAL[0]))
    assert cases * len(NOW_LOCAL) * len(ZONES) >= 200
