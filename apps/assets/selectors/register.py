"""What stands where, and whose it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.db.models import BooleanField, Count, Field, Func, JSONField, Q, QuerySet, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, area_scope_q, organization_scope_q, scope_of
from apps.assets.enums import AssetState
from apps.assets.models import Asset, AssetClass
from apps.common.errors import NotFound
from apps.places.geometry import Point4326, box_around
from apps.places.models import Area


@dataclass(frozen=True)
class Answered:
    """What a thing must have answered to one field of its class.

    has: this code or truth, alone or among several. contains: this text. low, high: between
    them, both included: numbers, or days as ISO text.
    """

    name: str
    has: str | bool | None = None
    contains: str = ""
    low: float | str | None = None
    high: float | str | None = None

    def condition(self) -> Q:
        """Will give the condition on a row of the register."""
        found = Q()
        if self.has is not None:
            alone = Q(**{f"details__{self.name}": self.has})
            found &= alone | Q(details__contains={self.name: [self.has]})
        if self.contains:
            found &= Q(**{f"details__{self.name}__icontains": self.contains})
        for bound, sign in ((self.low, ">="), (self.high, "<=")):
            if bound is not None:
                found &= Q(_compared(self.name, bound, sign))
        return found


def _compared(name: str, bound: float | str, sign: str) -> Any:
    """Numbers stand as numbers or as text; what is neither matches nothing and breaks nothing."""
    value = "$" if isinstance(bound, str) else "$.double()"
    path = f"{value} ? (@ {sign} $bound)"
    return Func(
        KeyTransform(name, "details"),
        Cast(Value(path), _JsonPath()),
        Value({"bound": bound}, JSONField()),
        Value(True),
        function="jsonb_path_exists",
        output_field=BooleanField(),
    )


class _JsonPath(Field):
    """The type of a path into a JSON document, to cast to."""

    def db_type(self, connection: Any) -> str:
        return "jsonpath"


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
    answered: Sequence[Answered] = (),
) -> QuerySet[Asset]:
    """Will list what lies in the viewer's areas or belongs to, or is kept by, their units.

    kind: class code. area: it and all below. unseen_since: not surveyed since that moment.
    answered: what things must say of themselves, all of it.
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
    for one in answered:
        found = found.filter(one.condition())
    return found.order_by("code")


def list_classes() -> QuerySet[AssetClass]:
    """Will list the classes of things by code, each with ``count``: the things in use."""
    in_use = Q(assets__isnull=False) & ~Q(assets__state=AssetState.REMOVED)
    return AssetClass.objects.annotate(count=Count("assets", filter=in_use)).order_by("code")


def get_class(code: str) -> AssetClass:
    """Raises: NotFound."""
    kind = AssetClass.objects.filter(code=code).first()
    if kind is None:
        raise NotFound(_("没有代码为“%(code)s”的部件类别") % {"code": code})
    return kind


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
