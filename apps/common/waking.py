"""Workers are told that something waits, sooner than their own rounds would find it.

What waits is a row: a word that is lost only delays the work until the next round. A word costs
a tenth of a report's processor time, so many commits within a moment share one: the first is
told at once, the others by one word ``PAUSE_SECONDS`` after it, which therefore comes after all
of them. While a word waits that no worker has begun with, another says nothing new, whichever
process would say it: without that a backlog grows words faster than turns, and every other duty
of the workers waits, or expires, behind them.
"""

import logging
import os
import threading
import time
from typing import Any

from celery import current_app
from celery.signals import task_prerun
from django.conf import settings
from django.db import connection, transaction
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.05
WAITS_SECONDS = 10  # a word that was lost with its worker keeps others back so long
_told: set[str] = set()  # tasks that are told of by words
BROKER_SILENCE_SECONDS = 15.0  # after a failed word, leave the broker alone this long


class Waker:
    """Says to the workers of one Celery task that something waits. Safe with threads.

    task: its name; expires: seconds after which a word that nobody took is worth nothing; pause:
    seconds between two words of one process.
    """

    _lock: threading.Lock
    _later: threading.Timer | None
    _next_at: float
    _silent_until: float

    def __init__(self, task: str, *, expires: int, pause: float = PAUSE_SECONDS) -> None:
        self._task, self._expires, self._pause = task, expires, pause
        _told.add(task)
        self._reset()
        # The timer's thread does not live on in a process that is forked while it waits.
        os.register_at_fork(after_in_child=self._reset)

    def wake_after_commit(self) -> None:
        """Will tell them once this transaction is committed: once, however often it is asked."""
        # Django drops the entry if its savepoint is rolled back.
        if not any(entry[1] == self.wake for entry in connection.run_on_commit):
            transaction.on_commit(self.wake, robust=True)

    def wake(self) -> None:
        """Will tell them now, or a moment later together with others; never raises.

        After one failure the broker is left alone for some seconds, so that a lost broker does
        not add its connection time-out to every request.
        """
        moment = time.monotonic()
        if moment < self._silent_until:
            return
        with self._lock:
            if self._later is not None:
                return
            if moment < self._next_at:
                self._later = threading.Timer(self._next_at - moment, self._wake_later)
                self._later.start()
                return
            self._next_at = moment + self._pause
        self._send()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._later = None
        self._next_at = 0.0
        self._silent_until = 0.0

    def _wake_later(self) -> None:
        with self._lock:
            self._later = None
            self._next_at = time.monotonic() + self._pause
        self._send()

    def _send(self) -> None:
        if not _is_first(self._task):
            return
        try:
            current_app.send_task(self._task, expires=self._expires)
        except (OperationalError, OSError):
            self._silent_until = time.monotonic() + BROKER_SILENCE_SECONDS
            begin(self._task)  # no word waits
            logger.warning("broker not reachable; %s waits for its next round", self._task)


def begin(task: str) -> None:
    """Will note that a worker begins with a task: what is found from now on needs a new word."""
    try:
        get_redis_connection("default").delete(_name(task))
    except (RedisError, OSError):
        logger.warning("redis not reachable; words about %s wait for their time", task)


@task_prerun.connect(dispatch_uid="common.waking.begin")
def _begin_task(sender: Any = None, **_more: Any) -> None:
    if sender is not None and sender.name in _told:
        begin(sender.name)


def _is_first(task: str) -> bool:
    """Whether no word about a task waits yet; where nobody can tell, it is said once more."""
    try:
        redis = get_redis_connection("default")
        return bool(redis.set(_name(task), 1, nx=True, ex=WAITS_SECONDS))
    except (RedisError, OSError):
        return True


def _name(task: str) -> str:
    return f"{settings.CACHES['default'].get('KEY_PREFIX', 'cb')}:word:{task}"
