"""The way to commands from the page of a device."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.commanding.models import Command
from apps.commanding.selectors import kinds_for
from apps.sensing.models import Device
from apps.sensing.registry import DeviceLink, register_device_links


def register() -> None:
    """Will show it there."""
    register_device_links(links_of)


def links_of(viewer: User, device: Device) -> list[DeviceLink]:
    """Will give the page of giving a command, and the device's history of commands."""
    found = []
    if kinds_for(viewer, device):
        page = reverse("commanding:command-new", args=[device.pk])
        found.append(DeviceLink(_("下达命令"), page, "send"))
    if Command.objects.filter(device=device).exists():
        page = f"{reverse('commanding:command-list')}?q={device.node}"
        found.append(DeviceLink(_("命令记录"), page, "history"))
    return found
