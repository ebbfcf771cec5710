"""Houses, places and goods as layers of the one map; people never. Source: GE-02, GR-05."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.places.models import Area
from apps.registry import permissions
from apps.registry.enums import FileKind
from apps.registry.models import RegistryFile
from apps.registry.selectors.care import list_enrolments

_NATURES = {
    "own": _("自住"),
    "rent": _("出租"),
    "idle": _("空置"),
    "trade": _("经营"),
    "public": _("公共"),
}


def _files(kind: FileKind) -> Any:
    def rows(viewer: Viewer) -> QuerySet[Any]:
        if not isinstance(viewer, User):
            return RegistryFile.objects.none()
        reach = permissions.within_reach(viewer, *permissions.READERS)
        return RegistryFile.objects.filter(reach, kind=kind, to_on=None, point__isnull=False)

    return rows


def care_cells(viewer: Viewer) -> QuerySet[Any]:
    """Will give the grid cells with how many people of special groups live there, no more."""
    if not isinstance(viewer, User) or not permissions.can_open_care(viewer):
        return Area.objects.none()
    here = list_enrolments(viewer).filter(file__area=OuterRef("pk")).order_by()
    counted = here.values("file__area").annotate(n=Count("pk")).values("n")
    cells = Area.objects.filter(level__is_cell=True, boundary__isnull=False)
    return cells.annotate(people=Subquery(counted)).filter(people__isnull=False)


CARE = Layer(
    code="registry-care",
    label=_("重点人员分布"),
    description=_("每个网格的重点人员数，按本人权限统计；不显示个人位置"),
    group=LayerGroup.PEOPLE,
    geometry=Geometry.POLYGON,
    rows=care_cells,
    fields=(
        LayerField("name", _("网格"), "name"),
        LayerField("people", _("人数"), "people", FieldKind.INTEGER, filterable=False),
    ),
    seen_by=permissions.can_open_care,
    geometry_field="boundary",
    area_field="path",
    look=Look(color="#b45309", opacity=0.3, label="people", icon="shield"),
)


def _layer(kind: FileKind, code: str, color: str, icon: str, *fields: LayerField) -> Layer:
    return Layer(
        code=code,
        label=kind.label,
        description=_("在册档案的位置，按本人权限显示"),
        group=LayerGroup.ASSETS,
        geometry=Geometry.POINT,
        rows=_files(kind),
        fields=(LayerField("title", _("名称"), "title"), *fields),
        seen_by=permissions.can_open_registry,
        export_permission=permissions.EXPORT,
        area_field="area_path",
        aggregate_below=13,
        detail_url="/registry/files/{id}/",
        look=Look(color=color, radius=4, icon=icon),
    )


def register() -> None:
    """Will put the layers of this app on the map."""
    nature = LayerField("nature", _("房屋性质"), "premises__nature", choices=_NATURES)
    quantity = LayerField("quantity", _("数量"), "goods__quantity", FieldKind.NUMBER)
    for layer in (
        CARE,
        _layer(FileKind.PREMISES, "registry-premises", "#0f766e", "home", nature),
        _layer(FileKind.SITE, "registry-sites", "#9333ea", "building-community"),
        _layer(FileKind.GOODS, "registry-goods", "#b91c1c", "flame", quantity),
    ):
        register_layer(layer)
