"""Devices entered beside assets, put out of use and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _

from apps.assets.models import Asset
from apps.assets.services import AssetSpec
from apps.assets.services.register import enter_assets, restate_asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.mqtt import services as mqtt
from apps.places import selectors as places
from apps.sensing import permissions
from apps.sensing.enums import OPEN_PROFILE
from apps.sensing.models import Datastream, Device, DeviceProfile, Presence
from apps.sensing.signals import DevicesRegistered, devices_registered

NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}")


@dataclass(frozen=True)
class NewDevice:
    """A device to enter: beside an asset that is there, or beside one entered with it."""

    profile: DeviceProfile
    node: str
    asset: Asset | AssetSpec


@transaction.atomic
def register_device(actor: Actor, *, new: NewDevice) -> Device:
    """Will enter one device with a series per field of its profile; unknown until it is heard.

    Raises: NotAllowed (no right, or not there); InvalidInput (fields "node", "profile",
        "asset" and those of the asset); Refused (the asset has a device).
    """
    return register_devices(actor, news=[new])[0]


@transaction.atomic
def register_devices(actor: Actor, *, news: Sequence[NewDevice]) -> list[Device]:
    """Will enter devices in bulk, all or none; audited in one entry. Raises: as for one.

    ``devices_registered`` goes out within the transaction.
    """
    permissions.require_keep(actor)
    taken = nodes_taken([new.node for new in news])
    for new in news:
        check_device(actor, new, taken)
    made = iter(enter_assets(new.asset for new in news if isinstance(new.asset, AssetSpec)))
    moment = clock.now()
    devices = Device.objects.bulk_create(
        [
            Device(
                asset=next(made) if isinstance(new.asset, AssetSpec) else new.asset,
                profile=new.profile,
                node=new.node,
                registered_at=moment,
            )
            for new in news
        ],
        batch_size=2000,
    )
    profiles = {new.profile.pk: new.profile for new in news}
    fields_of = {
        key: list(profile.fields.all()) if profile.code != OPEN_PROFILE else []
        for key, profile in profiles.items()
    }
    Presence.objects.bulk_create(
        [Presence(device=device, since=moment) for device in devices], batch_size=2000
    )
    Datastream.objects.bulk_create(
        [
            Datastream(device=device, field=field)
            for device in devices
            for field in fields_of[device.profile_id]
        ],
        batch_size=2000,
    )
    nodes = [device.node for device in devices[:50]]
    audit.record(actor, "devices.registered", data={"count": len(devices), "nodes": nodes})
    registered = DevicesRegistered(tuple(device.pk for device in devices))
    devices_registered.send(Device, registered=registered)
    return devices


@transaction.atomic
def set_device_active(actor: Actor, *, device_id: int, is_active: bool) -> Device:
    """Will put a device out of use, so that nothing of it is taken, or back; twice is harmless.

    Locks the device. Raises: NotFound; NotAllowed.
    """
    device = lock_device(actor, device_id)
    if device.is_active == is_active:
        return device
    before = audit.snapshot(device, "is_active")
    device.is_active = is_active
    device.save(update_fields=["is_active"])
    mqtt.suspend_logins(node=device.node, is_suspended=not is_active)
    note(actor, "device.started" if is_active else "device.stopped", device, before)
    return device


def note_export(actor: Actor, *, count: int) -> None:
    """Will write down that somebody took the list along."""
    audit.record(actor, "devices.exported", data={"count": count})


def note_readings_export(actor: Actor, *, device: Device, span: str) -> None:
    """Will write down that somebody took a device's readings along."""
    note(actor, "readings.exported", device, span=span)


@transaction.atomic
def place_device(
    actor: Actor, *, device_id: int, name: str | None = None, where: Point | None = None
) -> Device:
    """Will name a device's asset anew, or say that it stands elsewhere; audited with both sides.

    where: SRID 4326, within the city; None: as it was. Locks the device.
    Raises: NotFound; NotAllowed (here or there no duty area of the actor); InvalidInput (field
        "point": outside the city).
    """
    device = lock_device(actor, device_id)
    if where is not None:
        if (area := places.locate(where)) is None:
            raise InvalidInput(_("位置不在城市范围内"), field="point")
        permissions.require_keep_in(actor, area)
    before = audit.snapshot(device.asset, "name", "point")
    restate_asset(device.asset, name=name, point=where)
    audit.record(
        actor,
        "device.placed",
        object_type="device",
        object_id=device.pk,
        object_label=device.node,
        data=audit.changes(before, audit.snapshot(device.asset, *before)),
    )
    return device


def lock_device(actor: Actor, device_id: int) -> Device:
    """Will lock a device for a deed of its keeper. Raises: NotFound; NotAllowed."""
    found = Device.objects.select_for_update(of=("self",)).select_related("asset__area")
    device = found.filter(pk=device_id).first()
    if device is None:
        raise NotFound(_("没有这台感知设备"))
    permissions.require_keep_in(actor, device.asset.area)
    return device


def note(
    actor: Actor,
    action: str,
    device: Device,
    before: dict[str, object] | None = None,
    **data: object,
) -> None:
    """Will write a deed about a device into the log."""
    changed = audit.changes(before, audit.snapshot(device, *before)) if before else {}
    audit.record(
        actor,
        action,
        object_type="device",
        object_id=device.pk,
        object_label=device.node,
        data={**data, **changed},
    )


def nodes_taken(nodes: Sequence[str]) -> set[str]:
    """Will give which of these names are a device's already."""
    return set(Device.objects.filter(node__in=nodes).values_list("node", flat=True))


def check_device(actor: Actor, new: NewDevice, taken: set[str]) -> None:
    """Will refuse what cannot be entered, and add the node to those taken.

    Raises: NotAllowed; InvalidInput; Refused (see ``register_device``).
    """
    if not NODE.fullmatch(new.node):
        raise InvalidInput(_("节点编号只能用字母、数字和 . _ : -，至多 64 位"), field="node")
    if new.node in taken:
        raise InvalidInput(_("节点编号“%(node)s”已被使用") % {"node": new.node}, field="node")
    if not new.profile.is_active:
        raise InvalidInput(_("该设备型号已停用"), field="profile")
    permissions.require_keep_in(actor, new.asset.area)
    if isinstance(new.asset, Asset) and Device.objects.filter(asset=new.asset).exists():
        raise Refused(_("该部件已登记感知设备"), code="asset_has_device", field="asset")
    taken.add(new.node)
