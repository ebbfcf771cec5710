"""The city's mirror of its districts on the one map. Source: IO-11, GE-02."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.alarms.enums import LEVEL_COLORS, Level
from apps.districts import selectors
from apps.districts.models import MirrorAlarm, MirrorCase, MirrorDevice
from apps.districts.permissions import MANAGE_PEERS
from apps.matters.enums import CATEGORY_COLORS, StateCategory
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.sensing.enums import DEVICE_COLORS, DeviceState

_PEER = LayerField(
    "peer", _("来源区编号"), "peer_id", FieldKind.INTEGER, in_tiles=False, filterable=False
)
_PEER_NAME = LayerField("district", _("来源区"), "peer__name")
_RECEIVED = LayerField("received_at", _("收到时间"), "received_at", FieldKind.TIME, in_tiles=False)


def device_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the devices with a place of the viewer's districts."""
    if not isinstance(viewer, User):
        return MirrorDevice.objects.none()
    return selectors.mirrored_devices(viewer).filter(point__isnull=False)


def alarm_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the standing alarms with a place of the viewer's districts."""
    if not isinstance(viewer, User):
        return MirrorAlarm.objects.none()
    return selectors.standing_alarms(viewer).filter(point__isnull=False)


def case_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the open cases with a place of the viewer's districts."""
    if not isinstance(viewer, User):
        return MirrorCase.objects.none()
    return selectors.open_cases(viewer).filter(point__isnull=False)


def _said(name: str, label: Any) -> LayerField:
    """A member of the row as the district said it."""
    told = KeyTextTransform(name, "data")
    return LayerField(name, label, told, in_tiles=False, filterable=False)


_of_districts = partial(
    Layer,
    geometry=Geometry.POINT,
    permission=MANAGE_PEERS,
    area_field="area__path",
    detail_url="/districts/peers/{peer}/",
)

DEVICES = _of_districts(
    code="district-devices",
    label=_("区级设备"),
    description=_("各区汇入的在用设备；颜色表示状态。"),
    group=LayerGroup.SENSING,
    rows=device_rows,
    fields=(
        _said("name", _("名称")),
        LayerField("node", _("节点编号"), "origin"),
        LayerField("profile", _("设备型号"), "profile"),
        LayerField("state", _("状态"), "state", choices=dict(DeviceState.choices)),
        _PEER_NAME,
        _PEER,
        _RECEIVED,
    ),
    aggregate_below=12,
    look=Look(
        color="#2e7d32",
        radius=5,
        by="state",
        colors=DEVICE_COLORS,
        icon="radar",
    ),
)

ALARMS = _of_districts(
    code="district-alarms",
    label=_("区级未结束的告警"),
    description=_("各区汇入、有位置、尚未结束的告警；颜色表示级别。"),
    group=LayerGroup.SENSING,
    rows=alarm_rows,
    fields=(
        _said("title", _("告警")),
        _said("about", _("对象")),
        LayerField(
            "level",
            _("级别"),
            "level",
            FieldKind.INTEGER,
            choices={str(level.value): level.label for level in Level},
        ),
        _said("sentence", _("原因")),
        _PEER_NAME,
        _PEER,
        LayerField("raised_at", _("告警时间"), "raised_at", FieldKind.TIME),
        _RECEIVED,
    ),
    time_field="raised_at",
    aggregate_below=11,
    kept_first=("-level", "-pk"),
    look=Look(
        color="#b3261e",
        radius=6,
        by="level",
        colors=LEVEL_COLORS,
        icon="alarm",
    ),
)

CASES = _of_districts(
    code="district-cases",
    label=_("区级未办结的案件"),
    description=_("各区汇入、有位置、尚未办结的案件；颜色表示状态类别。"),
    group=LayerGroup.MATTERS,
    rows=case_rows,
    # Titles stay out: two people of a district may have let them go uncovered, for one purpose.
    fields=(
        LayerField("number", _("受理编号"), "origin"),
        _said("class_label", _("分类")),
        LayerField("category", _("状态类别"), "category", choices=dict(StateCategory.choices)),
        _PEER_NAME,
        _PEER,
        LayerField("opened_at", _("登记时间"), "opened_at", FieldKind.TIME),
        _RECEIVED,
    ),
    time_field="opened_at",
    aggregate_below=13,
    look=Look(
        color="#1f5eb8",
        radius=5,
        by="category",
        colors={
            category: color
            for category, color in CATEGORY_COLORS.items()
            if category != StateCategory.ENDED
        },
        icon="files",
    ),
)


def register() -> None:
    """Will put the layers of this app on the map."""
    for layer in (DEVICES, ALARMS, CASES):
        register_layer(layer)
