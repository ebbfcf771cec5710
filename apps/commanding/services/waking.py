"""A command is a row; the worker is only told sooner than it would look by itself."""

from apps.commanding.registry import transports
from apps.common.waking import Waker

_deliverers = Waker("commanding.deliver", expires=60)


def wake_worker() -> None:
    """Will wake the worker after commit; without a broker its own round finds the row."""
    if transports():  # else devices ask for themselves
        _deliverers.wake_after_commit()
