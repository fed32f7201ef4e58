"""Files out of a report, and a filled-in template back into its draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import Actor
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.reading import shown_name
from katingan_portal.spreadsheets.table import UnreadableSpreadsheet
from katingan_portal.spreadsheets.writing import XLSX_TYPE
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.actions import Contents, ReportRefused, contents_of
from reporting.submissions.files.actions import PreviewLost, keep_preview, save_preview
from reporting.submissions.files.forms import TemplateUploadForm
from reporting.submissions.files.intake import Intake, TemplateRefused, read_template
from reporting.submissions.files.papers import Paper, paper_for
from reporting.submissions.files.pdf import PDF_TYPE, NotTypeset, pdf_of
from reporting.submissions.files.templates import file_name_of, template_of
from reporting.submissions.files.workbooks import workbook_of
from reporting.submissions.models import Report
from reporting.submissions.queries import is_open, obligation_or_404, report_for
from reporting.submissions.sheets import Sheet

HOME = {"label": "Beranda", "url": "/"}
CLOSED = "Laporan ini sudah dikirim atau dibebaskan, jadi tidak bisa diubah."


@for_members
@require_GET
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    paper = _paper_or_404(request, pk)
    try:
        return private_file(pdf_of(paper), PDF_TYPE, f"{paper.file_name}.pdf")
    except NotTypeset as refusal:
        messages.error(request, str(refusal))
        return redirect("reporting:obligation", pk)


@for_members
@require_GET
def report_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    paper = _paper_or_404(request, pk)
    return private_file(workbook_of(paper), XLSX_TYPE, f"{paper.file_name}.xlsx")


def _paper_or_404(request: HttpRequest, pk: int) -> Paper:
    """The same door as the page's: a report that this reader may not see is not there."""
    obligation = obligation_or_404(pk)
    paper = paper_for(obligation, by=require(request, Verb.EXPORT, obligation), now=timezone.now())
    if paper is None:
        raise Http404
    return paper


def private_file(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A download that no cache keeps and no browser opens as anything else. name: codes and ASCII only."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@for_members
@require_GET
def template_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The form as a workbook, with what is saved so far."""
    obligation, report, _ = _opened(request, pk)
    if not is_open(obligation, report):
        return _closed(request, pk)
    contents = contents_of(report) if report else Contents()
    return private_file(
        template_of(Sheet.of(obligation), contents, timezone.now()), XLSX_TYPE, file_name_of(obligation)
    )


@for_members
@require_http_methods(["GET", "POST"])
def upload_template(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at a filled-in template: what it would change, or where its mistakes are. Writes nothing."""
    obligation, report, actor = _opened(request, pk)
    if not is_open(obligation, report):
        return _closed(request, pk)
    form = TemplateUploadForm(request.POST, request.FILES) if request.method == "POST" else TemplateUploadForm()
    if not form.is_bound or not form.is_valid():
        return _upload_page(request, obligation, form, status=422 if form.errors else 200)
    file = form.cleaned_data["file"]
    sheet = Sheet.of(obligation)
    try:
        intake = read_template(file.read(), file.name, sheet, report)
    except (UnreadableSpreadsheet, TemplateRefused) as refusal:
        form.add_error("file", str(refusal))
        return _upload_page(request, obligation, form, status=422)
    return _preview(request, sheet, intake, shown_name(file.name), actor)


@for_members
@require_POST
def save_template(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep as a draft what the preview showed, unless the report changed since."""
    obligation, _, actor = _opened(request, pk)
    try:
        save_preview(obligation, request.POST.get("pratinjau", ""), by=actor, now=timezone.now())
    except PreviewLost as refusal:
        form = TemplateUploadForm()
        return _upload_page(request, obligation, form, refusal=str(refusal), status=422)
    except ReportRefused as refusal:
        again = f"{refusal} Tidak ada yang disimpan dari berkas itu; unggah lagi untuk membandingkannya."
        return _upload_page(request, obligation, TemplateUploadForm(), refusal=again, status=409)
    messages.success(request, "Isi berkas disimpan sebagai draf. Periksa, lengkapi, lalu kirim dari halaman ini.")
    return redirect("reporting:file", pk)


def _opened(request: HttpRequest, pk: int) -> tuple[Obligation, Report | None, Actor]:
    """The obligation with its report for one who may fill it in; else 404."""
    obligation = obligation_or_404(pk)
    actor = require(request, Verb.FILE_REPORT, obligation)
    return obligation, report_for(obligation), actor


def _closed(request: HttpRequest, pk: int) -> HttpResponse:
    messages.info(request, CLOSED)
    return redirect("reporting:obligation", pk)


def _upload_page(
    request: HttpRequest, obligation: Obligation, form: TemplateUploadForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {"obligation": obligation, "form": form, "refusal": refusal, **_frame(obligation)}
    return render(request, "reporting/files/upload.html", context, status=status)


def _preview(request: HttpRequest, sheet: Sheet, intake: Intake, file_name: str, actor: Actor) -> HttpResponse:
    contents = intake.contents
    token = keep_preview(sheet.obligation, intake, file_name, by=actor) if contents and intake.differences else ""
    context = {
        "obligation": sheet.obligation,
        "file_name": file_name,
        "intake": intake,
        "token": token,
        "appraisal": sheet.appraise(contents) if contents else None,
        "is_nil": bool(contents and contents.is_nil),
        **_frame(sheet.obligation),
    }
    return render(request, "reporting/files/preview.html", context, status=422 if intake.mistakes else 200)


def _frame(obligation: Obligation) -> dict[str, object]:
    label = period_from_key(obligation.period).label
    crumbs = [
        HOME,
        {"label": "Laporan", "url": reverse("reporting:obligations")},
        {"label": label, "url": reverse("reporting:obligation", args=[obligation.pk])},
        {"label": "Isi laporan", "url": reverse("reporting:file", args=[obligation.pk])},
        {"label": "Lewat Excel"},
    ]
    return {"period_label": label, "breadcrumbs": crumbs}
