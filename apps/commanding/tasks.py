"""What beat orders for commands; each safe to run twice."""

from celery import shared_task

from apps.commanding import services


@shared_task(name="commanding.deliver")
def deliver() -> int:
    """Hands due commands to the transports."""
    return services.deliver_due()


@shared_task(name="commanding.time_out")
def time_out() -> int:
    """Marks commands that were not answered in time."""
    return services.time_out_due()
