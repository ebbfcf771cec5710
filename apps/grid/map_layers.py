"""Grid events as a layer of the one map. Source: GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.grid.enums import Doubt, EventKind
from apps.grid.models import GridEvent
from apps.matters.enums import StateCategory
from apps.matters.selectors import visible_cases
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer


def placed_events(viewer: Viewer) -> QuerySet[Any]:
    """Will give the events with a place that this viewer may see."""
    if not isinstance(viewer, User):
        return GridEvent.objects.none()
    seen = visible_cases(viewer).filter(point__isnull=False)
    return GridEvent.objects.filter(case__in=seen.values("pk"))


EVENTS = Layer(
    code="grid-events",
    label=_("网格事件"),
    description=_("有位置的部件和事件，按本人权限显示。"),
    group=LayerGroup.MATTERS,
    geometry=Geometry.POINT,
    rows=placed_events,
    fields=(
        LayerField("number", _("受理编号"), "case__number"),
        LayerField("case", _("案件"), "case_id", FieldKind.INTEGER, filterable=False),
        LayerField("title", _("标题"), "case__title", in_tiles=False),
        LayerField("kind", _("类别"), "kind", choices=dict(EventKind.choices)),
        LayerField("class_label", _("分类"), "case__class_label"),
        LayerField(
            "category", _("状态类别"), "case__category", choices=dict(StateCategory.choices)
        ),
        LayerField("doubt", _("疑点"), "doubt", choices=dict(Doubt.choices)),
        LayerField("unit", _("承办单位"), "case__unit__name", in_tiles=False),
        LayerField("opened_at", _("上报时间"), "case__opened_at", FieldKind.TIME),
    ),
    export_permission="matters.export_cases",
    geometry_field="case__point",
    area_field="case__area_path",
    aggregate_below=13,
    time_field="case__opened_at",
    detail_url="/cases/{case}/",
    look=Look(
        color="#0f766e",
        radius=5,
        by="kind",
        colors={"component": "#0f766e", "event": "#c2410c"},
        icon="map-pin",
    ),
)


def register() -> None:
    """Will put the layer of this app on the map."""
    register_layer(EVENTS)
