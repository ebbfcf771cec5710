"""What beat orders for retention; safe to run twice."""

from celery import shared_task
from django.utils import timezone

from apps.common import clock
from apps.retention import services

#: Hours of the city's night in which cases are forgotten.
NIGHT = range(6)


@shared_task(name="retention.work_through")
def work_through() -> int:
    """Begins the day's pass at night and goes on with one that stopped."""
    if timezone.localtime(clock.now()).hour not in NIGHT:
        return 0
    return services.work_through()
