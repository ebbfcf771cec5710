"""Buffer, overlay, nearest, statistics by area, interpolation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

MAX_CELLS = 10_000
NEIGHBOURS = 12  # of a grid cell that count for its value
POWER = 2.0  # of the distance; Shepard 1968
_TOUCH_M = 0.5  # nearer than this a cell has the value of the point itself


@dataclass(frozen=True)
class Shape:
    """A shape in metres with what is known of it. label: for people."""

    shape: Any
    label: str = ""
    value: float | None = None
    properties: dict[str, Any] = field(default_factory=dict)


def buffer(items: Sequence[Shape], *, distance_m: float, is_dissolved: bool) -> list[Shape]:
    """Will give what lies within a distance of each shape, or of any of them as one."""
    grown = shapely.buffer(np.array([i.shape for i in items]), distance_m)
    if is_dissolved:
        return [
            Shape(part, properties={"area_m2": round(part.area, 1)})
            for part in shapely.get_parts(shapely.union_all(grown))
        ]
    return [
        Shape(area, item.label, properties={"label": item.label, "area_m2": round(area.area, 1)})
        for item, area in zip(items, grown, strict=True)
    ]


def overlay(ours: Sequence[Shape], theirs: Sequence[Shape], *, way: str) -> list[Shape]:
    """Will lay one layer on another. way: "intersect", "difference" or "union".

    What only touches is left out: a result keeps the dimension of the narrower input.
    """
    if way == "union":
        whole = shapely.union_all([item.shape for item in (*ours, *theirs)])
        return [_measured(part) for part in shapely.get_parts(whole)]
    tree = STRtree([item.shape for item in theirs])
    found = []
    for item in ours:
        near = [int(n) for n in tree.query(item.shape, predicate="intersects")]
        if way == "difference":
            rest = item.shape
            if near:
                rest = rest.difference(shapely.union_all([theirs[n].shape for n in near]))
            if not rest.is_empty:
                found.append(_measured(rest, label=item.label))
            continue
        for number in near:
            other = theirs[number]
            common = item.shape.intersection(other.shape)
            least = min(shapely.get_dimensions(item.shape), shapely.get_dimensions(other.shape))
            if not common.is_empty and shapely.get_dimensions(common) == least:
                found.append(_measured(common, label=item.label, other=other.label))
    return found


def nearest(ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[Shape]:
    """Will draw a line from each shape to the nearest of the others, with the metres."""
    tree = STRtree([item.shape for item in theirs])
    pairs = tree.query_nearest([item.shape for item in ours], all_matches=False)
    found = []
    for mine, other in zip(*pairs, strict=True):
        line = shapely.shortest_line(ours[mine].shape, theirs[other].shape)
        found.append(
            Shape(
                line,
                properties={
                    "label": ours[mine].label,
                    "other": theirs[other].label,
                    "distance_m": round(line.length, 1),
                },
            )
        )
    return found


def count_by_area(items: Sequence[Shape], areas: Sequence[Shape]) -> list[Shape]:
    """Will count the shapes whose middle lies in each area, with sum and mean of the values."""
    tree = STRtree([area.shape for area in areas])
    middles = shapely.point_on_surface(np.array([item.shape for item in items]))
    inside: dict[int, list[Shape]] = {}
    for item, area in zip(*tree.query(middles, predicate="within"), strict=True):
        inside.setdefault(int(area), []).append(items[item])
    found = []
    for number, area in enumerate(areas):
        values = [i.value for i in inside.get(number, []) if i.value is not None]
        figures: dict[str, Any] = {"label": area.label, "count": len(inside.get(number, []))}
        if values:
            figures |= {"sum": round(sum(values), 4), "mean": round(sum(values) / len(values), 4)}
        found.append(Shape(area.shape, area.label, properties=figures))
    return found


def interpolate(items: Sequence[Shape], *, cell_m: float, border: Any = None) -> list[Shape]:
    """Will lay a grid over points with values, each cell weighed by nearness (IDW).

    border: only cells that touch it. Raises: ValueError (fewer than three values, or more than
    10,000 cells).
    """
    known = [item for item in items if item.value is not None]
    if len(known) < 3:
        raise ValueError("values")
    points = np.array([(i.shape.centroid.x, i.shape.centroid.y) for i in known])
    values = np.array([item.value for item in known], dtype=float)
    west, south = points.min(axis=0) - cell_m
    east, north = points.max(axis=0) + cell_m
    columns, rows = int(np.ceil((east - west) / cell_m)), int(np.ceil((north - south) / cell_m))
    if columns * rows > MAX_CELLS:
        raise ValueError("cells")
    found = []
    for row in range(rows):
        for column in range(columns):
            x, y = west + column * cell_m, south + row * cell_m
            cell = shapely.box(x, y, x + cell_m, y + cell_m)
            if border is not None and not cell.intersects(border):
                continue
            value = weighed(points, values, (x + cell_m / 2, y + cell_m / 2))
            found.append(Shape(cell, properties={"value": round(value, 4)}))
    return found


def weighed(points: Any, values: Any, centre: tuple[float, float]) -> float:
    """Will give the value of a place from those of the nearest points, each weighed by nearness.

    points: metres, (n, 2); values: (n,).
    """
    apart = np.hypot(points[:, 0] - centre[0], points[:, 1] - centre[1])
    near = np.argsort(apart)[:NEIGHBOURS]
    if apart[near[0]] < _TOUCH_M:
        return float(values[near[0]])
    weights = 1 / apart[near] ** POWER
    return float((weights * values[near]).sum() / weights.sum())


def _measured(shape: Any, **properties: str) -> Shape:
    known: dict[str, Any] = {name: text for name, text in properties.items() if text}
    if shapely.get_dimensions(shape) == 2:
        known["area_m2"] = round(shape.area, 1)
    elif shapely.get_dimensions(shape) == 1:
        known["length_m"] = round(shape.length, 1)
    return Shape(shape, properties=known)
