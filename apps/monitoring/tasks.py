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
    """Forgets old figures and old one-key checks."""
    return services.purge() + services.purge_events() + services.drop_old_runs()


@shared_task(name="monitoring.run_due")
def run_due() -> int:
    """Ends one-key checks whose worker died, orders planned ones, works through what waits."""
    services.interrupt_dead_runs()
    services.order_planned()
    return services.run_due()
