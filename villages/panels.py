"""Where apps above this one add to a village's or kecamatan's page.

Cooperatives lie above villages and may not be imported here, yet people look for them on the village's page. Each app
registers its part when it is ready (`AppConfig.ready`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from villages.models import Subdistrict, Village


@dataclass(frozen=True)
class Panel:
    """A part of a page: a template, and the values it sees as `part`."""

    template: str
    part: dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """What colours a map: {code: count}, in words such as "koperasi yang punya NIB", and where it comes from."""

    counts: dict[str, int]
    words: str
    source: str
    as_of: date


VillagePanel = Callable[[Village], Panel]
SubdistrictPanel = Callable[[Subdistrict], Panel]
MapMeasure = Callable[[Subdistrict | None], Measure | None]


@dataclass
class Registry:
    of_village: list[VillagePanel] = field(default_factory=list)
    of_subdistrict: list[SubdistrictPanel] = field(default_factory=list)
    measures: list[MapMeasure] = field(default_factory=list)

    def measure(self, subdistrict: Subdistrict | None = None) -> Measure | None:
        """The first measure that has figures, per kecamatan, or within one per village."""
        return next((found for each in self.measures if (found := each(subdistrict))), None)


parts = Registry()
