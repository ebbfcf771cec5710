"""Counts what this process answers, minute by minute. Source: OP-21, OP-20."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from apps.common import standby
from apps.upkeep.services.counting import MinuteCount, write_minute

logger = logging.getLogger(__name__)


class CountMiddleware:
    """Will add up requests in memory and write a minute when the next one begins.

    A killed process loses its minute: these are figures of load, no evidence.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.COUNT_REQUESTS:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._lock = threading.Lock()
        self._minute = 0
        self._count = MinuteCount()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        self._add(round((time.perf_counter() - began) * 1000), response.status_code >= 500)
        return response

    def _add(self, took_ms: int, is_failure: bool) -> None:
        minute = int(time.time() // 60)
        with self._lock:
            done, of = (self._count, self._minute) if minute != self._minute else (None, 0)
            if done is not None:
                self._minute, self._count = minute, MinuteCount()
            self._count.add(took_ms, is_failure)
        if done is None or not done.requests or standby.is_read_only():
            return
        try:
            write_minute(datetime.fromtimestamp(of * 60, UTC), done)
        except DatabaseError:
            logger.warning("a minute of requests could not be counted")
