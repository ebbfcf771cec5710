"""How many calls a client may make; see ``apps.common.ratelimit`` for where it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from apps.common import ratelimit
from apps.common.errors import TooMany

if TYPE_CHECKING:  # the REST framework's views load this module while they are being loaded
    from rest_framework.request import Request
    from rest_framework.views import APIView

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class ClientRateThrottle(BaseThrottle):
    """Counts per API client, per user with a session, per address for strangers.

    A client's own ``rate`` (``600/min``) goes before ``settings.API_RATE``.
    """

    def __init__(self) -> None:
        self._retry_after: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        from apps.gateway.models import ApiClient

        client = request.auth if isinstance(request.auth, ApiClient) else None
        limit, per_seconds = parse_rate((client.rate if client else "") or settings.API_RATE)
        if client is not None:
            whose = f"client:{client.pk}"
        elif request.user is not None and request.user.is_authenticated:
            whose = f"user:{request.user.pk}"
        else:
            whose = f"address:{request.META.get('REMOTE_ADDR', '')}"
        try:
            ratelimit.hit("api", whose, limit=limit, per_seconds=per_seconds)
        except TooMany as error:
            self._retry_after = float(error.data["retry_after"])
            return False
        return True

    def wait(self) -> float | None:
        return self._retry_after


def parse_rate(rate: str) -> tuple[int, int]:
    """Will turn ``600/min`` into (600, 60). Raises: ValueError."""
    number, _slash, span = rate.partition("/")
    if not span or span[0] not in _SECONDS:
        raise ValueError(f"not a rate: {rate}")
    return int(number), _SECONDS[span[0]]
