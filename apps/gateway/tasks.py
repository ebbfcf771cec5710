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
    """Will drop what was delivered, called or looked at long ago."""
    return (
        services.purge_deliveries(older_than=timedelta(days=settings.OUTBOX_KEEP_DAYS))
        + services.purge_calls(older_than=timedelta(days=settings.API_CALL_KEEP_DAYS))
        + services.purge_checks(older_than=timedelta(days=settings.SERVICE_CHECK_KEEP_DAYS))
        + services.purge_nonces()
    )


@shared_task(name="gateway.write_calls")
def write_calls() -> int:
    """Will write the calls that wait in Redis; safe to run any number of times at once."""
    return services.write_calls()


@shared_task(name="gateway.watch_clients")
def watch_clients() -> int:
    """Will see whether somebody answers for every client, and tell what runs out."""
    return services.watch_clients()


@shared_task(name="gateway.check_services")
def check_services() -> int:
    """Will look at every service of the catalogue."""
    return services.check_services()


@shared_task(name="gateway.reconcile_due")
def reconcile_due() -> int:
    """Will compare yesterday with what the other sides received; safe to run twice."""
    return services.reconcile_due()
