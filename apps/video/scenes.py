"""Streets that are drawn, with everything in them known to the pixel.

For the demonstration street (``camera_street``), and for whoever must prove what they see: every
figure stands where its path says, so counts, places and durations are exact by construction.
Faults of the picture are laid over a frame by ``inject``, in three severities. The same seed
always draws the same. Frames are uint8 arrays, height x width x 3, RGB; times are seconds from
the start of the scene. Nothing is decoded here. Source: VD-06, VD-09.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Frame = NDArray[np.uint8]
Kind = Literal["person", "vehicle", "bag"]
Box = tuple[int, int, int, int]

#: How large things are, width and height, as shares of the picture's height.
SIZES: dict[str, tuple[float, float]] = {
    "person": (0.055, 0.15),
    "vehicle": (0.28, 0.13),
    "bag": (0.05, 0.045),
}
_COLORS = {
    "person": ((188, 60, 52), (44, 82, 160), (216, 180, 60), (60, 60, 66), (210, 210, 214)),
    "vehicle": ((200, 200, 206), (40, 42, 48), (150, 30, 34), (30, 70, 130), (230, 230, 226)),
    "bag": ((150, 40, 40), (30, 30, 34), (40, 90, 60)),
}


@dataclass(frozen=True)
class Figure:
    """One thing that goes from point to point.

    path: (t, x, y) in seconds and pixels of the middle of its foot, at least one; between two
    points it moves evenly, before the first and after the last it is not there. Two points at
    one place: it stands.
    """

    kind: Kind
    path: tuple[tuple[float, float, float], ...]
    color: tuple[int, int, int] = (200, 60, 50)
    scale: float = 1.0

    def foot(self, t: float) -> tuple[float, float] | None:
        """Will give where its foot is at ``t``; None while it is not in the scene."""
        if not self.path[0][0] <= t <= self.path[-1][0]:
            return None
        for (t0, x0, y0), (t1, x1, y1) in zip(self.path, self.path[1:], strict=False):
            if t <= t1:
                share = 0.0 if t1 == t0 else (t - t0) / (t1 - t0)
                return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
        return self.path[-1][1], self.path[-1][2]


@dataclass(frozen=True)
class Seen:
    """One figure at one moment. index: of ``Scene.figures``; box: left, top, right, bottom in
    pixels, right and bottom excluded, cut at the picture's edge; foot: may lie outside."""

    index: int
    kind: Kind
    foot: tuple[float, float]
    box: Box


@dataclass(frozen=True)
class Crossing:
    """A figure's foot went over a line. side: 1 from left to right of the line's direction as
    seen in the picture (y down), -1 the other way."""

    index: int
    kind: Kind
    t: float
    side: int


@dataclass(frozen=True)
class Truth:
    """What there is to see at one moment."""

    t: float
    seen: tuple[Seen, ...]

    def count(self, kind: str = "") -> int:
        """Will count the figures in the picture, of one kind or all."""
        return sum(1 for one in self.seen if not kind or one.kind == kind)


