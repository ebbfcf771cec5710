"""Reading files of areas: GeoJSON with boundaries, or CSV with codes and names only.

Pure: bytes in, rows and errors out. Nothing here trusts the file: size, nesting, number of
points, numbers that are none, rings that cross themselves are all told per row and field.
"""

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import MultiPolygon, Polygon
from shapely.validation import explain_validity

from apps.common.errors import InvalidInput
from apps.places.coordinates import Convert

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_POINTS = 500_000
MAX_RINGS = 200
CODE_KEYS = ("code", "adcode", "areacode", "代码", "区划代码", "编码")
NAME_KEYS = ("name", "名称", "区域名称")
# Keys that one well-known public source of GCJ-02 boundaries writes into every feature.
GCJ02_HINTS = frozenset({"adcode", "acroutes", "childrenNum", "subFeatureIndex"})


@dataclass(frozen=True)
class RowError:
    """line: of a CSV, or the number of the feature, from 1."""

    line: int
    field: str
    message: str


@dataclass(frozen=True)
class AreaRow:
    """One area of a file. boundary: WGS 84; raw: as in the file; both None for a CSV."""

    line: int
    code: str
    name: str
    boundary: MultiPolygon | None = None
    raw: MultiPolygon | None = None


@dataclass
class AreaFile:
    """What a file holds. property_names: of all features, for guessing its origin."""

    rows: list[AreaRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    property_names: set[str] = field(default_factory=set)
    has_geometry: bool = False


def read_areas(content: bytes, file_name: str, convert: Convert) -> AreaFile:
    """Will read a GeoJSON or CSV file by its content.

    convert: from the file's coordinates to WGS 84 (``coordinates.converter``).
    Raises: InvalidInput (field "file": not readable at all, or beyond the limits).
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            _("文件超过 %(size)d MB") % {"size": MAX_BYTES // 1024 // 1024}, field="file"
        )
    text = _decode(content)
    found = _read_geojson(text, convert) if text.lstrip()[:1] in {"{", "["} else _read_csv(text)
    if not found.rows and not found.errors:
        raise InvalidInput(_("文件中没有区域"), field="file")
    seen: dict[str, int] = {}
    for row in found.rows:
        if row.code in seen:
            message = _("代码 %(code)s 与第 %(line)d 行重复") % {
                "code": row.code,
                "line": seen[row.code],
            }
            found.errors.append(RowError(row.line, "code", message))
        seen.setdefault(row.code, row.line)
    return found


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(_("文件不是文本，请上传 GeoJSON 或 CSV"), field="file")


def _read_csv(text: str) -> AreaFile:
    try:
        lines = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise InvalidInput(_("CSV 无法读取"), field="file") from error
    if len(lines) > MAX_ROWS:
        raise InvalidInput(_("文件超过 %(count)d 行") % {"count": MAX_ROWS}, field="file")
    found = AreaFile()
    names = set(lines[0]) if lines else set()
    if lines and not (_pick(dict.fromkeys(names, "x"), CODE_KEYS)):
        raise InvalidInput(_("CSV 缺少“代码”列（code）"), field="file")
    for number, line in enumerate(lines, start=2):
        checked = _code_and_name(number, line, found)
        if checked:
            found.rows.append(AreaRow(number, *checked))
    return found


def _read_geojson(text: str, convert: Convert) -> AreaFile:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("GeoJSON 无法读取：不是有效的 JSON"), field="file") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InvalidInput(_("GeoJSON 应为 FeatureCollection"), field="file")
    if len(features) > MAX_ROWS:
        raise InvalidInput(_("文件超过 %(count)d 行") % {"count": MAX_ROWS}, field="file")
    found = AreaFile(has_geometry=True)
    budget = MAX_POINTS
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            found.errors.append(RowError(number, "properties", _("要素缺少属性")))
            continue
        found.property_names.update(properties)
        checked = _code_and_name(number, properties, found)
        try:
            raw = _shape(feature.get("geometry"))
            budget -= shapely.get_num_coordinates(raw)
            boundary = _converted(raw, convert)
        except _BadShape as error:
            found.errors.append(RowError(number, "geometry", str(error)))
            continue
        if budget < 0:
            raise InvalidInput(_("边界点总数超过 %(count)d") % {"count": MAX_POINTS}, field="file")
        if checked:
            found.rows.append(AreaRow(number, *checked, boundary, raw))
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _code_and_name(number: int, values: dict[str, Any], found: AreaFile) -> tuple[str, str] | None:
    code = str(_pick(values, CODE_KEYS) or "").strip()
    name = str(_pick(values, NAME_KEYS) or "").strip()
    if not code.isdigit() or not code.isascii() or len(code) > 40:
        found.errors.append(RowError(number, "code", _("代码应为数字")))
        return None
    if not name or len(name) > 80:
        found.errors.append(RowError(number, "name", _("名称为空或超过 80 个字")))
        return None
    return code, name


def _pick(values: dict[str, Any], keys: tuple[str, ...]) -> Any:
    lowered = {str(key).strip().lower(): value for key, value in values.items() if key}
    return next((lowered[key] for key in keys if lowered.get(key) not in (None, "")), None)


class _BadShape(Exception):
    """Why a boundary cannot be used, in words for the person importing."""


def _shape(geometry: Any) -> MultiPolygon:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Polygon":
        coordinates = [coordinates]
    elif kind != "MultiPolygon":
        raise _BadShape(_("几何类型应为 Polygon 或 MultiPolygon"))
    if not isinstance(coordinates, list) or not coordinates:
        raise _BadShape(_("坐标数组的层次不正确"))
    return MultiPolygon([_polygon(part) for part in coordinates])


def _polygon(rings: Any) -> Polygon:
    if not isinstance(rings, list) or not rings or len(rings) > MAX_RINGS:
        raise _BadShape(_("坐标数组的层次不正确"))
    shell, *holes = [list(_ring(ring)) for ring in rings]
    return Polygon(shell, holes)


def _ring(ring: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise _BadShape(_("边界环至少需要四个点"))
    for pair in ring:
        if not isinstance(pair, list) or len(pair) < 2:
            raise _BadShape(_("坐标数组的层次不正确"))
        x, y = pair[0], pair[1]
        if not all(type(v) in (int, float) and math.isfinite(v) for v in (x, y)):
            raise _BadShape(_("坐标不是有限的数字"))
        yield float(x), float(y)
    if ring[0][:2] != ring[-1][:2]:
        raise _BadShape(_("边界环没有闭合"))


def _converted(raw: MultiPolygon, convert: Convert) -> MultiPolygon:
    try:
        boundary = shapely.transform(
            raw, lambda pairs: [convert(x, y) for x, y in pairs], include_z=False
        )
    except (ValueError, OverflowError) as error:
        raise _BadShape(_("坐标不能从所填坐标系换算")) from error
    west, south, east, north = boundary.bounds
    if not (
        all(map(math.isfinite, boundary.bounds))
        and -180 <= west <= east <= 180
        and -90 <= south <= north <= 90
    ):
        raise _BadShape(_("换算后的坐标超出经纬度范围，请核对坐标系"))
    if not boundary.is_valid:
        raise _BadShape(_("边界自相交：%(why)s") % {"why": explain_validity(boundary)[:80]})
    if boundary.area == 0:
        raise _BadShape(_("边界没有面积"))
    return boundary
