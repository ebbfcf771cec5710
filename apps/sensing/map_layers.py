"""Devices with their state and newest value on the one map. Source: GE-02, IO-06."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.sensing.enums import DEVICE_COLORS, DeviceState, Quality
from apps.sensing.models import Device, Latest
from apps.sensing.permissions import READERS
from apps.sensing.selectors import list_devices


def _may(user: User) -> bool:
    return any(user.has_perm(right) for right in READERS)


def device_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the devices in the viewer's areas that are in use."""
    if not isinstance(viewer, User) or not _may(viewer):
        return Device.objects.none()
    return list_devices(viewer).filter(is_active=True)


def _first(path: str) -> Subquery:
    """Of the newest reading of the field a profile names first."""
    latest = Latest.objects.filter(series__device=OuterRef("pk"))
    return Subquery(latest.order_by("series__field__position").values(path)[:1])


DEVICES = Layer(
    code="devices",
    label=_("感知设备"),
    description=_("在用感知设备的状态和最新读数；颜色表示状态。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POINT,
    rows=device_rows,
    seen_by=_may,
    fields=(
        LayerField("node", _("节点编号"), "node"),
        LayerField("name", _("名称"), "asset__name"),
        LayerField("profile", _("设备型号"), "profile__name"),
        LayerField("state", _("状态"), "presence__state", choices=dict(DeviceState.choices)),
        LayerField("seen_at", _("最近上报"), "presence__seen_at", FieldKind.TIME),
        LayerField(
            "field", _("字段"), _first("series__field__name"), in_tiles=False, filterable=False
        ),
        LayerField(
            "value",
            _("最新读数"),
            _first("value"),
            FieldKind.NUMBER,
            in_tiles=False,
            filterable=False,
        ),
        LayerField(
            "unit", _("单位"), _first("series__field__unit"), in_tiles=False, filterable=False
        ),
        LayerField(
            "quality",
            _("质量"),
            _first("quality"),
            FieldKind.INTEGER,
            in_tiles=False,
            filterable=False,
            choices={str(code): label for code, label in Quality.choices},
        ),
    ),
    geometry_field="asset__point",
    area_field="asset__area__path",
    aggregate_below=12,
    detail_url="/devices/{id}/",
    look=Look(
        color="#2e7d32",
        radius=6,
        by="state",
        colors=DEVICE_COLORS,
        icon="radar",
    ),
)


def register() -> None:
    """Will put the layer of this app on the map."""
    register_layer(DEVICES)
