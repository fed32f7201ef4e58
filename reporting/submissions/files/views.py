"""Files out of a report, and a filled-in template back into its draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from agencies.access import require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.writing import XLSX_TYPE
from reporting.submissions.files.papers import Paper, paper_for
from reporting.submissions.files.pdf import PDF_TYPE, NotTypeset, pdf_of
from reporting.submissions.files.workbooks import workbook_of
from reporting.submissions.queries import obligation_or_404


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
