"""What the chase will do, seen beforehand: on a calendar for whoever edits a ladder, and for each obligation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.access import PortalRequest, require
from agencies.models import Agency
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from reporting.chasing.forms import PreviewForm
from reporting.chasing.models import ChaseStep
from reporting.chasing.months import months_of
from reporting.chasing.plans import (
    MayName,
    Plan,
    Subject,
    example_of,
    names_all,
    names_nobody,
    names_own_party,
    plan_for,
)
from reporting.chasing.queries import ladder_of
from reporting.duties.models import ReportForm
from reporting.periods.calendar import end_of_day, end_of_working_day, period_from_key, period_of
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import Obligation
from reporting.periods.queries import calendar_of
from reporting.submissions.queries import obligation_or_404

HOME = {"label": "Beranda", "url": "/"}
# An example's due day where no row has one: so many working days ahead.
EXAMPLE_IN = 5
OVERSEES = (Verb.REVIEW_REPORT, Verb.VIEW_OUTBOX, Verb.MANAGE_DUTIES)


@for_members
@require_safe
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Apa yang terjadi bila terlambat?": the coming steps of one obligation, for anyone who may see it."""
    obligation = obligation_or_404(pk)
    portal = cast(PortalRequest, request)
    regency, now = cast(Regency, portal.regency), timezone.now()
    running = running_for(obligation, portal.actor)
    context: dict[str, Any] = {
        "obligation": obligation,
        "running": running,
        "period_label": period_from_key(obligation.period).label,
        "breadcrumbs": crumbs_of(obligation, "Bila terlambat"),
    }
    if running:
        subject = Subject(obligation, *running)
        plan = plan_for(subject, regency, now, may_name=naming(portal.actor, subject))
        context |= _shown(plan, regency, now)
    return render(request, "reporting/ladder/plan.html", context)


def chase_in_short(obligation: Obligation, actor: Actor, regency: Regency, now: datetime) -> dict[str, Any]:
    """For the page of an obligation: the last step and the next one, as far as this reader may know the clock."""
    running = running_for(obligation, actor)
    lines = ladder_of(obligation, regency, now) if running else []
    taken = [line for line in lines if line.taken and line.taken.state == ChaseStep.State.FIRED]
    return {
        "running": running,
        "last": taken[-1] if taken else None,
        "next": next((line for line in lines if line.at > now and not line.taken), None),
        "may_ask_why": may_ask_why(actor, obligation),
    }


def may_ask_why(actor: Actor, obligation: Obligation) -> bool:
    return any(may(actor, verb, obligation) for verb in (Verb.FILE_REPORT, Verb.REVIEW_REPORT, Verb.VIEW_OUTBOX))


@for_members
@require_safe
def preview_page(request: HttpRequest) -> HttpResponse:
    """A ladder on the calendar, for a form, an agency and a due day to choose."""
    require(request, Verb.MANAGE_DUTIES)
    regency, now = cast(Regency, cast(PortalRequest, request).regency), timezone.now()
    form = PreviewForm(request.GET)
    form.is_valid()
    clock = Clock(form.value("jam", Clock.FILING))
    context: dict[str, Any] = {
        "form": form,
        "clock": clock,
        "breadcrumbs": [HOME, _ladders(clock), {"label": "Di kalender"}],
    }
    subject = _example(form, clock, regency, now)
    if subject:
        plan = plan_for(subject, regency, now, may_name=names_all)
        context |= _shown(plan, regency, now) | {"subject": subject}
        form.suggest(subject.obligation, clock, regency.local(subject.due_at).date())
    return render(request, "reporting/ladder/preview.html", context)


def running_for(obligation: Obligation, actor: Actor) -> tuple[Clock, datetime] | None:
    """The running clock as far as this reader may know: that a report was returned is its agency's own business."""
    running = running_clock(obligation)
    if running and running[0] in (Clock.REVIEW, Clock.CORRECTION) and not may(actor, Verb.READ_DRAFT, obligation):
        return None
    return running


def naming(actor: Actor, subject: Subject) -> MayName:
    """Who oversees sees all names; the agency its own people's; others only positions."""
    if any(may(actor, verb) for verb in OVERSEES):
        return names_all
    own = subject.clock != Clock.REVIEW and may(actor, Verb.FILE_REPORT, subject.obligation)
    return names_own_party if own else names_nobody


def crumbs_of(obligation: Obligation, label: str) -> list[dict[str, str]]:
    own = {
        "label": f"{obligation.agency.short_name}, {period_from_key(obligation.period).label}",
        "url": reverse("reporting:obligation", args=[obligation.pk]),
    }
    return [HOME, {"label": "Laporan", "url": reverse("reporting:obligations")}, own, {"label": label}]


def _shown(plan: Plan, regency: Regency, now: datetime) -> dict[str, Any]:
    months = months_of(plan, regency.local(now).date(), regency.zone)
    return {"plan": plan, "now": now, "months": months, "coming": plan.coming(now)}


def _ladders(clock: Clock) -> dict[str, str]:
    return {"label": "Tangga penagihan", "url": f"{reverse('reporting:ladder')}?jam={clock}"}


def _example(form: PreviewForm, clock: Clock, regency: Regency, now: datetime) -> Subject | None:
    """What was chosen, else the next real case; None where there is no form or agency yet."""
    agency = form.value("perangkat", None) or Agency.objects.filter(obligations__isnull=False).order_by("name").first()
    report_form = form.value("formulir", None) or _form_of(agency)
    if agency is None or report_form is None:
        return None
    rows = Obligation.objects.filter(agency=agency, form=report_form).select_related("agency", "form")
    obligation = example_of(agency, now, list(rows)) or _made_up(agency, report_form, regency, now)
    due_at = obligation.due_at
    if clock != Clock.FILING:
        due_at = end_of_working_day(now, EXAMPLE_IN, calendar_of(agency), regency.zone)
    if form.due_on:
        due_at = end_of_day(form.due_on, regency.zone)
    # A copy without key: what was really taken says nothing about an example.
    example = Obligation(
        agency=agency, form=report_form, period=obligation.period, due_at=obligation.due_at, rule=obligation.rule
    )
    return Subject(example, clock, due_at)


def _form_of(agency: Agency | None) -> ReportForm | None:
    asked = ReportForm.objects.filter(is_active=True).order_by("name")
    return asked.filter(obligations__agency=agency).first() or asked.first()


def _made_up(agency: Agency, form: ReportForm, regency: Regency, now: datetime) -> Obligation:
    """The period that runs now, for an agency that owes nothing of this form yet."""
    period = period_of(form.period_type, regency.local(now).date())  # type: ignore[arg-type]
    due_at = end_of_working_day(now, EXAMPLE_IN, calendar_of(agency), regency.zone)
    return Obligation(agency=agency, form=form, period=period.key, due_at=due_at, rule={})
