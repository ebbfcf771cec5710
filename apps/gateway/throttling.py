"""How many calls a client may make (``gateway.quota``), and everybody else (``ratelimit``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from apps.common import ratelimit
from apps.common.errors import TooMany

if TYPE_CHECKING:  # the REST framework's views load this module while they are being loaded
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from apps.gateway.models import ApiClient

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class ClientRateThrottle(BaseThrottle):
    """Counts per API client, per user with a session, per address for strangers.

    A client's own ``rate`` (``600/min``) goes before ``settings.API_RATE``. How a client
    stands is kept on the request and told by ``gateway.middleware``.
    """

    def __init__(self) -> None:
        self._retry_after: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        from apps.gateway.models import ApiClient

        if isinstance(request.auth, ApiClient):
            return self._allow_client(request, request.auth)
        limit, per_seconds = parse_rate(settings.API_RATE)
        if request.user is not None and request.user.is_authenticated:
            whose = f"user:{request.user.pk}"
        else:
            whose = f"address:{_address(request)}"
        try:
            ratelimit.hit("api", whose, limit=limit, per_seconds=per_seconds)
        except TooMany as error:
            self._retry_after = float(error.data["retry_after"])
            return False
        return True

    def wait(self) -> float | None:
        return self._retry_after

    def _allow_client(self, request: Request, client: ApiClient) -> bool:
        from django.utils.translation import gettext as _

        from apps.gateway import quota

        standing = quota.take(client.pk, rate=client.rate, daily=client.daily_quota)
        plain = request._request
        plain.gateway_standing = standing  # type: ignore[attr-defined]
        if standing.lacking == "day":
            key = getattr(plain, "gateway_key", "")
            raise TooMany(
                _("密钥 %(key)s 的客户端今天的 %(count)d 次配额已用完，明日零时恢复")
                % {"key": key, "count": client.daily_quota},
                code="quota_exceeded",
                data={"retry_after": standing.retry_after, "key": key},
            )
        self._retry_after = float(standing.retry_after) or None
        return not standing.lacking


def parse_rate(rate: str) -> tuple[int, int]:
    """Will turn ``600/min`` into (600, 60). Raises: ValueError."""
    number, _slash, span = rate.partition("/")
    if not span or span[0] not in _SECONDS:
        raise ValueError(f"not a rate: {rate}")
    return int(number), _SECONDS[span[0]]


def _address(request: Request) -> str:
    from apps.audit.middleware import client_address

    return client_address(request._request) or ""
