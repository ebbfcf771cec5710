from celery import shared_task

from apps.audit.services import SYSTEM
from apps.places import services


@shared_task(name="places.apply_redrawings")
def apply_redrawings() -> int:
    """Will let re-drawn cells take force on their day; safe to run any number of times at once."""
    return services.apply_due(SYSTEM)
