"""Sensing devices: silence and fault, from the history of their states. Source: IO-03."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.appraisal.enums import Cause, FactKind
from apps.appraisal.sources.rows import Source, Told, seconds
from apps.sensing.enums import DeviceState
from apps.sensing.models import Device, StateChange


def watches(asset_ids: Sequence[int] | None) -> dict[int, datetime]:
    """Will give the devices in use, since they were registered."""
    found = Device.objects.filter(is_active=True)
    if asset_ids is not None:
        found = found.filter(asset_id__in=asset_ids)
    return dict(found.values_list("asset_id", "registered_at"))


def read(asset_ids: Sequence[int], begin: int, end: int) -> Iterable[Told]:
    """Will tell every spell in which a device was not online and that touches the span."""
    until = datetime.fromtimestamp(end, UTC)
    devices = Device.objects.filter(asset_id__in=asset_ids, is_active=True, registered_at__lt=until)
    changes = StateChange.objects.filter(device__in=devices, at__lt=until)
    rows = changes.order_by("device_id", "at", "pk").values_list(
        "device__asset_id", "pk", "at", "before", "after"
    )
    told = {asset: list(of) for asset, of in groupby(rows, key=lambda row: row[0])}
    states = devices.filter(~Q(presence__state=DeviceState.ONLINE)).values_list(
        "asset_id", "pk", "registered_at", "presence__state"
    )
    for asset_id, spells in told.items():
        yield from _spells(asset_id, spells, begin)
    for asset_id, device_id, registered_at, state in states:
        if asset_id not in told:
            yield _told(asset_id, f"device:{device_id}", seconds(registered_at), None, state)


def _spells(
    asset_id: int, changes: Sequence[tuple[int, int, datetime, str, str]], begin: int
) -> Iterable[Told]:
    ends = [*(seconds(change[2]) for change in changes[1:]), None]
    for (_asset, pk, at, _before, after), ended in zip(changes, ends, strict=True):
        if after != DeviceState.ONLINE and (ended is None or ended > begin):
            yield _told(asset_id, f"change:{pk}", seconds(at), ended, after)
    first = changes[0]
    if first[3] != DeviceState.ONLINE and seconds(first[2]) > begin:
        yield _told(asset_id, f"before:{first[1]}", begin, seconds(first[2]), first[3])


def _told(asset_id: int, key: str, began: int, ended: int | None, state: str) -> Told:
    labels = {
        DeviceState.OFFLINE.value: _("设备离线"),
        DeviceState.FAULT.value: _("设备故障"),
        DeviceState.UNKNOWN.value: _("状态未知"),
    }
    return Told(
        asset_id, FactKind.OUTAGE, key, labels[state], began, ended,
        cause=Cause.EQUIPMENT if state == DeviceState.FAULT else "",
        known=state != DeviceState.UNKNOWN,
    )  # fmt: skip


SOURCE = Source("devices", True, watches, read)
