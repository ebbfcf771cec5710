"""Hot spots as a layer of the one map."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common import clock
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.voices.enums import Window
from apps.voices.models import HotSpot
from apps.voices.permissions import spots_q

SHOWN = timedelta(days=7)
WINDOWS = {str(value): label for value, label in Window.choices}


def recent_spots(viewer: Viewer) -> QuerySet[Any]:
    """Will give the placed hot spots of seven days that this viewer may see."""
    if not isinstance(viewer, User):
        return HotSpot.objects.none()
    since = clock.today() - SHOWN
    return HotSpot.objects.filter(spots_q(viewer), day__gte=since, point__isnull=False)


SPOTS = Layer(
    code="hot-spots",
    label=_("诉求热点"),
    description=_("近 7 天中反映人数明显多于往周同期的区域与类别。"),
    group=LayerGroup.MATTERS,
    geometry=Geometry.POINT,
    rows=recent_spots,
    fields=(
        LayerField("class_label", _("分类"), "class_label"),
        LayerField("area", _("所在区域"), "area__name", in_tiles=False),
        LayerField("window", _("时段"), "window", FieldKind.INTEGER, choices=WINDOWS),
        LayerField("observed", _("实际人数"), "observed", FieldKind.INTEGER),
        LayerField("expected", _("预期人数"), "expected", FieldKind.NUMBER),
        LayerField("day", _("截止日期"), "day", FieldKind.TIME, in_tiles=False),
    ),
    area_field="area_path",
    detail_url="/voices/hot/{id}/",
    look=Look(color="#c2410c", radius=9, icon="flame"),
)


def register() -> None:
    """Will put the layer of this app on the map."""
    register_layer(SPOTS)
