"""What beat orders for monitoring; each safe to run twice."""

from celery import shared_task

from apps.monitoring import services


@shared_task(name="monitoring.check_due")
def check_due() -> int:
    """Makes the checks that are due."""
    return services.check_due()


@shared_task(name="monitoring.roll_up")
def roll_up() -> int:
    """Writes the hourly figures."""
    return services.roll_up()


@shared_task(name="monitoring.purge")
def purge() -> int:
    """Forgets old figures."""
    return services.purge()
