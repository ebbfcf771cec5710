"""Which gateways may be asked: at addresses of the device networks, over HTTP at web ports only."""

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.http import is_web_port
from apps.common.networks import device_address
from apps.polling.enums import Protocol


def check_address(protocol: str, host: str, port: int) -> str:
    """Will give the address as it is connected to.

    Raises: InvalidInput (field "host": no address, or outside the device networks; field
        "port": a port of databases, mail and the like asked over HTTP).
    """
    address = device_address(host)
    if protocol == Protocol.HTTP and not is_web_port(port):
        raise InvalidInput(_("该端口不是网页服务端口"), field="port", code="port_refused")
    return address
