"""What beat orders about tags; safe to run twice."""

from celery import shared_task

from apps.tagging import services


@shared_task(name="tagging.purge")
def purge() -> int:
    """Reads and unknown tags nobody needs any more."""
    return services.purge()
