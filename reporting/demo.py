"""Demo people and a year of demo reports, made by the real actions and marked as demo.

Only ever loaded by `manage.py load_demo`, into a regency that is then marked `is_demo`: every page says so.
The numbers are drawn from a fixed seed, so that two machines show the same district.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from agencies.models import Agency, Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.demo_answers import contents_for
from reporting.demo_chase import replay_the_chase
from reporting.demo_replies import answer_some
from reporting.duties.actions_forms import change_settings
from reporting.duties.models import Assignment, ReportForm
from reporting.duties.queries_forms import fingerprint
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.sheets import Sheet

PASSWORD = "katingan-contoh-2026"  # noqa: S105  (printed at start, demo people only)
SEED = 6206
MONTHS_BACK = 12
MONTHLY, QUARTERLY = "laporan-bulanan", "evaluasi-triwulanan"
NAMES = (
    "Rina Pahlevi", "Yosep Tundan", "Mariani Undup", "Hendra Saputra", "Lusia Tiwi", "Agus Rahman", "Siti Norhaliza",
    "Petrus Garang", "Dewi Anggraini", "Markus Ardi", "Nurul Huda", "Bambang Sutejo", "Elisabet Rawing",
    "Fajar Nugroho",
    "Kristina Bawi", "Rudi Hartono", "Melda Sari", "Yulius Tingang", "Aminah Lestari", "Samuel Danum", "Ratna Wulan",
    "Darius Mangku", "Imelda Kasih", "Joni Pratama", "Wahyu Hidayat", "Teresia Bunga", "Andi Kurniawan", "Norma Yanti",
)  # fmt: skip


@dataclass(frozen=True)
class DemoSignIn:
    """One way in that the sign-in page and `make run` offer."""

    username: str
    label: str
    password: str = PASSWORD


SIGN_INS = (
    DemoSignIn("demo.dinkes", "Operator Dinas Kesehatan"),
    DemoSignIn("demo.kepala.dinkes", "Plt. Kepala Dinas Kesehatan"),
    DemoSignIn("demo.sekretaris.dinkes", "Sekretaris Dinas Kesehatan"),
    DemoSignIn("demo.camat.katingan-hilir", "Camat Katingan Hilir"),
    DemoSignIn("demo.koordinator", "Koordinator (DKUKMP)"),
    DemoSignIn("demo.sekda", "Sekretaris Daerah"),
    DemoSignIn("demo.bupati", "Kantor Bupati"),
    DemoSignIn("demo.impor", "Admin impor"),
    DemoSignIn("demo.admin", "Admin kabupaten"),
)


def demo_sign_ins() -> tuple[DemoSignIn, ...]:
    return SIGN_INS


def load_demo(regency: Regency, *, now: datetime) -> str:
    """Make the demo people and reports once; returns what was done, in words."""
    with transaction.atomic(), applied(Scope(regency.pk)):
        if regency.is_demo:
            return "Demo people and reports are already there."
        every = tuple(Agency.objects.values_list("pk", flat=True))
    with transaction.atomic(), applied(Scope(regency.pk, every, every)):
        first = _months_before(regency.local(now).date(), MONTHS_BACK)
        people = make_people(regency, first)
        begin_collecting(first)
        raise_obligations(regency, now=now, by=Actor.system("Data contoh", source="demo"))
        filed = file_a_year(regency, people, now)
        replay_the_chase(regency, now=now)
        answer_some(regency, people, now=now)
        Regency.objects.filter(pk=regency.pk).update(is_demo=True)
        people_made = Membership.objects.filter(regency=regency).count()
        return f"{people_made} demo people, {Obligation.objects.count()} obligations, {filed} demo reports."


def make_people(regency: Regency, since: date) -> dict[int, Actor]:
    """Demo users of every named agency; returns {agency id: who files there}."""
    names = iter(NAMES * 4)
    password = make_password(PASSWORD)
    filers: dict[int, Actor] = {}
    for agency in Agency.objects.filter(is_slot=False).exclude(kind=Agency.Kind.LEADERSHIP):
        is_camat = agency.kind == Agency.Kind.SUBDISTRICT
        short = agency.code.removeprefix("kecamatan-")
        filing = "subdistrict_operator" if is_camat else "operator"
        leading = f"demo.camat.{short}" if is_camat else f"demo.kepala.{short}"
        filers[agency.pk] = _person(regency, f"demo.{short}", next(names), password, agency, filing, since)
        acting = Membership.Acting.PLT if agency.code == "dinkes" else Membership.Acting.NONE
        title = "Camat" if is_camat else "Kepala " + agency.short_name
        role = "camat" if is_camat else "head"
        _person(regency, leading, next(names), password, agency, role, since, title=title, acting=acting)
    offices = {
        agency.code: agency for agency in Agency.objects.filter(code__in=["dkukmp", "bupati", "setda", "dinkes"])
    }
    _person(regency, "demo.koordinator", next(names), password, offices["dkukmp"], "coordinator", since)
    _person(regency, "demo.impor", next(names), password, offices["dkukmp"], "import_admin", since)
    _person(regency, "demo.bupati", next(names), password, offices["bupati"], "executive", since)
    _person(
        regency, "demo.sekda", next(names), password, offices["setda"], "executive", since, title="Sekretaris Daerah"
    )  # fmt: skip
    _person(
        regency, "demo.sekretaris.dinkes", next(names), password, offices["dinkes"], "deputy", since,
        title="Sekretaris Dinas Kesehatan",
    )  # fmt: skip
    _person(regency, "demo.admin", next(names), password, offices["setda"], "district_admin", since)
    return filers


def begin_collecting(first: date) -> None:
    """The demo year begins at `first`: forms and assignments reach back to it. The quarterly form is switched on."""
    by = Actor.system("Data contoh", source="demo")
    for form in ReportForm.objects.filter(code__in=[MONTHLY, QUARTERLY]):
        change_settings(form, seen=fingerprint(form), by=by, collects_from=first, is_active=True)
    Assignment.objects.filter(starts_on__gt=first).update(starts_on=first)


def file_a_year(regency: Regency, filers: dict[int, Actor], now: datetime) -> int:
    """Reports of every agency for each month, most on time, some late, some returned, some missing."""
    draw = random.Random(SEED)  # noqa: S311  (demo numbers, no secrets)
    reviewer = Actor.system("Pemeriksa contoh", source="demo")
    obligations = Obligation.objects.select_related("agency", "form").order_by("starts_on", "agency_id")
    newest = max(o.due_at for o in obligations if o.due_at < now and o.form.code == MONTHLY)
    filed = 0
    for obligation in obligations:
        moment = submission_moment(draw, obligation, now, is_newest=obligation.due_at == newest)
        if moment is None or moment > now:
            continue
        _file(draw, obligation, filers[obligation.agency_id], reviewer, moment, now)
        filed += 1
    return filed


def submission_moment(
    draw: random.Random, obligation: Obligation, now: datetime, *, is_newest: bool
) -> datetime | None:
    """When this demo report comes, or None when it never does.

    The newest due month has more that is missing, and some that came in the last hours and wait for a reviewer.
    """
    chance = draw.random()
    if chance < (0.16 if is_newest else 0.03):
        return None
    if is_newest and chance < 0.32:
        return now - timedelta(hours=draw.randint(2, 20))
    late = chance > 0.86
    days = draw.randint(1, 9) if late else -draw.randint(0, 6)
    day = obligation.due_at + timedelta(days=days)
    return datetime.combine(day.date(), time(draw.randint(8, 15), draw.randint(0, 59)), tzinfo=obligation.due_at.tzinfo)


def _file(
    draw: random.Random, obligation: Obligation, filer: Actor, reviewer: Actor, moment: datetime, now: datetime
) -> None:
    contents = contents_for(draw, Sheet.of(obligation))
    actions.save_draft(obligation, contents, version=0, by=filer, now=moment)
    report = actions.submit(obligation, by=filer, now=moment)
    reviewed = moment + timedelta(days=draw.randint(1, 4))
    if reviewed > now:
        return
    if draw.random() < 0.06:
        review.return_for_correction(
            report, note="Angka bulan ini sama persis dengan bulan lalu. Mohon diperiksa.", is_void=False,
            by=reviewer, now=reviewed,
        )  # fmt: skip
        if reviewed + timedelta(days=2) > now:
            return
        actions.submit(obligation, by=filer, now=reviewed + timedelta(days=2))
    review.accept(report, by=reviewer, now=min(reviewed + timedelta(days=3), now))


def _person(
    regency: Regency, username: str, name: str, password: str, agency: Agency, role: str, since: date,
    title: str = "", acting: str = "",
) -> Actor:  # fmt: skip
    user = User(
        username=username, full_name=f"{name} (contoh)", email=f"{username}@katingan.example", password=password
    )
    user.save()
    membership = Membership.objects.create(
        regency=regency, user=user, agency=agency, role=role, title=title, acting=acting, starts_on=since
    )
    record(
        "menambah pengguna contoh",
        agency,
        by=Actor.system("Data contoh", source="demo"),
        changes={"nama": [None, str(user)]},
    )
    return Actor(
        name=str(user), user_id=user.pk, membership_id=membership.pk, agency_id=agency.pk, role=role, source="demo"
    )


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
