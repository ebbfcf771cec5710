from celery import shared_task

from apps.figures import services


@shared_task(name="figures.look_at_demands")
def look_at_demands() -> int:
    """Will forecast every tenant's demands; safe to run any number of times a day."""
    return services.take_all()
