"""What every request asks and hardly ever changes, remembered per process for a moment.

For rows that people change by hand: who a key belongs to, code lists, calendars, the matter in
force. Not for anything a deed must see as it is now; that is read and locked.
"""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db.models.signals import m2m_changed, post_delete, post_save

from apps.common.signals import configuration_changed

SECONDS = 2.0  # the longest another process may go on with what was changed
MOST = 1000

Found = TypeVar("Found")
_all: list["Memory[Any]"] = []


class Memory(Generic[Found]):
    """Remembers what was read, by key, for at most ``SECONDS``.

    of: the models it comes from, ``"app.Model"``. When one of them is saved or deleted in this
    process, everything is forgotten and nothing remembered for ``SECONDS``: who has changed
    something sees it at once, and what an open transaction has written stays its own. Changes
    by other processes, and by SQL without signals, are seen after ``SECONDS`` at the latest.
    What is remembered is shared by threads: it is read only.
    ended_by: the same for models whose rows are saved all the time, when one is deleted.
    """

    def __init__(self, *, of: tuple[str, ...], ended_by: tuple[str, ...] = ()) -> None:
        self._kept: dict[Hashable, tuple[float, Found]] = {}
        self._closed_until = 0.0
        self._lock = Lock()
        _all.append(self)
        for model in of:
            for signal in (post_save, post_delete, m2m_changed):
                signal.connect(self._changed, sender=model)
        for model in ended_by:
            post_delete.connect(self._changed, sender=model)

    def get(self, key: Hashable, read: Callable[[], Found]) -> Found:
        """Will give what is remembered under the key, else ``read()``, which is kept then."""
        asked_at = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > asked_at:
            return kept[1]
        found = read()
        with self._lock:
            if asked_at >= self._closed_until:
                if len(self._kept) >= MOST:
                    self._kept.clear()
                self._kept[key] = (asked_at + SECONDS, found)
        return found

    def known(self, key: Hashable) -> Found | None:
        """Will give what is remembered under the key; None where nothing is."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def forget(self) -> None:
        """Will forget everything, and remember again from now on."""
        with self._lock:
            self._kept.clear()
            self._closed_until = 0.0

    def _changed(self, **kwargs: Any) -> None:
        with self._lock:
            self._kept.clear()
            self._closed_until = time.monotonic() + SECONDS


def forget_all() -> None:
    """Will empty every memory of this process."""
    for memory in _all:
        memory.forget()


def hold_off_all() -> None:
    """Will empty every memory and keep them empty for ``SECONDS``: rows changed without signals."""
    for memory in _all:
        memory._changed()


def _configuration_changed(**kwargs: Any) -> None:
    hold_off_all()


configuration_changed.connect(_configuration_changed, dispatch_uid="common.memory")
