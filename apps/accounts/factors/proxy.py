"""A certificate shown to the web server in front of us (mutual TLS), told in a header.

Believed only from a proxy of ``settings.TRUSTED_PROXIES``, and only where the city named the
header (``CERTIFICATE_TLS_HEADER``): the proxy must overwrite it in every request. From anybody
else it is a forgery and refused. The proxy saw the key being used; whether the certificate is
trusted, in force and ours is judged here again.
"""

import ipaddress
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.factors.checking import CertificateRefused
from apps.audit.middleware import client_address
from apps.audit.services import SYSTEM, record


def shown_certificate(request: HttpRequest) -> str:
    """Will give the certificate the proxy saw (PEM), "" when it saw none.

    Raises: CertificateRefused (the header came from somebody who is not our proxy; logged).
    """
    header = settings.CERTIFICATE_TLS_HEADER
    sent = request.headers.get(header, "") if header else ""
    if not sent:
        return ""
    if not _is_from_proxy(request):
        record(
            SYSTEM,
            "certificate.header_forged",
            object_type="accounts.certificate",
            object_label=client_address(request) or "",
            data={"path": request.path},
        )
        raise CertificateRefused(
            _("证书信息不是经本市的接入服务器传来的，已拒绝并记录。"), why="forged header"
        )
    return unquote(sent)


def _is_from_proxy(request: HttpRequest) -> bool:
    """The peer itself, not the client it speaks for; a Unix socket has no address."""
    peer = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return not peer and "unix" in settings.TRUSTED_PROXIES
    ranges = (
        ipaddress.ip_network(p, strict=False) for p in settings.TRUSTED_PROXIES if p != "unix"
    )
    return any(address in each for each in ranges if each.version == address.version)
