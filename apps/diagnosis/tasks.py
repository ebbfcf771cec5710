"""What beat orders for diagnosis; each safe to run twice."""

from celery import shared_task

from apps.diagnosis import services


@shared_task(name="diagnosis.start_due")
def start_due() -> int:
    """Begins the rounds of plans that are due."""
    return services.start_due()


@shared_task(name="diagnosis.look_due")
def look_due() -> int:
    """Looks at cameras whose time has come."""
    return services.look_due()


@shared_task(name="diagnosis.purge")
def purge() -> int:
    """Forgets what only served the work."""
    return services.purge()