@dataclass(frozen=True)
class Scene:
    """A street as one camera sees it.

    seed: which street, and what goes on in it unless ``figures`` are given. size: width, height
    in pixels. night: dark, grey, as by infrared. seconds: how long the drawn traffic lasts; after
    it the scene begins again. clock: whether the running time is written in the corner.
    """

    seed: int
    size: tuple[int, int] = (640, 360)
    night: bool = False
    seconds: float = 60.0
    figures: tuple[Figure, ...] | None = None
    clock: bool = True
    grain: float = 1.0

    @cached_property
    def background(self) -> Frame:
        """The empty street, by day."""
        return _draw_street(np.random.default_rng(self.seed), self.size)

    @cached_property
    def actors(self) -> tuple[Figure, ...]:
        """Everything that goes about in the scene."""
        if self.figures is not None:
            return self.figures
        return traffic(self.seed, size=self.size, seconds=self.seconds)

    def moment(self, t: float) -> float:
        """Will give the moment within the scene: it begins again after ``seconds``."""
        return t % self.seconds

    def frame(self, t: float) -> Frame:
        """Will draw the picture at ``t`` seconds; the same moment always the same picture."""
        image = Image.fromarray(self.background.copy())
        draw = ImageDraw.Draw(image)
        at = self.moment(t)
        for one in sorted(self.truth(at).seen, key=lambda seen: seen.foot[1]):
            _draw_figure(draw, self.actors[one.index], one, self.size, t)
        if self.clock:
            _draw_clock(draw, t)
        return self._developed(np.asarray(image, dtype=np.float32), t)

    def frames(self, since: float, until: float, per_second: float) -> list[Frame]:
        """Will draw the pictures from ``since`` up to ``until``, that one excluded."""
        count = round((until - since) * per_second)
        return [self.frame(since + number / per_second) for number in range(count)]

    def truth(self, t: float) -> Truth:
        """Will say who stands where at ``t``; only who shows at least one pixel."""
        at = self.moment(t)
        seen = []
        for index, figure in enumerate(self.actors):
            foot = figure.foot(at)
            if foot is None:
                continue
            box = _box(figure, foot, self.size)
            if box[0] < box[2] and box[1] < box[3]:
                seen.append(Seen(index, figure.kind, foot, box))
        return Truth(t, tuple(seen))

    def crossings(
        self, line: tuple[tuple[float, float], tuple[float, float]], since: float, until: float
    ) -> list[Crossing]:
        """Will give who crosses a line, in order; times within one run of the scene."""
        found = []
        for index, figure in enumerate(self.actors):
            for start, end in zip(figure.path, figure.path[1:], strict=False):
                crossed = _crossing(line, start, end)
                if crossed and since <= crossed[0] < until:
                    found.append(Crossing(index, figure.kind, *crossed))
        return sorted(found, key=lambda one: one.t)

    def _developed(self, picture: NDArray[np.float32], t: float) -> Frame:
        rng = np.random.default_rng([self.seed, round(t * 1000) & 0x7FFFFFFF])
        if self.night:
            grey = picture @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
            picture = np.repeat((grey * 0.32 + 12)[..., None], 3, axis=2) * self._lamps
        sigma = self.grain * (2.2 if self.night else 1.0)
        if sigma:
            noise = rng.standard_normal(picture.shape[:2], dtype=np.float32) * sigma
            picture = picture + noise[..., None]
        return np.clip(picture, 0, 255).astype(np.uint8)

    @cached_property
    def _lamps(self) -> NDArray[np.float32]:
        """Where lamps light the street by night: factors around one."""
        width, height = self.size
        rng = np.random.default_rng(self.seed + 17)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        light = np.full((height, width), 0.75, dtype=np.float32)
        for _number in range(3):
            cx, cy = rng.uniform(0, width), rng.uniform(0.3 * height, 0.9 * height)
            reach = 0.35 * height
            light += 0.9 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * reach**2))
        return light[..., None]


