"""What beat orders for analysis jobs; each safe to run twice."""

from celery import shared_task

from apps.analysis import services


@shared_task(name="analysis.plan_due")
def plan_due() -> int:
    """Queues the jobs that are due."""
    return services.plan_due()


@shared_task(name="analysis.purge")
def purge() -> int:
    """Forgets pictures whose time is over."""
    return services.purge()
