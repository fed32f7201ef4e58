from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied, current_regency_id
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.models import ReportRevision

State = Evidence.State
# Of 128 bits. Shrunk and recompressed copies of one photo differ in 0 to 4; see docs/measurements.md.
NEAR_BITS = 10
MOST_MATCHES = 50


@dataclass(frozen=True)
class Match:
    """Another file with the same bytes, or a photo that looks the same."""

    evidence: Evidence
    is_same_file: bool
    period_label: str


def attached_to(obligation: Obligation) -> QuerySet[Evidence]:
    """What the report has now, oldest first; without what was removed. Row security decides who sees any."""
    return (
        Evidence.objects.filter(obligation=obligation, removed_at=None)
        .select_related("indicator", "village__subdistrict")
        .defer("village__boundary", "village__subdistrict__boundary")
        .order_by("uploaded_at", "pk")
    )


def attached_ids(obligation: Obligation) -> list[int]:
    """What a revision remembers when the report is sent."""
    return list(attached_to(obligation).values_list("pk", flat=True))


def of_revision(revision: ReportRevision) -> QuerySet[Evidence]:
    """The files that this revision was sent with, also those removed since."""
    return Evidence.objects.filter(pk__in=revision.evidence).order_by("uploaded_at", "pk")


def earlier_evidence(obligation: Obligation) -> QuerySet[Evidence]:
    """Removed since, but sent with an earlier revision: they stay readable."""
    sent = ReportRevision.objects.filter(report__obligation=obligation).values_list("evidence", flat=True)
    ids = {pk for each in sent for pk in each}
    return Evidence.objects.filter(pk__in=ids, removed_at__isnull=False).order_by("uploaded_at", "pk")


def was_sent(evidence: Evidence) -> bool:
    return ReportRevision.objects.filter(evidence__contains=[evidence.pk]).exists()


def may_open(actor: Actor, evidence: Evidence) -> bool:
    """Whether this person may have the file now: its readers, never a quarantined or erased one; before the virus
    check only its own agency; removed ones only where they were once sent."""
    if not may(actor, Verb.READ_DRAFT, evidence) or evidence.is_quarantined or evidence.erased_at:
        return False
    if evidence.is_waiting and evidence.agency_id != actor.agency_id:
        return False
    return evidence.removed_at is None or was_sent(evidence)


def evidence_or_404(actor: Actor, pk: int) -> Evidence:
    """The evidence with its obligation, if this person may read the agency's drafts; else as if it were not there."""
    found = Evidence.objects.select_related("obligation__form", "obligation__agency").filter(pk=pk).first()
    if found is None or not may(actor, Verb.READ_DRAFT, found):
        raise Http404
    return found


def used_room(obligation: Obligation) -> tuple[int, int]:
    """(number of files, bytes together) that count against the report's limits; quarantined ones do not."""
    rows = Evidence.objects.filter(obligation=obligation, removed_at=None).exclude(state=State.INFECTED)
    used = rows.aggregate(count=Count("pk"), size=Sum("size"))
    return used["count"], used["size"] or 0


def uploaded_before(obligation: Obligation, sha256: str, key: UUID | None) -> Evidence | None:
    """The row of the same sending, or of the same file in this report: a repetition makes no second one."""
    same = Q(sha256=sha256, removed_at=None)
    if key is not None:
        same |= Q(upload_key=key)
    found: Evidence | None = Evidence.objects.filter(same, obligation=obligation).first()
    return found


def matches_of(rows: Iterable[Evidence]) -> dict[int, list[Match]]:
    """{evidence id: where else this file or a photo like it is used}, as far as the reader may see the others."""
    ids = [row.pk for row in rows]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MATCHES, [ids, current_regency_id(), NEAR_BITS, MOST_MATCHES])
        pairs = cursor.fetchall()
    others = Evidence.objects.select_related("obligation__form", "agency").in_bulk({other for _, other, _ in pairs})
    found: dict[int, list[Match]] = {}
    for own, other, is_same in pairs:
        match = Match(others[other], is_same, period_from_key(others[other].obligation.period).label)
        found.setdefault(own, []).append(match)
    return found


# Row security applies to both sides: nobody is told of a file that they may not see.
_MATCHES = """
SELECT own.id, other.id, own.sha256 = other.sha256
FROM reporting_evidence own JOIN reporting_evidence other
  ON other.regency_id = own.regency_id AND other.id <> own.id AND other.removed_at IS NULL
WHERE own.id = ANY(%s) AND own.regency_id = %s
  AND (other.sha256 = own.sha256
    OR CASE WHEN own.likeness = '' OR other.likeness = '' THEN false
       ELSE bit_count((('x' || own.likeness)::bit(128)) # (('x' || other.likeness)::bit(128))) <= %s END)
ORDER BY own.id, other.uploaded_at, other.id LIMIT %s
"""


def whole_regency(regency: Regency) -> Scope:
    """The scope of a job that looks after every agency's files of one regency."""
    with applied(Scope(regency.pk)):
        agencies = tuple(Agency.objects.order_by("pk").values_list("pk", flat=True))
    return Scope(regency.pk, agencies, agencies)


def to_scan() -> QuerySet[Evidence]:
    """What no scanner has looked at yet, oldest first."""
    unseen = Evidence.objects.filter(state__in=[State.WAITING, State.UNSCANNED], removed_at=None)
    return unseen.order_by("uploaded_at", "pk")
