"""Fixes followed as they are stored: the last place of each device, and its fences.

An evaluator of ``sensing.registry``: called in the transaction of a flush. Source: IO-13.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby

import shapely
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.rules import Reading
from apps.alarms.services import raise_alarm, recover_alarm
from apps.common.memory import Memory
from apps.observing.enums import FenceRule
from apps.observing.fencing import Stand, is_breaking, is_within, step
from apps.observing.models import FenceState, Geofence
from apps.observing.registry import Fix
from apps.observing.services.fences import KIND, key_of
from apps.places.geometry import to_plane
from apps.sensing.models import Device

_fences: Memory[list["_Watched"]] = Memory(
    of=("observing.Geofence", "observing.Geofence_devices", "accounts.Organization")
)
_MOVE = """
    insert into observing_lastfix (device_id, point, at, speed_kmh)
    values (%s, st_setsrid(st_makepoint(%s, %s), 4326), %s, %s)
    on conflict (device_id) do update set
        point = excluded.point, at = excluded.at, speed_kmh = excluded.speed_kmh
    where excluded.at > observing_lastfix.at
"""


@dataclass(frozen=True)
class _Watched:
    """A fence as the steps need it. shape: in metres."""

    fence: Geofence
    shape: shapely.Polygon
    device_ids: frozenset[int]

    def watches(self, device: Device) -> bool:
        """Whether the fence is for this device."""
        if self.device_ids and device.pk not in self.device_ids:
            return False
        if self.fence.profile_id not in (None, device.profile_id):
            return False
        units = (device.asset.owner_unit, device.asset.maintainer)
        path = self.fence.unit.path
        return any(unit is not None and unit.path.startswith(path) for unit in units)

    def depth_m(self, fix: Fix) -> float:
        """Metres from the border, below zero outside."""
        place = shapely.Point(to_plane(fix.lon, fix.lat))
        apart = float(self.shape.exterior.distance(place))
        return apart if self.shape.covers(place) else -apart


def follow_fixes(readings: Sequence[Reading]) -> int:
    """Will follow the fixes among readings and give how many there were.

    readings: by asset and time. Locks states of fences in order. In the caller's transaction.
    """
    fixes = [(r.asset_id, fix) for r in readings if (fix := _fix_of(r)) is not None]
    if not fixes:
        return 0
    assets = {asset_id for asset_id, _fix in fixes}
    found = Device.objects.filter(asset_id__in=assets).order_by("pk")
    devices = {
        device.asset_id: device
        for device in found.select_related("asset__owner_unit", "asset__maintainer")
    }
    by_asset = {
        asset_id: [fix for _asset, fix in group]
        for asset_id, group in groupby(fixes, key=lambda pair: pair[0])
    }
    for asset_id, device in devices.items():
        _move(device, by_asset[asset_id][-1])
        for watched in _fences.get("all", _watched):
            if watched.watches(device):
                _follow(watched, device, by_asset[asset_id])
    return len(fixes)


def _fix_of(reading: Reading) -> Fix | None:
    """What says where it is. Receivers without a fix say 0, 0, a place in the ocean."""
    lon, lat = reading.values.get("lon"), reading.values.get("lat")
    if not isinstance(lon, float | int) or not isinstance(lat, float | int):
        return None
    if reading.quality not in ("valid", "late") or (lon == 0 and lat == 0):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    speed = reading.values.get("speed")
    return Fix(
        reading.at, float(lon), float(lat), float(speed) if isinstance(speed, float | int) else None
    )


def _watched() -> list[_Watched]:
    fences = Geofence.objects.filter(is_active=True).select_related("unit").order_by("pk")
    return [
        _Watched(
            fence,
            shapely.Polygon(
                [to_plane(lon, lat) for lon, lat, *_height in fence.boundary[0].coords]
            ),
            frozenset(fence.devices.values_list("pk", flat=True)),
        )
        for fence in fences
    ]


def _move(device: Device, fix: Fix) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [device.pk, fix.lon, fix.lat, fix.at, fix.speed_kmh])


def _follow(watched: _Watched, device: Device, fixes: Sequence[Fix]) -> None:
    fence = watched.fence
    FenceState.objects.bulk_create([FenceState(fence=fence, device=device)], ignore_conflicts=True)
    state = FenceState.objects.select_for_update().filter(fence=fence, device=device).first()
    if state is None:
        return  # the fence was changed just now: it begins anew with the next fix
    for fix in fixes:
        if state.fixed_at is None or fix.at > state.fixed_at:
            _take(watched, device, state, fix)
    state.save()


def _take(watched: _Watched, device: Device, state: FenceState, fix: Fix) -> None:
    fence = watched.fence
    stand = step(
        Stand(state.is_inside, state.doubt),
        watched.depth_m(fix),
        margin_m=fence.margin_m,
        confirm=fence.confirm_fixes,
    )
    state.is_inside, state.doubt, state.fixed_at = stand.is_inside, stand.doubt, fix.at
    at: time = timezone.localtime(fix.at).time()
    in_hours = is_within(at, fence.from_time, fence.to_time)
    breaks = is_breaking(fence.rule, is_inside=bool(stand.is_inside), in_hours=in_hours)
    if breaks and not state.is_breaking:
        _raise(fence, device, fix)
    elif state.is_breaking and not breaks:
        _recover(fence, device, fix.at)
    state.is_breaking = breaks


def _raise(fence: Geofence, device: Device, fix: Fix) -> None:
    words = {
        FenceRule.ENTER: _("%(at)s 进入“%(fence)s”，该处不得进入"),
        FenceRule.LEAVE: _("%(at)s 离开“%(fence)s”，不得离开该处"),
        FenceRule.HOURS: _("%(at)s 在规定时间之外停留在“%(fence)s”"),
    }[FenceRule(fence.rule)]
    at = f"{timezone.localtime(fix.at):%m-%d %H:%M}"
    raise_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=device.asset,
        key=key_of(fence),
        level=Level(fence.level),
        at=fix.at,
        sentence=words % {"at": at, "fence": fence.name},
        facts={"lon": fix.lon, "lat": fix.lat, "speed": fix.speed_kmh, "fence": fence.name},
        title=f"{_('电子围栏')}：{fence.name}"[:120],
        unit=fence.unit,
    )


def _recover(fence: Geofence, device: Device, at: datetime) -> None:
    recover_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=device.asset,
        key=key_of(fence),
        at=at,
        sentence=_("%(at)s 已符合“%(fence)s”的规定")
        % {"at": f"{timezone.localtime(at):%m-%d %H:%M}", "fence": fence.name},
    )
