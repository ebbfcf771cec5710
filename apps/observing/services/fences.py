"""Fences drawn, changed and switched off; what they raised ends with them. Source: IO-13."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.alarms.enums import Source
from apps.alarms.services import recover_alarm
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.observing.enums import FenceRule
from apps.observing.models import FenceState, Geofence
from apps.observing.permissions import require_keep_fences
from apps.places.geometry import area_m2
from apps.sensing.models import Device, DeviceProfile

KIND = "geofence"
LARGEST_M2 = 5e10  # a large prefecture; more is a slip of the hand
MOST_DEVICES = 500


@dataclass(frozen=True)
class FenceSpec:
    """A fence as it shall be; see ``Geofence``."""

    name: str
    unit: Organization
    boundary: Polygon
    rule: str
    level: int
    profile: DeviceProfile | None = None
    devices: Sequence[Device] = field(default_factory=list)
    from_time: time | None = None
    to_time: time | None = None
    margin_m: int = 50
    confirm_fixes: int = 2
    is_active: bool = True


@transaction.atomic
def save_fence(actor: Actor, *, spec: FenceSpec, fence_id: int | None = None) -> Geofence:
    """Will write a fence, new or over the one given; how devices stood to it begins anew.

    Open alarms of the fence as it was recover. Locks the fence; audited with both sides.
    Raises: NotAllowed (not a unit of the actor); NotFound; InvalidInput (the field of ``spec``).
    """
    require_keep_fences(actor, spec.unit)
    fence = _locked(actor, fence_id) if fence_id is not None else Geofence()
    _require_sense(spec)
    before = _told(fence) if fence.pk else {}
    for name in spec.__dataclass_fields__:
        if name != "devices":
            setattr(fence, name, getattr(spec, name))
    fence.save()
    fence.devices.set(spec.devices)
    _begin_anew(fence)
    audit.record(
        actor,
        "geofence.changed" if before else "geofence.created",
        object_type="geofence",
        object_id=fence.pk,
        object_label=fence.name,
        data=audit.changes(before, _told(fence)),
    )
    return fence


def key_of(fence: Geofence) -> str:
    """Will give the key under which a fence's alarms about a device stand."""
    return f"fence:{fence.pk}"


def _locked(actor: Actor, fence_id: int) -> Geofence:
    found = Geofence.objects.select_for_update(of=("self",)).select_related("unit")
    fence = found.filter(pk=fence_id).first()
    if fence is None:
        raise NotFound(_("没有这个电子围栏"))
    require_keep_fences(actor, fence.unit)
    return fence


def _begin_anew(fence: Geofence) -> None:
    states = FenceState.objects.select_for_update(of=("self",)).filter(fence=fence)
    for state in states.select_related("device__asset").order_by("device_id"):
        if state.is_breaking:
            recover_alarm(
                source=Source.DEVICE,
                kind=KIND,
                asset=state.device.asset,
                key=key_of(fence),
                at=clock.now(),
                sentence=_("电子围栏“%(name)s”已修改或停用") % {"name": fence.name},
            )
    FenceState.objects.filter(fence=fence).delete()


def _require_sense(spec: FenceSpec) -> None:
    if not spec.boundary.valid:
        raise InvalidInput(_("边界自身相交，请重新绘制"), field="boundary")
    if not 0 < area_m2(spec.boundary) <= LARGEST_M2:
        raise InvalidInput(_("围栏面积过大或为零"), field="boundary")
    if (spec.from_time is None) != (spec.to_time is None):
        raise InvalidInput(_("起止时间须同时填写"), field="to_time")
    if spec.rule == FenceRule.HOURS and spec.from_time is None:
        raise InvalidInput(_("请填写可以停留的时间"), field="from_time")
    if spec.from_time is not None and spec.from_time == spec.to_time:
        raise InvalidInput(_("起止时间不能相同"), field="to_time")
    if not 0 <= spec.margin_m <= 1000:
        raise InvalidInput(_("边界余量应为 0 至 1000 米"), field="margin_m")
    if not 1 <= spec.confirm_fixes <= 10:
        raise InvalidInput(_("连续定位次数应为 1 至 10"), field="confirm_fixes")
    if len(spec.devices) > MOST_DEVICES:
        raise InvalidInput(_("至多 %(n)d 台设备") % {"n": MOST_DEVICES}, field="devices")


def _told(fence: Geofence) -> dict[str, Any]:
    names = [name for name in FenceSpec.__dataclass_fields__ if name != "boundary"]
    return audit.snapshot(fence, *names) | {"boundary": fence.boundary.wkt[:300]}
