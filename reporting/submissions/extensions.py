"""More time for a report: asked by its agency with a reason, granted or refused by who reviews.

Asked before the due moment only: a request must not turn late into on time afterwards. What was asked in time may be
decided later. Docs/decisions/0012.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import ROLES, Verb
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import Draft, queue_many, supersede
from katingan_portal.outbox.framing import framed
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from katingan_portal.ui.formats import day
from reporting.periods.calendar import end_of_day, period_from_key
from reporting.periods.clocks import restart
from reporting.periods.models import DueChange, Extension, Obligation
from reporting.submissions.notices import agency_people, drafts_to, still_reads

REVIEWERS = [role.key for role in ROLES.values() if Verb.REVIEW_REPORT in role.everywhere]


class ExtensionRefused(Exception):
    """The step is not possible; the message is for the user."""


@transaction.atomic
def ask(
    obligation: Obligation, regency: Regency, *, wanted_on: date, reason: str, by: Actor, now: datetime
) -> Extension:
    """Ask for time until the end of wanted_on. One open request at a time; those who decide are told."""
    locked = _still_open(obligation)
    if now > locked.due_at:
        raise ExtensionRefused(
            "Tenggatnya sudah lewat, jadi tidak bisa diperpanjang lagi. Kirim laporannya secepatnya."
        )
    if end_of_day(wanted_on, regency.zone) <= locked.due_at:
        raise ExtensionRefused(f"Pilih tanggal sesudah tenggat sekarang, {day(locked.due_at, regency.zone)}.")
    if Extension.objects.filter(obligation=locked, state=Extension.State.ASKED).exists():
        raise ExtensionRefused("Masih ada permintaan yang menunggu keputusan. Tarik dulu bila ingin mengubahnya.")
    request = Extension.objects.create(
        obligation=locked, agency_id=locked.agency_id, wanted_on=wanted_on, reason=reason, asked_at=now,
        asked_by_id=by.user_id, asked_by_name=by.name,
    )  # fmt: skip
    record("meminta perpanjangan", request, by=by, changes={"sampai": [None, str(wanted_on)]})
    _tell_deciders(request, by, now)
    return request


@transaction.atomic
def withdraw(extension: Extension, *, by: Actor) -> None:
    """The agency takes its request back."""
    request = _waiting(extension)
    _close(request, Extension.State.WITHDRAWN)
    record("menarik permintaan perpanjangan", request, by=by)


@transaction.atomic
def grant(extension: Extension, regency: Regency, *, granted_on: date, note: str, by: Actor, now: datetime) -> None:
    """Due moves to the end of granted_on, which may differ from the day that was wanted. The chase looks again."""
    request = _waiting(extension)
    obligation = _still_open(request.obligation)
    new_due_at = end_of_day(granted_on, regency.zone)
    if new_due_at <= max(obligation.due_at, now):
        raise ExtensionRefused("Pilih tanggal yang masih akan datang dan sesudah tenggat sekarang.")
    old_due_at, obligation.due_at = obligation.due_at, new_due_at
    obligation.save(update_fields=["due_at", *restart(obligation, now=now)])
    DueChange.objects.create(
        obligation=obligation, cause=DueChange.Cause.EXTENSION, old_due_at=old_due_at, new_due_at=new_due_at,
        reason=f"perpanjangan disetujui sampai {day(granted_on)}", made_at=now, made_by_name=by.name,
    )  # fmt: skip
    _close(request, Extension.State.GRANTED, by=by, now=now, note=note, granted_on=granted_on)
    moved = [day(moment, regency.zone) for moment in (old_due_at, new_due_at)]
    record("memperpanjang tenggat", obligation, by=by, changes={"tenggat": moved})
    _tell_agency(request, f"disetujui. Tenggatnya sekarang {moved[1]} pukul 23.59", by, now)


@transaction.atomic
def refuse(extension: Extension, *, note: str, by: Actor, now: datetime) -> None:
    """The date stays; the note says why."""
    if not note.strip():
        raise ExtensionRefused("Tulis alasan penolakan, supaya peminta tahu apa yang diharapkan.")
    request = _waiting(extension)
    _close(request, Extension.State.REFUSED, by=by, now=now, note=note)
    record("menolak perpanjangan", request, by=by)
    _tell_agency(request, "ditolak. Tenggatnya tetap. Alasannya ada di halaman laporan", by, now)


def waiting_for_decision() -> QuerySet[Extension]:
    """Requests that this reader may see and that still matter: nothing was filed or waived meanwhile. Oldest first."""
    return (
        Extension.objects.filter(
            state=Extension.State.ASKED, obligation__first_submitted_at=None, obligation__waived_at=None
        )
        .select_related("obligation__form", "obligation__agency", "agency")
        .order_by("asked_at")
    )


def still_to_decide(message: Message) -> str | None:
    """Recheck: nobody need decide about a report that was filed or waived."""
    open_still = Obligation.objects.filter(pk=message.thing_id, first_submitted_at=None, waived_at=None).exists()
    return still_reads(message) if open_still else "laporan sudah dikirim atau dibebaskan"


def _still_open(obligation: Obligation) -> Obligation:
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("agency", "form")
    locked = rows.get(pk=obligation.pk)
    if locked.waived_at:
        raise ExtensionRefused("Kewajiban periode ini sudah dibebaskan, jadi tidak perlu diperpanjang.")
    if locked.accepted_at or locked.first_submitted_at:
        raise ExtensionRefused("Laporan periode ini sudah dikirim, jadi tidak perlu diperpanjang.")
    return locked


def _waiting(extension: Extension) -> Extension:
    rows = Extension.objects.select_for_update(of=("self",)).select_related("obligation__agency", "obligation__form")
    locked = rows.get(pk=extension.pk)
    if locked.state != Extension.State.ASKED:
        raise ExtensionRefused(f"Permintaan ini sudah {_ended(locked)}.")
    return locked


def _ended(extension: Extension) -> str:
    return extension.get_state_display()


def _close(
    request: Extension, state: str, *, by: Actor | None = None, now: datetime | None = None, note: str = "",
    granted_on: date | None = None,
) -> None:  # fmt: skip
    request.state, request.granted_on, request.decision_note = state, granted_on, note
    request.decided_at, request.decided_by_name = now, by.name if by else ""
    request.save(update_fields=["state", "granted_on", "decision_note", "decided_at", "decided_by_name"])
    supersede(request.obligation, kind="extension_asked", reason="sudah diputuskan atau ditarik")


def _deciders(now: datetime) -> list[User]:
    posts = Membership.objects.filter(regency_id=current_regency_id(), role__in=REVIEWERS, user__is_active=True)
    return list({post.user_id: post.user for post in posts.on(timezone.localdate(now)).select_related("user")}.values())


def _tell_deciders(request: Extension, by: Actor, now: datetime) -> None:
    what = f"{request.obligation.agency.name} meminta perpanjangan {_short(request)} sampai {day(request.wanted_on)}."
    link = reverse("reporting:decide_extension", args=[request.pk])
    people = [user for user in _deciders(now) if user.pk != by.user_id]
    _tell("extension_asked", "Permintaan perpanjangan", request, [what], link, people, now)


def _tell_agency(request: Extension, outcome: str, by: Actor, now: datetime) -> None:
    what = f"Permintaan perpanjangan {_short(request)} {outcome}."
    link = reverse("reporting:obligation", args=[request.obligation_id])
    people = [user for user in agency_people(request.agency_id, now) if user.pk != by.user_id]
    _tell("extension_decided", "Keputusan perpanjangan", request, [what], link, people, now)


def _tell(
    kind: str, head: str, request: Extension, paragraphs: list[str], link: str, people: list[User], now: datetime
) -> None:
    drafts: list[Draft] = []
    for user in people:
        letter = framed(
            f"{head}: {_short(request)}", to=str(user), paragraphs=paragraphs, link=link, link_label="Buka",
            place=request.obligation.regency.name,
        )  # fmt: skip
        drafts += drafts_to(f"{kind}:{request.pk}", kind, user, letter, request.obligation, now)
    queue_many(drafts, now=now)


def _short(request: Extension) -> str:
    return f"{request.obligation.form.name} {period_from_key(request.obligation.period).label}"
