"""What beat orders about readings; each safe to run twice."""

from celery import shared_task

from apps.observing import services


@shared_task(name="observing.check_neighbours")
def check_neighbours() -> int:
    """Marks values that depart from their neighbours'."""
    return services.check_neighbours()
