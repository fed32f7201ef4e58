"""From draft to version: see it as the filer will, publish it, discard it, lay two versions side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from agencies.access import PortalRequest, require
from agencies.models import Agency
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.dashboards.form_pages import asks_from, crumbs, form_or_404, see_again
from reporting.duties import actions_forms as actions
from reporting.duties.forms_builder import PublishForm
from reporting.duties.models import Assignment, FormVersion, Indicator, ReportForm
from reporting.duties.queries import indicators_of, version_in_force
from reporting.duties.queries_forms import (
    changes_between,
    field_changes,
    fingerprint_of_version,
    problems_of,
    questions_in,
    rules_in,
)
from reporting.periods.models import Obligation
from reporting.submissions.actions import Contents
from reporting.submissions.forms import FilingForm
from reporting.submissions.sheets import Sheet
from reporting.submissions.tables import rows_of


@for_members
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """What will change and from which period; then the decision."""
    actor = require(request, Verb.MANAGE_FORMS)
    report_form = form_or_404(code)
    draft = get_object_or_404(FormVersion, form=report_form, state=FormVersion.State.DRAFT)
    before = version_in_force(report_form)
    form = PublishForm(request.POST or None, initial={"seen": fingerprint_of_version(draft), "note": draft.note})
    starts = asks_from(cast(PortalRequest, request), report_form)
    if request.method == "POST" and form.is_valid():
        try:
            actions.publish(draft, by=actor, now=timezone.now(), **form.cleaned_data)
        except actions.FormRefused as refusal:
            form.add_error(None, str(refusal))
            see_again(form, fingerprint_of_version(draft))
        else:
            messages.success(request, f"Versi {draft.number} terbit dan ditanyakan mulai {starts.label}.")
            return redirect("reporting:form", code)
    context = {
        "report_form": report_form, "draft": draft, "before": before, "form": form, "starts": starts,
        "changes": changes_between(before, draft), "problems": problems_of(draft),
        "breadcrumbs": crumbs(report_form, "Terbitkan"),
    }  # fmt: skip
    return render(request, "reporting/forms/publish.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    form = form_or_404(code)
    draft = get_object_or_404(FormVersion, form=form, state=FormVersion.State.DRAFT)
    if request.method == "POST":
        try:
            actions.discard_draft(draft, seen=request.POST.get("seen", ""), by=actor)
        except actions.FormRefused as refusal:
            messages.warning(request, str(refusal))
            return redirect("reporting:form_draft", code)
        messages.success(request, "Draf dibuang. Selama belum ada draf lain, ia bisa diambil kembali di daftar versi.")
        return redirect("reporting:form", code)
    context = {
        "question": f"Buang draf versi {draft.number}?",
        "text": "Versi yang berlaku tidak berubah. Draf ini bisa diambil kembali selama belum ada draf lain.",
        "yes": "Buang draf",
        "hidden": {"seen": fingerprint_of_version(draft)},
        "cancel_url": reverse("reporting:form_draft", args=[code]),
        "breadcrumbs": crumbs(form, "Buang draf"),
    }
    return render(request, "reporting/forms/confirm.html", context)


class PreviewForm(forms.Form):
    agency = forms.ModelChoiceField(
        queryset=Agency._base_manager.none(), label="Dilihat sebagai", required=False, empty_label="Semua pertanyaan"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bearing = Assignment.objects.filter(ends_on=None).values("agency_id")
        self.fields["agency"].queryset = Agency.objects.filter(pk__in=bearing).order_by("kind", "code")  # type: ignore[attr-defined]


@for_members
@require_GET
def preview(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The version on the filer's own page, without anything to send. ?agency= shows what one agency is asked."""
    require(request, Verb.MANAGE_FORMS)
    report_form = form_or_404(code)
    version = get_object_or_404(FormVersion, form=report_form, number=number)
    chosen = PreviewForm(request.GET)
    agency = chosen.cleaned_data["agency"] if chosen.is_valid() else None
    sheet = _sheet(report_form, version, agency)
    filing = FilingForm(sheet=sheet)
    context = {
        "report_form": report_form,
        "version": version,
        "chosen": chosen,
        "report": None,
        "form": filing,
        "parts": filing.parts(sheet.appraise(Contents())),
        "rules": sheet.rules,
        "breadcrumbs": crumbs(report_form, f"Versi {number}"),
    }
    return render(request, "reporting/forms/preview.html", context)


@dataclass(frozen=True)
class Pair:
    """One question as the older and the newer version ask it; None where one of them does not."""

    code: str
    old: Indicator | None
    new: Indicator | None

    @property
    def state(self) -> str:
        if self.old is None:
            return "baru"
        if self.new is None:
            return "dihapus"
        return "berubah" if self.differences else ""

    @property
    def differences(self) -> list[Any]:
        return field_changes(self.old, self.new) if self.old and self.new else []


@for_members
@require_GET
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions side by side: ?lama=1&baru=2; without them the two newest."""
    require(request, Verb.MANAGE_FORMS)
    form = form_or_404(code)
    versions = list(FormVersion.objects.filter(form=form).exclude(state=FormVersion.State.DISCARDED))
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("baru", ""), versions[0] if versions else None)
    old = by_number.get(request.GET.get("lama", ""), versions[1] if len(versions) > 1 else None)
    context = {
        "form": form,
        "versions": versions,
        "old": old,
        "new": new,
        "pairs": _pairs(old, new) if old and new else [],
        "changes": changes_between(old, new) if old and new else None,
        "breadcrumbs": crumbs(form, "Bandingkan versi"),
    }
    return render(request, "reporting/forms/compare.html", context)


def _sheet(form: ReportForm, version: FormVersion, agency: Agency | None) -> Sheet:
    """A sheet that belongs to no obligation; without an agency every question, with rows of the first kecamatan."""
    shown = agency or Agency.objects.filter(kind=Agency.Kind.SUBDISTRICT).order_by("code").first() or Agency()
    questions = _asked(version, agency)
    rows = {asked.code: rows_of(asked, shown) for asked in questions if asked.is_table}
    return Sheet(Obligation(form=form, agency=shown), questions, rules_in(version), rows, {}, "")


def _asked(version: FormVersion, agency: Agency | None) -> list[Indicator]:
    if agency is None:
        return questions_in(version)
    today = timezone.localdate()
    duties = Assignment.objects.filter(Assignment.within(today, today), agency=agency).values_list("duty_id", flat=True)
    return list(indicators_of(version.pk, list(duties)))


def _pairs(old: FormVersion, new: FormVersion) -> list[Pair]:
    """Every question of both, columns under their tables, in the newer order; what is gone comes last."""
    before = {each.code: each for each in _flat(old)}
    after = {each.code: each for each in _flat(new)}
    gone = [code for code in before if code not in after]
    return [Pair(code, before.get(code), after.get(code)) for code in [*after, *gone]]


def _flat(version: FormVersion) -> list[Indicator]:
    return [each for question in questions_in(version) for each in (question, *question.columns.all())]
