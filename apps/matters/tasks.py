from celery import shared_task

from apps.matters import services


@shared_task(name="matters.take_force")
def take_force() -> int:
    """Will let versions take force on their date; safe to run any number of times at once."""
    return services.take_force()
