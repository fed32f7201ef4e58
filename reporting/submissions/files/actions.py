"""Keep as a draft what a filled-in template says, after its filer has seen what it would change.

Between preview and confirm nothing is stored: what was shown travels with the page, signed for this person and this
obligation, and is what is saved.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.periods.models import Obligation
from reporting.submissions.actions import Contents, ReportRefused, save_draft
from reporting.submissions.files.intake import Intake
from reporting.submissions.models import Report
from reporting.submissions.queries import is_open, report_for

SALT = "reporting.submissions.files.preview"
KEPT_FOR = timedelta(hours=24)


class PreviewLost(ReportRefused):
    """What was to be confirmed is not what was shown, or was shown too long ago."""


def keep_preview(obligation: Obligation, intake: Intake, file_name: str, *, by: Actor) -> str:
    assert intake.contents is not None
    told = {
        "obligation": obligation.pk,
        "user": by.user_id,
        "version": intake.version,
        "file": file_name,
        "contents": asdict(intake.contents),
    }
    return signing.dumps(told, salt=SALT, compress=True)


@transaction.atomic
def save_preview(obligation: Obligation, token: str, *, by: Actor, now: datetime) -> Report:
    """Raises PreviewLost, EditConflict where somebody saved meanwhile, or ReportRefused."""
    told = _opened(token)
    if (told["obligation"], told["user"]) != (obligation.pk, by.user_id):
        raise PreviewLost("Pratinjau ini bukan untuk laporan ini. Unggah berkasnya lagi.")
    if not is_open(obligation, report_for(obligation)):
        raise ReportRefused("Laporan ini sudah dikirim atau dibebaskan, jadi tidak bisa diubah.")
    actor = replace(by, source="import")
    report = save_draft(obligation, Contents(**told["contents"]), version=told["version"], by=actor, now=now)
    record("mengisi dari berkas Excel", report, by=actor, reason=told["file"])
    return report


def _opened(token: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature as error:
        raise PreviewLost("Pratinjau ini sudah tidak berlaku. Unggah berkasnya lagi.") from error
    return told
