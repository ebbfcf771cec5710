"""Numbers each request, remembers where it came from, and notes refusals."""

import ipaddress
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from apps.audit import context
from apps.common import ratelimit
from apps.common.errors import TooMany

logger = logging.getLogger(__name__)

DENIED_PER_MINUTE = 60  # so many refusals of one person are kept; more add nothing


class AuditContextMiddleware:
    """Will make address and request number known to ``audit.services.record``.

    The number is also answered as ``X-Request-Id`` so that a user can quote it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        ip = client_address(request)
        token = context.enter(context.RequestContext(ip=ip, request_id=request_id))
        try:
            response = self.get_response(request)
            if response.status_code == 403:
                _note_refusal(request)
        finally:
            context.leave(token)
        response["X-Request-Id"] = request_id
        return response


def _note_refusal(request: HttpRequest) -> None:
    """Writes down that a signed-in person was refused something; the refusal stands anyway."""
    from apps.audit.services import record

    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return
    match = request.resolver_match
    try:
        ratelimit.hit("audit.denied", str(user.pk), limit=DENIED_PER_MINUTE, per_seconds=60)
        with transaction.atomic():
            record(
                user,
                "access.denied",
                object_type="page",
                object_id=(match.view_name if match else "")[:80],
                object_label=request.path,
                data={"method": request.method},
            )
    except TooMany:
        return
    except DatabaseError:
        logger.exception("a refusal could not be written down")


def client_address(request: HttpRequest) -> str | None:
    """Will give the address of the client, as far as it can be believed.

    ``X-Forwarded-For`` is read from the right, as long as each hop is one of
    ``settings.TRUSTED_PROXIES``: what a client writes into the header itself is never taken.
    None over a Unix socket without a trusted header, or for nonsense.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    while hops and _is_trusted(address):
        forwarded = _parse(hops.pop())
        if forwarded is None:
            break
        address = forwarded
    return str(address) if address else None


def comes_from_proxy(request: HttpRequest) -> bool:
    """Will tell whether a request came through a proxy whose headers are believed."""
    return _is_trusted(_parse(request.META.get("REMOTE_ADDR", "")))


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    """A Unix socket has no address; only the proxy on this machine can open it (``unix``)."""
    if address is None:
        return "unix" in settings.TRUSTED_PROXIES
    ranges = [
        ipaddress.ip_network(p, strict=False) for p in settings.TRUSTED_PROXIES if p != "unix"
    ]
    return any(r.version == address.version and address in r for r in ranges)
