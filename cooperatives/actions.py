"""Write what is known about cooperatives: pulls of SIMKOPDES, and milestones that people record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from cooperatives.models import Cooperative, Figure, Milestone, Source, presumed_name
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.actions import record, record_many
from katingan_portal.ui.formats import day
from villages.models import Village

MILESTONE_OF_COUNT = {
    Figure.Kind.ACCOUNTS: Milestone.Kind.SIMKOPDES,
    Figure.Kind.NPWP: Milestone.Kind.NPWP,
    Figure.Kind.NIB: Milestone.Kind.NIB,
    Figure.Kind.ANNUAL_MEETING: Milestone.Kind.ANNUAL_MEETING,
}


class MilestoneRefused(Exception):
    """The milestone cannot be recorded or withdrawn; the message is for the user."""


@dataclass(frozen=True)
class Pull:
    """One reading of SIMKOPDES. book_year: the year whose annual meeting (RAT) it counts."""

    code: str
    name: str
    as_of: date
    book_year: int
    note: str = ""


AUGUST_2026 = Pull(
    code="simkopdes-2026-08",
    name="SIMKOPDES, dasbor publik Kementerian Koperasi",
    as_of=date(2026, 8, 31),
    book_year=2025,
    note="Ditarik pada bulan Agustus 2026; harinya tidak tercatat.",
)


def pull_of(as_of: date) -> Pull:
    """The pull of that day: the one already stored, else a new one. It counts the RAT of the year before."""
    stored = Source.objects.filter(code__startswith="simkopdes-", as_of=as_of).first()
    code = stored.code if stored else f"simkopdes-{as_of}"
    return Pull(code=code, name=AUGUST_2026.name, as_of=as_of, book_year=as_of.year - 1)


@dataclass(frozen=True)
class VillageFigures:
    """What a pull says of the one cooperative of a village: {Figure.Kind: whole number}."""

    village: Village
    values: dict[Figure.Kind, int]


@dataclass
class PullReport:
    """What importing a pull added, in the order it must exist, and what it contradicts (left as it was), in words."""

    added: list[models.Model] = field(default_factory=list)
    unchanged: int = 0
    drift: list[str] = field(default_factory=list)

    @property
    def cooperatives(self) -> int:
        return self._count(Cooperative)

    @property
    def milestones(self) -> int:
        return self._count(Milestone)

    @property
    def figures(self) -> int:
        return self._count(Figure)

    def _count(self, model: type[models.Model]) -> int:
        return sum(isinstance(each, model) for each in self.added)


@transaction.atomic
def import_simkopdes(rows: Sequence[VillageFigures], *, pull: Pull, by: Actor) -> PullReport:
    """Add the figures of one pull, the milestones they prove, and cooperatives that were not known.

    Run again it adds nothing. A figure of the same pull that differs from the stored one is drift, and stays: a new
    pull needs a code of its own. A milestone that the pull no longer mentions stays too, and is reported.
    """
    source, is_new = _source(pull.code, pull.name, pull.as_of, pull.note, by)
    report = PullReport(added=[source] if is_new else [])
    cooperatives = _cooperatives(report, [row.village for row in rows], source, by)
    _add_figures(report, rows, cooperatives, source, by)
    _add_milestones(report, rows, cooperatives, source, pull.book_year, by)
    return report


@transaction.atomic
def record_milestone(
    cooperative: Cooperative,
    kind: Milestone.Kind,
    *,
    achieved_on: date,
    document_number: str,
    book_year: int | None = None,
    by: Actor,
) -> Milestone:
    """A dated fact with its document. It completes a milestone that a pull only counted, without date and number.

    Raises MilestoneRefused for a future date or a fact already recorded, PermissionDenied outside the actor's reach.
    """
    _require_edit(cooperative, by)
    today = timezone.localdate()
    if achieved_on > today:
        raise MilestoneRefused(f"Tanggal {day(achieved_on)} belum lewat. Tonggak dicatat setelah terjadi.")
    key = {"cooperative": cooperative, "kind": kind, "book_year": book_year}
    known = Milestone.objects.select_for_update().filter(**key).first()
    if known is not None and known.achieved_on:
        raise MilestoneRefused(f"{known} sudah tercatat pada {day(known.achieved_on)}. Batalkan dulu bila keliru.")
    source, _ = _source(f"portal-{today}", "Dicatat di portal", today, "", by)
    milestone = known or Milestone(**key)
    milestone.achieved_on, milestone.document_number = achieved_on, document_number
    milestone.source, milestone.entered_by = source, by.name
    milestone.save()
    changes = {"tanggal": [None, str(achieved_on)], "nomor dokumen": [None, document_number]}
    record(f"mencatat {milestone}", cooperative, by=by, changes=changes)
    return milestone


@transaction.atomic
def withdraw_milestone(milestone: Milestone, *, reason: str, by: Actor) -> None:
    """Take back a milestone recorded by mistake; history keeps it. Raises MilestoneRefused without a reason."""
    _require_edit(milestone.cooperative, by)
    if not reason.strip():
        raise MilestoneRefused("Tulis mengapa tonggak ini dibatalkan.")
    achieved_on = str(milestone.achieved_on) if milestone.achieved_on else None
    changes = {"tanggal": [achieved_on, None], "nomor dokumen": [milestone.document_number, None]}
    record(f"membatalkan {milestone}", milestone.cooperative, by=by, changes=changes, reason=reason.strip())
    milestone.delete()


def _require_edit(cooperative: Cooperative, by: Actor) -> None:
    if not may(by, Verb.EDIT_COOPERATIVE, cooperative):
        raise PermissionDenied("Peran Anda tidak boleh mengubah data koperasi ini.")


def _source(code: str, name: str, as_of: date, note: str, by: Actor) -> tuple[Source, bool]:
    source, created = Source.objects.get_or_create(code=code, defaults={"name": name, "as_of": as_of, "note": note})
    if created:
        record("menambah sumber", source, by=by)
    return source, created


def _cooperatives(report: PullReport, villages: Iterable[Village], source: Source, by: Actor) -> dict[int, Cooperative]:
    """{village id: its first cooperative}, new ones included."""
    wanted = {village.pk: village for village in villages}
    known = {each.village_id: each for each in Cooperative.objects.filter(village__in=wanted, number=1)}
    new = [
        Cooperative(village=village, name=presumed_name(village)) for pk, village in wanted.items() if pk not in known
    ]
    Cooperative.objects.bulk_create(new)
    record_many("memuat", new, by=by, reason=str(source))
    report.added += new
    return known | {each.village_id: each for each in new}


def _add_figures(
    report: PullReport,
    rows: Sequence[VillageFigures],
    cooperatives: dict[int, Cooperative],
    source: Source,
    by: Actor,
) -> None:
    stored = {(each.cooperative_id, each.kind): each.value for each in Figure.objects.filter(source=source)}
    new = []
    for row in rows:
        cooperative = cooperatives[row.village.pk]
        for kind, value in row.values.items():
            before = stored.get((cooperative.pk, kind.value))
            if before is None:
                new.append(Figure(cooperative=cooperative, kind=kind, value=value, source=source, entered_by=by.name))
            elif before == value:
                report.unchanged += 1
            else:
                label = f"{row.village.code} {cooperative}: {kind.label}"
                report.drift.append(f"{label} tersimpan {before}, berkas {value}")
    Figure.objects.bulk_create(new, batch_size=5000)
    report.added += new
    touched = {each.cooperative_id: each.cooperative for each in new}
    record_many("mencatat angka", touched.values(), by=by, reason=str(source))


def _add_milestones(
    report: PullReport,
    rows: Sequence[VillageFigures],
    cooperatives: dict[int, Cooperative],
    source: Source,
    book_year: int,
    by: Actor,
) -> None:
    stored = set(
        Milestone.objects.filter(cooperative__in=[each.pk for each in cooperatives.values()]).values_list(
            "cooperative_id", "kind", "book_year"
        )
    )
    new = []
    for row in rows:
        cooperative = cooperatives[row.village.pk]
        for count, kind in MILESTONE_OF_COUNT.items():
            year = book_year if kind is Milestone.Kind.ANNUAL_MEETING else None
            is_known = (cooperative.pk, kind.value, year) in stored
            if row.values.get(count) and not is_known:
                new.append(
                    Milestone(cooperative=cooperative, kind=kind, book_year=year, source=source, entered_by=by.name)
                )
            elif is_known and row.values.get(count) == 0:
                report.drift.append(f"{row.village.code} {cooperative}: {kind.label} sudah tercatat, berkas menyebut 0")
    Milestone.objects.bulk_create(new, batch_size=5000)
    report.added += new
