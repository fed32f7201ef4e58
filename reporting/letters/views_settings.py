"""How a district's letters look and count: the head, who signs, and the patterns of numbers with a live preview."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from reporting.letters.actions_series import begin_at, change_letterhead, change_pattern
from reporting.letters.forms import BeginForm, LetterheadForm, PatternForm
from reporting.letters.models import LetterSeries
from reporting.letters.numbering import PatternRefused, written
from reporting.letters.queries import letterhead, next_number, pattern_of, writing_unit
from reporting.letters.refusals import LetterRefused
from reporting.letters.views import _crumbs, _regency


@for_members
@require_http_methods(["GET", "POST"])
def letter_settings(request: HttpRequest) -> HttpResponse:
    """GET shows all; POST saves the head of letters. The numbers have addresses of their own."""
    actor = require(request, Verb.MANAGE_LETTERS)
    form = LetterheadForm(request.POST or None, initial=_stored())
    if request.method == "POST" and form.is_valid():
        change_letterhead(form.cleaned_data, by=actor)
        messages.success(request, "Kop surat tersimpan. Berlaku untuk surat yang belum terbit.")
        return redirect("reporting:letter_settings")
    return _page(request, head=form)


@for_members
@require_POST
def save_pattern(request: HttpRequest, series: str) -> HttpResponse:
    actor, code = require(request, Verb.MANAGE_LETTERS), _code_or_404(series)
    form = PatternForm(request.POST, prefix=code)
    if not form.is_valid():
        return _page(request, pattern={code: form})
    change_pattern(code, pattern=form.cleaned_data["pattern"], by=actor)
    messages.success(request, "Pola nomor tersimpan. Berlaku mulai surat berikutnya.")
    return redirect("reporting:letter_settings")


@for_members
@require_POST
def begin_series(request: HttpRequest, series: str) -> HttpResponse:
    """Numbers below were given by hand this year."""
    actor, code = require(request, Verb.MANAGE_LETTERS), _code_or_404(series)
    form = BeginForm(request.POST, prefix=f"mulai-{code}")
    if form.is_valid():
        try:
            begin_at(code, year=_today(request).year, by=actor, **form.cleaned_data)
        except LetterRefused as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, f"Surat berikutnya bernomor urut {form.cleaned_data['number']}.")
            return redirect("reporting:letter_settings")
    return _page(request, begin={code: form})


@for_members
@require_GET
def preview_number(request: HttpRequest, series: str) -> HttpResponse:
    """The next number by the pattern as it stands in the field, while it is typed."""
    require(request, Verb.MANAGE_LETTERS)
    code = _code_or_404(series)
    pattern = request.GET.get(f"{code}-pattern", "")
    return render(request, "reporting/letters/_number.html", {"code": code, **_number(code, pattern, _today(request))})


def _page(
    request: HttpRequest,
    *,
    head: LetterheadForm | None = None,
    pattern: dict[str, PatternForm] | None = None,
    begin: dict[str, BeginForm] | None = None,
) -> HttpResponse:
    forms = [head, *(pattern or {}).values(), *(begin or {}).values()]
    context = {
        "form": head or LetterheadForm(initial=_stored()),
        "series": [_line(code, pattern or {}, begin or {}, _today(request)) for code in LetterSeries.Code],
        "breadcrumbs": _crumbs({"label": "Pengaturan"}),
    }
    wrong = any(form is not None and form.errors for form in forms)
    return render(request, "reporting/letters/settings.html", context, status=422 if wrong else 200)


def _stored() -> dict[str, Any]:
    head = letterhead()
    return {name: getattr(head, name) for name in LetterheadForm.base_fields}


def _line(
    code: LetterSeries.Code, pattern: dict[str, PatternForm], begin: dict[str, BeginForm], today: date
) -> dict[str, Any]:
    number = next_number(code, today)
    form = pattern.get(code) or PatternForm(prefix=code, initial={"pattern": pattern_of(code)})
    return {
        "code": code,
        "label": code.label,
        "form": form,
        "begin": begin.get(code) or BeginForm(prefix=f"mulai-{code}", initial={"number": number}),
        **_number(code, str(form["pattern"].value() or ""), today),
    }


def _number(code: LetterSeries.Code, pattern: str, today: date) -> dict[str, str]:
    try:
        return {"number": written(pattern.strip(), number=next_number(code, today), on=today, unit=writing_unit())}
    except (PatternRefused, LetterRefused) as refusal:
        return {"number": "", "refusal": str(refusal)}


def _code_or_404(series: str) -> LetterSeries.Code:
    if series not in LetterSeries.Code.values:
        raise Http404
    return LetterSeries.Code(series)


def _today(request: HttpRequest) -> date:
    return _regency(request).local(timezone.now()).date()
