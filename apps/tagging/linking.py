"""Ways to passages from the pages of devices and of the register."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.registry import register_links
from apps.sensing.models import Device
from apps.sensing.registry import DeviceLink, register_device_links
from apps.tagging.models import Binding, Reader
from apps.tagging.permissions import is_reader


def register() -> None:
    """Will show them there."""
    register_device_links(links_of)
    register_links(trails_of)


def links_of(viewer: User, device: Device) -> list[DeviceLink]:
    """Will give the page of a device that reads tags, and the trail of one that carries some."""
    if not is_reader(viewer):
        return []
    found = []
    reader = Reader.objects.filter(device=device).first()
    if reader is not None:
        page = reverse("tagging:reader-detail", args=[reader.pk])
        found.append(DeviceLink(_("标签通行"), page, "tag"))
    if Binding.objects.filter(asset=device.asset_id).exists():
        page = reverse("tagging:thing-trail", args=[device.asset_id])
        found.append(DeviceLink(_("标签轨迹"), page, "tags"))
    return found


def trails_of(viewer: User, codes: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Will give the trail of each thing that carries or carried a tag."""
    if not is_reader(viewer):
        return {}
    found = Binding.objects.filter(asset__code__in=codes).values_list("asset__code", "asset")
    return {
        code: [(_("标签轨迹"), reverse("tagging:thing-trail", args=[key]))]
        for code, key in found.distinct()
    }
