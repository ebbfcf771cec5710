"""Where a case lies: from a point, or from words, to a grid cell."""

import math
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import InvalidInput
from apps.places import selectors as places
from apps.places.models import Area

#: A geocoded address below this confidence is not believed without a person.
BELIEVED_CONFIDENCE = 0.8


@dataclass(frozen=True)
class Place:
    """A resolved place. point: SRID 4326 or None; source: "point", "address" or "none"."""

    point: Point | None
    address: str
    area: Area
    source: str
    label: str

    def as_data(self) -> dict[str, Any]:
        """Will give plain values for the history of facts."""
        coordinates = list(self.point.coords) if self.point else None
        return {"point": coordinates, "address": self.address, "source": self.source}


def resolve_place(*, tenant: Tenant, lon: float | None, lat: float | None, address: str) -> Place:
    """Will find the grid cell of a point, or of an address believed with confidence.

    lon, lat: degrees WGS 84. Without either the case lies in the tenant's whole area.
    Raises: InvalidInput (field "point": outside the city; not a position at all).
    """
    address = address.strip()
    if tenant.area is None:
        raise InvalidInput(_("本单位未设置管辖区域，请联系系统管理员"), field="point")
    if lon is not None and lat is not None:
        return _from_point(tenant, lon, lat, address)
    if address:
        best = next(iter(places.geocode(address, within=tenant.area, limit=1)), None)
        if best is not None and best.confidence >= BELIEVED_CONFIDENCE and best.area is not None:
            return Place(best.point, address, best.area, "address", address)
    return Place(None, address, tenant.area, "none", address or tenant.area.name)


def is_position(lon: float, lat: float) -> bool:
    """Will tell whether these are degrees at all."""
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def _from_point(tenant: Tenant, lon: float, lat: float, address: str) -> Place:
    if not is_position(lon, lat):
        raise InvalidInput(_("经纬度无效"), field="point")
    point = Point(lon, lat, srid=4326)
    area = places.locate(point)
    if area is None or tenant.area is None or not area.path.startswith(tenant.area.path):
        raise InvalidInput(_("该位置不在本市范围内，请重新选点"), field="point")
    return Place(point, address, area, "point", address or area.name)


def area_reach(viewer: Any, permission: str) -> tuple[str, ...] | None:
    """Will give the area paths in which the viewer holds a right; None: everywhere.

    Answers ``places.registry``, whose layer lies below people.
    """
    if not isinstance(viewer, User):
        return ()
    scope = scope_for(viewer, permission)
    return None if scope.everything else scope.area_paths
