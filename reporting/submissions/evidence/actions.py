"""Attach a file to a report, take it away again, and keep what the virus scanner said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from agencies.models import Membership
from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from katingan_portal.outbox.actions import queue
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from reporting.duties.models import Indicator
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.evidence import storage
from reporting.submissions.evidence.inspection import Inspected, evidence_name, inspect, moment_of, refuse_large
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.queries import uploaded_before, used_room
from reporting.submissions.queries import is_open, report_for
from villages.queries import village_at

log = structlog.get_logger(__name__)
State = Evidence.State
NOTICE_LIVES = timedelta(days=7)


class EvidenceRefused(Exception):
    """The step is not possible now. The message is for the user."""


class StorageUnavailable(EvidenceRefused):
    """The file could not be written down; trying again later may succeed."""


@dataclass(frozen=True)
class Upload:
    """One file as it came. key: chosen by the sender once per file, so that a repetition is recognised."""

    name: str
    content: bytes
    key: UUID | None = None
    indicator: Indicator | None = None


def attach(obligation: Obligation, upload: Upload, *, by: Actor, now: datetime) -> Evidence:
    """Check and keep one file; the row of an earlier sending where this one repeats it.

    Raises Unacceptable for a file that is no evidence, EvidenceRefused for a closed or full report. The files are on
    disk before the row is committed: a process killed in between leaves a file that the sweep finds, never a row
    without its file.
    """
    refuse_large(len(upload.content), upload.name)
    digest = hashlib.sha256(upload.content).hexdigest()
    _refuse_closed(obligation)
    earlier = uploaded_before(obligation, digest, upload.key)
    if earlier is not None:
        return earlier
    _refuse_full(obligation, len(upload.content))
    inspected = inspect(upload.content, upload.name)
    regency = Regency.objects.get(pk=current_regency_id())
    sums = _keep_files(regency, upload.content, inspected)
    with transaction.atomic():
        locked = _locked(obligation)
        earlier = uploaded_before(locked, digest, upload.key)
        if earlier is not None:
            return earlier
        _refuse_full(locked, len(upload.content))
        evidence = Evidence(
            obligation=locked,
            agency_id=locked.agency_id,
            indicator=upload.indicator,
            upload_key=upload.key,
            name=evidence_name(upload.name),
            size=len(upload.content),
            state=State.WAITING if settings.CLAMD_ADDRESS else State.UNSCANNED,
            uploaded_at=now,
            uploaded_by_id=by.user_id,
            uploaded_by_name=by.name[:200],
            **sums,
            **_said_by(inspected, regency, now),
        )
        evidence.save()
        record("menambah bukti", evidence, by=by)
    return evidence


@transaction.atomic
def remove(evidence: Evidence, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a file out of a report that is still open. One that was sent before stays readable in its revision."""
    locked = _locked(evidence.obligation)
    row = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if row.removed_at is not None:
        return
    row.removed_at = now
    row.removed_by_id = by.user_id
    row.removed_by_name = by.name[:200]
    row.removed_reason = reason.strip()[:300]
    row.save(update_fields=["removed_at", "removed_by", "removed_by_name", "removed_reason"])
    record("menghapus bukti", row, by=by, reason=row.removed_reason)
    log.info("evidence_removed", evidence=row.pk, obligation=locked.pk)


@transaction.atomic
def keep_verdict(evidence: Evidence, virus: str, *, by: Actor, now: datetime) -> bool:
    """Write down what the scanner found; whether this call was the one. An infected file is served to nobody."""
    state = State.INFECTED if virus else State.CLEAN
    rows = Evidence.objects.filter(pk=evidence.pk, state__in=[State.WAITING, State.UNSCANNED])
    if not rows.update(state=state, scanned_at=now, virus=virus[:200]):
        return False
    if virus:
        record("mengarantina bukti", evidence, by=by)
        for recipient in _to_be_told(evidence, now):
            _tell(evidence, recipient, now)
    return True


