"""Ways from the page of a device to what is looked at in its readings."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.observing.selectors.moving import is_moving
from apps.sensing.enums import FieldKind
from apps.sensing.models import Device
from apps.sensing.registry import DeviceLink, register_device_links


def register() -> None:
    """Will show them there."""
    register_device_links(links_of)


def links_of(viewer: User, device: Device) -> list[DeviceLink]:
    """Will give the comparison, begun with the first number, and the track of one that moves."""
    found = []
    first = device.series.filter(field__kind=FieldKind.NUMBER).order_by("field__position").first()
    if is_moving(device):
        found.append(DeviceLink(_("轨迹"), reverse("observing:track", args=[device.pk]), "route"))
    if first is not None:
        page = f"{reverse('observing:compare')}?s={first.pk}"
        found.append(DeviceLink(_("对比曲线"), page, "chart-line"))
    return found
