"""Which addresses may be asked: those of the device networks the operators listed, no other.

An address is written as a number, never as a name, so nothing is resolved and nothing can
point elsewhere between check and use. ``settings.DEVICE_NETWORKS``: ranges (``10.20.0.0/16``).
Source: PF-05, IO-09.
"""

import ipaddress

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput


def device_address(host: str) -> str:
    """Will give the address as it is connected to.

    Raises: InvalidInput (field "host": no address, or outside the device networks).
    """
    try:
        address = ipaddress.ip_address(host.strip())
    except ValueError as error:
        raise InvalidInput(_("请填写 IP 地址，不能用名称"), field="host") from error
    ranges = (ipaddress.ip_network(text, strict=False) for text in settings.DEVICE_NETWORKS)
    if not any(r.version == address.version and address in r for r in ranges):
        raise InvalidInput(
            _("该地址不在设备网段之内，请联系管理员"), field="host", code="address_refused"
        )
    return str(address)
