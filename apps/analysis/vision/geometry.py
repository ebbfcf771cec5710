"""Lines and zones on a picture, in pixels of the small one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from apps.analysis.vision.motion import Mask

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line things go over. In: from its left to its right, as seen from a to b."""

    code: str
    a: Point
    b: Point

    def side(self, point: Point) -> float:
        """Will give the distance in pixels, positive on the inner side."""
        (ax, ay), (bx, by) = self.a, self.b
        length = max(1e-6, ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)
        return ((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)) / length

    def is_beside(self, point: Point) -> bool:
        """Will tell whether a point stands beside the line, not beyond its ends."""
        (ax, ay), (bx, by) = self.a, self.b
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / max(1e-6, length)
        return -0.02 <= along <= 1.02


@dataclass(frozen=True)
class Zone:
    """A part of the picture. mask: 1 within."""

    code: str
    mask: Mask

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return int(self.mask.sum())

    def holds(self, point: Point) -> bool:
        """Will tell whether a point lies within."""
        height, width = self.mask.shape
        x, y = int(point[0]), min(height - 1, int(point[1]))
        return 0 <= x < width and 0 <= y < height and bool(self.mask[y, x])


def lines_of(drawing: Mapping[str, Any], size: tuple[int, int]) -> list[Line]:
    """Will give the lines of a drawing. size: width, height of the small picture."""
    width, height = size
    return [
        Line(
            one["id"],
            (one["a"][0] * width, one["a"][1] * height),
            (one["b"][0] * width, one["b"][1] * height),
        )
        for one in drawing.get("lines", ())
    ]


def zones_of(drawing: Mapping[str, Any], size: tuple[int, int]) -> list[Zone]:
    """Will give the zones of a drawing; the whole picture where none is drawn."""
    found = [Zone(one["id"], _filled(one["points"], size)) for one in drawing.get("zones", ())]
    return found or [Zone("all", np.ones(size[::-1], np.uint8))]


def _filled(points: Sequence[Sequence[float]], size: tuple[int, int]) -> Mask:
    width, height = size
    mask = np.zeros((height, width), np.uint8)
    corners = np.asarray([[round(x * width), round(y * height)] for x, y in points], np.int32)
    cv2.fillPoly(mask, [corners], 1)
    return mask
