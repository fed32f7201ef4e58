"""What the page of an obligation shows of answers, for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.answering import disclaimers, promises
from reporting.periods.clocks import Clock, clock_beneath
from reporting.periods.models import Extension, Obligation, Promise
from reporting.submissions.models import Report
from reporting.submissions.queries import is_open

CONCERNED = (Verb.FILE_REPORT, Verb.REVIEW_REPORT, Verb.MANAGE_DUTIES, Verb.DIRECT)


@dataclass(frozen=True)
class Door:
    """One answer that can be given: a large button and what it means."""

    label: str
    note: str
    url: str
    icon: str
    is_first: bool = False


def is_concerned(actor: Actor, obligation: Obligation) -> bool:
    """Its agency, its reviewers, administrators and the Bupati's office: who reads directives and disclaimers."""
    return any(may(actor, verb, obligation) for verb in CONCERNED)


def answer_context(
    actor: Actor, regency: Regency, obligation: Obligation, report: Report | None, now: datetime
) -> dict[str, Any]:
    """promises: those of the past and the open one, for everyone. doors: for the agency while it is its turn.

    directives, disclaimers: for those concerned.
    """
    given = list(obligation.promises.all())
    own = may(actor, Verb.FILE_REPORT, obligation)
    concerned = is_concerned(actor, obligation)
    return {
        "promises": given,
        "open_promise": next((each for each in given if each.state == Promise.State.OPEN), None),
        "is_own": own,
        "doors": doors_of(obligation, regency, report, now) if own and is_open(obligation, report) else [],
        "directives": list(obligation.directives.all()) if concerned else [],
        "may_direct": may(actor, Verb.DIRECT, obligation) and not obligation.waived_at,
        "disclaimers": list(obligation.disclaimers.all()) if concerned else [],
        "may_settle": may(actor, Verb.MANAGE_DUTIES, obligation),
    }


def doors_of(obligation: Obligation, regency: Regency, report: Report | None, now: datetime) -> list[Door]:
    """What the agency can answer now; nothing while it is the reviewer's turn."""
    running = clock_beneath(obligation)
    if running is None or running[0] not in promises.PROMISABLE:
        return []
    doors = _filing(obligation, report)
    if running[0] == Clock.FILING and now <= obligation.due_at and not _asked(obligation):
        url = reverse("reporting:ask_extension", args=[obligation.pk])
        doors.append(
            Door("Minta perpanjangan", "Tenggatnya pindah bila disetujui koordinator.", url, icon="calendar-plus")
        )
    if not promises.why_not(obligation) and promises.window_of(obligation, regency, now).is_open:
        url = reverse("reporting:promise", args=[obligation.pk])
        doors.append(
            Door("Janjikan tanggal", "Tenggat tetap; penagihan menunggu janji Anda.", url, icon="calendar-check")
        )
    if not disclaimers.why_not(obligation):
        url = reverse("reporting:disclaim", args=[obligation.pk])
        doors.append(Door("Bukan tugas kami", "Admin kabupaten memutuskan.", url, icon="hand-stop"))
    return doors


def _filing(obligation: Obligation, report: Report | None) -> list[Door]:
    page = reverse("reporting:file", args=[obligation.pk])
    label = "Lanjutkan mengisi" if report else "Isi laporan"
    return [
        Door(label, "Bisa disimpan dulu, dikirim kemudian.", page, icon="pencil", is_first=True),
        Door("Kirim nihil", "Bila memang tidak ada yang dilaporkan.", f"{page}#nihil", icon="circle-minus"),
    ]


def _asked(obligation: Obligation) -> bool:
    return obligation.extensions.filter(state=Extension.State.ASKED).exists()
