"""What stands where, and whose it is."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.gis.db.models.functions import Distance
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, area_scope_q, organization_scope_q, scope_of
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.common.errors import NotFound
from apps.places.geometry import Point4326, box_around
from apps.places.models import Area


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


def list_assets(
    viewer: User,
    *,
    kind: str = "",
    text: str = "",
    state: str = "",
    area: Area | None = None,
    owner_id: int | None = None,
    unseen_since: datetime | None = None,
) -> QuerySet[Asset]:
    """Will list what lies in the viewer's areas or belongs to, or is kept by, their units.

    kind: class code. area: it and all below. unseen_since: not surveyed since that moment.
    """
    found = Asset.objects.select_related("kind", "area", "owner_unit", "maintainer")
    found = found.filter(reach_q(viewer))
    if kind:
        found = found.filter(kind__code=kind)
    if text:
        found = found.filter(Q(code__startswith=text) | Q(name__icontains=text))
    if state:
        found = found.filter(state=state)
    if area is not None:
        found = found.filter(area__path__startswith=area.path)
    if owner_id is not None:
        found = found.filter(owner_unit_id=owner_id)
    if unseen_since is not None:
        found = found.filter(Q(surveyed_at=None) | Q(surveyed_at__lt=unseen_since))
    return found.order_by("code")


def get_asset(viewer: User, *, pk: int) -> Asset:
    """Raises: NotFound (no such thing, or not for this viewer)."""
    asset = list_assets(viewer).filter(pk=pk).first()
    if asset is None:
        raise NotFound(_("台账中没有这个部件"))
    return asset


def reach_q(viewer: User, prefix: str = "") -> Q:
    """Will give the condition "this thing lies in my areas or is my units'".

    prefix: the way from the row to the asset, ``"asset__"``.
    """
    return asset_scope_q(scope_of(viewer), prefix)


def asset_scope_q(scope: Scope, prefix: str = "") -> Q:
    """Will give the condition "this thing lies in these areas, or these units own or keep it"."""
    near = area_scope_q(scope, f"{prefix}area__path")
    owned = organization_scope_q(scope, f"{prefix}owner_unit__path")
    return near | owned | organization_scope_q(scope, f"{prefix}maintainer__path")


def assets_in(cells: Iterable[Area]) -> QuerySet[Asset]:
    """Will list what stands in these areas and below them, by code; removed things not."""
    found = Q(pk__in=[])
    for cell in cells:
        found |= Q(area__path__startswith=cell.path)
    return (
        Asset.objects.filter(found)
        .exclude(state=AssetState.REMOVED)
        .select_related("kind", "area")
        .order_by("code")
    )
