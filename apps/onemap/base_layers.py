"""The layers of the apps below the map, which cannot register themselves. Source: GE-02."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assets.enums import AssetState, Finding
from apps.assets.models import Asset, AssetClass
from apps.assets.selectors import list_assets
from apps.common import clock
from apps.common.memory import Memory
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, LayerSource, Look, Viewer
from apps.places.enums import FaultKind, GazetteerKind, MapFeatureKind, SpecialKind
from apps.places.models import Area, AreaLevel, BaseMapFeature, GazetteerEntry
from apps.places.permissions import DRAW
from apps.places.selectors.basemap import map_version
from apps.places.selectors.cells import list_special_grids, newest_faults

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
    zoom_field="min_zoom",
    kept_first=("rank", "pk"),
    version=map_state,
    look=Look(color="#94a3b8", by="kind", label="name", label_zoom=12, icon="map"),
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


SPECIAL_GRIDS = Layer(
    code="special-grids",
    label=_("专属网格"),
    description=_("楼宇、园区、学校、医院等在基础网格之上另设的网格。"),
    group=LayerGroup.PLACES,
    geometry=Geometry.POLYGON,
    rows=lambda viewer: list_special_grids().select_related(None),
    fields=(
        LayerField("code", _("编码"), "code"),
        LayerField("name", _("名称"), "name"),
        LayerField("kind", _("类型"), "kind", choices=dict(SpecialKind.choices)),
        LayerField("community", _("所属社区"), "community__name", in_tiles=False),
    ),
    geometry_field="boundary",
    area_field="community__path",
    min_zoom=12,
    version=lambda: f"{map_state()}-{clock.today():%Y%m%d}",
    detail_url="/places/special/{id}/",
    look=Look(color="#be185d", width=2, label="name", label_zoom=15, icon="building"),
)

CELL_FAULTS = Layer(
    code="cell-faults",
    label=_("网格问题"),
    description=_("各区域最近一次网格核对发现的空隙、重叠等问题。"),
    group=LayerGroup.PLACES,
    geometry=Geometry.MIXED,
    rows=lambda viewer: newest_faults(viewer).filter(geometry__isnull=False),
    fields=(
        LayerField("kind", _("问题"), "kind", choices=dict(FaultKind.choices)),
        LayerField("label", _("区域"), "label"),
        LayerField("other", _("另一区域"), "other_label", in_tiles=False),
        LayerField("size_m2", _("面积（平方米）"), "size_m2", FieldKind.NUMBER),
    ),
    permission=DRAW,
    geometry_field="geometry",
    area_field="check_run__area__path",
    fresh_seconds=30,
    detail_url="/places/cells/checks/{check_run_id}/?fault={id}",
    look=Look(color="#b91c1c", width=3, opacity=0.3, icon="alert-triangle"),
)

SURVEY_STATE = Layer(
    code="survey-state",
    label=_("部件普查状态"),
    description=_("部件最近一次普查的结果和时间。"),
    group=LayerGroup.ASSETS,
    geometry=Geometry.POINT,
    rows=lambda viewer: _surveyed(viewer),
    fields=(
        LayerField("finding", _("最近普查结果"), "finding", choices=dict(Finding.choices)),
        LayerField("surveyed_at", _("最近普查时间"), "surveyed_at", FieldKind.TIME),
        LayerField("code", _("编码"), "code"),
        LayerField("name", _("名称"), "name", in_tiles=False),
        LayerField("kind", _("类别"), "kind__name", in_tiles=False),
    ),
    area_field="area__path",
    aggregate_below=14,
    time_field="surveyed_at",
    fresh_seconds=60,
    detail_url="/assets/{id}/",
    look=Look(
        color="#64748b",
        radius=4,
        by="finding",
        colors={"fine": "#15803d", "damaged": "#c2410c", "moved": "#7c3aed", "new": "#0369a1"},
        icon="clipboard-check",
    ),
)


def _surveyed(viewer: Viewer) -> QuerySet[Any]:
    seen = list_assets(viewer) if isinstance(viewer, User) else Asset.objects.none()
    return seen.select_related(None).exclude(state=AssetState.REMOVED)


class AreaLevels(LayerSource):
    """A layer per storey of the area tree: districts, streets, communities, grid cells."""

    prefix = "area-"

    def all(self) -> Iterable[Layer]:
        """Will give a layer per storey, the widest first."""
        levels = _levels.get("", lambda: tuple(AreaLevel.objects.order_by("depth")))
        return [_area_layer(level) for level in levels]


class AssetClasses(LayerSource):
    """A layer per kind of street furniture: hydrants, manholes, lamps, cameras."""

    prefix = "asset-"

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
