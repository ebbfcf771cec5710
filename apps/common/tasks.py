from celery import shared_task

from apps.common import outbox


@shared_task(name="common.drain_outbox")
def drain_outbox() -> int:
    """Will do what is waiting in the outbox; safe to run any number of times at once."""
    return outbox.drain()
