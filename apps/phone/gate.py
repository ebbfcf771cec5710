"""How many batches one server process takes at once; more are told when to come again.

Never a queue: a phone that is told "in nine seconds" keeps its deeds and shows it, a request that
waits holds a thread and at last a time-out. Source: GR-14, "back-pressure".
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.phone.errors import Busy
from apps.phone.services import jittered

RETRY_S = 8.0
_lock = threading.Lock()
_inside = 0


@contextmanager
def admitted() -> Iterator[None]:
    """Will let a batch in. Raises: Busy (``settings.PHONE_BATCHES`` are in already)."""
    global _inside
    with _lock:
        if _inside >= settings.PHONE_BATCHES:
            raise Busy(_("现在同步的人较多，稍后自动重试"), data={"retry_after": jittered(RETRY_S)})
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
