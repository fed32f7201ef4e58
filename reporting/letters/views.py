"""Pages of letters: the list, a draft to finish, an issued letter with its files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import PortalRequest, require
from agencies.models import Agency
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.models import Regency
from reporting.letters import actions
from reporting.letters.compose import check_url, paper_of
from reporting.letters.contents import still_overdue
from reporting.letters.drafting import close_settled
from reporting.letters.forms import LetterFilter, LetterForm, NewLetterForm, NewMemoForm, ReasonForm, SeenForm
from reporting.letters.models import Letter, LetterFile, LetterKind
from reporting.letters.numbering import PatternRefused
from reporting.letters.pdf import letter_pdf
from reporting.letters.queries import (
    addressees_of_memos,
    coming_number,
    letter_or_404,
    letters_for,
    overdue_of,
    reads_every_letter,
    suggested_kind,
    warnings_about,
)
from reporting.letters.refusals import LetterRefused, LetterSettled
from reporting.letters.word import DOCX_TYPE, letter_docx
from reporting.periods.models import Obligation
from reporting.rows import rows_of
from reporting.submissions.files.pdf import PDF_TYPE, NotTypeset
from reporting.submissions.files.views import private_file

HOME = {"label": "Beranda", "url": "/"}
TYPES = {"pdf": PDF_TYPE, "docx": DOCX_TYPE}
A_PAGE = 30


@for_members
@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    actor = require(request, Verb.READ_LETTER)
    chosen = LetterFilter(request.GET)
    wanted = {name: value for name, value in chosen.cleaned_data.items() if value}
    page = Paginator(letters_for(actor).filter(**wanted), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "chosen": chosen,
        "may_issue": may(actor, Verb.ISSUE_LETTER),
        "may_manage": may(actor, Verb.MANAGE_LETTERS),
        "reads_all": reads_every_letter(actor),
        "breadcrumbs": [HOME, {"label": "Surat"}],
    }
    return render(request, "reporting/letters/list.html", context)


@for_members
@require_GET
def letter_page(request: HttpRequest, pk: int) -> HttpResponse:
    letter, actor = _opened(request, pk)
    return _page(request, letter, actor)


@for_members
@require_http_methods(["GET", "POST"])
def new_letter(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the kind and the overdue reports of one agency."""
    actor = require(request, Verb.ISSUE_LETTER)
    agency, now = get_object_or_404(Agency, code=code, is_slot=False), timezone.now()
    overdue = list(overdue_of(agency, now))
    start = {"kind": suggested_kind(agency, overdue)}
    form = NewLetterForm(request.POST or None, overdue=overdue, initial=start)
    if request.method == "POST" and form.is_valid():
        kind = LetterKind(form.cleaned_data["kind"])
        answer = _drafted(request, form, kind, agency, actor, now)
        if answer:
            return answer
    context = {
        "agency": agency,
        "form": form,
        "early": [(kind.label, warnings_about(kind, overdue)) for kind in (LetterKind.TEGURAN_2, LetterKind.TEGURAN_3)],
        "rows": rows_of(overdue, now, _regency(request).zone),
        "breadcrumbs": _crumbs({"label": f"Surat untuk {agency.short_name}"}),
    }
    return render(request, "reporting/letters/new.html", context, status=422 if form.errors else 200)


@for_members
@require_http_methods(["GET", "POST"])
def new_memo(request: HttpRequest) -> HttpResponse:
    """A note to the leadership about all that is late, whoever owes it."""
    actor, now = require(request, Verb.ISSUE_LETTER), timezone.now()
    overdue = list(overdue_of(None, now))
    form = NewMemoForm(request.POST or None, overdue=overdue, addressees=list(addressees_of_memos()))
    if request.method == "POST" and form.is_valid():
        answer = _drafted(request, form, LetterKind.NOTA_DINAS, form.agency, actor, now)
        if answer:
            return answer
    context = {"form": form, "overdue": overdue, "breadcrumbs": _crumbs({"label": "Nota dinas baru"})}
    return render(request, "reporting/letters/new_memo.html", context, status=422 if form.errors else 200)


def _drafted(
    request: HttpRequest,
    form: NewLetterForm | NewMemoForm,
    kind: LetterKind,
    agency: Agency,
    actor: Actor,
    now: datetime,
) -> HttpResponse | None:
    """To the new draft, or None with the refusal at the form."""
    try:
        letter = actions.draft(kind, agency, form.chosen, regency=_regency(request), by=actor, now=now)
    except LetterRefused as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, f"Rancangan {kind.label} siap. Periksa isinya, lalu terbitkan.")
    return redirect("reporting:letter", letter.pk)


@for_members
@require_http_methods(["GET", "POST"])
def edit_letter(request: HttpRequest, pk: int) -> HttpResponse:
    letter, actor = _to_issue(request, pk)
    if not letter.is_draft:
        return redirect("reporting:letter", pk)
    form = LetterForm(request.POST or None, instance=letter)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit(letter, form.wording, seen=form.cleaned_data["seen"], by=actor)
        except LetterRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Rancangan tersimpan.")
            return redirect("reporting:letter", pk)
    context = {"letter": letter, "form": form, "breadcrumbs": _crumbs(_crumb(letter), {"label": "Ubah"})}
    return render(request, "reporting/letters/edit.html", context, status=422 if form.errors else 200)


