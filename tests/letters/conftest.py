"""Two overdue months of Dinas Kesehatan, one of Dinas Sosial, seen from 20 November 2026."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from docx import Document
from pypdf import PdfReader

from agencies.models import Agency, Membership
from katingan_portal.tenancy.scope import applied
from reporting.letters import actions
from reporting.letters.models import Letter, LetterFile, LetterKind
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions as submissions
from reporting.submissions.actions import Contents
from tests.conftest import everything_of

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def whole(katingan):
    return everything_of(katingan)


@pytest.fixture
def overdue(katingan, whole, actor_for):
    """overdue("dinkes") → its overdue reports of August to October, oldest first."""
    with applied(whole):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))

    def of(code: str) -> list[Obligation]:
        rows = Obligation.objects.filter(agency__code=code, due_at__lt=NOW, first_submitted_at=None, waived_at=None)
        return list(rows.select_related("agency", "form").order_by("starts_on"))

    return of


@pytest.fixture
def draft(katingan, whole, overdue, actor_for):
    """draft(kind, code, count) → a draft about the agency's oldest overdue reports."""

    def make(kind=LetterKind.TEGURAN_1, code="dinkes", count=2, now=NOW) -> Letter:
        with applied(whole):
            agency = Agency.objects.get(code=code)
            about = overdue(code)[:count]
            return actions.draft(LetterKind(kind), agency, about, regency=katingan, by=actor_for("gita"), now=now)

    return make


@pytest.fixture
def issue(katingan, whole, actor_for):
    """issue(letter) → the letter as it was issued by the coordinator."""

    def make(letter: Letter, now=NOW) -> Letter:
        with applied(whole):
            seen = Letter.objects.get(pk=letter.pk).version
            return actions.issue(letter, seen=seen, regency=katingan, by=actor_for("gita"), now=now)

    return make


@pytest.fixture
def file_now(whole, actor_for):
    """file_now(obligation): its agency files it, as nihil."""

    def make(obligation: Obligation, now=NOW) -> None:
        with applied(whole):
            by = actor_for("ani")
            contents = Contents(is_nil=True, nil_reason="Belum ada kegiatan")
            submissions.save_draft(obligation, contents, version=0, by=by, now=now)
            submissions.submit(obligation, by=by, now=now)

    return make


@pytest.fixture
def head_of_dkukmp(katingan, whole):
    """Somebody who is to sign: the coordinating office's acting head."""
    with applied(whole):
        gita = Membership.objects.get(regency=katingan, user__username="gita")
        return Membership.objects.create(
            regency=katingan, user=gita.user, agency=gita.agency, role="head", title="Kepala Dinas Koperasi",
            acting=Membership.Acting.PLT, starts_on=gita.starts_on,
        )  # fmt: skip


def file_of(letter: Letter, kind: str) -> bytes:
    return bytes(LetterFile.objects.get(letter=letter, format=kind).content)


def text_of_pdf(content: bytes) -> str:
    """The words of a PDF, with one blank between them."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def opened_docx(content: bytes):
    return Document(io.BytesIO(content))


def cells_of(table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def words(response) -> str:
    return " ".join(response.content.decode().split())
