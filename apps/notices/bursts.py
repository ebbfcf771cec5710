"""Telling open pages of what changes in bursts: once a second, the last change never left out.

The first change is told at once. Those that follow within the second are told together at its
end, by a timer of a process that saw one, so that no page shows what is over until it asks anew.
"""

import os
import threading
from collections.abc import Callable

from django.core.cache import cache

SECONDS = 1
_lock: threading.Lock
_waiting: dict[str, Callable[[], None]]


def in_turn(key: str, tell: Callable[[], None]) -> None:
    """Will call ``tell`` now, or once at the end of the second of an earlier call.

    key: what is told of; the second is one over all processes. tell: asks no database, it may
    run in a thread of its own. Without Redis it is called once Redis is back.
    """
    if _is_free(key):
        tell()
        return
    with _lock:
        is_awaited = key in _waiting
        _waiting[key] = tell  # the last one knows best who is to be told
    if not is_awaited:
        _wait(key)


def _wait(key: str) -> None:
    later = threading.Timer(SECONDS, _tell_later, (key,))
    later.daemon = True
    later.start()


def _tell_later(key: str) -> None:
    if not _is_free(key):  # another process has told, perhaps before the last change here
        _wait(key)
        return
    with _lock:
        tell = _waiting.pop(key)
    tell()


def _is_free(key: str) -> bool:
    return bool(cache.add(f"pages-told-{key}", 1, timeout=SECONDS))


def _reset() -> None:
    # The timers' threads do not live on in a process that is forked while they wait.
    global _lock, _waiting
    _lock, _waiting = threading.Lock(), {}


_reset()
os.register_at_fork(after_in_child=_reset)
