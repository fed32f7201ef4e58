"""What cooperatives add to the pages of villages and kecamatan, which lie below and cannot ask for it."""

from __future__ import annotations

from cooperatives.models import Figure
from cooperatives.queries import (
    cooperatives_with_milestones,
    counts_by_subdistrict,
    counts_by_village,
    latest_source,
    totals,
)
from villages.models import Subdistrict, Village
from villages.panels import Measure, Panel


def village_panel(village: Village) -> Panel:
    rows = cooperatives_with_milestones().filter(village=village)
    return Panel("cooperatives/_village_panel.html", {"village": village, "cooperatives": list(rows)})


def subdistrict_panel(subdistrict: Subdistrict) -> Panel:
    return Panel(
        "cooperatives/_subdistrict_panel.html",
        {"subdistrict": subdistrict, "totals": totals(subdistrict=subdistrict)},
    )


def nib_measure(subdistrict: Subdistrict | None) -> Measure | None:
    """Colours the map by cooperatives with NIB, as the newest source counts them."""
    source = latest_source()
    if source is None:
        return None
    counts = (
        {each.code: each.count for each in counts_by_subdistrict(Figure.Kind.NIB, source)}
        if subdistrict is None
        else counts_by_village(Figure.Kind.NIB, source, subdistrict)
    )
    return Measure(counts, "koperasi yang punya NIB", source.name, source.as_of)
