"""A device that calls: ``Authorization: Device-Key <prefix>.<secret>``."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.audit.middleware import client_address
from apps.common import clock, ratelimit
from apps.gateway.schema import HeaderScheme
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.services import count_refusals, device_of_key

SCHEME = "device-key"
#: Wrong keys from one address a minute that are looked at; beyond that the caller waits.
WRONG_A_MINUTE = 60


@dataclass(frozen=True)
class DeviceCaller:
    """Who stands behind a device's request: the device, nobody of the staff."""

    device: Device
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def pk(self) -> None:
        """No row of the people."""
        return None

    @property
    def display_name(self) -> str:
        """The name kept in the log."""
        return self.device.node


class DeviceKeyAuthentication(BaseAuthentication):
    """Makes the caller its device; ``request.auth`` is the ``Device``.

    Every refusal says the same. Wrong keys are counted on the page of refusals.
    """

    def authenticate(self, request: Request) -> tuple[DeviceCaller, Device] | None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        device = device_of_key(key.strip())
        if device is not None:
            return DeviceCaller(device), device
        address = client_address(request._request) or ""
        ratelimit.hit("sensing.wrong-key", address, limit=WRONG_A_MINUTE, per_seconds=60)
        count_refusals({(Refusal.BAD_KEY, ""): (1, address)}, now=clock.now())
        raise AuthenticationFailed(_("设备凭据无效或已停用"))

    def authenticate_header(self, request: Request) -> str:
        return 'Device-Key realm="readings"'


class DeviceKeyScheme(HeaderScheme, OpenApiAuthenticationExtension):
    """The same for the description of the interface."""

    target_class = "apps.sensing.api.authentication.DeviceKeyAuthentication"
    name = "DeviceKey"
    value = "Device-Key <prefix>.<secret>"
