"""A surface and its stations as GeoJSON, darker where the value is higher. Source: IO-06."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.urls import reverse

from apps.geodata.analysis.methods import Shape
from apps.observing.selectors.surfacing import Station, Surface
from apps.places.geometry import from_plane

#: How strongly the lowest and the highest value are drawn, and one that is alone.
_FAINT, _STRONG, _ALONE = 0.08, 0.8, 0.4
#: Steps of the legend.
_STEPS = 5


@dataclass(frozen=True)
class Step:
    """One line of the legend: values from ``low`` to ``high`` are drawn about this strongly."""

    low: float
    high: float
    shade: float


def features_of(
    stations: Sequence[Station], surface: Surface | None, *, unit: str
) -> list[dict[str, Any]]:
    """Will give the squares and then the stations, in degrees (SRID 4326)."""
    shade = _Shades([station.value for station in stations])
    squares = surface.cells if surface is not None else []
    found = [
        feature(
            _square(cell),
            label=f"{cell.properties['value']:.4g} {unit}",
            value=cell.properties["value"],
            shade=round(shade.of(cell.properties["value"]), 3),
        )
        for cell in squares
    ]
    return found + [
        feature(
            dot(station.device.asset.point),
            label=f"{station.device.asset.name}：{station.value:.4g} {unit}",
            value=station.value,
            at=station.at.isoformat(),
            url=reverse("sensing:device-detail", args=[station.device.pk]),
        )
        for station in stations
    ]


def legend_of(values: Sequence[float]) -> list[Step]:
    """Will give the steps from the lowest to the highest value; none where all are one."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high <= low:
        return []
    shade, width = _Shades(values), (high - low) / _STEPS
    edges = [low + width * step for step in range(_STEPS)]
    return [Step(edge, edge + width, round(shade.of(edge + width / 2), 2)) for edge in edges]


def dot(point: Any) -> dict[str, Any]:
    """Will give a place as GeoJSON."""
    return {"type": "Point", "coordinates": [point.x, point.y]}


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Will give one feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


class _Shades:
    """From the lowest of the values, drawn faintly, to the highest."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low = min(values, default=0.0)
        self._span = max(values, default=0.0) - self._low

    def of(self, value: float) -> float:
        if self._span <= 0:
            return _ALONE
        return _FAINT + (_STRONG - _FAINT) * (value - self._low) / self._span


def _square(cell: Shape) -> dict[str, Any]:
    corners = [from_plane(east, north) for east, north in shapely.get_coordinates(cell.shape)]
    ring = [[round(corner.x, 6), round(corner.y, 6)] for corner in corners]
    return {"type": "Polygon", "coordinates": [ring]}
