"""Keepers and devices on the town's ground. Small and plain; deeds go through services."""

from datetime import datetime
from typing import Any

from apps.accounts.models import Organization, User
from apps.assets.models import AssetClass
from apps.assets.services import AssetSpec
from apps.audit.services import SYSTEM
from apps.places.geometry import point
from apps.sensing.models import Device, DeviceProfile
from apps.sensing.services import NewDevice, register_device
from tests.cast import Cast
from tests.people import appointed

RIGHTS = {
    "device_reader": ["view_devices"],
    "device_keeper": ["view_devices", "keep_devices"],
    "profile_keeper": ["view_devices", "keep_profiles"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"sensing.{right}" for right in RIGHTS[role]]
    return appointed(name, unit, role=role, rights=rights)


def device(
    node: str = "AQ-1",
    *,
    profile: str = "air",
    at: tuple[float, float] | None = None,
    **asset: Any,
) -> Device:
    """Will give a device on a new asset in the eastern district, or elsewhere."""
    kind = DeviceProfile.objects.get(code=profile)
    AssetClass.objects.get_or_create(
        code=kind.asset_class, defaults={"name": "测试类", "large_class": "测试"}
    )
    lon, lat = at or Cast.inside_east()
    spec = AssetSpec(kind.asset_class, f"设备 {node}", point(lon, lat), **asset)
    return register_device(SYSTEM, new=NewDevice(kind, node, spec))


def told(node: str, at: datetime | None = None, **values: Any) -> dict[str, Any]:
    """Will give one reading as a program sends it."""
    moment = {"at": at.isoformat()} if at else {}
    return {"node": node, "values": values} | moment
