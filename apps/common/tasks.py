from datetime import timedelta

from celery import shared_task
from django.conf import settings

from apps.common import idempotency, outbox, ratelimit


@shared_task(name="common.drain_outbox")
def drain_outbox() -> int:
    """Will do what is waiting in the outbox; safe to run any number of times at once."""
    return outbox.drain(limit=1000, seconds=2.0)


@shared_task(name="common.purge")
def purge() -> dict[str, int]:
    """Will drop rows whose time is over: done messages, old answers, old counters."""
    return {
        "outbox": outbox.purge(older_than=timedelta(days=settings.OUTBOX_KEEP_DAYS)),
        "idempotency": idempotency.purge(),
        "rate_counters": ratelimit.purge(),
    }
