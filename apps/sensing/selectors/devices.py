"""Which devices there are, of what kind, and how they are."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.common.errors import NotFound
from apps.common.paging import CappedCount, count_capped
from apps.places.models import Area
from apps.sensing.enums import DeviceState
from apps.sensing.models import Device, DeviceProfile


def list_devices(
    viewer: User,
    *,
    text: str = "",
    profile: str = "",
    state: str = "",
    area: Area | None = None,
) -> QuerySet[Device]:
    """Will list the devices whose assets the viewer may see, by node, with their state.

    text: begin of the node or of the asset's code, or part of its name. profile: code. area: it
    and all below.
    """
    found = Device.objects.select_related("asset__area", "profile", "presence").defer(
        "asset__area__boundary"
    )
    found = found.filter(reach_q(viewer, "asset__"))
    if text:
        found = found.filter(
            Q(node__startswith=text)
            | Q(asset__code__startswith=text)
            | Q(asset__name__icontains=text)
        )
    if profile:
        found = found.filter(profile__code=profile)
    if state:
        found = found.filter(presence__state=state)
    if area is not None:
        found = found.filter(asset__area__path__startswith=area.path)
    return found.order_by("node")


def count_by_state(devices: QuerySet[Device]) -> dict[DeviceState, CappedCount]:
    """Will count devices by state, each up to a cap: a million rows are not read for a heading."""
    return {s: count_capped(devices.filter(presence__state=s)) for s in DeviceState}


def get_device(viewer: User, *, pk: int) -> Device:
    """Raises: NotFound (no such device, or not for this viewer)."""
    device = (
        list_devices(viewer)
        .select_related("asset__owner_unit", "asset__kind")
        .filter(pk=pk)
        .first()
    )
    if device is None:
        raise NotFound(_("没有这台感知设备"))
    return device


def list_profiles() -> QuerySet[DeviceProfile]:
    """Will list the kinds of devices with their fields."""
    return DeviceProfile.objects.prefetch_related("fields").order_by("code")


def find_profile(code: str) -> DeviceProfile | None:
    """Will give a profile by code."""
    return list_profiles().filter(code=code).first()


def get_profile(code: str) -> DeviceProfile:
    """Raises: NotFound."""
    profile = find_profile(code)
    if profile is None:
        raise NotFound(_("没有这种设备型号"))
    return profile
