"""Open alarms on the one map. Source: AL-05, GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.alarms.enums import LEVEL_COLORS, AlarmState, Level, Source
from apps.alarms.models import Alarm
from apps.alarms.permissions import READERS
from apps.alarms.selectors import visible_alarms
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer


def open_alarms(viewer: Viewer) -> QuerySet[Any]:
    """Will give the open alarms with a place in the viewer's reach."""
    if not isinstance(viewer, User):
        return Alarm.objects.none()
    return visible_alarms(viewer).filter(ended_at__isnull=True, point__isnull=False)


def _may(user: User) -> bool:
    return any(user.has_perm(right) for right in READERS)


ALARMS = Layer(
    code="alarms",
    label=_("未结束的告警"),
    description=_("有位置、尚未结束的告警，按本人权限显示。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POINT,
    rows=open_alarms,
    fields=(
        LayerField("title", _("告警"), "title"),
        LayerField("about", _("对象"), "about", in_tiles=False),
        LayerField(
            "level",
            _("级别"),
            "level",
            FieldKind.INTEGER,
            choices={str(level.value): level.label for level in Level},
        ),
        LayerField("state", _("状态"), "state", choices=dict(AlarmState.choices)),
        LayerField("source", _("来源"), "source", choices=dict(Source.choices)),
        LayerField("sentence", _("原因"), "sentence", in_tiles=False, filterable=False),
        LayerField("count", _("次数"), "count", FieldKind.INTEGER, in_tiles=False),
        LayerField("raised_at", _("告警时间"), "raised_at", FieldKind.TIME),
    ),
    seen_by=_may,
    area_field="area_path",
    time_field="raised_at",
    end_field="ended_at",
    aggregate_below=11,
    kept_first=("-level", "-pk"),
    fresh_seconds=5,
    detail_url="/alarms/{id}/",
    look=Look(color="#b3261e", radius=7, by="level", colors=LEVEL_COLORS, icon="alarm"),
)


def register() -> None:
    """Will put the layer on the map."""
    register_layer(ALARMS)
