"""Moving devices and their fences on the one map. Source: IO-13, GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.observing.enums import FenceRule
from apps.observing.models import Geofence, LastFix
from apps.observing.selectors.moving import last_fixes, list_fences
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.sensing.permissions import READERS


def _may(user: User) -> bool:
    return any(user.has_perm(right) for right in READERS)


def fix_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the last places of the viewer's moving devices."""
    if not isinstance(viewer, User) or not _may(viewer):
        return LastFix.objects.none()
    return last_fixes(viewer)


def fence_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the fences in force of the viewer's units."""
    if not isinstance(viewer, User) or not _may(viewer):
        return Geofence.objects.none()
    return list_fences(viewer).filter(is_active=True)


FIXES = Layer(
    code="device-fixes",
    label=_("车船位置"),
    description=_("定位设备最近一次上报的位置和时间。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POINT,
    rows=fix_rows,
    seen_by=_may,
    fields=(
        LayerField("node", _("节点编号"), "device__node"),
        LayerField("name", _("名称"), "device__asset__name"),
        LayerField("at", _("定位时间"), "at", FieldKind.TIME),
        LayerField("speed", _("速度（公里/小时）"), "speed_kmh", FieldKind.NUMBER),
    ),
    time_field="at",
    detail_url="/devices/{id}/track/",
    look=Look(color="#6d28d9", radius=6, label="name", icon="truck"),
)
FENCES = Layer(
    code="geofences",
    label=_("电子围栏"),
    description=_("启用中的电子围栏。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POLYGON,
    rows=fence_rows,
    seen_by=_may,
    fields=(
        LayerField("name", _("名称"), "name"),
        LayerField("rule", _("规则"), "rule", choices=dict(FenceRule.choices)),
        LayerField("unit", _("责任单位"), "unit__name"),
    ),
    geometry_field="boundary",
    look=Look(color="#6d28d9", width=2, opacity=0.08, label="name", icon="polygon"),
)


def register() -> None:
    """Will put the layers on the map."""
    register_layer(FIXES)
    register_layer(FENCES)
