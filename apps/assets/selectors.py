"""Reads of the register, scoped by viewer."""

from django.contrib.gis.db.models.functions import Distance
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.places.geometry import Point4326, box_around


def list_assets_near(point: Point4326, radius_m: float, *, kind: str = "") -> QuerySet[Asset]:
    """Will list what stands within ``radius_m`` of a point, nearest first, removed things not.

    Each row carries ``distance`` (a Distance; ``.m`` are metres on the sphere). The box around
    the circle is searched in the spatial index, then the distance decides. kind: class code.
    """
    found = (
        Asset.objects.filter(point__bboverlaps=box_around(point, radius_m))
        .exclude(state=AssetState.REMOVED)
        .annotate(distance=Distance("point", point))
        .filter(distance__lte=radius_m)
        .select_related("kind", "owner_unit")
        .order_by("distance", "pk")
    )
    return found.filter(kind__code=kind) if kind else found


def list_assets(viewer: User, *, kind: str = "", text: str = "") -> QuerySet[Asset]:
    """Will list what lies in the viewer's areas or belongs to, or is kept by, their units."""
    found = Asset.objects.select_related("kind", "area", "owner_unit", "maintainer")
    scope = scope_of(viewer)
    if not scope.everything:
        reach = Q(pk__in=[])
        for path in scope.area_paths:
            reach |= Q(area__path__startswith=path)
        for path in scope.organization_paths:
            reach |= Q(owner_unit__path__startswith=path) | Q(maintainer__path__startswith=path)
        found = found.filter(reach)
    if kind:
        found = found.filter(kind__code=kind)
    if text:
        found = found.filter(Q(code__startswith=text) | Q(name__icontains=text))
    return found.order_by("code")
