"""What jobs and commands do for the files of one regency: scan, sweep, compare. Inside the scope `whole_regency`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.submissions.evidence import storage
from reporting.submissions.evidence.actions import keep_verdict
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.queries import to_scan, whole_regency
from reporting.submissions.evidence.scanner import ScannerUnavailable, virus_in
from reporting.submissions.models import ReportRevision

log = structlog.get_logger(__name__)
BY = Actor.system("Portal (bukti laporan)")
SCANS_A_ROUND = 50
# How long a file stays that no row needs: long enough to bring back a backup of the rows that still needed it.
GRACE = timedelta(days=30)


@dataclass(frozen=True)
class Swept:
    kept: int = 0
    erased: tuple[str, ...] = ()


def scan_regency(regency: Regency, *, limit: int = SCANS_A_ROUND) -> tuple[int, int]:
    """Ask the scanner about what it has not seen; (asked, infected). Each verdict is a short transaction of its own.

    Raises ScannerUnavailable at the first file without a verdict: the next round asks again, oldest first.
    """
    scope = whole_regency(regency)
    with applied(scope):
        waiting = list(to_scan())
    asked = infected = 0
    for evidence in waiting:
        if asked >= limit:
            break
        try:
            content = storage.fetch(regency.code, evidence.sha256)
        except storage.Damaged as damage:
            # Never counted: many lost files must not keep the scanner from those behind them.
            log.error("evidence_damaged", evidence=evidence.pk, damage=str(damage))
            continue
        virus = virus_in(content, settings.CLAMD_ADDRESS)
        with applied(scope):
            keep_verdict(evidence, virus, by=BY, now=timezone.now())
        asked += 1
        infected += bool(virus)
    return asked, infected


def sweep(regency: Regency, *, now: datetime, grace: timedelta = GRACE, dry_run: bool = False) -> Swept:
    """Erase files that nobody needs: left by a kill, removed from a draft, or quarantined, each for `grace`.

    The age of the file counts too: an upload writes its file anew before its row, so that one in flight is safe.
    """
    with applied(whole_regency(regency)):
        dying = list(Evidence.objects.filter(_unneeded(now - grace), erased_at=None))
        needed = {each for row in Evidence.objects.exclude(_unneeded(now - grace)) for each in row.sums}
    erased, kept = [], 0
    for path, name, written_at in storage.stored_in(regency.code):
        if name in needed or written_at > now - grace:
            kept += 1
            continue
        erased.append(path)
        if not dry_run:
            storage.erase(path)
    if not dry_run:
        _mark_erased(regency, dying, needed, now)
    return Swept(kept, tuple(erased))


def _unneeded(before: datetime) -> Q:
    """Removed long ago and never sent, or infected and found so long ago."""
    sent = {pk for ids in ReportRevision.objects.values_list("evidence", flat=True) for pk in ids}
    return Q(removed_at__lt=before) & ~Q(pk__in=sent) | Q(state=Evidence.State.INFECTED, scanned_at__lt=before)


def _mark_erased(regency: Regency, dying: list[Evidence], needed: set[str], now: datetime) -> None:
    gone = [row.pk for row in dying if not any(storage.is_there(regency.code, each) for each in row.sums)]
    shared = [row.pk for row in dying if any(each in needed for each in row.sums)]
    with applied(whole_regency(regency)):
        Evidence.objects.filter(pk__in=[*gone, *shared]).update(erased_at=now)


def damage_of(regency: Regency, *, compare: bool) -> Iterator[tuple[Evidence, str]]:
    """(row, what is wrong) for each file that is missing or, with `compare`, no longer has its sum."""
    with applied(whole_regency(regency)):
        rows = list(Evidence.objects.filter(erased_at=None).order_by("pk"))
    for row in rows:
        for each in row.sums:
            if not storage.is_there(regency.code, each):
                yield row, f"missing: {storage.path_of(regency.code, each)}"
            elif compare:
                try:
                    storage.fetch(regency.code, each)
                except storage.Damaged as damage:
                    yield row, str(damage)


__all__ = ["ScannerUnavailable", "Swept", "damage_of", "scan_regency", "sweep"]
