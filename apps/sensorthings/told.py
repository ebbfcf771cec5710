"""Bodies of clients read: names, texts, shapes, moments. No I/O. Source: OGC 18-088 clause 10."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

GEOJSON = frozenset({"application/geo+json", "application/vnd.geo+json"})
MOST_NAME, MOST_TEXT, MOST_JSON = 300, 10_000, 65_536


def body_of(told: Any, known: Iterable[str]) -> dict[str, Any]:
    """Will give a body whose members are known; control information is left out.

    Raises: InvalidInput (it is no object; field: a member that is not known).
    """
    if not isinstance(told, dict):
        raise InvalidInput(_("内容应为一个 JSON 对象"), field="body")
    found = {name: value for name, value in told.items() if "@iot." not in name}
    names = set(known)
    if wrong := next((name for name in found if name not in names), None):
        raise InvalidInput(_("不认识属性“%(name)s”") % {"name": wrong[:60]}, field=wrong[:60])
    return found


def text(body: dict[str, Any], name: str, *, most: int = MOST_TEXT, is_needed: bool = True) -> str:
    """Will give a text of a body. Raises: InvalidInput (field: its name)."""
    value = body.get(name)
    if value is None and not is_needed:
        return ""
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise InvalidInput(_("“%(name)s”应为不空的文本") % {"name": name}, field=name)
    if len(value) > most:
        raise InvalidInput(
            _("“%(name)s”不得超过 %(most)d 个字符") % {"name": name, "most": most}, field=name
        )
    return value


def plain(body: dict[str, Any], name: str, *, is_object: bool = False) -> Any:
    """Will give JSON of a body, bounded. Raises: InvalidInput (field: its name)."""
    value = body.get(name)
    if value is None:
        return {} if is_object else None
    if is_object and not isinstance(value, dict):
        raise InvalidInput(_("“%(name)s”应为一个 JSON 对象") % {"name": name}, field=name)
    try:
        written = json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("“%(name)s”不是有效的 JSON") % {"name": name}, field=name) from error
    if len(written) > MOST_JSON or "\\u0000" in written:
        raise InvalidInput(_("“%(name)s”过长或含有不可用的字符") % {"name": name}, field=name)
    return value


def encoding(body: dict[str, Any]) -> str:
    """Will give an encodingType of GeoJSON. Raises: InvalidInput."""
    told = text(body, "encodingType", most=100)
    if told not in GEOJSON:
        raise InvalidInput(_("encodingType 应为 application/geo+json"), field="encodingType")
    return told


def shape(body: dict[str, Any], name: str) -> tuple[dict[str, Any], GEOSGeometry]:
    """Will give GeoJSON, a geometry or a Feature, and its shape (SRID 4326).

    Raises: InvalidInput (field: its name).
    """
    told = plain(body, name, is_object=True)
    geometry = told.get("geometry") if told.get("type") == "Feature" else told
    try:
        found = GEOSGeometry(json.dumps(geometry), srid=4326)
        is_fine = not found.empty and found.valid
    except (ValueError, TypeError, GDALException, GEOSException) as error:
        raise _no_shape(name) from error
    west, south, east, north = found.extent if is_fine else (999, 0, 0, 0)
    if not is_fine or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _no_shape(name)
    return told, found


def _no_shape(name: str) -> InvalidInput:
    return InvalidInput(_("“%(name)s”不是有效的 GeoJSON") % {"name": name}, field=name)


def moment(value: Any, name: str) -> datetime:
    """Will give a moment told with its zone. Raises: InvalidInput (field: its name)."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.utcoffset() is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_moment(name) from error
    raise _no_moment(name)


def span(value: Any, name: str) -> tuple[datetime, datetime | None]:
    """Will give a moment, or both ends of a span. Raises: InvalidInput (field: its name)."""
    if not isinstance(value, str):
        raise _no_moment(name)
    since, slash, until = value.partition("/")
    begin = moment(since, name)
    end = moment(until, name) if slash else None
    if end is not None and end < begin:
        raise _no_moment(name)
    return begin, end


def _no_moment(name: str) -> InvalidInput:
    return InvalidInput(_("“%(name)s”应为带时区的时间") % {"name": name}, field=name)


def linked(value: Any, name: str) -> str | None:
    """Will give the key of an entity that is there already; None: it is told whole.

    Clients send what else they know of it beside the key; that changes nothing.
    Raises: InvalidInput (field: its name).
    """
    if not isinstance(value, dict):
        raise InvalidInput(_("“%(name)s”应为一个 JSON 对象") % {"name": name}, field=name)
    if "@iot.id" not in value:
        return None
    key = value["@iot.id"]
    if isinstance(key, bool) or not isinstance(key, int | str):
        raise InvalidInput(_("“%(name)s”的 @iot.id 无效") % {"name": name}, field=name)
    return str(key)


def several(body: dict[str, Any], name: str) -> list[Any]:
    """Will give a list of a body, empty where absent. Raises: InvalidInput (field: its name)."""
    value = body.get(name, [])
    if not isinstance(value, list) or len(value) > 1000:
        raise InvalidInput(_("“%(name)s”应为不长于 1000 的列表") % {"name": name}, field=name)
    return value
