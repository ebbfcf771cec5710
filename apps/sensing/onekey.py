"""Devices in the one-key check: whether they are heard. Source: OP-03."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.monitoring.enums import RunKind, State
from apps.monitoring.registry import Finding, Point, register_check_kind
from apps.places.models import Area
from apps.sensing.enums import DeviceState
from apps.sensing.models import Device

_STATES = {
    DeviceState.ONLINE: State.UP,
    DeviceState.FAULT: State.DEGRADED,
    DeviceState.OFFLINE: State.DOWN,
}
_SAID = {State.DEGRADED: gettext_lazy("设备故障"), State.DOWN: gettext_lazy("设备离线")}


def register() -> None:
    """Will have the devices in use looked at."""
    register_check_kind(RunKind.DEVICES, "sensing", points=points, judge=judge)


def points(area: Area) -> Iterator[Point]:
    """Will list the devices in use in an area."""
    found = Device.objects.filter(is_active=True, asset__area__path__startswith=area.path)
    rows = found.order_by("pk").values_list(
        "node", "asset_id", "asset__name", "presence__state", "presence__seen_at"
    )
    for node, asset_id, name, state, seen_at in rows.iterator(chunk_size=2000):
        yield Point(f"device:{node}"[:80], name, asset_id, extra=(state, seen_at))


def judge(point: Point, _outcomes: object) -> Finding:
    """Will say whether a device is heard, and since when it is not."""
    state, seen_at = point.extra
    found = _STATES.get(state, State.UNKNOWN)
    if found == State.UP:
        return Finding(found)
    if seen_at is None:
        return Finding(found, _("尚未上报过"))
    facts = {str(_("最近上报")): seen_at.isoformat()}
    return Finding(found, str(_SAID.get(found, _("状态不明"))), facts)
