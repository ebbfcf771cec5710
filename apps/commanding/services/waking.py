"""A command is a row; the worker is only told sooner than it would look by itself."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.commanding.registry import transports

logger = logging.getLogger(__name__)

_TASK = "commanding.deliver"


def wake_worker() -> None:
    """Will wake the worker after commit; without a broker its own round finds the row."""
    if transports():  # else devices ask for themselves
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    try:
        current_app.send_task(_TASK, expires=60)
    except (OperationalError, OSError):
        logger.warning("broker not reachable; the periodic round will find the command")
