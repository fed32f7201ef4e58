"""Pages of an import: choose, upload, look, save, undo."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.queries import history_of
from katingan_portal.spreadsheets import actions
from katingan_portal.spreadsheets.forms import UploadForm
from katingan_portal.spreadsheets.handouts import rejected_rows_file, template_file
from katingan_portal.spreadsheets.imports import ImportKind, kind_of, kinds_open_to
from katingan_portal.spreadsheets.models import ImportBatch
from katingan_portal.spreadsheets.queries import batches_visible_to, same_file_before
from katingan_portal.spreadsheets.table import UnreadableSpreadsheet
from katingan_portal.spreadsheets.writing import XLSX_TYPE

ROWS_A_PAGE = 100
OUTCOMES = {
    "rejected": ("Ditolak", "danger"),
    "new": ("Baru", "success"),
    "changed": ("Berubah", "info"),
    "unchanged": ("Tetap", "muted"),
}


def _importer(request: HttpRequest) -> Actor:
    """The request's actor if they may import at all; else 404, as if the page were not there."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or getattr(request, "membership", None) is None or not may(actor, Verb.IMPORT_SPREADSHEETS):
        raise Http404
    return actor


def _kind_or_404(actor: Actor, key: str) -> ImportKind:
    kind = kind_of(key)
    if kind is None or not kind.is_open_to(actor):
        raise Http404
    return kind


def _batch_or_404(actor: Actor, pk: int) -> ImportBatch:
    batch = batches_visible_to(actor).defer("content", "changes").filter(pk=pk).first()
    if batch is None:
        raise Http404
    return batch


def _crumbs(*further: dict[str, str]) -> list[dict[str, str]]:
    return [{"label": "Beranda", "url": "/"}, {"label": "Impor", "url": reverse("spreadsheets:list")}, *further]


@for_members
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    actor = _importer(request)
    page = Paginator(batches_visible_to(actor), 30).get_page(request.GET.get("page"))
    return render(
        request,
        "spreadsheets/list.html",
        {
            "page": page,
            "kinds": kinds_open_to(actor),
            "breadcrumbs": [{"label": "Beranda", "url": "/"}, {"label": "Impor"}],
        },
    )


@for_members
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, key: str) -> HttpResponse:
    actor = _importer(request)
    kind = _kind_or_404(actor, key)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = actions.preview(kind, file.read(), file.name, by=actor, now=timezone.now())
        except (UnreadableSpreadsheet, actions.ImportRefused) as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(batch)
    status = 422 if form.errors else 200
    context = {"kind": kind, "form": form, "breadcrumbs": _crumbs({"label": kind.label})}
    return render(request, "spreadsheets/upload.html", context, status=status)


@for_members
@require_GET
def template_download(request: HttpRequest, key: str) -> HttpResponse:
    kind = _kind_or_404(_importer(request), key)
    return _download(template_file(kind, now=timezone.localtime()), f"contoh-{kind.key}.xlsx")


@for_members
@require_GET
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _importer(request)
    return _batch_response(request, _batch_or_404(actor, pk))


def _batch_response(
    request: HttpRequest, batch: ImportBatch, refusal: Exception | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    chosen = request.GET.get("hasil", "")
    results = [each for each in batch.row_results if chosen not in OUTCOMES or each["outcome"] == chosen]
    page = Paginator(results, ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = [{**each, "label": OUTCOMES[each["outcome"]][0], "tone": OUTCOMES[each["outcome"]][1]} for each in page]
    is_waiting = batch.state == ImportBatch.State.PREVIEWED and not batch.has_expired(now)
    context: dict[str, Any] = {
        "batch": batch,
        "page": page,
        "rows": rows,
        "tabs": _tabs(batch, chosen),
        "is_waiting": is_waiting,
        "may_confirm": is_waiting and batch.to_write > 0,
        "has_expired": batch.has_expired(now),
        "may_undo": batch.state == ImportBatch.State.CONFIRMED,
        "earlier": same_file_before(batch) if is_waiting else None,
        "history": _timeline(batch),
        "refusal": refusal,
        "conflicts": getattr(refusal, "conflicts", []),
        "breadcrumbs": _crumbs({"label": batch.file_name}),
    }
    return render(request, "spreadsheets/batch.html", context, status=status)


def _tabs(batch: ImportBatch, chosen: str) -> list[dict[str, Any]]:
    url = batch.get_absolute_url()
    every = {"label": "Semua baris", "url": url, "active": chosen not in OUTCOMES, "count": batch.rows}
    return [every] + [
        {
            "label": label,
            "url": f"{url}?hasil={outcome}",
            "active": chosen == outcome,
            "count": getattr(batch, outcome),
        }
        for outcome, (label, _) in OUTCOMES.items()
    ]


def _timeline(batch: ImportBatch) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "actor": event.actor_name, "verb": event.phrase, "detail": event.reason}
        for event in history_of(batch)
    ]


@for_members
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _importer(request)
    batch = _batch_or_404(actor, pk)
    was_confirmed = batch.state == ImportBatch.State.CONFIRMED
    try:
        leave_rejected = request.POST.get("tanpa_yang_ditolak") == "1"
        batch = actions.confirm(batch, by=actor, now=timezone.now(), leave_rejected=leave_rejected)
    except (actions.ImportRefused, UnreadableSpreadsheet) as refusal:
        return _batch_response(request, batch, refusal, status=409)
    text = f"Tersimpan: {batch.new} baris baru, {batch.changed} berubah."
    messages.success(request, "Impor ini sudah tersimpan sebelumnya." if was_confirmed else text)
    return redirect(batch)


@for_members
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _importer(request)
    batch = _batch_or_404(actor, pk)
    if request.method == "GET":
        crumbs = _crumbs({"label": batch.file_name, "url": batch.get_absolute_url()}, {"label": "Batalkan"})
        return render(request, "spreadsheets/undo.html", {"batch": batch, "breadcrumbs": crumbs})
    try:
        actions.undo(batch, by=actor, now=timezone.now())
    except actions.ImportRefused as refusal:
        return _batch_response(request, batch, refusal, status=409)
    messages.success(request, "Impor dibatalkan; data kembali seperti sebelum impor.")
    return redirect(batch)


@for_members
@require_GET
def rejected_download(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _importer(request)
    batch = _batch_or_404(actor, pk)
    kind = kind_of(batch.kind)
    if kind is None or not batch.rejected:
        raise Http404
    name = batch.file_name.rsplit(".", 1)[0]
    return _download(rejected_rows_file(batch, kind, now=timezone.localtime()), f"ditolak-{name}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX_TYPE)
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "_" for each in name)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
