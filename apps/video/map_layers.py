"""Cameras on the one map. Source: VD-04 (地图浏览), GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.video.enums import Network, Shape
from apps.video.models import Camera
from apps.video.permissions import READERS
from apps.video.selectors import list_cameras


def _may(user: User) -> bool:
    return any(user.has_perm(right) for right in READERS)


def camera_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the cameras in use that the viewer sees."""
    if not isinstance(viewer, User) or not _may(viewer):
        return Camera.objects.none()
    return list_cameras(viewer, state="active")


CAMERAS = Layer(
    code="cameras",
    label=_("摄像机"),
    description=_("在用的摄像机；颜色表示联网点位和社会点位。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POINT,
    rows=camera_rows,
    seen_by=_may,
    fields=(
        LayerField("gb_code", _("国标编码"), "gb_code"),
        LayerField("name", _("名称"), "asset__name"),
        LayerField("network", _("点位性质"), "network", choices=dict(Network.choices)),
        LayerField("shape", _("外形"), "shape", choices=dict(Shape.choices)),
        LayerField("maker", _("生产厂家"), "asset__maker"),
        LayerField("owner", _("权属单位"), "asset__owner_unit__name"),
    ),
    geometry_field="asset__point",
    area_field="asset__area__path",
    aggregate_below=12,
    detail_url="/video/cameras/{id}/",
    look=Look(
        color="#1565c0",
        radius=6,
        by="network",
        colors={Network.NETWORKED.value: "#1565c0", Network.SOCIAL.value: "#8e24aa"},
        icon="camera",
    ),
)


def register() -> None:
    """Will put the layer of this app on the map."""
    register_layer(CAMERAS)
