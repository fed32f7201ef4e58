"""How figures and assignments of reports are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.utils import timezone

from agencies.models import Membership
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.ui import formats
from reporting.chasing.ladder_rules import SHORT_AUDIENCES
from reporting.chasing.models import Audience, LadderStep, Outside
from reporting.dashboards.measures import Rates
from reporting.duties.models import Assignment, Duty, Indicator
from reporting.duties.rules import PeriodType
from reporting.handovers.queries import may_hand_over, pending_for
from reporting.periods.calendar import Period, period_from_key
from reporting.periods.models import Extension, Obligation
from reporting.periods.standing import measures
from reporting.submissions.answers import shown
from reporting.submissions.comparing import answer_key
from reporting.submissions.forms import FilingForm
from reporting.submissions.models import Report

register = template.Library()


@register.simple_tag
def figure(indicator: Indicator, value: Any) -> str:
    """An answer with the unit its question asks for; a dash where there is none."""
    return shown(indicator, value)


@register.filter
def part_of(rates: Rates, name: str) -> str:
    """ "18 dari 21", or "dari 21" without a name."""
    part = f"{formats.number(getattr(rates, name))} " if name else ""
    return f"{part}dari {formats.number(rates.expected)}"


@register.filter
def in_force(assignments: Iterable[Assignment]) -> list[Assignment]:
    return [assignment for assignment in assignments if assignment.ends_on is None]


@register.filter
def iso_day(text: str) -> str:
    """2026-12-25 → 25 Des 2026"""
    return formats.short_day(date.fromisoformat(text))


@register.filter
def short_period(period: Period) -> str:
    """A period as the head of a narrow column: "Okt 26", "Mg 5", "1–15 Okt", "TW I 26", "Sem I 26", "2026"."""
    year, month = f"{period.starts_on:%y}", formats.SHORT_MONTHS[period.starts_on.month - 1]
    return {
        PeriodType.WEEKLY: f"Mg {int(period.key[-2:]) if 'W' in period.key else ''}",
        PeriodType.TWICE_MONTHLY: f"{period.starts_on.day}–{period.ends_on.day} {month}",
        PeriodType.MONTHLY: f"{month} {year}",
        PeriodType.QUARTERLY: f"TW {period.label.split()[1]} {year}",
        PeriodType.HALF_YEARLY: f"Sem {period.label.split()[1]} {year}",
        PeriodType.YEARLY: period.key,
    }[period.type]


@register.filter
def period_label(obligation: Obligation) -> str:
    return period_from_key(obligation.period).label


@register.filter
def audience_names(step: LadderStep) -> str:
    """ "operator, pimpinan", from the party upwards."""
    return ", ".join(SHORT_AUDIENCES[Audience(audience)] for audience in step.audiences)


@register.filter
def missing_channels(step: LadderStep) -> str:
    """ "Hanya di portal", "Tanpa WhatsApp"; empty for a step that goes by every channel."""
    missing = [channel.label for channel in Outside if channel not in step.channels]
    return "Hanya di portal" if len(missing) == len(Outside) else f"Tanpa {missing[0]}" if missing else ""


@register.filter
def item(values: dict[str, Any], key: str) -> Any:
    return values.get(key)


@register.inclusion_tag("reporting/_due.html", takes_context=True)
def due_reason(context: template.Context, obligation: Obligation) -> dict[str, Any]:
    """The due moment and "Mengapa tanggal ini?", wherever a due date is shown in full."""
    regency = context["regency"]
    return {"obligation": obligation, "zone": regency.time_zone, "changes": list(obligation.due_changes.all())}


@register.inclusion_tag("reporting/_extension.html", takes_context=True)
def extension_panel(context: template.Context, obligation: Obligation) -> dict[str, Any]:
    """The newest request for more time and what this reader can do; nothing for who may not see it."""
    actor: Actor = context["request"].actor
    own, decides = may(actor, Verb.FILE_REPORT, obligation), may(actor, Verb.REVIEW_REPORT, obligation)
    extension = obligation.extensions.first() if own or decides else None
    asked = extension is not None and extension.state == Extension.State.ASKED
    unfiled = obligation.first_submitted_at is None and obligation.waived_at is None
    return {
        "obligation": obligation,
        "extension": extension,
        "zone": context["regency"].time_zone,
        "may_ask": own and unfiled and not asked and timezone.now() <= obligation.due_at,
        "may_withdraw": own and asked,
        "may_decide": decides and asked and unfiled,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def may_manage_duties(context: template.Context) -> bool:
    return may(context["request"].actor, Verb.MANAGE_DUTIES)


@register.inclusion_tag("reporting/_duty_standing.html", takes_context=True)
def duty_standing(context: template.Context, duty: Duty) -> dict[str, Any]:
    """The stored obligations about this duty, counted by the one definition."""
    rows = Obligation.objects.filter(rule__duties__contains=[duty.pk])
    return {"counts": rows.aggregate(**measures(timezone.now(), context["regency"].zone))}


@dataclass(frozen=True)
class ReturnNote:
    """What a reviewer asks about one question or row, and what the filer answers so far. name: of the input."""

    where: str
    text: str
    name: str
    answer: str


@register.simple_tag
def notes_at(report: Report | None, form: FilingForm, code: str) -> list[ReturnNote]:
    """The notes of a returned report at one question, its rows included."""
    if report is None or report.state != Report.State.RETURNED:
        return []
    rows = {row.key: row.label for row in form.sheet.rows.get(code, ())}
    mine = [(key, text) for key, text in report.return_notes.items() if key.partition("@")[0] == code]
    return [
        ReturnNote(
            rows.get(key.partition("@")[2], ""),
            text,
            f"jelas_{answer_key(key)}",
            form.explanations.get(answer_key(key), ""),
        )
        for key, text in mine
    ]


@register.inclusion_tag("reporting/_handovers.html", takes_context=True)
def handover_panel(context: template.Context) -> dict[str, Any]:
    """What the person of this page takes over and has not read yet."""
    handovers = list(pending_for(context["request"].membership))
    return {"handovers": handovers, "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True, name="may_hand_over")
def may_hand_over_tag(context: template.Context, membership: Membership) -> bool:
    return may_hand_over(context["request"].actor, membership)
