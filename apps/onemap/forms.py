"""What a page sends about the map, turned into shapes and numbers."""

import json
import math
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

MOST_BYTES = 256 * 1024
MOST_CORNERS = 2_000
_DRAWABLE = {"Point", "LineString", "Polygon", "MultiPolygon"}


def read_body(request: HttpRequest) -> dict[str, Any]:
    """Will give the JSON object of a request.

    Raises: InvalidInput (no object, or more than 256 KB).
    """
    if len(request.body) > MOST_BYTES:
        raise InvalidInput(_("提交的内容过大"), field="body")
    try:
        found = json.loads(request.body)
    except ValueError as error:
        raise InvalidInput(_("提交的内容不是有效的 JSON"), field="body") from error
    if not isinstance(found, dict):
        raise InvalidInput(_("提交的内容不是有效的 JSON"), field="body")
    return found


def read_shape(data: Any) -> GEOSGeometry:
    """Will make a drawn point, line or polygon (GeoJSON, CRS84) a geometry of SRID 4326.

    Raises: InvalidInput (not one of these, off the globe, crossing itself, too many corners).
    """
    if not isinstance(data, dict) or data.get("type") not in _DRAWABLE:
        raise InvalidInput(_("请先画一个点、一条线或一个面"), field="shape")
    try:
        shape = GEOSGeometry(json.dumps(data), srid=4326)
    except (ValueError, TypeError, GEOSException, GDALException) as error:
        raise InvalidInput(_("图形的坐标不正确"), field="shape") from error
    if shape.empty or shape.hasz or shape.num_coords > MOST_CORNERS:
        raise InvalidInput(_("图形为空、带有高程或顶点过多"), field="shape")
    west, south, east, north = shape.extent
    if not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise InvalidInput(_("图形的坐标不正确"), field="shape")
    if not shape.valid:
        raise InvalidInput(_("图形的边线自相交，请重新画"), field="shape")
    return shape


def read_number(data: Any, name: str, *, label: str, least: float, most: float) -> float:
    """Will give a number of an address or a body within its limits.

    label: what people call it. Raises: InvalidInput.
    """
    try:
        found = float(data.get(name, ""))
    except (TypeError, ValueError) as error:
        raise InvalidInput(_("“%(name)s”应为数字") % {"name": label}, field=name) from error
    if not math.isfinite(found) or not least <= found <= most:
        raise InvalidInput(
            _("“%(name)s”应在 %(least)g 到 %(most)g 之间")
            % {"name": label, "least": least, "most": most},
            field=name,
        )
    return found
