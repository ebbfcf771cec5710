"""Where a file lies: by a point, else by the code of an area."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common.errors import InvalidInput
from apps.places.geometry import point
from apps.places.models import Area
from apps.places.selectors import find_area, locate


def place_of(tenant: Tenant, values: dict[str, Any], *, known: Area | None) -> tuple[Any, Area]:
    """Will give point and area. values: "point" {"lng", "lat"} and "area", the code of one.

    known: where the file lies so far. Raises: InvalidInput (point, area).
    """
    given, code = values.get("point"), str(values.get("area") or "")
    spot = point(given["lng"], given["lat"]) if given else None
    area = locate(spot) if spot is not None else None
    if spot is not None and area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="point")
    if area is None and code:
        area = find_area(code=code)
        if area is None:
            raise InvalidInput(_("没有代码为“%s”的区域") % code, field="area")
    area = area or known
    if area is None:
        raise InvalidInput(_("请在地图上选点，或选择所在区域"), field="point")
    if tenant.area is not None and not area.path.startswith(tenant.area.path):
        raise InvalidInput(_("所选区域不在本级范围内"), field="area")
    return spot, area
