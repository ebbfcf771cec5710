"""Ways from the page of a device to what is looked at in its readings."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.matters.models import Case
from apps.matters.registry import register_case_links
from apps.observing.selectors.moving import is_moving
from apps.sensing.enums import FieldKind
from apps.sensing.models import Device
from apps.sensing.permissions import READERS
from apps.sensing.registry import DeviceLink, register_device_links


def register() -> None:
    """Will show them there."""
    register_device_links(links_of)
    register_case_links(devices_near)


def links_of(viewer: User, device: Device) -> list[DeviceLink]:
    """Will give surface and comparison of the first number, and the track of one that moves."""
    found = []
    first = device.series.filter(field__kind=FieldKind.NUMBER).order_by("field__position").first()
    if is_moving(device):
        found.append(DeviceLink(_("轨迹"), reverse("observing:track", args=[device.pk]), "route"))
    if first is not None:
        query = urlencode({"quantity": f"{first.field.code}|{first.field.unit}"})
        found.append(DeviceLink(_("分布图"), f"{reverse('observing:surface')}?{query}", "map"))
        page = f"{reverse('observing:compare')}?s={first.pk}"
        found.append(DeviceLink(_("对比曲线"), page, "chart-line"))
    return found


def devices_near(viewer: User, case: Case) -> list[tuple[str, str]]:
    """Will give the way to the devices around a case that has a place. Source: IO-06."""
    if case.point is None or not any(viewer.has_perm(right) for right in READERS):
        return []
    return [(_("附近感知设备"), reverse("observing:near-case", args=[case.pk]))]
