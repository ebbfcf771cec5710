from celery import shared_task

from apps.registry import services


@shared_task(name="registry.remind_late")
def remind_late() -> int:
    """Will tell of visits missed for too long; safe to run twice."""
    return services.remind_late()
