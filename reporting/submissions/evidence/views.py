"""Pages of evidence: see it, attach, take away, and the files themselves, each behind the same question."""

from __future__ import annotations

from typing import Any, cast

import structlog
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.actions import record
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.submissions.evidence import storage
from reporting.submissions.evidence.actions import EvidenceRefused, StorageUnavailable, Upload, attach, remove
from reporting.submissions.evidence.forms import EvidenceForm, RemovalForm
from reporting.submissions.evidence.inspection import download_name, refuse_large
from reporting.submissions.evidence.kinds import Unacceptable
from reporting.submissions.evidence.lines import evidence_context
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.queries import evidence_or_404, may_open
from reporting.submissions.queries import is_open, obligation_or_404, report_for

log = structlog.get_logger(__name__)
HOME = {"label": "Beranda", "url": "/"}
# The script sends one file a request and wants a short answer; without a script the form sends them together.
BY_SCRIPT = "X-Portal-Upload"


@for_members
@require_http_methods(["GET", "POST"])
def evidence_page(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = obligation_or_404(pk)
    if request.method == "GET":
        require(request, Verb.READ_DRAFT, obligation)
        return _page(request, obligation, [])
    actor = require(request, Verb.FILE_REPORT, obligation)
    form = EvidenceForm(request.POST, questions=questions_of(obligation))
    if not form.is_valid():
        return _refused(request, obligation, ["Isian tidak dikenali. Muat ulang halaman ini, lalu coba lagi."])
    arrived = request.FILES.getlist("files")
    if not arrived:
        return _refused(request, obligation, ["Pilih foto atau dokumen yang akan diunggah."])
    return _attach_all(request, obligation, arrived, form, actor)


def _attach_all(
    request: HttpRequest, obligation: Obligation, arrived: list[UploadedFile], form: EvidenceForm, actor: Actor
) -> HttpResponse:
    """Each file by itself: one that is refused does not take the others with it."""
    refusals, status = [], 422
    for file in arrived:
        try:
            _attach_one(obligation, file, form, actor, alone=len(arrived) == 1)
        except (Unacceptable, EvidenceRefused) as refusal:
            refusals.append(str(refusal))
            status = 503 if isinstance(refusal, StorageUnavailable) and len(arrived) == 1 else 422
    if refusals:
        return _refused(request, obligation, refusals, status)
    if BY_SCRIPT in request.headers:
        context = _context(request, obligation)
        return JsonResponse({"html": render_to_string("reporting/_evidence_list.html", context, request)}, status=201)
    messages.success(request, "Bukti tersimpan.")
    return redirect("reporting:evidence", obligation.pk)


def _attach_one(obligation: Obligation, file: UploadedFile, form: EvidenceForm, actor: Actor, *, alone: bool) -> None:
    name = file.name or ""
    refuse_large(file.size or 0, name)
    key = form.cleaned_data.get("key") if alone else None
    upload = Upload(name=name, content=file.read(), key=key, indicator=form.question)
    attach(obligation, upload, by=actor, now=timezone.now())


def _refused(request: HttpRequest, obligation: Obligation, refusals: list[str], status: int = 422) -> HttpResponse:
    if BY_SCRIPT in request.headers:
        return JsonResponse({"message": " ".join(refusals)}, status=status)
    return _page(request, obligation, refusals, status=status)


def _page(request: HttpRequest, obligation: Obligation, refusals: list[str], status: int = 200) -> HttpResponse:
    label = period_from_key(obligation.period).label
    context = {
        **_context(request, obligation),
        "refusals": refusals,
        "period_label": label,
        "breadcrumbs": [*_crumbs(obligation), {"label": "Bukti"}],
    }
    return render(request, "reporting/evidence.html", context, status=status)


def _context(request: HttpRequest, obligation: Obligation) -> dict[str, Any]:
    portal = cast(PortalRequest, request)
    assert portal.regency is not None
    report = report_for(obligation)
    context = evidence_context(obligation, portal.actor, report, portal.regency)
    return {"obligation": obligation, "report": report, **context}


def _crumbs(obligation: Obligation) -> list[dict[str, str]]:
    label = period_from_key(obligation.period).label
    return [
        HOME,
        {"label": "Laporan", "url": reverse("reporting:obligations")},
        {"label": label, "url": reverse("reporting:obligation", args=[obligation.pk])},
    ]


@for_members
@require_http_methods(["GET", "POST"])
def remove_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    evidence = evidence_or_404(cast(PortalRequest, request).actor, pk)
    obligation = evidence.obligation
    actor = require(request, Verb.FILE_REPORT, obligation)
    form = RemovalForm(request.POST) if request.method == "POST" else RemovalForm()
    if form.is_bound and form.is_valid():
        try:
            remove(evidence, reason=form.cleaned_data["reason"], by=actor, now=timezone.now())
        except EvidenceRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Bukti dihapus dari laporan ini.")
        return redirect("reporting:evidence", obligation.pk)
    if evidence.removed_at or not is_open(obligation, report_for(obligation)):
        messages.info(request, "Bukti ini tidak bisa dihapus lagi.")
        return redirect("reporting:evidence", obligation.pk)
    back = {"label": "Bukti", "url": reverse("reporting:evidence", args=[obligation.pk])}
    context = {"evidence": evidence, "form": form, "breadcrumbs": [*_crumbs(obligation), back, {"label": "Hapus"}]}
    return render(request, "reporting/remove_evidence.html", context, status=422 if form.errors else 200)


@for_members
@require_GET
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo as our own JPEG without metadata, shown; a document as it came, saved. Reading is written down."""
    actor = cast(PortalRequest, request).actor
    evidence = _open_or_404(actor, pk)
    if evidence.is_image:
        response = _served(request, evidence, evidence.copy_sha256, "image/jpeg", "jpg", inline=True)
    else:
        kind = evidence.about_kind
        response = _served(request, evidence, evidence.sha256, kind.content_type, kind.key, inline=False)
    record("membuka bukti", evidence, by=actor)
    return response


@for_members
@require_GET
def evidence_thumb(request: HttpRequest, pk: int) -> HttpResponse:
    evidence = _open_or_404(cast(PortalRequest, request).actor, pk)
    if not evidence.thumb_sha256:
        raise Http404
    return _served(request, evidence, evidence.thumb_sha256, "image/jpeg", "jpg", inline=True)


def _open_or_404(actor: Actor, pk: int) -> Evidence:
    evidence = evidence_or_404(actor, pk)
    if not may_open(actor, evidence):
        raise Http404
    return evidence


def _served(
    request: HttpRequest, evidence: Evidence, sha256: str, content_type: str, extension: str, *, inline: bool
) -> HttpResponse:
    """The stored bytes after their sum was compared, under headers that let nothing in them run or be kept."""
    regency = cast(PortalRequest, request).regency
    assert regency is not None
    try:
        content = storage.fetch(regency.code, sha256)
    except storage.Damaged as damage:
        log.error("evidence_damaged", evidence=evidence.pk, damage=str(damage))
        raise Http404 from damage
    response = HttpResponse(content, content_type=content_type)
    name = download_name(evidence.name, extension)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
