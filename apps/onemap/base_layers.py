"""The layers of the apps below the map, which cannot register themselves. Source: GE-02."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assets.enums import AssetState
from apps.assets.models import Asset, AssetClass
from apps.assets.selectors import list_assets
from apps.common import clock
from apps.common.memory import Memory
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer
from apps.places.enums import GazetteerKind, MapFeatureKind
from apps.places.models import Area, AreaLevel, BaseMapFeature, GazetteerEntry
from apps.places.selectors.basemap import map_version

_levels: Memory[tuple[AreaLevel, ...]] = Memory(of=("places.AreaLevel",))
_classes: Memory[tuple[AssetClass, ...]] = Memory(of=("assets.AssetClass",))
_AREA_COLORS = {1: "#7c3aed", 2: "#6d28d9", 3: "#0f766e", 4: "#b45309"}


def map_state() -> str:
    """Will give the number that grows with areas and base map."""
    return str(map_version())


BASE_MAP = Layer(
    code="base-map",
    label=_("城市底图"),
    description=_("由本系统数据绘制的道路、水系、绿地和建筑。"),
    group=LayerGroup.PLACES,
    geometry=Geometry.MIXED,
    rows=lambda viewer: BaseMapFeature.objects.all(),
    fields=(
        LayerField("kind", _("类别"), "kind", choices=dict(MapFeatureKind.choices)),
        LayerField("name", _("名称"), "name"),
        LayerField("rank", _("次序"), "rank", FieldKind.INTEGER),
        LayerField("min_zoom", _("最小级别"), "min_zoom", FieldKind.INTEGER, filterable=False),
    ),
    is_public=True,
    geometry_field="geometry",
    version=map_state,
    look=Look(color="#94a3b8", by="kind", icon="map"),
)

ADDRESSES = Layer(
    code="addresses",
    label=_("地名地址"),
    description=_("地名地址库中的道路、门牌、楼栋和兴趣点。"),
    group=LayerGroup.PLACES,
    geometry=Geometry.POINT,
    rows=lambda viewer: GazetteerEntry.objects.exclude(kind=GazetteerKind.AREA),
    fields=(
        LayerField("kind", _("类别"), "kind", choices=dict(GazetteerKind.choices)),
        LayerField("name", _("名称"), "name"),
        LayerField("area", _("所在区域"), "area__name", in_tiles=False),
        LayerField("source", _("来源"), "source", in_tiles=False),
    ),
    area_field="area__path",
    min_zoom=15,
    version=map_state,
    look=Look(color="#0e7490", radius=3, label="name", label_zoom=17, icon="map-pin"),
)


class AreaLevels:
    """A layer per storey of the area tree: districts, streets, communities, grid cells."""

    prefix = "area-"

    def find(self, code: str) -> Layer | None:
        """Will give the layer of one storey."""
        return next((layer for layer in self.all() if layer.code == code), None)

    def all(self) -> Iterable[Layer]:
        """Will give a layer per storey, the widest first."""
        levels = _levels.get("", lambda: tuple(AreaLevel.objects.order_by("depth")))
        return [_area_layer(level) for level in levels]


class AssetClasses:
    """A layer per kind of street furniture: hydrants, manholes, lamps, cameras."""

    prefix = "asset-"

    def find(self, code: str) -> Layer | None:
        """Will give the layer of one kind."""
        return next((layer for layer in self.all() if layer.code == code), None)

    def all(self) -> Iterable[Layer]:
        """Will give a layer per kind, by its code."""
        kinds = _classes.get("", lambda: tuple(AssetClass.objects.order_by("code")))
        return [_asset_layer(kind) for kind in kinds]


def _area_layer(level: AreaLevel) -> Layer:
    return Layer(
        code=f"area-{level.code}",
        label=level.name,
        group=LayerGroup.PLACES,
        geometry=Geometry.POLYGON,
        rows=lambda viewer: _areas(level),
        fields=(
            LayerField("code", _("代码"), "code"),
            LayerField("name", _("名称"), "name"),
            LayerField("parent", _("上级区域"), "parent__name", in_tiles=False),
            LayerField("valid_from", _("生效日期"), "valid_from", FieldKind.DATE, in_tiles=False),
            LayerField("source", _("来源"), "source", in_tiles=False),
        ),
        is_public=not level.is_cell,
        geometry_field="boundary",
        area_field="path",
        min_zoom=15 if level.is_cell else 0,
        version=lambda: f"{map_state()}-{clock.today():%Y%m%d}",
        detail_url="/places/{id}/",
        look=Look(
            color="#64748b" if level.is_cell else _AREA_COLORS.get(level.depth, "#334155"),
            width=1 if level.is_cell else 2,
            opacity=0.04,
            label="name",
            label_zoom=17 if level.is_cell else 8 + 2 * level.depth,
            icon="grid-dots" if level.is_cell else "polygon",
        ),
    )


def _areas(level: AreaLevel) -> QuerySet[Area]:
    return Area.objects.valid_on(clock.today()).filter(level=level, boundary__isnull=False)


def _asset_layer(kind: AssetClass) -> Layer:
    def standing(found: QuerySet[Asset]) -> QuerySet[Asset]:
        return found.filter(kind=kind).exclude(state=AssetState.REMOVED)

    def own(viewer: Viewer) -> QuerySet[Any]:
        seen = list_assets(viewer) if isinstance(viewer, User) else Asset.objects.none()
        return standing(seen.select_related(None))

    return Layer(
        code=f"asset-{kind.code}",
        label=kind.name,
        description=kind.large_class,
        group=LayerGroup.ASSETS,
        geometry=Geometry.POINT,
        rows=own,
        shared_rows=lambda: standing(Asset.objects.all()),
        fields=(
            LayerField("code", _("编码"), "code"),
            LayerField("name", _("名称"), "name"),
            LayerField("state", _("状态"), "state", choices=dict(AssetState.choices)),
            LayerField("owner", _("权属单位"), "owner_unit__name", in_tiles=False),
            LayerField("maintainer", _("养护单位"), "maintainer__name", in_tiles=False),
            LayerField("area", _("所在区域"), "area__name", in_tiles=False),
            LayerField("since", _("启用日期"), "since", FieldKind.DATE, in_tiles=False),
        ),
        area_field="area__path",
        aggregate_below=14,
        fresh_seconds=60,
        look=Look(
            color="#0369a1",
            radius=4,
            by="state",
            colors={"in_use": "#0369a1", "faulty": "#c2410c", "stopped": "#64748b"},
            icon=kind.icon or "box",
        ),
    )