def _refuse_closed(obligation: Obligation) -> None:
    if not is_open(obligation, report_for(obligation)):
        raise EvidenceRefused("Laporan ini sudah dikirim atau dibebaskan, jadi buktinya tidak bisa diubah lagi.")


def _locked(obligation: Obligation) -> Obligation:
    """The obligation, held so that sending, attaching and removing come one after another. Raises when closed."""
    locked = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
    _refuse_closed(locked)
    return locked


def _refuse_full(obligation: Obligation, size: int) -> None:
    count, used = used_room(obligation)
    if count >= settings.EVIDENCE_MAX_FILES:
        raise EvidenceRefused(
            f"Laporan ini sudah memuat {count} berkas, yaitu batasnya. Hapus yang tidak perlu, lalu unggah lagi."
        )
    if used + size > settings.EVIDENCE_MAX_REPORT_BYTES:
        raise EvidenceRefused(
            f"Berkas ini membuat bukti laporan melebihi {settings.EVIDENCE_MAX_REPORT_BYTES // 1024**2} MiB "
            "seluruhnya. Hapus yang tidak perlu atau perkecil fotonya."
        )


def _keep_files(regency: Regency, content: bytes, inspected: Inspected) -> dict[str, str]:
    parts = {"sha256": content, "copy_sha256": inspected.copy, "thumb_sha256": inspected.thumb}
    try:
        return {name: storage.keep(regency.code, part) if part else "" for name, part in parts.items()}
    except Exception as error:  # each storage has errors of its own
        log.exception("evidence_not_stored", regency=regency.code)
        raise StorageUnavailable("Portal sedang tidak dapat menyimpan berkas. Coba lagi beberapa saat lagi.") from error


def _said_by(inspected: Inspected, regency: Regency, now: datetime) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if inspected.latitude is not None and inspected.longitude is not None:
        place = {
            "latitude": round(inspected.latitude, 6),
            "longitude": round(inspected.longitude, 6),
            "village": village_at(inspected.latitude, inspected.longitude),
        }
    return {
        "kind": inspected.kind,
        "width": inspected.width,
        "height": inspected.height,
        "likeness": inspected.likeness,
        "camera": inspected.camera,
        "taken_at": moment_of(inspected, regency.zone, now),
        **place,
    }


def _to_be_told(evidence: Evidence, now: datetime) -> list[User]:
    """Who sent it, and the district's administrators."""
    today = now.date()
    admins = Membership.objects.filter(regency_id=current_regency_id(), role="district_admin").on(today)
    who = Q(pk__in=admins.values("user_id")) | Q(pk=evidence.uploaded_by_id)
    return list(User.objects.filter(who, is_active=True).order_by("pk"))


def _tell(evidence: Evidence, recipient: User, now: datetime) -> None:
    obligation = Obligation.objects.select_related("form", "agency").get(pk=evidence.obligation_id)
    period = period_from_key(obligation.period).label
    text = (
        f"Pemeriksaan virus menemukan virus dalam satu berkas bukti {obligation.form.name} {period} dari "
        f"{obligation.agency.name}. Berkas itu dikarantina dan tidak dapat dibuka siapa pun. Periksa perangkat yang "
        "dipakai mengunggah, lalu unggah berkas yang bersih."
    )
    channels = [(Message.Channel.IN_APP, "")]
    if recipient.email:
        channels.append((Message.Channel.EMAIL, recipient.email))
    for channel, address in channels:
        queue(
            key=f"evidence-virus:{evidence.pk}:{recipient.pk}:{channel}",
            kind="evidence",
            channel=channel,
            recipient=recipient,
            address=address,
            subject=f"Bukti mengandung virus: {obligation.form.name} {period}",
            body_text=text,
            link=reverse("reporting:obligation", args=[obligation.pk]),
            about=obligation,
            expires_at=now + NOTICE_LIVES,
        )