@for_members
@require_POST
def issue_letter(request: HttpRequest, pk: int) -> HttpResponse:
    letter, actor = _to_issue(request, pk)
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        issued = actions.issue(
            letter, seen=form.cleaned_data["seen"], regency=_regency(request), by=actor, now=timezone.now()
        )
    except LetterSettled as refusal:
        close_settled(now=timezone.now(), by=actor)
        messages.warning(request, f"{refusal} Rancangan ini ditutup.")
    except (LetterRefused, PatternRefused, NotTypeset) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Terbit dengan nomor {issued.full_number}. Cetak, lalu mintakan tanda tangan.")
    return redirect("reporting:letter", pk)


@for_members
@require_http_methods(["GET", "POST"])
def void_letter(request: HttpRequest, pk: int) -> HttpResponse:
    return _end(request, pk, actions.void, "Batalkan surat", "Nomornya tetap terpakai. Surat dinyatakan batal.")


@for_members
@require_http_methods(["GET", "POST"])
def drop_letter(request: HttpRequest, pk: int) -> HttpResponse:
    return _end(request, pk, actions.drop, "Tutup rancangan", "Rancangan ditutup tanpa nomor.")


def _end(request: HttpRequest, pk: int, act: Any, title: str, done: str) -> HttpResponse:
    letter, actor = _to_issue(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(letter, reason=form.cleaned_data["reason"], by=actor, now=timezone.now())
        except LetterRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("reporting:letter", pk)
    context = {"letter": letter, "title": title, "form": form, "breadcrumbs": _crumbs(_crumb(letter), {"label": title})}
    return render(request, "reporting/letters/end.html", context, status=422 if form.errors else 200)


@for_members
@require_GET
def letter_file(request: HttpRequest, pk: int, extension: str) -> HttpResponse:
    """The bytes that were issued, or of a draft what it would be now."""
    letter, _ = _opened(request, pk)
    if extension not in TYPES or letter.state == Letter.State.DROPPED:
        raise Http404
    try:
        content = _issued(letter, extension) if letter.was_issued else _as_draft(request, letter, extension)
    except NotTypeset as refusal:
        messages.error(request, str(refusal))
        return redirect("reporting:letter", pk)
    return private_file(content, TYPES[extension], f"{file_name(letter)}.{extension}")


def _issued(letter: Letter, extension: str) -> bytes:
    file = LetterFile.objects.get(letter=letter, format=extension)
    return bytes(file.content)


def _as_draft(request: HttpRequest, letter: Letter, extension: str) -> bytes:
    paper = paper_of(letter, regency=_regency(request), now=timezone.now())
    return letter_pdf(paper) if extension == "pdf" else letter_docx(paper)


def file_name(letter: Letter) -> str:
    """Codes and ASCII only: the number's slashes belong into no file name."""
    kind = letter.kind.replace("_", "-")
    mark = f"{letter.number:03d}-{letter.year}" if letter.number else "rancangan"
    return f"surat-{kind}-{letter.agency.code}-{mark}"


def _page(request: HttpRequest, letter: Letter, actor: Actor) -> HttpResponse:
    now, regency = timezone.now(), _regency(request)
    issues = may(actor, Verb.ISSUE_LETTER)
    owed = still_overdue(letter, now) if letter.is_draft else []
    context = {
        "letter": letter,
        "paper": paper_of(letter, regency=regency, now=now) if letter.state != Letter.State.DROPPED else None,
        "early": warnings_about(letter.kind, owed),
        "settled": _settled(letter, owed) if letter.is_draft else [],
        "coming_number": coming_number(letter.kind, on=regency.local(now).date()) if letter.is_draft and issues else "",
        "may_issue": issues,
        "check_url": check_url(letter, regency) if letter.was_issued else "",
        "files": LetterFile.objects.filter(letter=letter).defer("content").order_by("-format"),
        "history": _timeline(letter) if reads_every_letter(actor) else [],
        "breadcrumbs": _crumbs({"label": letter.full_number or str(letter)}),
    }
    return render(request, "reporting/letters/letter.html", context)


def _settled(letter: Letter, owed: list[Obligation]) -> list[Obligation]:
    """What the draft was about and has come in meanwhile: it will not be printed."""
    rows = Obligation.objects.filter(letter_items__letter=letter).exclude(pk__in=[each.pk for each in owed])
    return list(rows.select_related("agency", "form"))


def _timeline(letter: Letter) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "actor": event.actor_name, "verb": event.phrase, "detail": event.reason}
        for event in history_of(letter)
    ]  # fmt: skip


def _opened(request: HttpRequest, pk: int) -> tuple[Letter, Actor]:
    actor = require(request, Verb.READ_LETTER)
    return letter_or_404(pk, actor), actor


def _to_issue(request: HttpRequest, pk: int) -> tuple[Letter, Actor]:
    actor = require(request, Verb.ISSUE_LETTER)
    return letter_or_404(pk, actor), actor


def _regency(request: HttpRequest) -> Regency:
    regency = cast(PortalRequest, request).regency
    assert regency is not None
    return regency


def _crumb(letter: Letter) -> dict[str, str]:
    return {"label": letter.full_number or str(letter), "url": reverse("reporting:letter", args=[letter.pk])}


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [HOME, {"label": "Surat", "url": reverse("reporting:letters")}, *more]
