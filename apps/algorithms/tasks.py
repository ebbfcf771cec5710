"""What beat orders for the queue of algorithms; safe to run by many workers at once."""

import os
import socket
import time

from celery import shared_task
from django.conf import settings

from apps.algorithms import services

TURN_S = 20.0


@shared_task(name="algorithms.work")
def work() -> int:
    """Works through the queue for some seconds and gives how much was done."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    labels = tuple(settings.ALGORITHM_WORKER_LABELS)
    end, done = time.monotonic() + TURN_S, 0
    while time.monotonic() < end and services.work_once(worker, labels) is not None:
        done += 1
    return done


@shared_task(name="algorithms.purge")
def purge() -> int:
    """Forgets pictures of calls that came to no end."""
    return services.forget_pictures()
