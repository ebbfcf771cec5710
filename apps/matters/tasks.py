from celery import shared_task

from apps.matters import services


@shared_task(name="matters.take_force")
def take_force() -> int:
    """Will let versions take force on their date; safe to run any number of times at once."""
    return services.take_force()


@shared_task(name="matters.archive_old")
def archive_old() -> int:
    """Will put away what ended long ago; safe to run any number of times at once."""
    return services.archive_old()


@shared_task(name="matters.collect_unplaced")
def collect_unplaced() -> int:
    """Will hand on addresses of new cases nobody could place; one run at a time."""
    return services.collect_unplaced()
