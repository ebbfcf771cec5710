"""The one source of "now".

Business code asks here, never ``timezone.now()``, so that a test can hold time still and
the demo city can live through ninety days in a minute.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_simulated: ContextVar[datetime | None] = ContextVar("simulated_now", default=None)


def now() -> datetime:
    """Will give the current moment: aware, UTC; the simulated one inside ``at``."""
    return _simulated.get() or timezone.now()  # noqa: TID251  the only place that may ask


def today() -> date:
    """Will give the city's calendar day (``settings.TIME_ZONE``), not the UTC one."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Will make ``now()`` answer ``moment`` (aware) within the block, in this thread only."""
    if timezone.is_naive(moment):
        raise ValueError("a simulated moment must carry its time zone")
    token = _simulated.set(moment)
    try:
        yield
    finally:
        _simulated.reset(token)
