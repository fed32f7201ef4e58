from __future__ import annotations

from django.db.models import Q, QuerySet

from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.spreadsheets.imports import kinds_closed_to
from katingan_portal.spreadsheets.models import ImportBatch

HEAVY = ("content", "row_results", "changes")


def batches_visible_to(actor: Actor) -> QuerySet[ImportBatch]:
    """One's own uploads and those of one's agency, newest first, without their contents."""
    if not may(actor, Verb.IMPORT_SPREADSHEETS) or actor.user_id is None:
        return ImportBatch.objects.none()
    mine = Q(uploaded_by_id=actor.user_id)
    if actor.agency_id is not None:
        mine |= Q(agency_id=actor.agency_id)
    found: QuerySet[ImportBatch] = ImportBatch.objects.filter(mine).exclude(kind__in=kinds_closed_to(actor))
    return found.defer(*HEAVY)


def may_open(actor: Actor, batch: ImportBatch) -> bool:
    """The uploader, or somebody of the same agency who may import. A job of the portal may open its own uploads."""
    if actor.user_id is None:
        return batch.uploaded_by_id is None and not actor.role
    owns = batch.uploaded_by_id == actor.user_id
    shares = actor.agency_id is not None and batch.agency_id == actor.agency_id
    is_open = batch.kind not in kinds_closed_to(actor)
    return may(actor, Verb.IMPORT_SPREADSHEETS) and is_open and (owns or shares)


def same_file_before(batch: ImportBatch) -> ImportBatch | None:
    """An earlier import of the same bytes that left nothing out and still stands."""
    same = ImportBatch.objects.filter(
        kind=batch.kind, sha256=batch.sha256, state=ImportBatch.State.CONFIRMED, rejected=0
    ).defer(*HEAVY)
    found: ImportBatch | None = same.exclude(pk=batch.pk).first()
    return found
