"""Where moving devices were and are, and the fences around them. Source: IO-13."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_of
from apps.assets.selectors import reach_q
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.observing.models import Geofence, LastFix
from apps.observing.registry import Fix
from apps.sensing.models import Device, DeviceProfile, ProfileField

#: Points of a drawn track; more are thinned evenly.
MOST_POINTS = 3000
MOST_FIXES = 50_000
#: No fix for so long, or for so many reporting cycles: the line is broken.
GAP, GAP_CYCLES = timedelta(minutes=10), 3
_moving: Memory[frozenset[str]] = Memory(of=("sensing.DeviceProfile", "sensing.ProfileField"))
_TRACK = """
    select lon.at, lon.value, lat.value, speed.value
    from sensing_reading lon
    join sensing_reading lat on lat.series_id = %(lat)s and lat.at = lon.at
    left join sensing_reading speed on speed.series_id = %(speed)s and speed.at = lon.at
    where lon.series_id = %(lon)s and lon.at >= %(since)s and lon.at < %(until)s
        and lat.at >= %(since)s and lat.at < %(until)s
        and lon.quality in (0, 3) and lat.quality in (0, 3)
        and lon.value between -180 and 180 and lat.value between -90 and 90
    order by lon.at limit %(most)s
"""


def is_moving(device: Device) -> bool:
    """Will tell whether a device reports where it is."""
    codes = {field.code for field in device.profile.fields.all()}
    return {"lon", "lat"} <= codes


def moving_profiles() -> frozenset[str]:
    """Will give the kinds of devices that report where they are, as of a moment ago."""
    return _moving.get("all", _read_moving)


def _read_moving() -> frozenset[str]:
    found = DeviceProfile.objects.filter(fields__code="lon").values_list("code", flat=True)
    return frozenset(found.filter(pk__in=ProfileField.objects.filter(code="lat").values("profile")))


def track_of(device: Device, *, since: datetime, until: datetime) -> list[Fix]:
    """Will give where a device was, oldest first; [] for one that does not move."""
    series = dict(device.series.values_list("field__code", "pk"))
    if not {"lon", "lat"} <= series.keys():
        return []
    asked: dict[str, Any] = {"since": since, "until": until, "most": MOST_FIXES}
    asked |= {code: series.get(code) for code in ("lon", "lat", "speed")}
    with connection.cursor() as cursor:
        cursor.execute(_TRACK, asked)
        return [Fix(*row) for row in cursor.fetchall()]


def gap_of(cycle_s: int) -> timedelta:
    """Will give how long a device that reports so often may be unheard before its line breaks."""
    return max(GAP, timedelta(seconds=GAP_CYCLES * cycle_s))


def pieces_of(fixes: list[Fix], *, cycle_s: int) -> list[list[Fix]]:
    """Will cut a track where the device was not heard for long, and thin it for drawing."""
    gap = gap_of(cycle_s)
    thin = max(1, -(-len(fixes) // MOST_POINTS))
    pieces: list[list[Fix]] = [fixes[:1]] if fixes else []
    for before, after in pairwise(fixes):
        if after.at - before.at > gap:
            pieces.append([])
        pieces[-1].append(after)
    return [[*piece[:-1:thin], piece[-1]] for piece in pieces]


def last_fixes(viewer: User) -> QuerySet[LastFix]:
    """Will list the last places of moving devices in use the viewer may see."""
    found = LastFix.objects.filter(reach_q(viewer, "device__asset__"), device__is_active=True)
    return found.select_related("device__asset", "device__profile")


def list_fences(viewer: User) -> QuerySet[Geofence]:
    """Will list the fences of the viewer's units and those below, by name."""
    scope = scope_of(viewer)
    found = Geofence.objects.filter(organization_scope_q(scope, "unit__path"))
    return found.select_related("unit", "profile").order_by("name", "pk")


def get_fence(viewer: User, pk: int) -> Geofence:
    """Raises: NotFound (no such fence, or not for this viewer)."""
    fence = list_fences(viewer).filter(pk=pk).first()
    if fence is None:
        raise NotFound(_("没有这个电子围栏"))
    return fence
