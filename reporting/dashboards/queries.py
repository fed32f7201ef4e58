"""What waits for whom: the first screen of each role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Value
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency
from agencies.queries import people_of
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import clock, day
from reporting.answering.directives import directives_in, open_for
from reporting.answering.disclaimers import waiting_for_admin
from reporting.chasing.holds import is_held
from reporting.chasing.pulse import Job, missed
from reporting.duties.models import Assignment
from reporting.letters.queries import open_drafts
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import Standing, days_late_of, is_owed, standing_of
from reporting.submissions.extensions import waiting_for_decision
from reporting.submissions.models import Report
from reporting.submissions.queries import waiting_for_review

SHOWN = 12
MOST_TEXT = 120
SOON = timedelta(days=5)


@dataclass(frozen=True)
class Task:
    """One line of "yang perlu Anda kerjakan"."""

    title: str
    text: str
    due: str
    tone: str
    url: str
    action: str


def tasks_for(actor: Actor, regency: Regency, now: datetime) -> list[Task]:
    """What this person should do next, most pressing first."""
    tasks: list[Task] = []
    if Verb.FILE_REPORT in actor.duties.own_agency and actor.agency_id:
        tasks += _directives_to_answer(actor, regency, now) + _reports_to_file(actor, regency, now)
    if may(actor, Verb.DIRECT):
        tasks += _answers_to_read()
    if may(actor, Verb.REVIEW_REPORT):
        tasks += _extensions_to_decide(regency) + _reports_to_review(regency)
    if may(actor, Verb.REVIEW_REPORT) and may(actor, Verb.ISSUE_LETTER):
        tasks += _letters_to_issue()
    if may(actor, Verb.MANAGE_DUTIES):
        tasks += _disclaimers_to_settle(regency)
    if may(actor, Verb.NAME_SLOT):
        tasks += _administration(now)
    return tasks


def _reports_to_file(actor: Actor, regency: Regency, now: datetime) -> list[Task]:
    """Those that the head is asked to send come first, for the head."""
    returned = Report.objects.filter(obligation=OuterRef("pk"), state=Report.State.RETURNED)
    handed = Report.objects.filter(obligation=OuterRef("pk"), handed_at__isnull=False)
    rows = (
        Obligation.objects.filter(agency_id=actor.agency_id)
        .annotate(is_returned=Exists(returned), is_handed=Exists(handed) if actor.duties.leads else Value(False))
        .filter(is_owed() | Q(is_returned=True, waived_at__isnull=True))
        .select_related("form")
        .order_by("-is_handed", "due_at")[:SHOWN]
    )
    return [_filing_task(row, regency, now) for row in rows]


def _filing_task(obligation: Obligation, regency: Regency, now: datetime) -> Task:
    if obligation.is_handed:  # type: ignore[attr-defined]  # annotated above
        return _sending_task(obligation, regency)
    due = regency.local(obligation.due_at)
    returned = obligation.is_returned  # type: ignore[attr-defined]  # annotated above
    late = standing_of(obligation, now) == Standing.OVERDUE
    days = days_late_of(obligation, now, regency.zone)
    if returned:
        text, tone, words = "Dikembalikan untuk diperbaiki. Baca catatan pemeriksa.", "warning", "Perlu diperbaiki"
    elif late:
        text, tone, words = (
            "Tenggatnya sudah lewat. Masih bisa dan tetap perlu dikirim.",
            "danger",
            f"Lewat {days} hari",
        )
    else:
        words = f"Tenggat {day(due, regency.zone)} {clock(due, regency.zone)}"
        text, tone = (
            "Bisa diisi sedikit demi sedikit; simpan drafnya.",
            "info" if obligation.due_at - now > SOON else "warning",
        )
    title = f"{obligation.form.name} {period_from_key(obligation.period).label}"
    return Task(title, text, words, tone, reverse("reporting:file", args=[obligation.pk]), "Isi laporan")


def _sending_task(obligation: Obligation, regency: Regency) -> Task:
    title = f"{obligation.form.name} {period_from_key(obligation.period).label}"
    due = regency.local(obligation.due_at)
    return Task(
        title,
        "Sudah selesai diisi; tinggal Anda periksa dan kirim.",
        f"Tenggat {day(due, regency.zone)} {clock(due, regency.zone)}",
        "warning",
        reverse("reporting:file", args=[obligation.pk]),
        "Periksa dan kirim",
    )


def _extensions_to_decide(regency: Regency) -> list[Task]:
    return [
        Task(
            f"{each.agency.short_name} minta perpanjangan: {period_from_key(each.obligation.period).label}",
            f"Diminta sampai {day(each.wanted_on)}.",
            f"Tenggat {day(each.obligation.due_at, regency.zone)}",
            "warning",
            reverse("reporting:decide_extension", args=[each.pk]),
            "Putuskan",
        )
        for each in waiting_for_decision()[:SHOWN]
    ]


def _reports_to_review(regency: Regency) -> list[Task]:
    return [
        Task(
            f"{report.agency.short_name}: {period_from_key(report.obligation.period).label}",
            "Menunggu diterima atau dikembalikan.",
            f"Dikirim {day(report.submitted_at, regency.zone)}",
            "info",
            reverse("reporting:obligation", args=[report.obligation_id]),
            "Periksa",
        )
        for report in waiting_for_review()[:SHOWN]
    ]


def _directives_to_answer(actor: Actor, regency: Regency, now: datetime) -> list[Task]:
    assert actor.agency_id is not None
    return [
        Task(
            f"Arahan Kantor Bupati: {each.obligation.form.name} {period_from_key(each.obligation.period).label}",
            each.text if len(each.text) <= MOST_TEXT else f"{each.text[:MOST_TEXT]}…",
            f"Jawab sebelum {day(each.due_at, regency.zone)}",
            "danger" if each.due_at < now else "warning",
            reverse("reporting:answer_directive", args=[each.pk]),
            "Jawab",
        )
        for each in open_for(actor.agency_id)[:SHOWN]
    ]


def _answers_to_read() -> list[Task]:
    return [
        Task(
            f"{each.agency.short_name} menjawab arahan Anda",
            each.answer if len(each.answer) <= MOST_TEXT else f"{each.answer[:MOST_TEXT]}…",
            "",
            "info",
            f"{reverse('reporting:obligation', args=[each.obligation_id])}#arahan",
            "Baca",
        )
        for each in directives_in("dijawab")[:SHOWN]
    ]


def _disclaimers_to_settle(regency: Regency) -> list[Task]:
    return [
        Task(
            f"{each.agency.short_name}: bukan tugas kami, {period_from_key(each.obligation.period).label}",
            "Putuskan apakah benar. Sampai saat itu laporannya tetap ditagih.",
            f"Disampaikan {day(each.made_at, regency.zone)}",
            "warning",
            reverse("reporting:settle_disclaimer", args=[each.pk]),
            "Putuskan",
        )
        for each in waiting_for_admin()[:SHOWN]
    ]


def _letters_to_issue() -> list[Task]:
    """One line for all drafts: they come in batches, and are read on their own page."""
    drafts = open_drafts().count()
    if not drafts:
        return []
    text = "Baca isinya, lalu terbitkan atau tutup."
    url = f"{reverse('reporting:letters')}?state=draft"
    return [Task(f"{drafts} rancangan surat menunggu", text, "", "neutral", url, "Lihat rancangan")]


def _administration(now: datetime) -> list[Task]:
    tasks = [
        Task(
            f"{slot.name} belum dinamai",
            "Lihat naskah instruksi yang ditandatangani, lalu tulis namanya. Sebelum itu tidak bisa ditugasi.",
            "",
            "neutral",
            reverse("agencies:name_slot", args=[slot.code]),
            "Beri nama",
        )
        for slot in Agency.objects.filter(is_slot=True)
    ]
    dead = Message.objects.filter(state__in=Message.DEAD).count()
    if dead:
        url = f"{reverse('outbox:browse')}?state=dead"
        tasks.insert(0, Task(f"{dead} pesan tidak sampai", "Periksa alamatnya.", "", "danger", url, "Periksa"))
    if is_held():
        text = "Jumlah pesan jauh di atas biasanya. Periksa sebabnya, lalu lanjutkan."
        tasks.insert(0, Task("Penagihan ditahan", text, "", "danger", reverse("heartbeat"), "Lihat"))
    silent = missed(now)
    if silent:
        tasks.insert(0, _silence(silent))
    return tasks


def _silence(silent: list[Job]) -> Task:
    if any(job.key == "tick" for job in silent):
        title, text = "Penagih otomatis diam", "Kewajiban dan penagihan tidak berjalan. Hubungi pengelola server."
    else:
        title, text = "Pekerjaan otomatis diam", f"{silent[0].label} tidak berjalan. Hubungi pengelola server."
    return Task(title, text, "", "danger", reverse("heartbeat"), "Lihat")


def agencies_without_people() -> list[Agency]:
    """Named agencies that bear duties but whose chase would reach nobody today."""
    bearing = Agency.objects.filter(Exists(Assignment.objects.filter(agency=OuterRef("pk"), ends_on=None)))
    reached = set(
        people_of([agency.pk for agency in bearing], timezone.localdate()).values_list("agency_id", flat=True)
    )
    return [agency for agency in bearing if agency.pk not in reached]
