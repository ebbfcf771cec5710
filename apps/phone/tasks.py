"""What beat orders for the phones; safe to run twice."""

from celery import shared_task

from apps.phone import services


@shared_task(name="phone.purge")
def purge() -> int:
    """Removes pieces of photographs that never became whole."""
    return services.remove_abandoned()
