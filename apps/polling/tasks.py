"""What beat orders for polls; each safe to run twice."""

from celery import shared_task

from apps.polling import services


@shared_task(name="polling.poll_due")
def poll_due() -> int:
    """Asks the gateways whose devices are due."""
    return services.poll_due()