def traffic(
    seed: int, *, size: tuple[int, int] = (640, 360), seconds: float = 60.0,
    people: int = 6, vehicles: int = 4,
) -> tuple[Figure, ...]:  # fmt: skip
    """Will give people on the pavements and vehicles on the road, each once across the picture.

    Vehicles of one lane keep their distance and their speed, so none runs into another.
    """
    rng = np.random.default_rng(seed + 101)
    width, height = size
    made: list[Figure] = []
    for number in range(vehicles):
        lane = number % 2
        gap = seconds / max(1, (vehicles + 1) // 2)
        start = (number // 2) * gap + rng.uniform(0, gap * 0.2)
        made.append(_across("vehicle", rng, start, min(gap * 0.7, 6.0), lane,
                            (0.66, 0.80)[lane] * height, width, height))  # fmt: skip
    for number in range(people):
        side = number % 2
        gap = seconds / max(1, (people + 1) // 2)
        start = (number // 2) * gap + rng.uniform(0, gap * 0.2)
        foot = (0.50, 0.97)[side] * height
        made.append(_across("person", rng, start, min(gap * 0.8, 14.0), number // 2 % 2,
                            foot, width, height))  # fmt: skip
    return tuple(made)


def _across(
    kind: Kind, rng: np.random.Generator, start: float, lasts: float, way: int,
    foot: float, width: int, height: int,
) -> Figure:  # fmt: skip
    reach = SIZES[kind][0] * height / 2 + 1
    ends = (-reach, width + reach)
    x0, x1 = ends if way == 0 else ends[::-1]
    color = _COLORS[kind][int(rng.integers(len(_COLORS[kind])))]
    return Figure(kind, ((start, x0, foot), (start + lasts, x1, foot)), color)


def standing(
    kind: Kind, at: tuple[float, float], since: float, until: float,
    color: tuple[int, int, int] = (200, 60, 50),
) -> Figure:  # fmt: skip
    """Will give a figure that is there from ``since`` to ``until`` and does not move."""
    return Figure(kind, ((since, *at), (until, *at)), color)


def walking(
    kind: Kind, points: Sequence[tuple[float, float, float]],
    color: tuple[int, int, int] = (200, 60, 50), scale: float = 1.0,
) -> Figure:  # fmt: skip
    """Will give a figure that goes through points (t, x, y)."""
    return Figure(kind, tuple(points), color, scale)


def _box(figure: Figure, foot: tuple[float, float], size: tuple[int, int]) -> Box:
    width, height = size
    wide, high = (share * height * figure.scale for share in SIZES[figure.kind])
    left, right = round(foot[0] - wide / 2), round(foot[0] + wide / 2)
    top, bottom = round(foot[1] - high), round(foot[1])
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _crossing(
    line: tuple[tuple[float, float], tuple[float, float]],
    start: tuple[float, float, float],
    end: tuple[float, float, float],
) -> tuple[float, int] | None:
    (ax, ay), (bx, by) = line
    (t0, x0, y0), (t1, x1, y1) = start, end

    def side(x: float, y: float) -> float:
        return (bx - ax) * (y - ay) - (by - ay) * (x - ax)

    before, after = side(x0, y0), side(x1, y1)
    if before == after or (before > 0) == (after > 0):
        return None
    share = before / (before - after)
    x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
    if not 0 <= along <= 1:
        return None
    return t0 + (t1 - t0) * share, 1 if after > before else -1


def _draw_street(rng: np.random.Generator, size: tuple[int, int]) -> Frame:
    """Sky, houses with windows, pavement, road with marks, trees; textured throughout."""
    width, height = size
    image = Image.new("RGB", size, (166, 190, 214))
    draw = ImageDraw.Draw(image)
    _draw_houses(draw, rng, width, height)
    draw.rectangle((0, 0.42 * height, width, 0.52 * height), fill=(150, 146, 138))
    draw.rectangle((0, 0.52 * height, width, 0.88 * height), fill=(92, 94, 98))
    draw.rectangle((0, 0.88 * height, width, height), fill=(158, 152, 142))
    for x in range(0, width, max(8, width // 16)):
        mark = (x, 0.70 * height, x + width // 32, 0.712 * height)
        draw.rectangle(mark, fill=(226, 226, 220))
        draw.line((x, 0.42 * height, x - 6, 0.52 * height), fill=(128, 124, 118))
        draw.line((x, 0.88 * height, x - 9, height), fill=(134, 128, 120))
    for _number in range(4):
        _draw_tree(draw, rng, width, height)
    return _textured(np.asarray(image, dtype=np.float32), rng)


def _draw_houses(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int
) -> None:
    left = 0
    while left < width:
        wide = int(rng.uniform(0.10, 0.2) * width)
        top = rng.uniform(0.06, 0.22) * height
        tone = rng.integers(95, 190)
        wall = (int(tone), int(tone * rng.uniform(0.85, 1.0)), int(tone * rng.uniform(0.8, 1.0)))
        draw.rectangle((left, top, left + wide, 0.42 * height), fill=wall)
        step = max(7, height // 22)
        for x in range(left + 4, left + wide - step, step * 2):
            for y in range(int(top) + 5, int(0.40 * height) - step, int(step * 1.7)):
                glass = int(rng.integers(36, 96))
                draw.rectangle((x, y, x + step, y + step), fill=(glass, glass + 8, glass + 20))
        left += wide


def _draw_tree(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int
) -> None:
    x, foot = rng.uniform(0, width), 0.44 * height
    draw.rectangle((x - 2, foot - 0.12 * height, x + 2, foot), fill=(84, 62, 44))
    for _number in range(14):
        cx, cy = x + rng.normal(0, 0.035 * height), foot - rng.uniform(0.10, 0.24) * height
        reach = rng.uniform(0.02, 0.045) * height
        green = int(rng.integers(70, 130))
        box = (cx - reach, cy - reach, cx + reach, cy + reach)
        draw.ellipse(box, fill=(green // 2, green, green // 3))


def _textured(picture: NDArray[np.float32], rng: np.random.Generator) -> Frame:
    """Asphalt, plaster and leaves are not flat: fine and coarse grain that stays in its place."""
    height, width = picture.shape[:2]
    fine = rng.normal(0, 5.0, (height, width)).astype(np.float32)
    small = rng.normal(0, 1, (height // 8 + 2, width // 8 + 2)).astype(np.float32)
    coarse = np.asarray(
        Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32
    )
    return np.clip(picture + (fine + 7.0 * coarse)[..., None], 0, 255).astype(np.uint8)


def _draw_figure(
    draw: ImageDraw.ImageDraw, figure: Figure, seen: Seen, size: tuple[int, int], t: float
) -> None:
    wide, high = (share * size[1] * figure.scale for share in SIZES[figure.kind])
    left, top = seen.foot[0] - wide / 2, seen.foot[1] - high
    right, bottom = seen.foot[0] + wide / 2 - 1, seen.foot[1] - 1
    if figure.kind == "vehicle":
        draw.rectangle((left, top + high * 0.35, right, bottom - high * 0.12), fill=figure.color)
        roof = (left + wide * 0.2, top, right - wide * 0.2, top + high * 0.4)
        draw.rectangle(roof, fill=tuple(int(part * 0.6) for part in figure.color))
        for x in (left + wide * 0.2, right - wide * 0.2):
            reach = high * 0.17
            wheel = (x - reach, bottom - 2 * reach, x + reach, bottom)
            draw.ellipse(wheel, fill=(18, 18, 20))
    elif figure.kind == "person":
        draw.rectangle((left, top + high * 0.2, right, top + high * 0.62), fill=figure.color)
        draw.ellipse((left + wide * 0.22, top, right - wide * 0.22, top + high * 0.2),
                     fill=(196, 156, 128))  # fmt: skip
        swing = wide * 0.18 * np.sin(t * 7.0)
        for x in (left + wide * 0.3 + swing, right - wide * 0.3 - swing):
            leg = (x - wide * 0.16, top + high * 0.62, x + wide * 0.16, bottom)
            draw.rectangle(leg, fill=(44, 46, 58))
    else:
        draw.rectangle((left, top, right, bottom), fill=figure.color)


def _draw_clock(draw: ImageDraw.ImageDraw, t: float) -> None:
    total = round(t * 10)
    text = f"{total // 36000 % 24:02d}:{total // 600 % 60:02d}:{total // 10 % 60:02d}.{total % 10}"
    draw.rectangle((4, 4, 78, 18), fill=(16, 16, 16))
    draw.text((7, 6), text, fill=(236, 236, 236))
