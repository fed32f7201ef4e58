"""Evidence as pages show it: what it is, what the photo says, and what a reviewer should look at twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui import formats
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.submissions.evidence.forms import EvidenceForm
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.queries import Match, attached_to, earlier_evidence, matches_of, may_open
from reporting.submissions.models import Report
from reporting.submissions.queries import is_open

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,.pdf,.xlsx,.docx"


@dataclass(frozen=True)
class Line:
    """may_open: the reader may have the file. notes: what the photo says. warnings: what does not fit."""

    evidence: Evidence
    may_open: bool
    about: str
    notes: list[str]
    warnings: list[str]
    matches: list[Match]


def evidence_context(
    obligation: Obligation, actor: Actor, report: Report | None, regency: Regency | None
) -> dict[str, Any]:
    """What reporting/_evidence.html needs. Nothing is listed for a person who may not read the agency's drafts."""
    if not may(actor, Verb.READ_DRAFT, obligation):
        return {"evidence_lines": [], "shows_evidence": False, "may_attach": False}
    assert regency is not None
    rows = list(attached_to(obligation))
    may_attach = may(actor, Verb.FILE_REPORT, obligation) and is_open(obligation, report)
    return {
        "shows_evidence": True,
        "evidence_lines": lines_of(rows, obligation, actor, regency),
        "earlier_evidence": lines_of(list(earlier_evidence(obligation)), obligation, actor, regency),
        "may_attach": may_attach,
        "evidence_form": EvidenceForm(questions=questions_of(obligation)) if may_attach else None,
        "evidence_accept": ACCEPT,
        "evidence_limits": limits(),
        "evidence_full": len(rows) >= settings.EVIDENCE_MAX_FILES,
        "largest_evidence": settings.EVIDENCE_MAX_FILE_BYTES,
    }


def limits() -> str:
    mib = 1024 * 1024
    return (
        "Foto JPEG, PNG, WebP atau HEIC, dan dokumen PDF, XLSX atau DOCX; paling besar "
        f"{settings.EVIDENCE_MAX_FILE_BYTES // mib} MiB tiap berkas, paling banyak {settings.EVIDENCE_MAX_FILES} "
        f"berkas dan {settings.EVIDENCE_MAX_REPORT_BYTES // mib} MiB tiap laporan."
    )


def lines_of(rows: list[Evidence], obligation: Obligation, actor: Actor, regency: Regency) -> list[Line]:
    matches = matches_of(rows)
    return [
        Line(
            evidence=row,
            may_open=may_open(actor, row),
            about=_about(row),
            notes=_notes(row, regency),
            warnings=_warnings(row, obligation, regency),
            matches=matches.get(row.pk, []),
        )
        for row in rows
    ]


def _about(row: Evidence) -> str:
    size = f", {row.width} × {row.height} titik" if row.width else ""
    return f"{row.about_kind.label}, {filesizeformat(row.size)}{size}"


def _notes(row: Evidence, regency: Regency) -> list[str]:
    notes = []
    if row.taken_at:
        at = f"{formats.short_day(row.taken_at, regency.zone)} {formats.clock(row.taken_at, regency.zone)}"
        notes.append(f"Diambil {at}" + (f" dengan {row.camera}" if row.camera else ""))
    if row.village:
        notes.append(f"Di {row.village}, {row.village.subdistrict}")
    if row.latitude is not None:
        notes.append(f"Titik {row.latitude:.5f}, {row.longitude:.5f}")
    return notes


def _warnings(row: Evidence, obligation: Obligation, regency: Regency) -> list[str]:
    warnings = []
    taken_on = row.taken_at.astimezone(regency.zone).date() if row.taken_at else None
    if taken_on and not obligation.starts_on <= taken_on <= obligation.ends_on:
        warnings.append("Tanggal foto di luar periode laporan.")
    own = obligation.agency.subdistrict_id
    if row.latitude is not None and row.village is None:
        warnings.append(f"Tempat foto di luar batas desa di {regency.name}.")
    elif row.village and own and row.village.subdistrict_id != own:
        warnings.append("Tempat foto di luar kecamatan pelapor.")
    return warnings
