"""The shift detective: in which coordinate system is this file really?

Under every hypothesis the sample of a file is laid on the city we know, and how badly it fits
is measured in metres. Two kinds of evidence:

1. Names. Where a value of the file is the name of a place in the gazetteer or of an area, the
   distance between the two is told directly.
2. Shapes. The median distance from the sample's points to the nearest road, building outline,
   area boundary or door plate. A city is so full of roads that anything lies near one, so the
   distance is divided by what the same sample measures when pushed some hundred metres in
   eight directions: one tenth is a fit, about one is chance.

The figure that fits best wins; how far the second best is behind says how sure that is.
Nothing is converted here. Source: GE-03; research on maps, "shift detective".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from pyproj import Transformer

from apps.geodata.known_city import KnownCity
from apps.places.coordinates import BD09, GCJ02, WGS84, bd09_to_wgs84, gcj02_to_wgs84
from apps.places.geometry import to_plane

Points = NDArray[np.float64]  # n x 2: x or lon, y or lat
ToDegrees = Callable[[float, float], tuple[float, float]]

CITY_MARGIN_M = 20_000
HOPELESS_M = 500_000  # further from the city a hypothesis is not even listed
INSIDE_SHARE = 0.6  # of the sample that must lie in or near the city
FIT = 0.5  # of what chance gives; above it nothing is known
SAME_M = 3.0  # two hypotheses closer than this everywhere are one
NAMES_NEEDED = 3
POINTS_NEEDED = 15  # fewer lie near something by accident
CLOSE_M = 40.0  # further from everything known is no fit, however much worse chance is
CLEARLY = 0.5  # another system than the stated one must fit so much better
PUSHES_M = (350.0, 700.0)  # about the sizes of the Chinese shifts


@dataclass(frozen=True)
class Hypothesis:
    """One way to read the numbers of a file. is_shifted: reading it takes a shift back."""

    code: str
    label: str
    to_degrees: ToDegrees
    is_swapped: bool = False
    is_shifted: bool = False


@dataclass(frozen=True)
class Finding:
    """How a hypothesis fits. city_m: from the sample's middle to the city, 0 inside.

    names_m: median distance to the places of the same names; shape_m: to the nearest known
    shapes; chance_m: what the same gives when pushed aside. score: smaller is better.
    """

    code: str
    label: str
    is_swapped: bool
    is_shifted: bool
    city_m: float
    names: int = 0
    names_m: float | None = None
    kind: str = ""
    shape_m: float | None = None
    chance_m: float | None = None
    score: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What the detective says. best: code of a hypothesis, "" where nothing can be told.

    confidence: 0 to 1. shift_m: how far the file's places lie from where they are as stated.
    """

    best: str
    confidence: float
    reason: str
    shift_m: float | None = None
    findings: list[Finding] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """Will give it as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Sample:
    """Some of a file. shapes: in its own coordinates. names: per shape, texts that may be
    names of places."""

    shapes: Sequence[Any]
    names: Sequence[Sequence[str]]


def investigate(sample: Sample, city: KnownCity, *, stated: str) -> Verdict:
    """Will compare every hypothesis with the city and say which one the file is in.

    stated: what the file or its sender says, "EPSG:<n>", GCJ-02, BD-09 or "".
    """
    raw = _points_of(sample.shapes)
    if not len(raw) or city.is_empty:
        return Verdict("", 0.0, _("城市道路、建筑和地名资料不足，无法比对，请人工确认坐标系"))
    extremes = float(np.abs(raw).max())
    findings = []
    for hypothesis in hypotheses(city, stated=stated, in_degrees=extremes <= 360):
        found = _judge(hypothesis, raw, sample, city)
        if found is not None:
            findings.append(found)
    findings.sort(key=lambda f: (f.score is None, f.score if f.score is not None else f.city_m))
    return _verdict(findings, raw, city, stated)


def hypotheses(city: KnownCity, *, stated: str, in_degrees: bool) -> list[Hypothesis]:
    """Will give the ways to read a file: degrees as three systems, metres as the zones."""
    found: list[Hypothesis] = []
    if in_degrees:
        plain = stated if stated in {WGS84, "EPSG:4490"} else WGS84
        label = "CGCS2000 / WGS 84"
        for swapped in (False, True):
            order = _("（纬度在前）") if swapped else ""
            for code, name, way in (
                (plain, label, _same),
                (GCJ02, GCJ02, gcj02_to_wgs84),
                (BD09, BD09, bd09_to_wgs84),
            ):
                found.append(
                    Hypothesis(
                        f"{code}~swapped" if swapped else code,
                        f"{name}{order}",
                        _swapped(way) if swapped else way,
                        swapped,
                        way is not _same,
                    )
                )
        return found
    numbers = [3857, *_zones(city.middle[0])]
    if stated.startswith("EPSG:") and int(stated[5:]) not in numbers:
        numbers.insert(0, int(stated[5:]))
    for number in numbers:
        projected = projection(number)
        for swapped in (False, True):
            order = _("（北坐标在前）") if swapped else ""
            code = f"EPSG:{number}~swapped" if swapped else f"EPSG:{number}"
            found.append(
                Hypothesis(
                    code,
                    f"EPSG:{number}{order}",
                    _swapped(projected) if swapped else projected,
                    swapped,
                )
            )
    mercator = projection(3857)
    found.append(
        Hypothesis(
            "EPSG:3857~gcj02",
            "EPSG:3857（GCJ-02）",
            lambda x, y: gcj02_to_wgs84(*mercator(x, y)),
            is_shifted=True,
        )
    )
    return found


def reader_of(code: str) -> Hypothesis:
    """Will give the hypothesis of a code as ``investigate`` writes it, for converting.

    Raises: ValueError (no such code).
    """
    name, _sep, how = code.partition("~")
    if name in {GCJ02, BD09}:
        way: ToDegrees = gcj02_to_wgs84 if name == GCJ02 else bd09_to_wgs84
    elif name in {WGS84, "EPSG:4490"}:
        way = _same
    elif name.startswith("EPSG:") and name[5:].isdigit():
        way = projection(int(name[5:]))
    else:
        raise ValueError(code)
    if how == "gcj02":
        mercator = way
        return Hypothesis(code, code, lambda x, y: gcj02_to_wgs84(*mercator(x, y)), is_shifted=True)
    swapped = how == "swapped"
    shifted = name in {GCJ02, BD09}
    return Hypothesis(code, code, _swapped(way) if swapped else way, swapped, shifted)


@lru_cache(maxsize=64)  # finding the way between two systems takes PROJ some 60 ms
def projection(number: int) -> ToDegrees:
    """Will give the way from a projected system to degrees, east first."""
    transform = Transformer.from_crs(number, 4326, always_xy=True).transform
    return lambda x, y: transform(x, y)


def _zones(lon: float) -> list[int]:
    """Gauss-Kruger zones of CGCS2000 around a meridian: 3 degrees with and without the zone
    number in the easting, then 6 degrees. Source: EPSG 4491-4554."""
    three = [round(lon / 3) + step for step in (0, -1, 1)]
    six = math.floor(lon / 6) + 1
    found = [4534 + n - 25 for n in three if 25 <= n <= 45]
    found += [4513 + n - 25 for n in three if 25 <= n <= 45]
    if 13 <= six <= 23:
        found += [4502 + six - 13, 4491 + six - 13]
    return found


def _judge(hypothesis: Hypothesis, raw: Points, sample: Sample, city: KnownCity) -> Finding | None:
    # The middle first: reading thousands of points in a system that is far off is slow.
    away = _away(np.median(raw, axis=0, keepdims=True), hypothesis, city)
    if away is None or away[0] > HOPELESS_M:
        return None
    degrees = _converted(raw, hypothesis.to_degrees)
    if degrees is None:
        return None
    plane = _planar(degrees)
    if not np.isfinite(plane).all():
        return None
    away = city.distances_to_city(plane)
    near = away <= CITY_MARGIN_M
    base = Finding(
        hypothesis.code,
        hypothesis.label,
        hypothesis.is_swapped,
        hypothesis.is_shifted,
        round(float(np.median(away)), 1),
    )
    if near.mean() < INSIDE_SHARE:
        return base
    names, names_m = _by_names(hypothesis, sample, city)
    kind, shape_m, chance_m = _by_shapes(plane[near], city)
    score = None
    if names >= NAMES_NEEDED and names_m is not None:
        # Against the size of the usual shifts: half a kilometre off is no fit.
        score = names_m / PUSHES_M[0]
    elif shape_m is not None and chance_m and len(plane) >= POINTS_NEEDED and shape_m <= CLOSE_M:
        score = shape_m / chance_m
    return Finding(
        **asdict(base)
        | {
            "names": names,
            "names_m": names_m,
            "kind": kind,
            "shape_m": shape_m,
            "chance_m": chance_m,
            "score": None if score is None else round(score, 4),
        }
    )


def _away(raw: Points, hypothesis: Hypothesis, city: KnownCity) -> Points | None:
    degrees = _converted(raw, hypothesis.to_degrees)
    plane = None if degrees is None else _planar(degrees)
    if plane is None or not np.isfinite(plane).all():
        return None
    return city.distances_to_city(plane)


def _by_names(hypothesis: Hypothesis, sample: Sample, city: KnownCity) -> tuple[int, float | None]:
    distances = []
    for shape, texts in zip(sample.shapes, sample.names, strict=True):
        places = city.places_named(texts)
        if not places:
            continue
        centre = shape.centroid
        degrees = _converted(np.array([[centre.x, centre.y]]), hypothesis.to_degrees)
        if degrees is None:
            continue
        here = _planar(degrees)[0]
        # One name may stand for several places; the nearest is meant.
        distances.append(min(math.hypot(here[0] - x, here[1] - y) for x, y in places))
    if not distances:
        return 0, None
    return len(distances), round(float(np.median(distances)), 1)


def _by_shapes(plane: Points, city: KnownCity) -> tuple[str, float | None, float | None]:
    """The kind of known shapes that tells most, the distance to them, and that of chance."""
    best: tuple[str, float | None, float | None] = ("", None, None)
    best_score = math.inf
    pushes = [
        (reach * math.cos(turn), reach * math.sin(turn))
        for reach in PUSHES_M
        for turn in np.arange(0, 2 * math.pi, math.pi / 4)
    ]
    for kind in city.kinds:
        here = float(np.median(city.distances(kind, plane)))
        pushed = [float(np.median(city.distances(kind, plane + np.array(p)))) for p in pushes]
        chance = float(np.median(pushed))
        if chance <= 0:
            continue
        score = here / chance
        if score < best_score:
            best, best_score = (kind, round(here, 1), round(chance, 1)), score
    return best


def _verdict(findings: list[Finding], raw: Points, city: KnownCity, stated: str) -> Verdict:
    scored = [f for f in findings if f.score is not None]
    if not scored:
        if any(f.city_m <= CITY_MARGIN_M for f in findings):
            return Verdict(
                "", 0.0, _("图层与附近的道路、建筑和同名地点都不够吻合，无法判断"), None, findings
            )
        return Verdict(
            "", 0.0, _("按任何一种坐标系，图层都不在本市范围内，请核对文件"), None, findings
        )
    best = _preferred(scored, stated)
    assert best.score is not None
    if best.score > FIT:
        return Verdict(
            "",
            0.0,
            _("按任何一种坐标系，图层与已知道路、建筑、地名都不吻合，无法判断"),
            None,
            findings,
        )
    rival = next((f for f in scored if f is not best and not _alike(f, best)), None)
    second = rival.score if rival and rival.score is not None else 1.0
    confidence = round(
        max(0.0, min(0.99, (1 - best.score / max(second, 1e-9)) * (1 - best.score))), 2
    )
    shift = _shift_m(raw, best, stated)
    return Verdict(best.code, confidence, _reason(best, rival, shift), shift, findings)


def _preferred(scored: list[Finding], stated: str) -> Finding:
    """The best fit, or the stated system where nothing fits clearly better than it."""
    best = scored[0]
    said = next((f for f in scored if f.code == stated), None)
    if said is None or said.score is None or best.score is None or said.score > FIT:
        return best
    return said if best.score > CLEARLY * said.score else best


def _alike(one: Finding, other: Finding) -> bool:
    return (
        one.names_m == other.names_m
        and one.shape_m is not None
        and other.shape_m is not None
        and abs(one.shape_m - other.shape_m) < SAME_M
        and one.city_m == other.city_m
    )


def _reason(best: Finding, rival: Finding | None, shift: float | None) -> str:
    if best.names >= NAMES_NEEDED and best.names_m is not None:
        text = _("按%(system)s读取，%(count)d 个同名地点平均相差 %(here)d 米") % {
            "system": best.label,
            "count": best.names,
            "here": best.names_m,
        }
    else:
        text = _("按%(system)s读取，与%(kind)s相差 %(here)d 米，随机错开时相差 %(chance)d 米") % {
            "system": best.label,
            "kind": KnownCity.kind_label(best.kind),
            "here": best.shape_m or 0,
            "chance": best.chance_m or 0,
        }
    measured = (
        None if rival is None else (rival.names_m if best.names >= NAMES_NEEDED else rival.shape_m)
    )
    if rival is not None and measured is not None:
        text += _("；次优的%(system)s相差 %(here)d 米") % {"system": rival.label, "here": measured}
    if shift is not None and shift > SAME_M:
        text += _("。与按所填坐标系读取的位置相距 %(shift)d 米") % {"shift": shift}
    return text


def _shift_m(raw: Points, best: Finding, stated: str) -> float | None:
    """How far the file's places lie from where they are, if it is read as stated."""
    if not stated:
        return None
    there = _converted(raw, reader_of(best.code).to_degrees)
    here = _converted(raw, reader_of(stated).to_degrees)
    if here is None or there is None:
        return None
    apart = _planar(here) - _planar(there)
    return round(float(np.median(np.hypot(apart[:, 0], apart[:, 1]))), 1)


def _points_of(shapes: Sequence[Any]) -> Points:
    """At most forty points of each shape, so that one long coast does not speak for all."""
    found = []
    for shape in shapes:
        points = shapely.get_coordinates(shape)
        step = max(1, len(points) // 40)
        found.append(points[::step])
    return np.concatenate(found) if found else np.empty((0, 2))


def _converted(raw: Points, way: ToDegrees) -> Points | None:
    try:
        found = np.array([way(float(x), float(y)) for x, y in raw])
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    if not np.isfinite(found).all():
        return None
    if (np.abs(found[:, 0]) > 180).any() or (np.abs(found[:, 1]) > 85).any():
        return None
    return found


def _planar(degrees: Points) -> Points:
    east, north = to_plane(degrees[:, 0], degrees[:, 1])  # type: ignore[arg-type]  # arrays too
    return np.column_stack([east, north])


def _same(x: float, y: float) -> tuple[float, float]:
    return x, y


def _swapped(way: ToDegrees) -> ToDegrees:
    return lambda x, y: way(y, x)
