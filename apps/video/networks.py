"""Which addresses of cameras, recorders and gateways are called: those of the device networks.

An address is written with a number, never with a name, so nothing can point elsewhere between
check and use. ``settings.DEVICE_NETWORKS``: ranges (``10.20.0.0/16``). Answers that name another
address (ONVIF behind a router, a gateway's stream) are judged here too. Source: PF-05, VD-01.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.http import Target, is_web_port

_PORTS = {"http": 80, "https": 443, "rtsp": 554}
MOST_URL = 300
_RTSP_PORTS = frozenset({322, 554})


@dataclass(frozen=True)
class Place:
    """A judged address. path: with the query, as it is asked for."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address as it is written, without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def target(self) -> Target:
        """What ``common.http`` connects to; judged already."""
        return Target(self.scheme, self.host, self.port, self.path, self.host)


def check_url(url: str, *, schemes: tuple[str, ...], field: str = "url") -> Place:
    """Will judge an address and give its parts.

    Raises: InvalidInput (the field: no address, another scheme, a name in place of a number, a
        user name in it, outside the device networks, a port of databases, mail and the like).
    """
    parts = _parts(url, field)
    if parts.scheme not in schemes:
        told = {"schemes": "、".join(f"{scheme}://" for scheme in schemes)}
        raise InvalidInput(_("地址须以 %(schemes)s 开头") % told, field=field)
    if "@" in parts.netloc:
        raise InvalidInput(_("地址中不能带用户名和密码，请填在凭据栏"), field=field)
    try:
        address = ipaddress.ip_address(parts.hostname or "")
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise InvalidInput(_("请填写 IP 地址，不能用名称"), field=field) from error
    ranges = (ipaddress.ip_network(text, strict=False) for text in settings.DEVICE_NETWORKS)
    if not any(r.version == address.version and address in r for r in ranges):
        raise InvalidInput(
            _("该地址不在设备网段之内，请联系管理员"), field=field, code="address_refused"
        )
    if not (is_web_port(port) or (parts.scheme == "rtsp" and port in _RTSP_PORTS)):
        raise InvalidInput(_("该端口不是视频或网页服务端口"), field=field, code="port_refused")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Place(parts.scheme, str(address), port, path)


def _parts(url: str, field: str) -> SplitResult:
    plain = url.strip()
    if len(plain) > MOST_URL or any(c <= " " or c in "\\\x7f" for c in plain):
        raise InvalidInput(_("地址过长或含有空格、反斜杠"), field=field)
    try:
        return urlsplit(plain)
    except ValueError as error:
        raise InvalidInput(_("不是有效的地址"), field=field) from error
