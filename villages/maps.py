"""Maps as SVG from GeoJSON: pure functions, drawn on the server, no script and no tiles of another host."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Ring = Sequence[Sequence[float]]

LEVELS = ("map-0", "map-1", "map-2", "map-3", "map-4")
PLAIN = "map-plain"
CURRENT = "map-current"
MARGIN = 4


@dataclass(frozen=True)
class Area:
    """What to draw. name: read out for the link; label: written on the map; value: None where nothing is counted."""

    name: str
    label: str
    url: str
    geometry: dict[str, Any] | None
    value: int | None = None
    is_current: bool = False


@dataclass(frozen=True)
class Shape:
    name: str
    label: str
    url: str
    path: str
    css: str
    x: int
    y: int


@dataclass(frozen=True)
class LegendEntry:
    css: str
    label: str


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: list[Shape]
    legend: list[LegendEntry]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


@dataclass(frozen=True)
class Projection:
    """Equirectangular: degrees become units, with degrees of longitude narrowed by the latitude of the middle."""

    west: float
    north: float
    across: float
    down: float

    def place(self, longitude: float, latitude: float) -> tuple[int, int]:
        x = (longitude - self.west) * self.across + MARGIN
        y = (self.north - latitude) * self.down + MARGIN
        return round(x), round(y)


def draw(areas: Iterable[Area], *, width: int = 600) -> Drawing | None:
    """The areas that have an outline, side by side in one picture; None if none has."""
    drawn = [area for area in areas if area.geometry]
    if not drawn:
        return None
    corners = [point for area in drawn for ring in rings_of(area.geometry) for point in ring]
    projection = fitting(corners, width)
    south = min(point[1] for point in corners)
    height = projection.place(projection.west, south)[1] + MARGIN
    most = max((area.value or 0 for area in drawn), default=0)
    shapes = [_shape(area, projection, most) for area in drawn]
    counted = any(area.value is not None for area in drawn)
    return Drawing(width, height, shapes, legend(most) if counted else [])


def fitting(corners: Sequence[Sequence[float]], width: int) -> Projection:
    """The projection that brings all corners into a picture `width` units wide."""
    longitudes, latitudes = [point[0] for point in corners], [point[1] for point in corners]
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    narrowing = math.cos(math.radians((south + north) / 2))
    down = (width - 2 * MARGIN) / ((east - west) * narrowing or 1)
    return Projection(west, north, down * narrowing, down)


def rings_of(geometry: dict[str, Any] | None) -> list[Ring]:
    """Outer and inner rings of a Polygon or MultiPolygon; nothing for other kinds."""
    if geometry is None:
        return []
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    if geometry["type"] == "MultiPolygon":
        return [ring for polygon in geometry["coordinates"] for ring in polygon]
    return []


def path_of(geometry: dict[str, Any] | None, projection: Projection) -> str:
    """SVG path data in whole units, each step relative to the one before: half the size of absolute points."""
    return "".join(_ring_path([projection.place(*point[:2]) for point in ring]) for ring in rings_of(geometry))


def level(value: int, most: int) -> int:
    """0 for none, else 1 to 4 in equal steps up to the largest value."""
    steps = min(len(LEVELS) - 1, most)
    return 0 if value <= 0 else 1 + (value - 1) * steps // most


def legend(most: int) -> list[LegendEntry]:
    """[0, 1–2, 3–4, …] with the class of each."""
    ranges: dict[int, list[int]] = {}
    for value in range(most + 1):
        ranges.setdefault(level(value, most), []).append(value)
    return [LegendEntry(LEVELS[each], _range(values[0], values[-1])) for each, values in ranges.items()]


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _shape(area: Area, projection: Projection, most: int) -> Shape:
    css = PLAIN if area.value is None else LEVELS[level(area.value, most)]
    if area.is_current:
        css = f"{css} {CURRENT}"
    x, y = projection.place(*middle(area.geometry))
    return Shape(area.name, area.label, area.url, path_of(area.geometry, projection), css, x, y)


def middle(geometry: dict[str, Any] | None) -> Point:
    """The balance point of the largest ring; the files' own centroids sometimes lie outside their outline."""
    largest = max(rings_of(geometry), key=lambda ring: abs(_doubled_area(ring)))
    doubled = _doubled_area(largest)
    if not doubled:
        return largest[0][0], largest[0][1]
    x = sum((a[0] + b[0]) * _cross(a, b) for a, b in _sides(largest)) / (3 * doubled)
    y = sum((a[1] + b[1]) * _cross(a, b) for a, b in _sides(largest)) / (3 * doubled)
    return x, y


def holds(geometry: dict[str, Any] | None, latitude: float, longitude: float) -> bool:
    """Whether the point (degrees) lies inside: a ray to the east crosses the outline an odd number of times."""
    crossings = 0
    for ring in rings_of(geometry):
        for (x1, y1, *_), (x2, y2, *_) in _sides(ring):
            if (y1 > latitude) != (y2 > latitude):
                crossings += longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
    return crossings % 2 == 1


def _sides(ring: Ring) -> list[tuple[Sequence[float], Sequence[float]]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _cross(a: Sequence[float], b: Sequence[float]) -> float:
    return a[0] * b[1] - b[0] * a[1]


def _doubled_area(ring: Ring) -> float:
    return sum(_cross(a, b) for a, b in _sides(ring))


def _ring_path(points: list[tuple[int, int]]) -> str:
    if not points:
        return ""
    (x, y), steps = points[0], []
    for next_x, next_y in points[1:]:
        if (next_x, next_y) != (x, y):
            steps.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z" if steps else ""
