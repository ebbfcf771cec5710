"""What polling tells other apps: which link carries a device. Source: IO-08."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.registry import Carriers, register_carriers
from apps.polling.models import EdgeDevice, Poll
from apps.polling.selectors import assets_below, keys_above
from apps.sensing.models import Device
from apps.sensing.registry import DeviceLink, register_device_links

CARRIERS = Carriers(keys_above, assets_below)


def register() -> None:
    """Will tell the alarm centre what hangs on what, and pages of devices what carries them."""
    register_carriers("polling", CARRIERS)
    register_device_links(carriers_of_device)


def carriers_of_device(viewer: User, device: Device) -> list[DeviceLink]:
    """Will give the ways to the gateway or edge node a device speaks through."""
    found = []
    poll = Poll.objects.filter(device=device).select_related("gateway").first()
    behind = EdgeDevice.objects.filter(device=device).select_related("node").first()
    if poll is not None:
        label = _("经网关 %(name)s") % {"name": poll.gateway.name}
        url = reverse("polling:gateway-detail", args=[poll.gateway_id])
        found.append(DeviceLink(label, url, "server"))
    if behind is not None:
        label = _("经边缘节点 %(name)s") % {"name": behind.node.name}
        url = reverse("polling:edge-detail", args=[behind.node_id])
        found.append(DeviceLink(label, url, "server"))
    return found
