"""Row by row: from what a file says to what may be kept, with everything that is wrong.

Pure but for nothing: rows in, features and issues out. Topology between features is judged in
the database, see ``services.topology``. Source: GE-03.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.validation import explain_validity

from apps.geodata.detective import ToDegrees
from apps.geodata.enums import IssueKind, Severity
from apps.geodata.reading import RawRow
from apps.geodata.schema import FieldRule, convert
from apps.onemap.enums import Geometry
from apps.places.geometry import to_plane

MAX_LATITUDE = 85.0  # where Web Mercator ends
KINDS = {
    "Point": Geometry.POINT,
    "MultiPoint": Geometry.POINT,
    "LineString": Geometry.LINE,
    "LinearRing": Geometry.LINE,
    "MultiLineString": Geometry.LINE,
    "Polygon": Geometry.POLYGON,
    "MultiPolygon": Geometry.POLYGON,
}
_DIMENSION = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.POLYGON: 2}


@dataclass(frozen=True)
class Feature:
    """A row that may be kept. shape: WGS 84, valid, 2D."""

    number: int
    shape: Any
    properties: dict[str, Any]


@dataclass(frozen=True)
class Issue:
    """Something wrong in a row. point: where, WGS 84, or None."""

    number: int
    kind: IssueKind
    severity: Severity
    message: str
    field: str = ""
    point: tuple[float, float] | None = None


@dataclass
class Checker:
    """Judges the rows of one file in order; remembers what must be unique.

    to_degrees: from the file's numbers to WGS 84. repair: mend what crosses itself and tell
    the difference rather than refuse it.
    """

    rules: list[FieldRule]
    to_degrees: ToDegrees
    repair: bool = False
    kinds: Counter[str] = field(default_factory=Counter)
    _seen: dict[str, dict[Any, int]] = field(default_factory=dict)

    def check(self, row: RawRow, *, place: Any = None) -> tuple[Feature | None, list[Issue]]:
        """Will judge a row. place: a WGS 84 shape found otherwise, such as by its address."""
        issues: list[Issue] = []
        shape = place if place is not None else self._shape(row, issues)
        point = _inside(shape)
        properties = dict(self._properties(row, point, issues))
        if shape is None:
            return None, issues
        self.kinds[KINDS[shape.geom_type]] += 1
        return Feature(row.number, shape, properties), issues

    def _shape(self, row: RawRow, issues: list[Issue]) -> Any:
        if row.shape is None:
            why = f"：{row.problem}" if row.problem else ""
            issues.append(
                Issue(row.number, IssueKind.EMPTY, Severity.ERROR, _("没有可用的图形") + why)
            )
            return None
        if row.shape.geom_type not in KINDS:
            message = _("图形是“%(kind)s”，请拆成点、线或面") % {"kind": row.shape.geom_type}
            issues.append(Issue(row.number, IssueKind.GEOMETRY, Severity.ERROR, message))
            return None
        shape = in_degrees(row.shape, self.to_degrees)
        if shape is None:
            message = _("坐标超出经纬度范围或不是有效的数")
            issues.append(Issue(row.number, IssueKind.OUTSIDE, Severity.ERROR, message))
            return None
        return shape if shape.is_valid else self._mended(row, shape, issues)

    def _mended(self, row: RawRow, shape: Any, issues: list[Issue]) -> Any:
        point = _inside(shape)
        if not self.repair:
            message = _("图形无效：%(why)s") % {"why": explain_validity(shape)[:120]}
            issues.append(Issue(row.number, IssueKind.INVALID, Severity.ERROR, message, "", point))
            return None
        kind = KINDS[shape.geom_type]
        mended = _of_dimension(shapely.make_valid(shape), _DIMENSION[kind])
        if mended is None:
            issues.append(
                Issue(
                    row.number,
                    IssueKind.INVALID,
                    Severity.ERROR,
                    _("图形无效，修复后没有面积或长度"),
                    "",
                    point,
                )
            )
            return None
        message = _("图形自相交，已修复：面积由 %(before)s 变为 %(after)s 平方米") % {
            "before": f"{plane_area_m2(shape):.1f}",
            "after": f"{plane_area_m2(mended):.1f}",
        }
        issues.append(Issue(row.number, IssueKind.INVALID, Severity.WARNING, message, "", point))
        return mended

    def _properties(
        self, row: RawRow, point: tuple[float, float] | None, issues: list[Issue]
    ) -> Iterator[tuple[str, Any]]:
        for rule in self.rules:
            if not rule.is_taken:
                continue
            raw = row.values.get(rule.source)
            try:
                value = convert(rule.kind, raw)
            except (ValueError, OverflowError):
                message = _("“%(value)s”不是该字段的类型") % {"value": str(raw)[:60]}
                issues.append(
                    Issue(row.number, IssueKind.TYPE, Severity.ERROR, message, rule.label, point)
                )
                continue
            problem = self._problem(rule, value, row.number)
            if problem is not None:
                issues.append(
                    Issue(row.number, problem[0], Severity.ERROR, problem[1], rule.label, point)
                )
            if value is not None:
                yield rule.name, value

    def _problem(self, rule: FieldRule, value: Any, number: int) -> tuple[IssueKind, str] | None:
        if value is None:
            return (IssueKind.REQUIRED, _("必填项为空")) if rule.is_required else None
        if rule.is_unique:
            first = self._seen.setdefault(rule.name, {}).setdefault(value, number)
            if first != number:
                message = _("“%(value)s”与第 %(row)d 行重复")
                return IssueKind.UNIQUE, message % {"value": str(value)[:60], "row": first}
        if rule.choices and str(value) not in rule.choices:
            return IssueKind.CODE, _("“%(value)s”不在代码表内") % {"value": str(value)[:60]}
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = rule.low, rule.high
            if (low is not None and value < low) or (high is not None and value > high):
                return IssueKind.RANGE, _("%(value)s 超出取值范围") % {"value": value}
        return None


def in_degrees(shape: Any, to_degrees: ToDegrees) -> Any:
    """Will give a shape in WGS 84, None where its numbers lead nowhere."""
    try:
        moved = shapely.transform(
            shape,
            lambda points: np.array([to_degrees(float(x), float(y)) for x, y in points]),
        )
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    west, south, east, north = moved.bounds
    if not all(np.isfinite((west, south, east, north))):
        return None
    inside = west >= -180 and east <= 180 and south >= -MAX_LATITUDE and north <= MAX_LATITUDE
    return moved if inside else None


def plane_area_m2(shape: Any) -> float:
    """Will give the area in square metres of the city's plane."""
    return float(
        shapely.transform(shape, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1]))).area
    )


def _of_dimension(shape: Any, dimension: int) -> Any:
    """The parts of a mended shape that are as it was: of a polygon no stray lines."""
    if shape.is_empty:
        return None
    if shape.geom_type in KINDS and _DIMENSION[KINDS[shape.geom_type]] == dimension:
        return shape
    parts = [
        part
        for part in shapely.get_parts(shape)
        if part.geom_type in KINDS and _DIMENSION[KINDS[part.geom_type]] == dimension
    ]
    return shapely.union_all(parts) if parts else None


def _inside(shape: Any) -> tuple[float, float] | None:
    if shape is None or shape.is_empty:
        return None
    x, y = shapely.get_coordinates(shape)[0]
    return (float(x), float(y)) if np.isfinite((x, y)).all() else None
