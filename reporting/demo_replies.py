"""Demo answers to the chase: a promise, a "not our duty" and a directive, by the real actions."""

from __future__ import annotations

from datetime import datetime

from agencies.access import actor_of
from agencies.models import Agency, Membership
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from reporting.answering import directives, disclaimers, promises
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of
from reporting.periods.standing import is_overdue

IN_WORKING_DAYS = 3


def answer_some(regency: Regency, filers: dict[int, Actor], *, now: datetime) -> None:
    """Of the newest overdue reports, each of another agency: one is promised, one disclaimed, one asked about."""
    late: dict[int, Obligation] = {}
    rows = Obligation.objects.filter(is_overdue(now)).select_related("agency", "form")
    for row in rows.order_by("-due_at", "agency__code"):
        late.setdefault(row.agency_id, row)
    for act, obligation in zip((_promise, _disclaim, _direct), late.values(), strict=False):
        act(obligation, regency, filers[obligation.agency_id], now)


def _promise(obligation: Obligation, regency: Regency, by: Actor, now: datetime) -> None:
    on = calendar_of(obligation.agency).shift(regency.local(now).date(), IN_WORKING_DAYS)
    reason = "data dari dua kecamatan belum lengkap"
    promises.promise(obligation, regency, promised_on=on, reason=reason, by=by, now=now)


def _disclaim(obligation: Obligation, regency: Regency, by: Actor, now: datetime) -> None:
    reason = "Pembinaan koperasi di kawasan ini sejak triwulan lalu ditangani DKUKMP (contoh)."
    disclaimers.disclaim(obligation, reason=reason, by=by, now=now)


def _direct(obligation: Obligation, regency: Regency, by: Actor, now: datetime) -> None:
    on = calendar_of(obligation.agency).shift(regency.local(now).date(), IN_WORKING_DAYS)
    text = "Mohon laporan ini diselesaikan pekan ini, dan jelaskan kendalanya."
    directives.give(obligation, regency, text=text, due_on=on, by=_of_regents_office(), now=now)


def _of_regents_office() -> Actor:
    post = Membership.objects.select_related("user").get(user__username="demo.bupati")
    post.agency = Agency.objects.get(pk=post.agency_id)
    return actor_of(post.user, post, source="demo")
