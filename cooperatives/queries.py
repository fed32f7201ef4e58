"""What the district's cooperatives add up to, each figure with the source that gave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.urls import reverse

from cooperatives.models import Cooperative, Figure, Milestone, Source
from katingan_portal.ui.formats import number
from villages.models import Subdistrict
from villages.names import GOOD_ENOUGH, likeness


@dataclass(frozen=True)
class Trading:
    """A village whose cooperative had transactions."""

    village_code: str
    village_name: str
    volume: int
    value_rp: int


@dataclass(frozen=True)
class Totals:
    """Sums of one source. The median stands beside the total because a mean misleads where few trade."""

    source: Source
    cooperatives: int
    accounts: int
    npwp: int
    nib: int
    rat: int
    savings_base_rp: int
    savings_base_members: int
    savings_dues_rp: int
    savings_dues_members: int
    transactions: int
    transactions_value_rp: int
    transactions_value_median_rp: int
    trading: list[Trading]

    @property
    def of_all(self) -> str:
        return f"dari {number(self.cooperatives)}"


@dataclass(frozen=True)
class SubdistrictCount:
    """Of one kecamatan's cooperatives, how many have something; a row of components/bars.html."""

    code: str
    name: str
    count: int
    cooperatives: int

    @property
    def label(self) -> str:
        return self.name

    @property
    def value(self) -> float:
        """Percent: a full bar is every cooperative of the kecamatan."""
        return 100 * self.count / self.cooperatives if self.cooperatives else 0

    @property
    def text(self) -> str:
        return f"{number(self.count)} dari {number(self.cooperatives)}"

    @property
    def url(self) -> str:
        return reverse("villages:subdistrict", args=[self.code])


def latest_source() -> Source | None:
    """The newest source that states figures; days of entries in the portal state none."""
    figures = Figure.objects.filter(source=OuterRef("pk"))
    found: Source | None = Source.objects.filter(Exists(figures)).order_by("-as_of", "-code").first()
    return found


def totals(source: Source | None = None, *, subdistrict: Subdistrict | None = None) -> Totals | None:
    """Sums of one source (default: the newest) over the district or one kecamatan; None before any import."""
    source = source or latest_source()
    if source is None:
        return None
    figures = Figure.objects.filter(source=source)
    if subdistrict is not None:
        figures = figures.filter(cooperative__village__subdistrict=subdistrict)
    sums = dict(figures.values_list("kind").annotate(total=Sum("value")).order_by())
    count = figures.aggregate(count=Count("cooperative", distinct=True))["count"]
    trading = _trading(figures)
    kind = Figure.Kind
    return Totals(
        source=source,
        cooperatives=count,
        accounts=sums.get(kind.ACCOUNTS, 0),
        npwp=sums.get(kind.NPWP, 0),
        nib=sums.get(kind.NIB, 0),
        rat=sums.get(kind.ANNUAL_MEETING, 0),
        savings_base_rp=sums.get(kind.SAVINGS_BASE, 0),
        savings_base_members=sums.get(kind.SAVINGS_BASE_MEMBERS, 0),
        savings_dues_rp=sums.get(kind.SAVINGS_DUES, 0),
        savings_dues_members=sums.get(kind.SAVINGS_DUES_MEMBERS, 0),
        transactions=sums.get(kind.TRANSACTIONS, 0),
        transactions_value_rp=sums.get(kind.TRANSACTIONS_VALUE, 0),
        transactions_value_median_rp=_median([each.value_rp for each in trading], count),
        trading=trading,
    )


def nib_by_subdistrict(source: Source | None = None) -> list[SubdistrictCount]:
    return counts_by_subdistrict(Figure.Kind.NIB, source)


def counts_by_subdistrict(kind: Figure.Kind, source: Source | None = None) -> list[SubdistrictCount]:
    """Per kecamatan in code order, those with none included: how many cooperatives the source says have it."""
    source = source or latest_source()
    own = Q(villages__cooperatives__figures__source=source, villages__cooperatives__figures__kind=kind)
    rows = (
        Subdistrict.objects.annotate(
            total=Sum("villages__cooperatives__figures__value", filter=own),
            cooperatives=Count("villages__cooperatives", filter=own),
        )
        .order_by("code")
        .values_list("code", "name", "total", "cooperatives")
    )
    return [SubdistrictCount(code, name, total or 0, count) for code, name, total, count in rows]


def counts_by_village(kind: Figure.Kind, source: Source, subdistrict: Subdistrict) -> dict[str, int]:
    figures = Figure.objects.filter(source=source, kind=kind, cooperative__village__subdistrict=subdistrict)
    return dict(figures.values_list("cooperative__village__code").annotate(total=Sum("value")).order_by())


def cooperatives_with_milestones() -> QuerySet[Cooperative]:
    """In village code order, each with its village, kecamatan and `milestones` in two queries."""
    rows: QuerySet[Cooperative] = (
        Cooperative.objects.select_related("village__subdistrict")
        .defer("village__boundary", "village__subdistrict__boundary")
        .prefetch_related(Prefetch("milestones", Milestone.objects.select_related("source")))
    )
    return rows.order_by("village__code", "number")


def having(rows: QuerySet[Cooperative], kind: str, *, has: bool) -> QuerySet[Cooperative]:
    """Those that have, or lack, a milestone as the portal knows it today."""
    reached = Exists(Milestone.objects.filter(cooperative=OuterRef("pk"), kind=kind))
    return rows.filter(reached if has else ~reached)


def figures_of(cooperative: Cooperative) -> list[Figure]:
    """All figures of all sources, the newest source first."""
    rows = Figure.objects.filter(cooperative=cooperative).select_related("source")
    order = {kind: place for place, kind in enumerate(Figure.Kind.values)}
    return sorted(rows, key=lambda each: (-each.source.as_of.toordinal(), each.source.code, order[each.kind]))


def _trading(figures: QuerySet[Figure]) -> list[Trading]:
    rows = (
        figures.filter(kind__in=(Figure.Kind.TRANSACTIONS, Figure.Kind.TRANSACTIONS_VALUE), value__gt=0)
        .values(code=F("cooperative__village__code"), name=F("cooperative__village__name"))
        .annotate(
            volume=Sum("value", filter=Q(kind=Figure.Kind.TRANSACTIONS), default=0),
            value_rp=Sum("value", filter=Q(kind=Figure.Kind.TRANSACTIONS_VALUE), default=0),
        )
        .order_by("-value_rp", "code")
    )
    return [Trading(row["code"], row["name"], row["volume"], row["value_rp"]) for row in rows]


def _median(positive: list[int], count: int) -> int:
    return round(median([0] * (count - len(positive)) + positive)) if count else 0


def like(cooperatives: Iterable[Cooperative], typed: str) -> list[Cooperative]:
    """Those whose village (with its kecamatan) or own name is like what was typed, best first."""
    scored = [(_likeness(typed, cooperative), cooperative) for cooperative in cooperatives]
    good = [pair for pair in scored if pair[0] >= GOOD_ENOUGH]
    return [cooperative for _, cooperative in sorted(good, key=lambda pair: -pair[0])]


def _likeness(typed: str, cooperative: Cooperative) -> float:
    village = cooperative.village
    if typed[:1].isdigit():
        return 100.0 if village.code.startswith(typed) else 0.0
    own = 0.0 if cooperative.has_presumed_name else likeness(typed, cooperative.name)
    return max(own, likeness(typed, village.name, village.subdistrict.name))
