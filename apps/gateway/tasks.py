from datetime import timedelta

from celery import shared_task
from django.conf import settings

from apps.gateway import services


@shared_task(name="gateway.deliver_due")
def deliver_due() -> int:
    """Will send to the connectors what is due; any number of workers may run at once."""
    return services.deliver_due()


@shared_task(name="gateway.purge")
def purge() -> int:
    """Will drop what was delivered long ago."""
    return services.purge_deliveries(older_than=timedelta(days=settings.OUTBOX_KEEP_DAYS))
