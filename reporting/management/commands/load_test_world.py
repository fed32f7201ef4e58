"""`manage.py load_test_world`: what the tests' template database holds. Never on a portal that people use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, Invitation, Membership
from cooperatives.models import Cooperative, Figure, Milestone, Source
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.outbox.actions import queue
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.models import ChaseHold, ChaseNotice, ChaseStep, Directive, LadderStep
from reporting.duties.actions import load_decree, read_decree
from reporting.duties.actions_forms import start_draft
from reporting.duties.actions_shipped import load_forms
from reporting.duties.models import ReportForm, ValidationRule
from reporting.handovers.models import Handover
from reporting.letters.models import Letter, LetterFile, Letterhead, LetterItem, LetterSeries, LetterYear
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Disclaimer, DueChange, Extension, Obligation, Promise, SubdistrictGrace
from reporting.reaching.contact_log import ContactLog
from reporting.reaching.models import CalendarFeed
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.models import Comment
from villages.models import Subdistrict, Village

PASSWORD = "rahasia-uji-2026"  # noqa: S105  (test people only)
SINCE = date(2025, 1, 1)
LETTER_ELSEWHERE = "KNR-62.99-0123456789"
BY = Actor.system("Dunia uji", source="command")
CAST = (
    ("ani", "Ani Operator", "dinkes", "operator"),
    ("budi", "Budi Kepala", "dinkes", "head"),
    ("citra", "Citra Operator", "dinsos", "operator"),
    ("eka", "Eka Camat", "kecamatan-katingan-hilir", "camat"),
    ("feri", "Feri Kecamatan", "kecamatan-katingan-hilir", "subdistrict_operator"),
    ("gita", "Gita Koordinator", "dkukmp", "coordinator"),
    ("hadi", "Hadi Pemantau", "bupati", "executive"),
    ("indra", "Indra Impor", "dkukmp", "import_admin"),
    ("joko", "Joko Admin", "setda", "district_admin"),
    ("lina", "Lina Rangkap", "dinkes", "operator"),
    ("lina", "Lina Rangkap", "dinsos", "head"),
)


class Command(BaseCommand):
    help = "Load Katingan, a second regency with data that could leak (62.99), and the cast of the tests."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_katingan", starts_on=date(2026, 8, 1), stdout=self.stdout)
        katingan = Regency.objects.get(code="62.06")
        call_command("add_regency", "62.99", name="Kabupaten Uji", time_zone="Asia/Jayapura", stdout=self.stdout)
        elsewhere = Regency.objects.get(code="62.99")
        password = make_password(PASSWORD)
        make_cast(katingan, password)
        make_elsewhere(elsewhere, password)


def make_cast(katingan: Regency, password: str) -> None:
    with applied(Scope(katingan.pk)):
        for username, name, agency, role in CAST:
            make_person(katingan, username, name, agency, role, password)
    User.objects.create(username="kiki", full_name="Kiki Platform", is_platform_admin=True, password=password)
    User.objects.create(username="mira", full_name="Mira Tanpa Tugas", password=password)
    nobody = make_person(katingan, "oscar", "Oscar Mantan", "dinkes", "operator", password)
    Membership.objects.filter(user=nobody).update(ends_on=date(2026, 1, 31))


def make_person(regency: Regency, username: str, name: str, agency: str, role: str, password: str) -> User:
    defaults = {"full_name": name, "email": f"{username}@uji.example", "password": password}
    user, _ = User.objects.get_or_create(username=username, defaults=defaults)
    with applied(Scope(regency.pk)):
        office = Agency.objects.get(code=agency)
    Membership.objects.create(regency=regency, user=user, agency=office, role=role, starts_on=SINCE)
    return user


def make_elsewhere(regency: Regency, password: str) -> None:
    """One row at least of every tenant-owned model, each with the word KNR-62.99, so that a leak shows."""
    now = timezone.now()
    with applied(Scope(regency.pk)):
        place = Subdistrict.objects.create(code="62.99.01", name="Kenari KNR-62.99")
        for number in (2001, 2002, 2003):
            Village.objects.create(
                subdistrict=place, code=f"62.99.01.{number}", name=f"Desa KNR-62.99 {number}", kind="desa"
            )
        agency = Agency.objects.create(code="dinkes", kind="opd", name="Dinas KNR-62.99", short_name="KNR-62.99")
    dewi = make_person(regency, "dewi", "Dewi KNR-62.99", "dinkes", "operator", password)
    with applied(Scope(regency.pk, (agency.pk,), (agency.pk,))):
        _cooperatives_elsewhere()
        _reports_elsewhere(regency, agency, dewi, now)
        _handover_elsewhere(agency, dewi, now)
        _calendar_elsewhere(place, agency, dewi, now)
        _letters_elsewhere(agency, now)
        Invitation.objects.create(
            agency=agency, role="operator", full_name="KNR-62.99", email="knr@uji.example", digest="knr",
            invited_by=dewi, expires_at=now + timedelta(days=7),
        )  # fmt: skip
        ImportBatch.objects.create(
            kind="simkopdes", uploaded_by=dewi, file_name="KNR-62.99.xlsx", sha256="0" * 64, content=b"KNR-62.99",
            expires_at=now + timedelta(days=1),
        )  # fmt: skip


def _cooperatives_elsewhere() -> None:
    source = Source.objects.create(code="knr", name="Sumber KNR-62.99", as_of=date(2026, 8, 31))
    cooperative = Cooperative.objects.create(village=Village.objects.all()[0], name="Koperasi KNR-62.99")
    Milestone.objects.create(cooperative=cooperative, kind="nib", source=source, entered_by="KNR-62.99")
    Figure.objects.create(
        cooperative=cooperative, kind="simpanan_pokok_rp", value=6299, source=source, entered_by="KNR-62.99"
    )


def _reports_elsewhere(regency: Regency, agency: Agency, dewi: User, now: datetime) -> None:
    by = Actor(name=str(dewi), user_id=dewi.pk, agency_id=agency.pk, role="operator", source="command")
    load_decree(read_decree("katingan"), starts_on=date(2026, 8, 1), by=BY)
    load_forms(read_decree("katingan"), starts_on=date(2026, 8, 1), by=BY, now=now)
    ReportForm.objects.update(collects_from=date(2026, 8, 1))
    raise_obligations(regency, now=now, by=BY)
    first, second = Obligation.objects.filter(agency=agency).order_by("starts_on")[:2]
    for obligation in (first, second):
        contents = Contents(is_nil=True, nil_reason="KNR-62.99", obstacles="KNR-62.99")
        actions.save_draft(obligation, contents, version=0, by=by, now=now)
        report = actions.submit(obligation, by=by, now=now)
    review.accept(report, by=BY, now=now)
    step = LadderStep.objects.all()[0]
    _chase_elsewhere(first, step, agency, dewi, now)
    Comment.objects.create(
        report=report, agency=agency, author=dewi, author_name="KNR-62.99", text="KNR-62.99", written_at=now
    )
    Evidence.objects.create(
        obligation=first, agency=agency, state=Evidence.State.UNSCANNED, name="KNR-62.99.pdf", kind="pdf", size=1,
        sha256="0" * 64, uploaded_at=now, uploaded_by=dewi, uploaded_by_name="KNR-62.99",
    )  # fmt: skip
    queue(
        key="knr", kind="chase", channel=Message.Channel.EMAIL, recipient=dewi, address=dewi.email,
        subject="Pesan KNR-62.99", body_text="KNR-62.99", about=first,
        not_before=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    Contact.objects.create(
        user=dewi, email_broken_at=now, email_broken_address="knr-62.99@uji.example", email_error="KNR-62.99"
    )


def _chase_elsewhere(obligation: Obligation, step: LadderStep, agency: Agency, dewi: User, now: datetime) -> None:
    Directive.objects.create(
        obligation=obligation, agency=agency, text="KNR-62.99", due_at=now, given_at=now, given_by=dewi,
        given_by_name="KNR-62.99",
    )  # fmt: skip
    Promise.objects.create(
        obligation=obligation, agency=agency, promised_on=now.date(), due_at=now, reason="KNR-62.99", made_at=now,
        made_by=dewi, made_by_name="KNR-62.99", state="moot", ended_at=now,
    )  # fmt: skip
    Disclaimer.objects.create(
        obligation=obligation, agency=agency, reason="KNR-62.99", made_at=now, made_by=dewi, made_by_name="KNR-62.99"
    )
    ContactLog.objects.create(
        obligation=obligation, agency=agency, recipient=dewi, recipient_name="KNR-62.99", had_number=False,
        text="KNR-62.99", made_at=now, made_by=dewi, made_by_name="KNR-62.99",
    )  # fmt: skip
    CalendarFeed.objects.create(
        membership=Membership.objects.get(user=dewi), digest="knr", created_at=now, label="KNR-62.99"
    )
    taken = ChaseStep.objects.create(
        obligation=obligation, step=step, clock=step.clock, due_at=obligation.due_at, state="fired", label="KNR-62.99",
        offset=step.offset, tone=step.tone, planned_at=now, taken_at=now, recipients=1,
    )  # fmt: skip
    message = queue(
        key="knr-chase", kind="chase", channel=Message.Channel.IN_APP, recipient=dewi, subject="Pesan KNR-62.99",
        body_text="KNR-62.99", not_before=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    ChaseNotice.objects.create(
        taken=taken, recipient=dewi, audience="operator", channel=Message.Channel.IN_APP, message=message,
        reason="KNR-62.99",
    )  # fmt: skip
    ChaseHold.objects.create(count=6299, usual=1, held_at=now, released_at=now, released_by_name="KNR-62.99")


def _handover_elsewhere(agency: Agency, dewi: User, now: datetime) -> None:
    post = Membership.objects.get(user=dewi)
    Handover.objects.create(
        agency=agency, role=post.role, leaving=post, successor=post, takes_over_on=SINCE, note="KNR-62.99",
        made_at=now, made_by_name="KNR-62.99",
    )  # fmt: skip


def _calendar_elsewhere(place: Subdistrict, agency: Agency, dewi: User, now: datetime) -> None:
    obligation = Obligation.objects.filter(agency=agency).order_by("starts_on")[0]
    SubdistrictGrace.objects.create(subdistrict=place, working_days=3, reason="KNR-62.99", starts_on=SINCE)
    Extension.objects.create(
        obligation=obligation, agency=agency, wanted_on=date(2027, 1, 4), reason="KNR-62.99", asked_at=now,
        asked_by=dewi, asked_by_name="KNR-62.99",
    )  # fmt: skip
    DueChange.objects.create(
        obligation=obligation, cause=DueChange.Cause.HOLIDAY, old_due_at=now, new_due_at=now, reason="KNR-62.99",
        made_at=now, made_by_name="KNR-62.99",
    )  # fmt: skip
    draft = start_draft(obligation.form, by=BY)
    ValidationRule.objects.create(version=draft, order=99, left="#{knr}", operator="==", right="1", message="KNR-62.99")


def _letters_elsewhere(agency: Agency, now: datetime) -> None:
    """A letter as it was issued. Its files come first and its state last, as the database wants it."""
    Letterhead.objects.create(address="KNR-62.99")
    series = LetterSeries.objects.create(code=LetterSeries.Code.TEGURAN, pattern="KNR-62.99/{nomor}/{tahun}")
    LetterYear.objects.create(series=series, year=2026, next_number=2)
    letter = Letter.objects.create(
        kind="teguran_1", agency=agency, addressee="KNR-62.99", nature="Biasa", subject="KNR-62.99",
        opening="KNR-62.99", closing="KNR-62.99", signatory_title="KNR-62.99", drafted_at=now,
        drafted_by_name="KNR-62.99",
    )  # fmt: skip
    LetterItem.objects.create(letter=letter, obligation=Obligation.objects.filter(agency=agency)[0])
    LetterFile.objects.create(letter=letter, format="pdf", sha256="0" * 64, content=b"KNR-62.99")
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.ISSUED, series=series, year=2026, number=1, full_number="KNR-62.99/1/2026",
        issued_on=now.date(), issued_at=now, issued_by_name="KNR-62.99", public_code=LETTER_ELSEWHERE,
        contents={"subject": "KNR-62.99"},
    )  # fmt: skip
