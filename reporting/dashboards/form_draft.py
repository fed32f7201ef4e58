"""Work on the one draft of a form: its questions, headings and rules. Every step is a plain form; no script needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from reporting.dashboards.form_pages import crumbs, form_or_404, see_again
from reporting.duties import actions_forms as actions
from reporting.duties.expressions import BadExpression, evaluate, holds
from reporting.duties.forms_builder import QuestionForm, RuleForm, SectionForm
from reporting.duties.models import FormVersion, Indicator, ReportForm, ValidationRule
from reporting.duties.queries_forms import (
    FieldChange,
    codes_for_rules,
    field_changes,
    fingerprint,
    outline,
    problems_of,
    questions_in,
    rule_errors,
    rules_in,
)

UNDO = "form_undo"


@for_members
@require_GET
def draft_page(request: HttpRequest, code: str) -> HttpResponse:
    require(request, Verb.MANAGE_FORMS)
    form, draft = _draft_or_404(code)
    questions = questions_in(draft)
    context = {
        "form": form,
        "draft": draft,
        "parts": outline(questions),
        "rules": rules_in(draft),
        "problems": problems_of(draft),
        "undo": _undo_of(request, draft),
        "breadcrumbs": crumbs(form, f"Draf versi {draft.number}"),
    }
    return render(request, "reporting/forms/draft.html", context)


@for_members
@require_http_methods(["GET", "POST"])
def new_question(request: HttpRequest, code: str) -> HttpResponse:
    """A question, or with ?tabel=… a column of that table."""
    actor = require(request, Verb.MANAGE_FORMS)
    report_form, draft = _draft_or_404(code)
    parent = _table_of(request, draft)
    initial = {"duty": request.GET.get("tugas"), "section": request.GET.get("bagian", ""), "is_required": True}
    form = QuestionForm(request.POST or None, version=draft, parent=parent, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_question(draft, parent=parent, by=actor, **form.values)
        except actions.FormRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{made.label}” ditambahkan.")
            return _back(code, made)
    context = _question_context(report_form, draft, form, parent)
    return render(request, "reporting/forms/question.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def edit_question(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    report_form, draft = _draft_or_404(code)
    stored = _of_draft(Indicator, draft, pk)
    form = QuestionForm(
        request.POST or None,
        version=draft,
        parent=stored.parent,
        instance=_of_draft(Indicator, draft, pk),
        initial={"seen": fingerprint(stored)},
    )
    conflict: list[FieldChange] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_question(stored, seen=form.cleaned_data["seen"], by=actor, **form.values)
        except actions.FormRefused as refusal:
            conflict = _conflict(form, refusal, stored)
        else:
            messages.success(request, "Pertanyaan disimpan di draf.")
            return _back(code, stored)
    context = _question_context(report_form, draft, form, stored.parent) | {"question": stored, "conflict": conflict}
    return render(request, "reporting/forms/question.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def remove_question(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    form, draft = _draft_or_404(code)
    question = _of_draft(Indicator, draft, pk)
    columns = question.columns.count()
    return _remove(
        request, form, draft, question, f"Hapus “{question.label}”?",
        f"{columns} kolomnya ikut dihapus. " if columns else "", lambda seen: actions.remove_question(
            question, seen=seen, by=actor), "pertanyaan",
    )  # fmt: skip


@for_members
@require_http_methods(["GET", "POST"])
def remove_rule(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    form, draft = _draft_or_404(code)
    rule = _of_draft(ValidationRule, draft, pk)
    return _remove(
        request, form, draft, rule, f"Hapus aturan {rule}?", "",
        lambda seen: actions.remove_rule(rule, seen=seen, by=actor), "aturan",
    )  # fmt: skip


@for_members
@require_POST
def undo_removal(request: HttpRequest, code: str) -> HttpResponse:
    """Put back what was removed last in this draft by this person."""
    actor = require(request, Verb.MANAGE_FORMS)
    _, draft = _draft_or_404(code)
    kept = _undo_of(request, draft)
    if kept is None:
        messages.warning(request, "Tidak ada lagi yang bisa dikembalikan.")
        return redirect("reporting:form_draft", code)
    try:
        _put_back(draft, kept, actor)
    except actions.FormRefused as refusal:
        messages.warning(request, f"Belum bisa dikembalikan. {refusal}")
    else:
        del request.session[UNDO]
        messages.success(request, "Sudah dikembalikan ke tempatnya.")
    return redirect("reporting:form_draft", code)


@for_members
@require_POST
def move(request: HttpRequest, code: str) -> HttpResponse:
    """One step up or down, for the button pressed: "question-up" with the key, "rule-down", "section-up" …"""
    actor = require(request, Verb.MANAGE_FORMS)
    _, draft = _draft_or_404(code)
    pressed = next((name for name in MOVES if name in request.POST), None)
    if pressed is None:
        raise Http404
    kind, _, way = pressed.partition("-")
    anchor = "bagian"
    try:
        if kind == "section":
            duty, _, name = request.POST[pressed].partition(":")
            actions.move_section(draft, duty_id=_key(duty), name=name, up=way == "up", by=actor)
        else:
            anchor = f"{kind}-{request.POST[pressed]}"
            _move_row(draft, kind, request.POST[pressed], way == "up", actor)
    except actions.FormRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('reporting:form_draft', args=[code])}#{anchor}")


@for_members
@require_POST
def rename_section(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    _, draft = _draft_or_404(code)
    form = SectionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Nama bagian paling panjang 120 huruf.")
        return redirect("reporting:form_draft", code)
    data = form.cleaned_data
    try:
        actions.rename_section(draft, duty_id=data["duty"], name=data["name"], new=data["new"], by=actor)
        messages.success(request, "Bagian diganti." if data["new"] else "Judul bagian dihapus; pertanyaannya tetap.")
    except actions.FormRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect("reporting:form_draft", code)


@for_members
@require_http_methods(["GET", "POST"])
def new_rule(request: HttpRequest, code: str) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    report_form, draft = _draft_or_404(code)
    form = RuleForm(request.POST or None)
    return _rule_page(request, report_form, draft, form, None, lambda: actions.add_rule(draft, by=actor, **form.values))


@for_members
@require_http_methods(["GET", "POST"])
def edit_rule(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    actor = require(request, Verb.MANAGE_FORMS)
    report_form, draft = _draft_or_404(code)
    stored = _of_draft(ValidationRule, draft, pk)
    form = RuleForm(
        request.POST or None, instance=_of_draft(ValidationRule, draft, pk), initial={"seen": fingerprint(stored)}
    )
    return _rule_page(
        request, report_form, draft, form, stored,
        lambda: actions.change_rule(stored, seen=form.cleaned_data["seen"], by=actor, **form.values),
    )  # fmt: skip


MOVES = ("question-up", "question-down", "rule-up", "rule-down", "section-up", "section-down")


def _rule_page(
    request: HttpRequest, report_form: ReportForm, draft: FormVersion, form: RuleForm,
    stored: ValidationRule | None, save: Callable[[], object],
) -> HttpResponse:  # fmt: skip
    """Save the rule, or with "coba" only say what it would do with the sample figures."""
    known = codes_for_rules(questions_in(draft))
    conflict: list[FieldChange] = []
    tried = ""
    if request.method == "POST" and form.is_valid():
        if "coba" in request.POST:
            tried = _tried(form, known)
        else:
            try:
                save()
            except actions.FormRefused as refusal:
                conflict = _conflict(form, refusal, stored)
            else:
                messages.success(request, "Aturan disimpan di draf.")
                return redirect(f"{reverse('reporting:form_draft', args=[report_form.code])}#aturan")
    context = {
        "report_form": report_form, "draft": draft, "form": form, "rule": stored, "known": known, "tried": tried,
        "conflict": conflict, "breadcrumbs": _draft_crumbs(report_form, "Aturan"),
    }  # fmt: skip
    return render(request, "reporting/forms/rule.html", context, status=422 if form.errors else 200)


def _tried(form: RuleForm, known: dict[str, str]) -> str:
    """What the rule says about the sample figures."""
    data = form.cleaned_data
    errors = rule_errors(data["left"], data["right"], known)
    if errors:
        form.add_error(None, " ".join(error[:1].upper() + error[1:] for error in errors))
        return ""
    values = form.sample_values()
    try:
        outcome = holds(data["left"], data["operator"], data["right"], values)
        sides = [evaluate(side, values) for side in (data["left"], data["right"])]
    except BadExpression as refusal:
        form.add_error(None, str(refusal))
        return ""
    if outcome is None:
        return "Isi angka contoh untuk setiap kode di bawah, lalu coba lagi."
    written = " dan ".join(format(side.normalize(), "f").replace(".", ",") for side in sides if side is not None)
    told = "Terpenuhi" if outcome else f"Tidak terpenuhi. Pengisi membaca: “{data['message']}”"
    return f"{told} (kiri dan kanan: {written})."


def _remove(
    request: HttpRequest, form: ReportForm, draft: FormVersion, thing: Indicator | ValidationRule, question: str,
    warning: str, remove: Callable[[str], dict[str, Any]], kind: str,
) -> HttpResponse:  # fmt: skip
    if request.method == "POST":
        try:
            kept = remove(request.POST.get("seen", ""))
        except actions.FormRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            request.session[UNDO] = {"version": draft.pk, "kind": kind, "kept": kept}
            messages.success(request, f"{kind.capitalize()} dihapus dari draf.")
        return redirect("reporting:form_draft", form.code)
    context = {
        "question": question,
        "text": f"{warning}Versi yang sudah terbit tidak berubah, dan Anda masih bisa mengembalikannya sesudah ini.",
        "hidden": {"seen": fingerprint(thing)},
        "cancel_url": reverse("reporting:form_draft", args=[form.code]),
        "breadcrumbs": _draft_crumbs(form, "Hapus"),
    }
    return render(request, "reporting/forms/confirm.html", context)


def _put_back(draft: FormVersion, undo: dict[str, Any], actor: Actor) -> None:
    if undo["kind"] == "aturan":
        actions.add_rule(draft, by=actor, **undo["kept"])
    else:
        actions.put_back_question(draft, undo["kept"], by=actor)


def _move_row(draft: FormVersion, kind: str, key: str, up: bool, actor: Actor) -> None:
    if kind == "question":
        actions.move_question(_of_draft(Indicator, draft, _key(key)), up=up, by=actor)
    else:
        actions.move_rule(_of_draft(ValidationRule, draft, _key(key)), up=up, by=actor)


def _conflict(form: QuestionForm | RuleForm, refusal: actions.FormRefused, stored: Any) -> list[FieldChange]:
    """Say what was refused; after a change by somebody else, what is stored now beside what this person wrote."""
    form.add_error(None, str(refusal))
    if not isinstance(refusal, actions.Stale) or stored is None or not type(stored).objects.filter(pk=stored.pk):
        return []
    stored.refresh_from_db()
    see_again(form, fingerprint(stored))
    if isinstance(stored, Indicator):
        return field_changes(stored, Indicator(parent=stored.parent, **form.values))
    mine = form.values
    names = [name for name in mine if getattr(stored, name) != mine[name]]
    return [FieldChange(str(form[name].label), str(getattr(stored, name)), str(mine[name])) for name in names]


def _draft_or_404(code: str) -> tuple[ReportForm, FormVersion]:
    form = form_or_404(code)
    draft = get_object_or_404(FormVersion, form=form, state=FormVersion.State.DRAFT)
    draft.form = form
    return form, draft


def _of_draft(model: type[Any], draft: FormVersion, pk: int | None) -> Any:
    return get_object_or_404(model, version=draft, pk=pk)


def _table_of(request: HttpRequest, draft: FormVersion) -> Indicator | None:
    key = request.GET.get("tabel")
    return get_object_or_404(Indicator, version=draft, pk=_key(key), kind__in=Indicator.TABLES) if key else None


def _key(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _undo_of(request: HttpRequest, draft: FormVersion) -> dict[str, Any] | None:
    undo: dict[str, Any] | None = request.session.get(UNDO)
    return undo if undo and undo["version"] == draft.pk else None


def _back(code: str, question: Indicator) -> HttpResponse:
    return redirect(f"{reverse('reporting:form_draft', args=[code])}#question-{question.pk}")


def _question_context(
    report_form: ReportForm, draft: FormVersion, form: QuestionForm, parent: Indicator | None
) -> dict[str, Any]:
    sections = draft.indicators.exclude(section="").order_by("section").values_list("section", flat=True).distinct()
    label = "Kolom tabel" if parent else "Pertanyaan"
    return {
        "report_form": report_form,
        "draft": draft,
        "form": form,
        "parent": parent,
        "sections": sections,
        "breadcrumbs": _draft_crumbs(report_form, label),
    }


def _draft_crumbs(form: ReportForm, label: str) -> list[dict[str, str]]:
    trail = crumbs(form)
    return [*trail, {"label": "Draf", "url": reverse("reporting:form_draft", args=[form.code])}, {"label": label}]
