"""A word to the workers that something is due; without it they find it within seconds."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
TASK = "seals.work_through"


def wake() -> None:
    """Will send the word; a broker that is away only delays the work."""
    try:
        current_app.send_task(TASK, expires=30)
    except OperationalError:
        logger.warning("broker not reachable; seals wait for the next round")
